"""What an accepted message is told of at once, besides its delivery."""

from __future__ import annotations

from gateway.domain import sgi
from gateway.domain.ids import unpacked
from gateway.domain.records import CategoryChanged, Closed, Enrolled, Intervention
from gateway.domain.state import Entry, Flag
from gateway.domain.work import Work


def after_acceptance(work: Work, entry: Entry, reasons: tuple[Flag, ...]) -> None:
    """Notices that an accepted message or its replacement sets off.

    `reasons` is what the rules say of it; `entry` is in force already.
    """
    codes = {flag.code for flag in reasons}
    match entry.record:
        case Enrolled() | CategoryChanged() if "BR-24" in codes:
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


def _sgi_at_risk(work: Work, entry: Entry) -> None:
    for case_id in sgi.sgi_cases(work.person):
        if sgi.is_open(work.person, case_id):
            data = {"sgi_case_id": case_id, "message_id": unpacked(entry.message_id)}
            work.notify_both("sgi_at_risk", case_id, entry.case_id, data)
