"""The state of one person: remembered messages, held messages and open deadlines.

One value per person key in `gateway.state`, kept in memory as bytes and decoded on use, and beside
it the pieces that it names (`pieces`). The stored form is MessagePack arrays headed by a version;
`migrate` brings older versions up, one numbered pure step at a time.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from gateway.domain.days import Instant
from gateway.domain.records import Remembered
from schemas.reasons import Finding
from schemas.record import Headers

STATE_VERSION: Final = 2
KEPT_VERSION: Final = 1

#: Limits on everything: what is beyond them gets an answer of its own, never a crash. A state has
#: to fit into one Kafka record, and 1 MiB is the broker's default limit. What each agency has of
#: it: `gateway.domain.room`.
STATE_BYTES_MAX: Final = 850_000
#: So few messages are below the limit of bytes whatever they say, and are not measured.
ENTRIES_SURE: Final = 32
#: The code of what waits for an operator.
PARKED: Final = "gateway.parked"

FinalStatus = Literal["ACCEPTED", "ACCEPTED_WITH_WARNING", "EXPIRED", "WITHHELD"]


class Flag(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A finding as remembered: enough to render the original receipt again."""

    code: str
    severity: str
    path: str | None = None
    detail: str = ""


def flag_of(problem: Finding) -> Flag:
    """A problem of the codec as remembered."""
    return Flag(problem.code, problem.severity, problem.path, problem.detail)


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One message with a final answer that is not a rejection.

    `message_id` (16 bytes) and `source` are the idempotency key; `content` is the SHA-256 of the
    value as received. The rest renders the original receipt, with the version of the agreement by
    which it was decided, and carries what rules look back at.
    """

    message_id: bytes
    source: str
    content: bytes
    type_name: str
    version: int
    topic: str
    partition: int
    offset: int
    decided_at: Instant
    rules_version: str
    status: FinalStatus
    flags: tuple[Flag, ...]
    ground: tuple[str, str | None] | None
    case_id: str | None
    round_no: int
    day: int
    record: Remembered
    revision: int = 1
    voided: bool = False
    #: The case named in the receipt, when a correction has moved the message to another.
    first_case_id: str | None = None

    @property
    def effective(self) -> bool:
        """Whether rules and counts may look at it: accepted and not voided."""
        return not self.voided and self.status in {"ACCEPTED", "ACCEPTED_WITH_WARNING"}

    @property
    def agency(self) -> str:
        """The sender: the agency of the input topic."""
        return self.topic[:2]


class HeldMessage(msgspec.Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """A message that waits, with the bytes that will be delivered when it is released."""

    message_id: bytes
    source: str
    content: bytes
    topic: str
    partition: int
    offset: int
    timestamp: Instant
    value: bytes
    headers: Headers
    decided_at: Instant
    rules_version: str
    held_until: Instant
    due: Instant
    waits: tuple[Flag, ...]
    type_name: str
    version: int
    case_id: str | None


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """A record of a parked person, with the bytes that will be decided again.

    It was answered HELD with `gateway.parked` at `decided_at`, and waits for an operator, not for a
    time. `content` is the SHA-256 of the value. Stored as a value of its own, never in a person.
    """

    version: int = KEPT_VERSION
    topic: str
    partition: int
    offset: int
    timestamp: Instant
    key: bytes | None
    value: bytes | None
    headers: Headers
    message_id: str
    source: str | None
    ce_type: str | None
    content: bytes
    case_id: str | None
    decided_at: Instant
    rules_version: str


class Deadline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something that happens when stream time passes `due`."""

    due: Instant
    kind: str
    reference: str


class Unfinished(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A follow-up fact that was told while something of the person was not known.

    `message_id` and `source` name its message. `fact` is its last revision as JSON, without the
    fact's id and every pseudonym, so that a state cannot be joined with facts. `keyed` says whether
    it was told with the person's pseudonym, `links` which ids of things it then had: (name of the
    pseudonym, id).
    """

    message_id: bytes
    source: str
    keyed: bool
    links: tuple[tuple[str, str], ...]
    fact: str


class PersonState(msgspec.Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """Everything the gateway knows of one person.

    `deadlines` are open; `said` names those that have been told, so that they are told once.
    `unfinished` is bounded. `pieces` are the names of what is stored apart: none in the state that
    is decided on.
    """

    version: int = STATE_VERSION
    entries: tuple[Entry, ...] = ()
    held: tuple[HeldMessage, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    said: tuple[str, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    pieces: tuple[bytes, ...] = ()

    @property
    def next_due(self) -> Instant | None:
        """The earliest instant at which this person needs a tick, None when nothing is open."""
        earliest: Instant | None = None
        for waiting in (self.held, self.deadlines):
            for item in waiting:
                if earliest is None or item.due < earliest:
                    earliest = item.due
        return earliest


EMPTY: Final = PersonState()


def weight(value: bytes | None, headers: Headers) -> int:
    """Bytes that a record takes to keep."""
    return len(value or b"") + sum(len(name) + len(text or b"") + 8 for name, text in headers)


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(PersonState)


def encode(state: PersonState) -> bytes:
    """The stored form."""
    return _encoder.encode(state)


def decode(stored: bytes) -> PersonState:
    """The state behind a stored form of the newest version.

    Raises:
        msgspec.ValidationError: the bytes are no state of this version.
    """
    return _decoder.decode(stored)
