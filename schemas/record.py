"""What the codec takes and gives: a Kafka record in, a typed message or problems out.

Both show themselves without payload: no body, no personal number in `repr` or `str`.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import msgspec
from pydantic import BaseModel

from schemas.reasons import Finding
from schemas.registry import MessageType

Headers = tuple[tuple[str, bytes | None], ...]


class Record(NamedTuple):
    """One Kafka record as the gateway read it; `timestamp_ms` is epoch milliseconds, UTC."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    def __repr__(self) -> str:
        """Return topic, partition and offset only."""
        return f"Record({self.topic}/{self.partition}/{self.offset})"


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message that is what the contract says; rules of the domain are not judged yet.

    `event_at` of `consent.refusal_counted` without one is the last day of its month.
    `event_day` is the Swedish calendar day of `event_at`. Ids are lower-case UUID text.
    `expiry_ms` is epoch milliseconds, UTC. `traceparent` is the attribute of the event (W3C).
    """

    id: str
    source: str
    agency: str
    system: str
    type: MessageType
    case_id: str | None
    round_no: int
    event_at: dt.date | dt.datetime
    event_day: dt.date
    consent_ref: str | None
    expiry_ms: int | None
    keyid: str
    traceparent: str | None
    personal_number: str | None
    data: BaseModel

    def __repr__(self) -> str:
        """Return type and id only."""
        return f"Message({self.type.name} {self.id})"


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """The outcome for one record: exactly one of `message` and `problems` is there.

    `message_id` is the sender's id where one could be read, else the UUIDv5 of topic, partition
    and offset. `source`, `ce_type` and `case_id` are set only if they have the form that the
    contract demands and hold no personal number, so they may be shown. `readable` is false for
    what is no message at all and belongs in quarantine.
    """

    record: Record
    content_sha256: str
    message: Message | None
    problems: tuple[Finding, ...]
    message_id: str
    source: str | None
    ce_type: str | None
    case_id: str | None
    readable: bool
