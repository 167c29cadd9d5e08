"""What both agencies were told last of an SGI case that was missed, and when that changes.

`sgi_missed` is told when the last day to enrol has passed. What becomes known later (an enrolment
in time, a correction or void, another last day, a new opening, FK's own decision) may say that the
protection is not missed after all: then both are told `sgi_missed_withdrawn`. When it is missed all
the same once more, `sgi_missed` comes again. So the last of the two notices is what
`sgi.protection` says.

What was told last is remembered by name in the state, one name per case.
"""

from __future__ import annotations

from typing import Final

from gateway.domain import sgi
from gateway.domain.days import Day, as_date
from gateway.domain.work import Work

MISSED: Final = "sgi_missed"
WITHDRAWN: Final = "sgi_missed_withdrawn"
SEPARATOR: Final = "|"


def say(work: Work, kind: str, case_id: str, last: Day) -> None:
    """Tell both agencies, and remember it as the last word on the case."""
    begins = tuple(f"{one}:{case_id}{SEPARATOR}" for one in (MISSED, WITHDRAWN))
    work.forget_said(begins)
    work.add_said(f"{kind}:{case_id}{SEPARATOR}{last}")
    data = {
        "sgi_case_id": case_id,
        "last_day_with_sp": as_date(last),
        "enrol_by": as_date(last + work.context.terms.limits.sgi_days),
    }
    reference = f"{case_id}|{last}|{{}}"
    work.notify_both(kind, reference, sgi.agency_case(work.person, case_id), data)


def renew(work: Work) -> None:
    """Take back what no longer holds, and say again what FK has decided since it was taken back.

    A case that is still open is missed by its deadline, which says so itself.
    """
    for name in work.state.said:
        kind, _, reference = name.partition(":")
        if kind not in {MISSED, WITHDRAWN}:
            continue
        case_id, _, day = reference.rpartition(SEPARATOR)
        limits, today = work.context.terms.limits, work.context.today
        missed = sgi.protection(work.person, case_id, today, limits.sgi_days) == "missed"
        if kind == MISSED and not missed:
            say(work, WITHDRAWN, case_id, int(day))
        elif kind == WITHDRAWN and missed and not sgi.is_open(work.person, case_id):
            say(work, MISSED, case_id, int(day))
