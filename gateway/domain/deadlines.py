"""Deadlines: what becomes due when nothing happens, derived from what is remembered.

The open deadlines of a person are a function of the set of records, like everything else: a late
enrolment, a correction or a closing takes its deadline away by itself. What has been said is
remembered by name, so that it is said once; the name holds the day it counts from, so that a
corrected day counts anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from gateway.domain import missed, sgi
from gateway.domain.context import Context
from gateway.domain.days import Day, Instant, as_date, midnight
from gateway.domain.ids import unpacked
from gateway.domain.person import Case, Person
from gateway.domain.quality import warned_later
from gateway.domain.state import Deadline
from gateway.domain.work import Work

_SEPARATOR: Final = "|"
#: Benefits whose refusal is followed by an offer of a meeting (BR-18; not förlängd skolgång).
_OFFERED_AFTER: Final = frozenset(
    {"sjukpenning", "aktivitetsersattning_nedsatt_arbetsformaga", "sjukersattning"}
)


def _deadline(day: Day, kind: str, *reference: object) -> Deadline:
    """Due when the given Swedish day begins."""
    return Deadline(midnight(day), kind, _SEPARATOR.join(map(str, reference)))


def implied(person: Person, context: Context) -> list[Deadline]:
    """Every deadline that the records imply, whether past or to come."""
    found: list[Deadline] = []
    if person.sgi:
        found.extend(_sgi(person, context))
    if person.decisions:
        found.extend(_offers(person, context))
    for (case_id, round_no), case in person.cases():
        if case.last_day is not None:
            found.extend(_case(case, case_id, round_no, context))
    return found


def _sgi(person: Person, context: Context) -> Iterator[Deadline]:
    """MF13: reminders on the agreed days, and the day after the last one to enrol (BR-22)."""
    limits, since = context.terms.limits, context.terms.dates.day("sgi_rule")
    for case_id in sgi.sgi_cases(person):
        opened = sgi.opened_case(person, case_id)
        if opened is None or opened.last_day_with_sp is None or not sgi.is_open(person, case_id):
            continue
        last = opened.last_day_with_sp
        if last + limits.sgi_days < since:
            continue
        if sgi.enrolled_by(person, case_id, last + limits.sgi_days):
            continue
        for number in limits.sgi_reminder_days:
            yield _deadline(last + number, "sgi_reminder", case_id, last, number)
        yield _deadline(last + limits.sgi_days + 1, "sgi_missed", case_id, last)


def _offers(person: Person, context: Context) -> Iterator[Deadline]:
    """BR-18: a refusal is followed by an offer, except on a first application for SP (BR-17)."""
    since = context.terms.dates.day("meetings_2024")
    for entry, decision in person.decisions:
        exempt = decision.benefit == "sjukpenning" and decision.first_application
        if (
            decision.decision == "avslag"
            and decision.benefit in _OFFERED_AFTER
            and not exempt
            and decision.decided_at >= since
            and not _offered(person, entry.case_id, decision.benefit)
        ):
            due = decision.decided_at + context.terms.limits.offer_after_decision_days + 1
            yield _deadline(due, "not_offered", entry.case_id or "", decision.benefit)


def _offered(person: Person, case_id: str | None, benefit: str) -> bool:
    return any(
        entry.case_id == case_id and meeting.benefit == benefit and meeting.offered_at is not None
        for entry, meeting in person.meetings
    )


def _case(case: Case, case_id: str, round_no: int, context: Context) -> Iterator[Deadline]:
    """What an open or closed round of a case waits for."""
    limits, dates = context.terms.limits, context.terms.dates
    closed_at = case.closed_at
    if closed_at is not None:
        if not case.reports:
            due = closed_at + limits.status_after_closing_days
            yield _deadline(due, "status_90_days_due", case_id, round_no, closed_at)
        if case.disputed:
            due = closed_at + limits.dispute_days + 1
            yield _deadline(due, "closing_disputed", case_id, round_no, closed_at)
        return
    if not case.exists:
        return
    since = dates.day("revised_way_of_working")
    if case.assessments:
        last = max(
            *(done.completed_at for _, done in case.assessments),
            *(held.held_at for _, held in case.follow_ups),
            0,
        )
        if last >= since:
            due = last + limits.follow_up_interval_days + 1
            yield _deadline(due, "follow_up_overdue", case_id, round_no, last, "BR-33")
    for _, held in case.follow_ups:
        if held.result == "ej_utveckling" and held.held_at >= since:
            due = held.held_at + limits.close_after_no_development_days + 1
            yield _deadline(due, "follow_up_overdue", case_id, round_no, held.held_at, "BR-32")
    assert case.last_day is not None, "a round exists because of an entry"
    due = case.last_day + limits.stale_days + 1
    yield _deadline(due, "follow_up_overdue", case_id, round_no, case.last_day, "BR-40")


def renew(work: Work) -> None:
    """Bring the open deadlines in line with the records.

    What a late registration implies in the past is not said of the past: a reminder is left out,
    a missed protection is told at once, and the rest waits for the next day, so that what is
    registered together is seen together.
    """
    if work.state.said:
        missed.renew(work)
    found = implied(work.person, work.context)
    if len(found) > 1:
        found.sort(key=_order)
    said = work.state.said
    if said:
        found = [deadline for deadline in found if _name(deadline) not in said]
    if found and found[0].due <= work.context.now:
        found = _not_of_the_past(work, found)
    work.set_deadlines(tuple(found))


def _not_of_the_past(work: Work, found: list[Deadline]) -> list[Deadline]:
    """What is kept of deadlines of which the earliest lie in the past, in order."""
    still_open = {_name(open_one): open_one for open_one in work.state.deadlines}
    renewed = []
    for deadline in found:
        name = _name(deadline)
        if deadline.due > work.context.now:
            renewed.append(deadline)
        elif name in still_open:
            renewed.append(still_open[name])
        elif deadline.kind == "sgi_missed":
            fire(work, deadline)
        elif deadline.kind != "sgi_reminder":
            renewed.append(replace(deadline, due=midnight(work.context.today + 1)))
    return sorted(renewed, key=_order)


def _order(deadline: Deadline) -> tuple[Instant, str, str]:
    return (deadline.due, deadline.kind, deadline.reference)


def _name(deadline: Deadline) -> str:
    return f"{deadline.kind}:{deadline.reference}"


def fire(work: Work, deadline: Deadline) -> None:
    """Say what is due, once."""
    if deadline.kind == missed.MISSED:
        case_id, _, last = deadline.reference.rpartition(_SEPARATOR)
        missed.say(work, missed.MISSED, case_id, int(last))
        return
    work.add_said(_name(deadline))
    _HANDLERS[deadline.kind](work, deadline.reference.split(_SEPARATOR))


def _sgi_reminder(work: Work, reference: list[str]) -> None:
    case_id, day, number = reference
    last, more = int(day), {"day": int(number)}
    data = {
        "sgi_case_id": case_id,
        **more,
        "last_day_with_sp": as_date(last),
        "enrol_by": as_date(last + work.context.terms.limits.sgi_days),
    }
    about = f"{case_id}|{last}|{more}"
    work.notify_both("sgi_reminder", about, sgi.agency_case(work.person, case_id), data)


def _not_offered(work: Work, reference: list[str]) -> None:
    """BR-18 has no notice of its own in the contract: it is counted for the follow-up (N24)."""
    name = f"not_offered|{work.context.person_key}|{_SEPARATOR.join(reference)}"
    work.emit(warned_later("BR-18", "status.benefit_decided", name, work.context))


def _status_due(work: Work, reference: list[str]) -> None:
    case_id, round_no, closed = reference
    due = int(closed) + work.context.terms.limits.status_after_closing_days
    data = {
        "round_no": int(round_no),
        "closed_at": as_date(int(closed)),
        "due_at": as_date(due),
    }
    work.notify_both("status_90_days_due", _SEPARATOR.join(reference), case_id, data)


def _still_disputed(work: Work, reference: list[str]) -> None:
    case_id, round_no, _ = reference
    closings = work.person.case(case_id, int(round_no)).closings
    latest = max(closings, key=lambda pair: (pair[0].day, pair[0].message_id))[0]
    data = {"message_id": unpacked(latest.message_id), "round_no": int(round_no)}
    work.notify_both("closing_disputed", _SEPARATOR.join(reference), case_id, data)


def _overdue(work: Work, reference: list[str]) -> None:
    case_id, round_no, last, rule = reference
    data = {
        "round_no": int(round_no),
        "due_at": as_date(_due_day(work, int(last), rule)),
        "last_held_at": as_date(int(last)),
        "rule": rule,
    }
    work.notify_both("follow_up_overdue", _SEPARATOR.join(reference), case_id, data)


def _due_day(work: Work, last: Day, rule: str) -> Day:
    limits = work.context.terms.limits
    return (
        last
        + {
            "BR-33": limits.follow_up_interval_days,
            "BR-32": limits.close_after_no_development_days,
            "BR-40": limits.stale_days,
        }[rule]
    )


_HANDLERS: Final[Mapping[str, Callable[[Work, list[str]], None]]] = {
    "sgi_reminder": _sgi_reminder,
    "not_offered": _not_offered,
    "status_90_days_due": _status_due,
    "closing_disputed": _still_disputed,
    "follow_up_overdue": _overdue,
}
