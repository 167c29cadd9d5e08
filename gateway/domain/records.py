"""What the state remembers of an accepted message: just the fields that a rule or deadline reads.

Theory. The state of a person is a *set* of records, one per accepted message, and everything else
(is the case open, is the assessment done, is the SGI protected) is derived from the set. So the
order in which the topics' records arrive cannot matter (law 4), a correction replaces one record
and a void removes one, and nothing derived can go stale.

Every record class has the field names of the message's data model; `remember` copies them. Dates
become days (see `days`). Tags are part of the stored form: they are only added, never reused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

import msgspec
from pydantic import BaseModel

from gateway.domain.days import Day, day_of


class _Record(msgspec.Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """Base: immutable, stored as an array, never part of a reference cycle."""


class Period(_Record, frozen=True):
    """A benefit over a time; `to` None = still running."""

    benefit: str
    extent: float | None = None
    from_: Day | None = None
    to: Day | None = None


class Nothing(_Record, frozen=True, tag=0):
    """A message that no rule looks back at: only its id and receipt are remembered."""


class Consent(_Record, frozen=True, tag=1):
    """consent.recorded: purposes as (purpose, status) pairs."""

    purposes: tuple[tuple[str, str], ...]
    families: tuple[str, ...]
    parties: tuple[str, ...]
    valid_from: Day | None = None
    valid_to: Day | None = None
    withdrawn_at: Day | None = None

    def status(self, purpose: str) -> str | None:
        """The status said for a purpose, None when the message does not speak of it."""
        for name, status in self.purposes:
            if name == purpose:
                return status
        return None


class BenefitDecided(_Record, frozen=True, tag=2):
    """status.benefit_decided."""

    benefit: str
    decision: str
    decided_at: Day
    first_application: bool | None = None
    last_day_with_sp: Day | None = None
    periods: tuple[Period, ...] | None = None
    sex: str | None = None
    birth_year_month: str | None = None


class Enrolled(_Record, frozen=True, tag=3):
    """status.enrolled."""

    enrolled_at: Day
    af_category: str


class CategoryChanged(_Record, frozen=True, tag=4):
    """status.category_changed."""

    af_category: str
    from_: Day


class Initiated(_Record, frozen=True, tag=5):
    """referral.initiated: opens a round of a case."""

    initiating_path: str
    need_identified_at: Day
    benefits: tuple[Period, ...]
    has_sgi: bool
    employment: str
    benefit_case_start: Day | None = None
    sex: str | None = None
    birth_year_month: str | None = None
    need_assessed: bool | None = None


class Called(_Record, frozen=True, tag=6):
    """referral.called."""

    kallelse_at: Day


class Assessment(_Record, frozen=True, tag=8):
    """meeting.assessment_completed."""

    gk_id: str
    completed_at: Day
    conclusion: str


class FollowUp(_Record, frozen=True, tag=9):
    """meeting.follow_up_held."""

    follow_up_id: str
    held_at: Day
    result: str
    decision: str


class Meeting(_Record, frozen=True, tag=10):
    """meeting.contact_* and meeting.transition_*: whichever of the dates the message carries."""

    meeting_id: str
    offered_at: Day | None = None
    answered_at: Day | None = None
    answer: str | None = None
    held_at: Day | None = None
    benefit: str | None = None
    meeting_form: str | None = None
    sex: str | None = None
    birth_year_month: str | None = None
    employment: str | None = None
    answer_reason: str | None = None


class PlanSet(_Record, frozen=True, tag=11):
    """plan.set."""

    plan_id: str
    version: int
    valid_from: Day


class Intervention(_Record, frozen=True, tag=12):
    """plan.intervention_proposed and plan.intervention_decided."""

    insats_id: str
    category: str
    program: str
    proposed_at: Day | None = None
    decided_at: Day | None = None


class InterventionMoved(_Record, frozen=True, tag=13):
    """plan.intervention_started and plan.intervention_ended."""

    insats_id: str
    started_at: Day | None = None
    ended_at: Day | None = None
    end_reason: str | None = None


class Closed(_Record, frozen=True, tag=14):
    """plan.closed."""

    closed_at: Day
    last_insats_category: str
    outcome: str | None = None


class SgiOpened(_Record, frozen=True, tag=15):
    """sgi.opened."""

    sgi_case_id: str
    has_sgi: bool
    last_day_with_sp: Day | None = None
    insured_time: float | None = None


class SgiAnswered(_Record, frozen=True, tag=16):
    """sgi.enrolment_answered."""

    sgi_case_id: str
    enrolled_at: Day


class SgiClosed(_Record, frozen=True, tag=17):
    """sgi.closed."""

    sgi_case_id: str
    protection_state: str
    decided_at: Day


class Amendment(_Record, frozen=True, tag=18):
    """<family>.corrected and <family>.voided: the message it amends."""

    target: bytes


class StatusReported(_Record, frozen=True, tag=19):
    """plan.status_reported."""

    status: str
    status_at: Day


class HandedOver(_Record, frozen=True, tag=20):
    """referral.handed_over."""

    actor: str
    handed_at: Day
    back_to_cooperation_at: Day | None = None


Remembered = (
    Nothing
    | Consent
    | BenefitDecided
    | Enrolled
    | CategoryChanged
    | Initiated
    | Called
    | Assessment
    | FollowUp
    | Meeting
    | PlanSet
    | Intervention
    | InterventionMoved
    | Closed
    | SgiOpened
    | SgiAnswered
    | SgiClosed
    | Amendment
    | StatusReported
    | HandedOver
)

#: Message type -> the record it leaves. A type that is not listed leaves `Nothing`.
RECORD_OF: Final[Mapping[str, type[_Record]]] = {
    "consent.recorded": Consent,
    "status.benefit_decided": BenefitDecided,
    "status.enrolled": Enrolled,
    "status.category_changed": CategoryChanged,
    "referral.initiated": Initiated,
    "referral.called": Called,
    "referral.handed_over": HandedOver,
    "meeting.assessment_completed": Assessment,
    "meeting.follow_up_held": FollowUp,
    "meeting.contact_offered": Meeting,
    "meeting.contact_answered": Meeting,
    "meeting.contact_held": Meeting,
    "meeting.transition_offered": Meeting,
    "meeting.transition_answered": Meeting,
    "meeting.transition_held": Meeting,
    "plan.set": PlanSet,
    "plan.intervention_proposed": Intervention,
    "plan.intervention_decided": Intervention,
    "plan.intervention_started": InterventionMoved,
    "plan.intervention_ended": InterventionMoved,
    "plan.closed": Closed,
    "plan.status_reported": StatusReported,
    "sgi.opened": SgiOpened,
    "sgi.enrolment_answered": SgiAnswered,
    "sgi.closed": SgiClosed,
}


def _period(model: Any) -> Period:
    return Period(
        benefit=model.benefit,
        extent=model.extent,
        from_=None if model.from_ is None else day_of(model.from_),
        to=None if model.to is None else day_of(model.to),
    )


def _periods(models: Any) -> tuple[Period, ...]:
    return tuple(_period(model) for model in models)


def _purposes(models: Any) -> tuple[tuple[str, str], ...]:
    return tuple((model.purpose, model.status) for model in models)


#: Fields that are lists of models in the message.
_CONVERTED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "benefits": _periods,
    "periods": _periods,
    "purposes": _purposes,
    "families": tuple,
    "parties": tuple,
    "need_assessed": lambda model: model.assessed,
    "insured_time": lambda model: model.percent,
}


def remember(type_name: str, data: Any) -> Remembered:
    """The record that an accepted message leaves; `data` is the type's data model."""
    record = RECORD_OF.get(type_name)
    if record is None:
        return _NOTHING
    given = vars(data)
    values: dict[str, Any] = {}
    for name, convert in _copied(record, data.__class__):
        value = given[name]
        if value is None:
            continue
        if convert is not None:
            value = convert(value)
        elif isinstance(value, date):
            value = day_of(value)
        values[name] = value
    return record(**values)  # type: ignore[return-value]  # every class of RECORD_OF is in the union


@lru_cache(maxsize=256)
def _copied(
    record: type[_Record], model: type[BaseModel]
) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """The fields that a record takes from a data model, and what to make of each."""
    names = [name for name in record.__struct_fields__ if name in model.model_fields]
    return tuple((name, _CONVERTED.get(name)) for name in names)


_NOTHING: Final = Nothing()
