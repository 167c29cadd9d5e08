"""What of a sender's headers stands in a delivery, worked out apart from the gateway's own code."""

from __future__ import annotations

from typing import Final

from schemas.record import Headers

_TYPE: Final = "content-type"
_STRUCTURED: Final = b"application/cloudevents+json"


def kept_headers(headers: Headers) -> list[tuple[str, bytes | None]]:
    """The headers at the beginning of the delivery of an accepted message, in order.

    All but the gateway's own names. A structured message whose content type does not say so gets
    the one that does, since a reader decides the mode by it alone (decision 0022).
    """
    own = [header for header in headers if not header[0].startswith("gw-")]
    there = [(name.lower(), value.lower()) for name, value in headers if value is not None]
    binary = any(name.startswith("ce_") for name, _ in there)
    says_so = any(name == _TYPE and value.startswith(_STRUCTURED) for name, value in there)
    if binary or says_so:
        return own
    return [(_TYPE, _STRUCTURED), *(header for header in own if header[0].lower() != _TYPE)]
