"""What follows from an accepted message besides its delivery: notices and deadlines."""

from __future__ import annotations

from gateway.domain import sgi
from gateway.domain.days import as_date, midnight
from gateway.domain.ids import unpacked
from gateway.domain.records import CategoryChanged, Closed, Intervention, SgiOpened
from gateway.domain.state import Entry, Flag
from gateway.domain.work import Work


def after_acceptance(work: Work, entry: Entry, reasons: tuple[Flag, ...]) -> None:
    """Notices and deadlines that an accepted message or its replacement sets off.

    `reasons` is what the rules say of it; `entry` is in force already.
    """
    codes = {flag.code for flag in reasons}
    match entry.record:
        case SgiOpened() as opened:
            watch_sgi(work, opened)
        case CategoryChanged() if "BR-24" in codes:
            _sgi_at_risk(work, entry)
        case Closed() if "BR-34" in codes:
            reference = unpacked(entry.message_id)
            data = {"message_id": reference, "round_no": entry.round_no}
            work.notify_both("closing_disputed", reference, entry.case_id, data)
        case Intervention() as intervention if "BR-08" in codes:
            if entry.type_name == "plan.intervention_decided":
                reference = unpacked(entry.message_id)
                data = {"message_id": reference, "program": intervention.program}
                work.notify_both("intervention_below_quarter", reference, entry.case_id, data)
        case _:
            pass


def watch_sgi(work: Work, opened: SgiOpened) -> None:
    """(Re)set the reminders of an SGI case; a case opened too late is told of at once."""
    case_id = opened.sgi_case_id
    kept = tuple(d for d in work.state.deadlines if d.reference.partition(":")[2] != case_id)
    kept = tuple(d for d in kept if d.reference != case_id)
    limits = work.context.terms.limits
    due = tuple(sgi.deadlines(opened, limits, work.context.now))
    work.set_deadlines(tuple(sorted((*kept, *due), key=lambda d: (d.due, d.kind, d.reference))))
    last = opened.last_day_with_sp
    if opened.has_sgi and last is not None:
        missed_at = midnight(last + limits.sgi_days + 1)
        if missed_at <= work.context.now:
            sgi_missed(work, case_id)


def _sgi_at_risk(work: Work, entry: Entry) -> None:
    for case_id in sgi.sgi_cases(work.person):
        if sgi.is_open(work.person, case_id):
            data = {"sgi_case_id": case_id, "message_id": unpacked(entry.message_id)}
            work.notify_both("sgi_at_risk", case_id, entry.case_id, data)


def sgi_reminder(work: Work, reference: str) -> None:
    """Day 10, 18 or 23 has begun and the person is not enrolled: remind both agencies."""
    number, _, case_id = reference.partition(":")
    opened = sgi.opened_case(work.person, case_id)
    if opened is None or opened.last_day_with_sp is None or not sgi.is_open(work.person, case_id):
        return
    last = opened.last_day_with_sp + work.context.terms.limits.sgi_days
    if not sgi.enrolled_by(work.person, case_id, last):
        data = {
            "sgi_case_id": case_id,
            "day": int(number),
            "last_day_with_sp": as_date(opened.last_day_with_sp),
            "enrol_by": as_date(last),
        }
        work.notify_both("sgi_reminder", reference, _case_of(work, case_id), data)


def sgi_missed(work: Work, case_id: str) -> None:
    """The last day has passed without enrolment: tell both agencies."""
    opened = sgi.opened_case(work.person, case_id)
    if opened is None or opened.last_day_with_sp is None or not sgi.is_open(work.person, case_id):
        return
    last = opened.last_day_with_sp + work.context.terms.limits.sgi_days
    if not sgi.enrolled_by(work.person, case_id, last):
        data = {
            "sgi_case_id": case_id,
            "last_day_with_sp": as_date(opened.last_day_with_sp),
            "enrol_by": as_date(last),
        }
        work.notify_both("sgi_missed", case_id, _case_of(work, case_id), data)


def _case_of(work: Work, sgi_case_id: str) -> str | None:
    for entry, record in work.person.sgi:
        if isinstance(record, SgiOpened) and record.sgi_case_id == sgi_case_id:
            return entry.case_id
    return None
