"""The ways in which a personal number is hidden from a check, for the tests of all of them.

A way takes a text and gives another one, which any reader can turn back. The number used is
synthetic.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

#: A person who is in no message that is sent.
HIDDEN: Final = "199507039841"
SHORT_HIDDEN: Final = HIDDEN[2:]

Way = Callable[[str], str]


def script(zero: int) -> Way:
    """The digits as those of another script or form, whose zero has this number."""
    return lambda text: text.translate({ord("0") + n: zero + n for n in range(10)})


def between(separator: str) -> Way:
    """Something between all characters."""
    return separator.join


def unpadded(text: str) -> str:
    """Base64 as ids have it."""
    return base64.b64encode(text.encode()).decode().rstrip("=")


def url_safe(text: str) -> str:
    """Base64 of the URL-safe alphabet, with a character that differs."""
    return base64.urlsafe_b64encode(f"??>{text}".encode()).decode()


#: Forms that stay in ASCII, and so may stand in an id.
PLAIN_WAYS: Final[Mapping[str, Way]] = MappingProxyType({
    "as it is": str,
    "short": lambda text: text[-10:],
    "a letter before": lambda text: f"A{text}",
    "a letter after": lambda text: f"{text}B",
    "a hexadecimal letter before": lambda text: f"f{text}",
    "dots between": between("."),
    "base64": unpadded,
    "base64 after a letter": lambda text: f"x{unpadded(text)}",
    "base64 of base64": lambda text: unpadded(unpadded(text)),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal after a letter of it": lambda text: f"a{text.encode().hex()}",
    "hexadecimal in base64": lambda text: unpadded(text.encode().hex()),
})  # fmt: skip
WAYS: Final[Mapping[str, Way]] = MappingProxyType({
    **PLAIN_WAYS,
    "blanks between": between(" "),
    "zero-width characters between": between("\u200b"),
    "soft hyphens between": between("\u00ad"),
    "full-width digits": script(0xFF10),
    "Arabic digits": script(0x0660),
    "mathematical digits": script(0x1D7CE),
    "full-width digits in base64": lambda text: unpadded(script(0xFF10)(text)),
    "URL-safe base64": url_safe,
    "percent": lambda text: "".join(f"%{ord(one):02x}" for one in text),
    "percent of full-width digits": lambda text: quote(script(0xFF10)(text)),
    "percent of percent": lambda text: "".join(f"%25{ord(one):02x}" for one in text),
    "entities": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "escapes": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "short escapes": lambda text: "".join(f"\\x{ord(one):02x}" for one in text),
})  # fmt: skip
