"""What a decision may know besides state and message: the record's own instant and fixed terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import msgspec
from msgspec.structs import replace

from gateway.domain.days import Day, Instant, day_at
from schemas.codec import Codec
from schemas.keys import KeyRing


class Limits(Protocol):
    """Durations that the agencies agree on, in days."""

    @property
    def hold_days(self) -> int:
        """How long a message waits."""
        ...

    @property
    def late_days(self) -> int:
        """From when a registration is late (BR-36)."""
        ...

    @property
    def follow_up_interval_days(self) -> int:
        """Longest time between joint follow-ups (BR-33)."""
        ...

    @property
    def close_after_no_development_days(self) -> int:
        """Time to close when no development is judged (BR-32)."""
        ...

    @property
    def offer_after_decision_days(self) -> int:
        """Time to offer a meeting after a refusal (BR-18)."""
        ...

    @property
    def dispute_days(self) -> int:
        """Time to agree on a closing (BR-34)."""
        ...

    @property
    def status_after_closing_days(self) -> int:
        """When the status after a closing is asked for (MF10)."""
        ...

    @property
    def stale_days(self) -> int:
        """Time without any message after which a case is asked about (BR-40)."""
        ...

    @property
    def sgi_days(self) -> int:
        """Days to enrol after the last day with sickness benefit (BR-22)."""
        ...

    @property
    def sgi_reminder_days(self) -> tuple[int, ...]:
        """Days of reminders."""
        ...


class Dates(Protocol):
    """The days from which dated rules hold, where the sources leave the day open."""

    def day(self, name: str) -> Day:
        """The agreed day of a named date, for instance `quarter_rule`."""
        ...


class Terms(Protocol):
    """The part of the exchange agreement that decisions read; `gateway.agreement` provides it."""

    @property
    def rules_version(self) -> str:
        """The version and hash named in every receipt, for instance `2026.1+0a1b2c3d`."""
        ...

    @property
    def limits(self) -> Limits:
        """Durations."""
        ...

    @property
    def dates(self) -> Dates:
        """Dates."""
        ...

    def grounds(self, type_name: str) -> tuple[str, ...]:
        """Grounds in order, `consent:<purpose>`, `statute:<reference>` or `none`."""
        ...

    def may_send(self, agency: str, type_name: str) -> bool:
        """Whether the agreement lets an agency send a type (BR-43)."""
        ...

    def accepts_version(self, type_name: str, version: int) -> bool:
        """Whether a schema version is in force between the agencies."""
        ...

    @property
    def in_shadow(self) -> Terms | None:
        """The rule set that is tried beside this one, None when there is none."""
        ...


class Context(msgspec.Struct, frozen=True, gc=False):
    """Now and the fixed terms of one decision.

    `now` is the record's Kafka timestamp, or the deadline's own time for a tick. `person_key` is
    the record key; `partition` is where the person's records live; `today` is now's Swedish day.
    """

    now: Instant
    person_key: str
    partition: int
    terms: Terms
    keys: KeyRing
    codec: Codec
    today: Day


def context_at(
    now: Instant, person_key: str, partition: int, terms: Terms, keys: KeyRing, codec: Codec
) -> Context:
    """The context of a decision at `now`."""
    return Context(now, person_key, partition, terms, keys, codec, day_at(now))


def not_before(context: Context, instant: Instant) -> Context:
    """The context for a message of `instant`: no message is judged before it came.

    A record with a lower timestamp may be taken later when it is of another topic. What it releases
    is judged as if the two had come in the order of their time (law 4).
    """
    if context.now >= instant:
        return context
    return replace(context, now=instant, today=day_at(instant))


@dataclass(frozen=True, slots=True)
class Tick:
    """Stream time has passed `due`: whatever of the person is due then happens."""

    due: Instant
