"""The watch over SGI protection: is a case open, is the person protected, what is due when.

The protection (24 fn 16) needs enrolment at AF at the latest 25 calendar days after the last day
with sickness benefit. Reminders go to both agencies on the agreed days, and when the last day has
passed without enrolment both are told that the protection is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.domain.context import Limits
from gateway.domain.days import Day, Instant, midnight
from gateway.domain.person import Person
from gateway.domain.records import Enrolled, SgiAnswered, SgiClosed, SgiOpened
from gateway.domain.state import Deadline

REMINDER: Final = "sgi_reminder"
MISSED: Final = "sgi_missed"


def sgi_cases(person: Person) -> tuple[str, ...]:
    """The ids of the person's SGI cases."""
    return tuple(sorted({record.sgi_case_id for _, record in person.sgi}))


def opened_case(person: Person, sgi_case_id: str) -> SgiOpened | None:
    """How FK opened the case, the latest opening by event day; None when it has not."""
    openings = [
        (entry.day, entry.message_id, record)
        for entry, record in person.sgi
        if isinstance(record, SgiOpened) and record.sgi_case_id == sgi_case_id
    ]
    return max(openings, key=lambda item: item[:2])[2] if openings else None


def is_open(person: Person, sgi_case_id: str) -> bool:
    """Whether there is an SGI to protect and FK has not decided on it yet."""
    opened = opened_case(person, sgi_case_id)
    if opened is None or not opened.has_sgi:
        return False
    return not any(
        isinstance(record, SgiClosed) and record.sgi_case_id == sgi_case_id
        for _, record in person.sgi
    )


def enrolled_by(person: Person, sgi_case_id: str, last: Day) -> bool:
    """Whether the person enrolled at AF in time, by AF's answer or AF's own status message."""
    for _, record in person.sgi:
        if isinstance(record, SgiAnswered) and record.sgi_case_id == sgi_case_id:
            return record.enrolled_at <= last
    return any(
        isinstance(record, Enrolled) and record.enrolled_at <= last
        for _, record in person.enrolments
    )


def deadlines(opened: SgiOpened, limits: Limits, now: Instant) -> Iterator[Deadline]:
    """What becomes due in an open SGI case after now: reminders, then the day after the last."""
    if not opened.has_sgi or opened.last_day_with_sp is None:
        return
    last = opened.last_day_with_sp
    for number in limits.sgi_reminder_days:
        due = midnight(last + number)
        if due > now:
            yield Deadline(due, REMINDER, f"{number}:{opened.sgi_case_id}")
    due = midnight(last + limits.sgi_days + 1)
    if due > now:
        yield Deadline(due, MISSED, opened.sgi_case_id)
