"""Identifiers: every id the gateway makes is a UUIDv5 of what caused it, so a replay repeats it."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha1
from typing import Final
from uuid import UUID

#: The gateway's own name space: UUIDv5 of the DNS name space and the contract's type prefix.
NAMESPACE: Final = UUID("1b5f0a52-6a0f-5d0e-9b64-0c6a5c0f1d3e").bytes
#: The hex digit that holds the variant -> the same with the two bits of RFC 9562 set.
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def uuid5_text(name: str) -> str:
    """UUIDv5 of `name` as canonical text; the same as uuid.uuid5, in a third of its time."""
    text = sha1(NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANT[text[16]]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


# A message's id is asked for when it is looked up, remembered and counted.
@lru_cache(maxsize=1024)
def packed(uuid_text: str) -> bytes:
    """The 16 bytes of a UUID given as text."""
    return bytes.fromhex(uuid_text.replace("-", ""))


def unpacked(raw: bytes) -> str:
    """The canonical text of 16 UUID bytes."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
