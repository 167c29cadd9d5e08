"""The watch over SGI protection: is a case open, is the person protected, what is due when.

The protection (24 fn 16) needs enrolment at AF at the latest 25 calendar days after the last day
with sickness benefit. Reminders go to both agencies on the agreed days, and when the last day has
passed without enrolment both are told that the protection is missed.
"""

from __future__ import annotations

from typing import Final

from gateway.domain.days import Day
from gateway.domain.person import Person
from gateway.domain.records import CategoryChanged, Enrolled, SgiAnswered, SgiClosed, SgiOpened

#: AF's category of a person who is no longer enrolled.
DEREGISTERED: Final = "avaktualiserad"


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
    """Whether the person enrolled at AF in time.

    AF's answer in the case counts; without one, AF's status messages do: the person is enrolled
    when the latest of them up to the last day says so. Who was deregistered since is not.
    """
    answers = [
        record.enrolled_at
        for _, record in person.sgi
        if isinstance(record, SgiAnswered) and record.sgi_case_id == sgi_case_id
    ]
    if answers:
        return min(answers) <= last
    statuses = [
        (_status_day(record), isinstance(record, Enrolled))
        for _, record in person.enrolments
        if isinstance(record, Enrolled) or record.af_category == DEREGISTERED
    ]
    until = [status for status in statuses if status[0] <= last]
    return bool(until) and max(until)[1]


def _status_day(record: Enrolled | CategoryChanged) -> Day:
    return record.enrolled_at if isinstance(record, Enrolled) else record.from_


def agency_case(person: Person, sgi_case_id: str) -> str | None:
    """The agencies' case id under which FK opened the SGI case."""
    opened = (
        entry.case_id
        for entry, record in person.sgi
        if isinstance(record, SgiOpened) and record.sgi_case_id == sgi_case_id
    )
    return next(opened, None)
