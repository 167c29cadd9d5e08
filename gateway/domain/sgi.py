"""The watch over SGI protection: is a case open, is the person protected, what is due when.

The protection (24 fn 16) needs enrolment at AF at the latest 25 calendar days after the last day
with sickness benefit. Reminders go to both agencies on the agreed days, and when the last day has
passed without enrolment both are told that the protection is missed.

Whether a person is protected is for Försäkringskassan to decide; until it has, `protection` says
how it stands by what is known, day by day. A correction or a later message changes it by itself.
"""

from __future__ import annotations

from typing import Final

from gateway.domain.days import Day
from gateway.domain.person import Person
from gateway.domain.records import CategoryChanged, Enrolled, SgiAnswered, SgiClosed, SgiOpened

#: AF's category of a person who is no longer enrolled.
DEREGISTERED: Final = "avaktualiserad"
#: AF's category that may break the protection (BR-24).
WITH_OBSTACLES: Final = "arbetssokande_med_forhinder"


def sgi_cases(person: Person) -> tuple[str, ...]:
    """The ids of the person's SGI cases."""
    return tuple(sorted({record.sgi_case_id for _, record in person.sgi}))


def _openings(person: Person, sgi_case_id: str) -> list[tuple[Day, bytes, SgiOpened]]:
    """How FK opened the case, and opened it again, by event day."""
    return sorted(
        (
            (entry.day, entry.message_id, record)
            for entry, record in person.sgi
            if isinstance(record, SgiOpened) and record.sgi_case_id == sgi_case_id
        ),
        key=lambda opening: opening[:2],
    )


def opened_case(person: Person, sgi_case_id: str) -> SgiOpened | None:
    """How FK opened the case, the latest opening by event day; None when it has not."""
    openings = _openings(person, sgi_case_id)
    return openings[-1][2] if openings else None


def _closings(person: Person, sgi_case_id: str, since: Day) -> list[tuple[Day, str]]:
    """FK's decisions on a case as it was opened on a day: (day, state), in no order.

    A decision from before that day was on the earlier opening: the case is open again.
    """
    return [
        (record.decided_at, record.protection_state)
        for entry, record in person.sgi
        if isinstance(record, SgiClosed)
        and record.sgi_case_id == sgi_case_id
        and entry.day >= since
    ]


def is_open(person: Person, sgi_case_id: str) -> bool:
    """Whether there is an SGI to protect and FK has not decided on it yet."""
    openings = _openings(person, sgi_case_id)
    if not openings or not openings[-1][2].has_sgi:
        return False
    return not _closings(person, sgi_case_id, openings[-1][0])


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


def protection(person: Person, sgi_case_id: str, on: Day, sgi_days: int) -> str:
    """How the protection stands at the end of a day.

    Returns:
        `open` (time to enrol is left), `protected`, `at_risk` (enrolled, but a condition of BR-23
        or BR-24 is not met), `missed`, `not_applicable` (BR-25), `unknown` (not opened), or what
        FK has decided up to that day.
    """
    openings = _openings(person, sgi_case_id)
    if not openings:
        return "unknown"
    since, _, opened = ([one for one in openings if one[0] <= on] or openings[:1])[-1]
    decided = [said for said in _closings(person, sgi_case_id, since) if said[0] <= on]
    if decided:
        return max(decided)[1]
    if not opened.has_sgi or opened.last_day_with_sp is None:
        return "not_applicable"
    last = opened.last_day_with_sp + sgi_days
    if enrolled_by(person, sgi_case_id, min(on, last)):
        return "at_risk" if _condition_broken(person, sgi_case_id, on) else "protected"
    return "open" if on <= last else "missed"


def _condition_broken(person: Person, sgi_case_id: str, on: Day) -> bool:
    """Whether AF's latest answer lacked a condition (BR-23), or its category is one of risk."""
    answers = [
        (entry.day, any(flag.code == "BR-23" for flag in entry.flags))
        for entry, record in person.sgi
        if isinstance(record, SgiAnswered) and record.sgi_case_id == sgi_case_id and entry.day <= on
    ]
    categories = [
        (_status_day(record), record.af_category)
        for _, record in person.enrolments
        if _status_day(record) <= on
    ]
    lacking = bool(answers) and max(answers)[1]
    return lacking or (bool(categories) and max(categories)[1] == WITH_OBSTACLES)


def days_of_interest(
    person: Person, sgi_case_id: str, sgi_days: int, reminders: tuple[int, ...]
) -> list[Day]:
    """The days on which the protection may change or somebody is reminded, in order."""
    opened = opened_case(person, sgi_case_id)
    days: set[Day] = set()
    if opened is not None and opened.has_sgi and opened.last_day_with_sp is not None:
        last = opened.last_day_with_sp
        days |= {last + number for number in (0, *reminders, sgi_days, sgi_days + 1)}
    for entry, record in person.sgi:
        if record.sgi_case_id == sgi_case_id:
            days.add(entry.day)
    if days:
        days |= {_status_day(r) for _, r in person.enrolments if min(days) <= _status_day(r)}
    return sorted(days)


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
