"""The pieces of the states of a task, each a value of `gateway.state` with a key of its own.

The key is `piece:<name>:<person>`. A piece is written when a state first names it, and ended by an
empty value when no state of the person names it any more. Long ones are compressed in memory: a
sender's blanks take no room there. What is written is the piece itself, on every machine the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Final

from gateway.domain.days import Instant
from gateway.shell.outputs import Outgoing
from schemas.topics import STATE

PIECE: Final = "piece:"
#: From so many bytes on a piece is compressed in memory.
_LONG_BYTES: Final = 4_096
_PLAIN, _DEFLATED = b"\0", b"\1"


class Pieces:
    """Pieces by person and name, and which of them are to be written or ended."""

    def __init__(self) -> None:
        self._of: dict[str, dict[bytes, bytes]] = {}
        #: State key -> when it changed, and its value; empty when it ends.
        self._dirty: dict[str, tuple[Instant, bytes]] = {}
        #: Bytes that all pieces take in memory.
        self.bytes = 0

    def restore(self, key: str, value: bytes) -> str | None:
        """Take a record of `gateway.state` if it is a piece; whose it is, None when it is none."""
        if not key.startswith(PIECE):
            return None
        name, _, person = key.removeprefix(PIECE).partition(":")
        self._set(person, bytes.fromhex(name), value)
        return person

    def of(self, person: str) -> Mapping[bytes, bytes]:
        """The pieces of a person."""
        return {name: _read(kept) for name, kept in self._of.get(person, {}).items()}

    def __contains__(self, person: str) -> bool:
        """Whether a person has any."""
        return person in self._of

    def put(self, person: str, pieces: Mapping[bytes, bytes], now: Instant) -> None:
        """Take the pieces that the person's state names now, in place of those before."""
        before = self._of.get(person, {})
        for name in [name for name in before if name not in pieces]:
            self._set(person, name, b"")
            self._note(person, name, b"", now)
        for name, value in pieces.items():
            if name not in before:
                self._set(person, name, value)
                self._note(person, name, value, now)

    def _note(self, person: str, name: bytes, value: bytes, now: Instant) -> None:
        """What comes and goes within one transaction is not written at all."""
        key = f"{PIECE}{name.hex()}:{person}"
        if key in self._dirty:
            del self._dirty[key]
        else:
            self._dirty[key] = now, value

    def _set(self, person: str, name: bytes, value: bytes) -> None:
        own = self._of.setdefault(person, {})
        self.bytes -= len(own.pop(name, b""))
        if value:
            own[name] = _kept(value)
            self.bytes += len(own[name])
        elif not own:
            del self._of[person]

    def drain(self) -> Iterator[Outgoing]:
        """What changed since the last transaction, as records of the state topic."""
        for key, (now, value) in self._dirty.items():
            yield Outgoing(STATE, now, key.encode(), value, ())
        self._dirty = {}


def _kept(value: bytes) -> bytes:
    if len(value) < _LONG_BYTES:
        return _PLAIN + value
    return _DEFLATED + zlib.compress(value, 1)


def _read(kept: bytes) -> bytes:
    return kept[1:] if kept[:1] == _PLAIN else zlib.decompress(kept[1:])
