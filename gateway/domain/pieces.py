"""The stored form of a state in pieces, so that a change writes what has changed, not everything.

1. A message that waits is a piece of its own, with the bytes to be delivered: written once, and
   ended once.
2. A state above `WHOLE_BYTES` has its entries in pages of eight, and its deadlines and told names
   in buckets by their hash. One entry or deadline more changes one or two pieces.
3. The rest is the main value. It names its pieces.

A piece is named by the hash of its bytes, so it never changes; it is there or it is not. What is
apart depends on the state alone, not on how it came about (law 5). The express lane reads and
writes states without pieces only (decision 0031).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, TypeVar

import msgspec

from gateway.domain.migrate import load
from gateway.domain.state import Deadline, PersonState, encode

T = TypeVar("T", str, Deadline)

#: Bytes of a stored state that is kept whole, but for what waits. The lane declines larger ones.
WHOLE_BYTES: Final = 32_768
#: Entries of a page. They are only added or replaced, so no page but the last ones changes.
PAGE: Final = 8
#: Deadlines or told names of a bucket at most.
BUCKET: Final = 32
_NAME_BYTES: Final = 16

_encode: Final = msgspec.msgpack.Encoder().encode


class MissingPieceError(msgspec.DecodeError):
    """A state names a piece that is not there."""


class Apart(NamedTuple):
    """A state in its stored form: the main value, decoded and as bytes, and its pieces by name."""

    main: PersonState
    stored: bytes
    pieces: Mapping[bytes, bytes]


def apart(state: PersonState) -> Apart:
    """The stored form of a state that has none of its pieces apart."""
    if not state.held:
        stored = encode(state)
        if len(stored) <= WHOLE_BYTES:
            return Apart(state, stored, {})
    found: dict[bytes, bytes] = {}
    names = [_put(found, PersonState(held=(held,))) for held in state.held]
    main = PersonState(
        entries=state.entries,
        deadlines=state.deadlines,
        said=state.said,
        unfinished=state.unfinished,
        pieces=tuple(names),
    )
    stored = encode(main)
    if len(stored) > WHOLE_BYTES:
        main = _paged(main, found)
        stored = encode(main)
    return Apart(main, stored, found)


def whole(main: PersonState, pieces: Mapping[bytes, bytes]) -> PersonState:
    """The state behind a main value and its pieces.

    Raises:
        MissingPieceError: one of them is not there.
        msgspec.DecodeError: one of them is no piece.
    """
    if not main.pieces:
        return main
    try:
        parts = [*(load(pieces[name]) for name in main.pieces), main]
    except KeyError:
        raise MissingPieceError("a piece of a state is missing") from None
    deadlines = [deadline for part in parts for deadline in part.deadlines]
    said = [name for part in parts for name in part.said]
    # Buckets have no order; a main value with all of them has kept its own.
    if len(deadlines) != len(main.deadlines):
        deadlines.sort(key=lambda one: (one.due, one.kind, one.reference))
    if len(said) != len(main.said):
        said.sort()
    return PersonState(
        entries=tuple(entry for part in parts for entry in part.entries),
        held=tuple(held for part in parts for held in part.held),
        deadlines=tuple(deadlines),
        said=tuple(said),
        unfinished=main.unfinished,
    )


def _put(found: dict[bytes, bytes], piece: PersonState) -> bytes:
    stored = encode(piece)
    name = sha256(stored).digest()[:_NAME_BYTES]
    found[name] = stored
    return name


def _paged(main: PersonState, found: dict[bytes, bytes]) -> PersonState:
    """A main value with its lists apart; the last entries, which fill no page, stay in it."""
    full = len(main.entries) - len(main.entries) % PAGE
    pieces = [PersonState(entries=main.entries[at : at + PAGE]) for at in range(0, full, PAGE)]
    deadlines, said = main.deadlines, main.said
    if len(deadlines) > BUCKET:
        pieces += [PersonState(deadlines=bucket) for bucket in _buckets(deadlines)]
        deadlines = ()
    if len(said) > BUCKET:
        pieces += [PersonState(said=bucket) for bucket in _buckets(said)]
        said = ()
    names = (*main.pieces, *(_put(found, piece) for piece in pieces))
    return PersonState(
        entries=main.entries[full:],
        deadlines=deadlines,
        said=said,
        unfinished=main.unfinished,
        pieces=names,
    )


def _buckets(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """The items by the bits of their hashes: as few as fit, whatever a sender has chosen."""
    hashed = [(int.from_bytes(sha256(_encode(item)).digest(), "big"), item) for item in items]
    hashed.sort(key=lambda pair: pair[0])
    return _divided(hashed, 255)


def _divided(hashed: Sequence[tuple[int, T]], bit: int) -> Iterator[tuple[T, ...]]:
    """Sorted items whose hashes have the same bits above `bit`."""
    if not hashed:
        return
    if len(hashed) <= BUCKET or hashed[0][0] == hashed[-1][0]:
        # The same several times: the same bucket several times, but for the rest.
        for at in range(0, len(hashed), BUCKET):
            yield tuple(item for _, item in hashed[at : at + BUCKET])
        return
    middle = sum(not number >> bit & 1 for number, _ in hashed)
    yield from _divided(hashed[:middle], bit - 1)
    yield from _divided(hashed[middle:], bit - 1)
