"""CloudEvents binary mode over Kafka: attributes in `ce_` headers, the value is the data.

A binary record is turned into the structured document that says the same, and takes the same
path from there. The value is pasted in unchanged after it was proved to be JSON on its own, so
it cannot reach outside `data`.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson


def compose(value: bytes, attributes: Mapping[str, str]) -> bytes | None:
    """Return the structured document of a binary record; None if its value is not JSON."""
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    head = orjson.dumps(attributes)[:-1]
    comma = b"," if attributes else b""
    return head + comma + b'"data":' + value + b"}"
