"""CloudEvents binary mode over Kafka: attributes in `ce_` headers, the value is the data.

A binary record is turned into the structured document that says the same, and takes the same
path from there. The value is pasted in unchanged after it was proved to be JSON on its own, so
it cannot reach outside `data`.
"""

from __future__ import annotations

from typing import Final

import orjson

from schemas.record import Headers, Record

_PREFIX: Final = "ce_"
_STRUCTURED: Final = b"application/cloudevents+json"
#: What a structured record needs, and most have.
STRUCTURED_ONLY: Final[Headers] = (("content-type", _STRUCTURED),)
_JSON_WITH_CHARSET: Final = "application/json; charset=utf-8"


def is_binary(headers: Headers) -> bool:
    """Return whether the headers carry the attributes (contract section 2)."""
    found = False
    for name, value in headers:
        if name.startswith(_PREFIX):
            found = True
        elif _says_structured(name, value):
            return False
    return found


def _says_structured(name: str, value: bytes | None) -> bool:
    if name == "content-type" and value == _STRUCTURED:
        return True
    if value is None or name.lower() != "content-type":
        return False
    return value.strip().lower().startswith(_STRUCTURED)


def compose(record: Record) -> tuple[bytes | None, tuple[str, ...]]:
    """Return the structured document of a binary record, and the attributes that are unreadable.

    The document is None if the value is not JSON. An attribute is unreadable if its header is
    null, not UTF-8, or there twice; it is left out of the document.
    """
    attributes: dict[str, str] = {}
    unreadable: set[str] = set()
    for name, value in record.headers:
        attribute = _attribute_of(name)
        if attribute is None:
            continue
        text = _text(value)
        if text is None or attribute in attributes:
            unreadable.add(attribute)
        else:
            attributes[attribute] = text
    content_type = attributes.get("datacontenttype", "")
    if content_type.lower() == _JSON_WITH_CHARSET:
        attributes["datacontenttype"] = "application/json"
    for attribute in unreadable:
        attributes.pop(attribute, None)
    value = record.value or b""
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        return None, tuple(sorted(unreadable))
    head = orjson.dumps(attributes)[:-1]
    comma = b"," if attributes else b""
    return head + comma + b'"data":' + value + b"}", tuple(sorted(unreadable))


def _attribute_of(header: str) -> str | None:
    """Return the CloudEvents attribute that a header carries, or None."""
    if header.startswith(_PREFIX):
        return header.removeprefix(_PREFIX)
    return "datacontenttype" if header.lower() == "content-type" else None


def _text(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None
