"""The form of an entry of `gateway.audit`: what a gateway, this release or before, writes.

`gateway.shell.outputs.AuditChain` and the express lane write entries; this module reads them and
trusts nothing.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias

import msgspec
import orjson

from gateway.shell.commands import OUTCOMES
from schemas.receipts_v1 import Status
from schemas.record import Headers

_Hash: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Previous: TypeAlias = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")]
_Instant: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
]
_Uuid: TypeAlias = Annotated[
    str, msgspec.Meta(pattern="^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")
]
_Code: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
_Place: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z.]{1,64}/\d{1,10}/\d{1,19}$")]
#: A record's place, or the deadline that led to the decision (epoch milliseconds).
_Cause: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^([a-z.]{1,64}/\d{1,10}/\d{1,19}|due/-?\d{1,19})$")
]
_Topic: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z.]{1,64}$")]
_Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
_Version: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=500)]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields in the order in which they are written."""


class _Ground(_Struct, frozen=True):
    kind: str
    reference: str | None


class Decided(_Struct, frozen=True):
    """The entry of a receipt."""

    number: _Number
    at: _Instant
    cause: _Cause
    topic: _Topic
    partition: _Count
    offset: _Count
    content_sha256: _Hash
    verdict: Status
    codes: tuple[_Code, ...]
    duplicate: bool
    ground: _Ground | None
    receipt_id: _Uuid
    agreement: _Version
    previous_sha256: _Previous


class _Record(_Struct, frozen=True):
    """What became of one record by a command."""

    record: _Place
    message_id: _Uuid
    status: Status
    codes: tuple[_Code, ...]


class Commanded(_Struct, frozen=True):
    """The entry of an operator's command; `taken_at` and `records` came with contract 1.1.

    Of a command that could not be read only `verdict`, `command` (null) and `taken_at` stand there.
    """

    number: _Number
    at: _Instant
    cause: Literal["operator"]
    topic: _Topic
    partition: _Count
    offset: _Count
    content_sha256: _Hash
    verdict: str
    command: str | None
    codes: tuple[()]
    duplicate: Literal[False]
    ground: None
    receipt_id: None
    agreement: _Version
    previous_sha256: _Previous
    taken_at: _Instant | None = None
    command_id: _Text | None = None
    person_key: _Text | None = None
    record: _Text | None = None
    who: _Text | None = None
    why: _Text | None = None
    records: tuple[_Record, ...] | None = None


_FIRST: Final = ("number", "at", "cause", "topic", "partition", "offset", "content_sha256")
_LAST: Final = (
    "codes", "duplicate", "ground", "receipt_id", "agreement", "previous_sha256",
)  # fmt: skip
_ASKED: Final = ("command", "command_id", "person_key", "record", "who", "why")
_OF_A_RECEIPT: Final = (*_FIRST, "verdict", *_LAST)
#: What a command's entry may name, in order: unreadable or not, before contract 1.1 and since.
_OF_A_COMMAND: Final = frozenset(
    (*_FIRST, "verdict", *said, *_LAST)
    for said in (
        ("command",),
        ("command", "taken_at"),
        _ASKED,
        ("taken_at", *_ASKED, "records"),
    )
)


class Entry(NamedTuple):
    """What the chain needs to know of an entry; `sha256` is that of its bytes."""

    number: int
    at: str
    cause: str
    place: str
    partition: int
    duplicate: bool
    previous: str
    sha256: str


def read_entry(key: bytes | None, value: bytes | None, headers: Headers = ()) -> Entry | None:
    """The entry in a record, None when the record has not the form of one. Never raises."""
    if key is not None or headers or value is None:
        return None
    try:
        found = orjson.loads(value)
        entry = _typed(found)
    except (orjson.JSONDecodeError, msgspec.ValidationError, RecursionError):
        return None
    # A gateway writes each entry in one way; what says the same in another is not its own.
    if entry is None or orjson.dumps(found) != value:
        return None
    return Entry(
        entry.number,
        entry.at,
        entry.cause,
        f"{entry.topic}/{entry.partition}/{entry.offset}",
        entry.partition,
        entry.duplicate,
        entry.previous_sha256,
        sha256(value).hexdigest(),
    )


def _typed(found: Any) -> Decided | Commanded | None:
    names = tuple(found) if isinstance(found, dict) else ()
    if names == _OF_A_RECEIPT:
        return msgspec.convert(found, Decided)
    if names not in _OF_A_COMMAND:
        return None
    entry = msgspec.convert(found, Commanded)
    return entry if entry.verdict in OUTCOMES else None
