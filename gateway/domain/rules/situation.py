"""What a rule sees, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from gateway.domain.context import Context
from gateway.domain.days import Day, day_of
from gateway.domain.person import Case, Person
from gateway.domain.state import Flag
from schemas.codec import Message


class Situation(msgspec.Struct, frozen=True, gc=False):
    """One message in front of one person's history.

    `data` is the message's data model; `case` the round it speaks of; `day` the event's Swedish
    calendar day, by which every dated rule is applied.
    """

    message: Message
    data: Any
    person: Person
    case: Case
    day: Day
    context: Context

    @property
    def type_name(self) -> str:
        """The message type, for instance `plan.closed`."""
        return self.message.type.name


#: A rule: findings about a situation, none when it is satisfied or does not apply.
Check = Callable[[Situation], Iterable[Flag]]


def error(rule: str, path: str | None = None, detail: str = "") -> Flag:
    """The message cannot be accepted."""
    return Flag(rule, "error", path, detail)


def warning(rule: str, path: str | None = None, detail: str = "") -> Flag:
    """The message is accepted, and the flag says what is wrong."""
    return Flag(rule, "warning", path, detail)


def hold(code: str, path: str | None = None, detail: str = "") -> Flag:
    """The message waits for what it builds on."""
    return Flag(code, "hold", path, detail)


def day_or_none(value: Any) -> Day | None:
    """The day of an optional date field."""
    return None if value is None else day_of(value)
