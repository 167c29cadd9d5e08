"""What `decide` answers: the new state and a closed union of outputs.

Outputs say *what* goes out and to whom; topic names, keys, headers and bytes are made from them in
one place, `gateway.shell.outputs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from gateway.domain.days import Instant
from gateway.domain.state import Flag, PersonState
from schemas.record import Headers

Status = Literal["ACCEPTED", "ACCEPTED_WITH_WARNING", "HELD", "REJECTED", "EXPIRED", "WITHHELD"]
Ground = tuple[str, str | None]


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """The answer to one record (contract section 4).

    `topic`, `partition`, `offset` name the record of the message; for a duplicate they are those of
    the original, since the original receipt is given again.
    """

    receipt_id: str
    message_id: str
    source: str | None
    ce_type: str | None
    content_sha256: str
    status: Status
    reasons: tuple[Flag, ...]
    decided_at: Instant
    held_until: Instant | None
    delivered_to: str | None
    ground: Ground | None
    rules_version: str
    case_id: str | None
    topic: str
    partition: int
    offset: int
    duplicate: bool = False

    @property
    def agency(self) -> str:
        """Whose message it answers."""
        return self.topic[:2]


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """A message let through: the sender's value and headers, byte for byte, plus ours."""

    topic: str
    value: bytes
    headers: Headers
    receipt_id: str
    accepted_at: Instant
    ground: Ground
    traceparent: str


class Notice(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Something an agency has to act on (contract section 3)."""

    agency: str
    kind: str
    notice_id: str
    at: Instant
    case_id: str | None
    data: Mapping[str, Any]


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One record of the follow-up stream; `key` is the statistics pseudonym or None."""

    key: str | None
    event_id: str
    at: Instant
    data: Mapping[str, Any]


class Quarantined(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A record that could not be read as a message; its bytes stay where they were written."""

    codes: tuple[str, ...]
    size: int


Output = Receipt | Delivery | Notice | Fact | Quarantined


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The new state and everything to be written with it, in order.

    `state` is the same object as before when nothing changed.
    """

    state: PersonState
    outputs: tuple[Output, ...]
