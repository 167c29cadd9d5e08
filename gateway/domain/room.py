"""Room: what may be remembered of one person, a part for each agency (contract-2 A 8).

1. A state always fits one Kafka record, whatever the agencies send.
2. Each agency fills its own part only: nothing it sends takes room from the other.
3. Withdrawals, refusals, corrections and voids have a reserve of their own in each part, which only
   the agency's own withdrawals, refusals, corrections and voids can fill.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gateway.domain.state import (
    ENTRIES_SURE,
    Entry,
    HeldMessage,
    Kept,
    PersonState,
    weight,
)
from schemas.codec import Message, Record
from schemas.common_v1 import Corrected
from schemas.consent_v1 import ConsentRecorded

#: The code of what finds no room.
FULL: Final = "gateway.full"
#: Messages of one agency that are remembered or wait, and their reserve.
ENTRIES_PART: Final = 1_600
ENTRIES_RESERVE: Final = 200
#: Bytes of one agency's messages in a state, and their reserve. Both parts with both reserves,
#: deadlines and what has been told stay below `STATE_BYTES_MAX`.
BYTES_PART: Final = 360_000
BYTES_RESERVE: Final = 40_000
#: Messages of one agency that wait. The largest message of the contract fits once.
HELD_PART: Final = 100
HELD_RESERVE: Final = 20
HELD_BYTES_PART: Final = 280_000
#: Records of one agency that are kept of a parked person.
KEPT_PART: Final = 250
KEPT_RESERVE: Final = 50
KEPT_BYTES_PART: Final = 1_700_000
KEPT_BYTES_RESERVE: Final = 300_000
#: An alarm comes when a part is filled so far.
CROWDED: Final = 0.8
#: More than a withdrawal or a void takes to remember.
_SMALL: Final = 2_000

_encode: Final = msgspec.msgpack.Encoder().encode


def has_reserve(message: Message) -> bool:
    """Whether a message always fits: a withdrawal, a refusal, a correction or a void."""
    if message.type.event in {"corrected", "voided"}:
        return True
    data = message.data
    return isinstance(data, ConsentRecorded) and any(
        said.status in {"withdrawn", "refused"} for said in data.purposes
    )


def is_full(state: PersonState, message: Message, record: Record) -> bool:
    """Whether the sender's part has no room for one message more."""
    if len(state.entries) + len(state.held) <= ENTRIES_SURE:
        return False
    agency = message.agency
    entries = [entry for entry in state.entries if entry.agency == agency]
    held = _held_of(state, agency)
    if not has_reserve(message):
        size = _size(entries, held) + weight(record.value, record.headers)
        return len(entries) + len(held) >= ENTRIES_PART or size > BYTES_PART
    size = _size(entries, held) + _SMALL
    if isinstance(message.data, Corrected):
        size += len(_encode(message.data.replacement))
    return (
        len(entries) + len(held) >= ENTRIES_PART + ENTRIES_RESERVE
        or size > BYTES_PART + BYTES_RESERVE
    )


def is_full_of_waiting(held: Sequence[HeldMessage], message: Message, record: Record) -> bool:
    """Whether the sender's part of what waits has no room for one message more."""
    own = [waiting for waiting in held if waiting.topic[:2] == message.agency]
    most = HELD_PART + (HELD_RESERVE if has_reserve(message) else 0)
    size = sum(weight(waiting.value, waiting.headers) for waiting in own)
    return len(own) >= most or size + weight(record.value, record.headers) > HELD_BYTES_PART


def is_full_of_kept(line: Sequence[Kept], message: Message, record: Record) -> bool:
    """Whether the sender's part of a parked person's line has no room for one record more."""
    own = [kept for kept in line if kept.topic[:2] == message.agency]
    most, most_bytes = KEPT_PART, KEPT_BYTES_PART
    if has_reserve(message):
        most, most_bytes = most + KEPT_RESERVE, most_bytes + KEPT_BYTES_RESERVE
    size = sum(weight(kept.value, kept.headers) for kept in own)
    return len(own) >= most or size + weight(record.value, record.headers) > most_bytes


def is_crowded(state: PersonState) -> bool:
    """Whether a part is so full that operators are told."""
    return len(state.entries) + len(state.held) > ENTRIES_SURE and share(state) >= CROWDED


def share(state: PersonState) -> float:
    """How far the fuller of the two parts is filled: 1 when the next message is refused."""
    if not state.entries and not state.held:
        return 0.0
    shares = []
    for agency in ("fk", "af"):
        entries = [entry for entry in state.entries if entry.agency == agency]
        held = _held_of(state, agency)
        waiting = sum(weight(one.value, one.headers) for one in held)
        shares += [
            (len(entries) + len(held)) / ENTRIES_PART,
            _size(entries, held) / BYTES_PART,
            len(held) / HELD_PART,
            waiting / HELD_BYTES_PART,
        ]
    return max(shares)


def _held_of(state: PersonState, agency: str) -> list[HeldMessage]:
    return [held for held in state.held if held.topic[:2] == agency]


def _size(entries: Sequence[Entry], held: Sequence[HeldMessage]) -> int:
    """Bytes that messages take in the stored form."""
    return len(_encode(entries)) + len(_encode(held))
