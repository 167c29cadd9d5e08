"""Follow-up facts: what statistics may know of an accepted message (contract section 7).

A fact carries codes, dates and pseudonyms; no personal number, no agency id, no free text. Without
the statistics purpose (BR-27), or after its withdrawal (BR-29), it still counts, but nothing links
it to a person or a case. Overlapping benefits all stand in its list (BR-38).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel

from gateway.domain.consent import statistics_allowed
from gateway.domain.context import Context
from gateway.domain.days import Day, rfc3339
from gateway.domain.decision import Fact
from gateway.domain.ids import unpacked, uuid5_text
from gateway.domain.person import Case, Person
from gateway.domain.quality import rules_in
from gateway.domain.records import Assessment, Initiated
from gateway.domain.rules.derived import marks
from gateway.domain.state import Entry, Flag
from schemas.codec import Message

#: Types whose facts copy these fields, in this order: codes, dates, numbers, yes or no. Ids and
#: free text never stand here.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "consent.recorded": (
        "purposes", "families", "valid_from", "valid_to", "withdrawn_at", "form", "asked_at",
        "given_at", "refused_at", "asked_by",
    ),
    "consent.refusal_counted": ("month", "benefit", "count"),
    "status.benefit_decided": (
        "benefit", "decision", "decided_at", "considered_at", "first_application", "extent",
        "rehab_chain_day", "no_chain_reason", "sammanlaggning", "resident_abroad",
        "last_day_with_sp", "reason_group", "refusal_considered_at", "refusal_decided_at",
        "extent_fraction", "base", "sgi_info_given",
    ),
    "status.enrolled": ("enrolled_at", "in_cooperation_at", "af_category", "from_"),
    "status.category_changed": (
        "af_category", "from_", "avaktualiserad_at", "enrolled_at", "in_cooperation_at", "reason",
    ),
    "referral.initiated": (
        "need_identified_at", "initiating_path", "benefit_case_start", "rehab_chain_day",
        "has_sgi", "diagnosis_group", "investigations", "queue_reason", "application_at",
        "country_of_birth_group", "education_level", "disability_code", "certificate_present",
        "no_chain_reason", "disability_code_at",
    ),
    "referral.called": ("kallelse_at", "channel", "proposed_at"),
    "referral.answered": ("answered_at", "answer", "answer_reason", "proposed_at"),
    "referral.handed_over": ("actor", "step", "handed_at", "back_to_cooperation_at", "accepted_at"),
    "meeting.assessment_completed": (
        "completed_at", "conclusion", "preparation_done", "actor", "employer_support_needed",
    ),
    "meeting.follow_up_held": (
        "held_at", "channel", "result", "ability_trend", "decision", "plan_version", "next_at",
    ),
    "meeting.contact_offered": (
        "offered_at", "rehab_chain_day", "risk_not_back_before_181",
        "no_reduced_ability_normal_work", "has_employer",
    ),
    "meeting.contact_answered": ("answered_at", "answer", "answer_reason"),
    "meeting.contact_held": (
        "held_at", "channel", "enrolled_at", "sp_retained_until", "rehab_chain_day",
        "has_employer",
    ),
    "meeting.transition_offered": (
        "benefit", "meeting_form", "offered_at", "refusal_considered_at", "refusal_decided_at",
        "first_application", "rehab_chain_day", "no_chain_reason", "sammanlaggning",
        "resident_abroad", "offer_channel", "info_film_sent", "already_enrolled",
        "satisfaction_invite",
    ),
    "meeting.transition_answered": (
        "benefit", "answered_at", "answer", "answer_reason", "refusal_considered_at",
        "refusal_decided_at", "first_application", "rehab_chain_day", "no_chain_reason",
        "sammanlaggning", "resident_abroad", "offer_channel", "info_film_sent", "already_enrolled",
        "satisfaction_invite", "meeting_form", "offered_at",
    ),
    "meeting.transition_held": (
        "benefit", "meeting_form", "held_at", "channel", "sgi_info_given", "af_support_info_given",
        "enrol_support_offered", "already_enrolled", "refusal_decided_at", "first_application",
        "rehab_chain_day", "no_chain_reason", "sammanlaggning", "resident_abroad",
        "refusal_considered_at", "offer_channel", "info_film_sent", "satisfaction_invite",
        "offered_at", "answer", "answer_reason",
    ),
    "plan.set": ("version", "valid_from", "goals", "follow_up_dates", "change_reason"),
    "plan.intervention_proposed": (
        "category", "program", "delivery", "activity_types", "hours_per_week", "extent_fraction",
        "base", "workplace_activity", "proposed_at", "benefit_during",
    ),
    "plan.intervention_decided": (
        "category", "program", "delivery", "activity_types", "hours_per_week", "extent_fraction",
        "base", "workplace_activity", "decided_at", "benefit_during",
    ),
    "plan.intervention_started": (
        "started_at", "category", "program", "delivery", "hours_per_week", "extent_fraction",
        "base", "workplace_activity", "benefit_during",
    ),
    "plan.intervention_ended": (
        "ended_at", "end_reason", "category", "program", "delivery", "hours_per_week",
        "extent_fraction", "base", "workplace_activity", "benefit_during", "started_at",
    ),
    "plan.closed": (
        "closed_at", "last_insats_category", "outcome", "left_extent", "benefits_before",
        "benefits_after", "occupation_at_close", "fk_next", "agreed",
    ),
    "plan.status_reported": ("status", "status_at"),
    "sgi.opened": ("has_sgi", "last_day_with_sp"),
    "sgi.enrolment_answered": ("enrolled_at", "willing_extent_percent"),
    "sgi.closed": ("protection_state", "decided_at"),
}  # fmt: skip

#: Agency ids that link facts of one thing: field of the message -> pseudonymised field.
LINKS: Final[Mapping[str, str]] = {
    "gk_id": "gk_key",
    "meeting_id": "meeting_key",
    "insats_id": "insats_key",
    "sgi_case_id": "sgi_key",
    "plan_id": "plan_key",
    "follow_up_id": "follow_up_key",
}


_AS_IT_IS: Final = frozenset({str, int, float, bool, date, datetime})


class _Plan:
    """What to copy from one data model, worked out once."""

    __slots__ = ("fields", "links", "meetings")

    def __init__(self, type_name: str, model: type[BaseModel]) -> None:
        has = model.model_fields
        self.fields = tuple((name, name.rstrip("_")) for name in FIELDS[type_name] if name in has)
        self.links = tuple((name, pseudonym) for name, pseudonym in LINKS.items() if name in has)
        self.meetings = type_name == "meeting.assessment_completed"


@lru_cache(maxsize=256)
def _plan(type_name: str, model: type[BaseModel]) -> _Plan:
    return _Plan(type_name, model)


def _plain(value: Any) -> Any:
    """A model or a list of models as plain data; dates are written by the encoder."""
    if value.__class__ in _AS_IT_IS:
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    items = vars(value).items()
    return {name.rstrip("_"): _plain(item) for name, item in items if item is not None}


def fields_of(type_name: str, data: Any) -> dict[str, Any]:
    """The statistical fields of a message, None left out."""
    plan = _plan(type_name, data.__class__)
    values = vars(data)
    fields = {}
    for name, shown in plan.fields:
        value = values[name]
        if value is not None:
            # Most fields are plain: a call to find that out would cost more than all the rest.
            fields[shown] = value if value.__class__ in _AS_IT_IS else _plain(value)
    if plan.meetings:
        fields["meetings"] = [
            {"held_at": meeting.held_at, "channel": meeting.channel} for meeting in data.meetings
        ]
    return fields


def _about_assessment(met: Assessment, case: Case, opening: Initiated) -> dict[str, int | bool]:
    """What only the case can tell of an assessment, days and yes or no.

    An anonymous fact is linked to no case, so nobody could work this out later (footnotes 9 and 10
    of the report on 2024).
    """
    day = met.completed_at
    others = [other for _, other in case.assessments if other.gk_id != met.gk_id]
    derived: dict[str, int | bool] = {
        "need_days": day - opening.need_identified_at,
        "first_in_round": all(other.completed_at >= day for other in others),
        "inside_benefit_period": any(
            (period.from_ is None or period.from_ <= day)
            and (period.to is None or day <= period.to)
            for period in opening.benefits
        ),
    }
    if opening.benefit_case_start is not None:
        derived["benefit_days"] = day - opening.benefit_case_start
    return derived


def fact_of(
    person: Person,
    case: Case,
    message: Message,
    entry: Entry,
    context: Context,
    *,
    reasons: tuple[Flag, ...],
    confirms: Entry | None,
) -> Fact:
    """The follow-up fact of an accepted message; `entry` is what the state remembers of it.

    For a correction, `message` carries the replacement, `entry` the corrected original, and
    `reasons` what the rules say of the replacement.
    """
    data: Any = message.data
    values = vars(data)
    key = None
    fields = fields_of(entry.type_name, data)
    if message.personal_number is not None and statistics_allowed(person, context.today):
        key = context.keys.statistics_key(message.personal_number)
        for name, pseudonym in _plan(entry.type_name, data.__class__).links:
            value = values[name]
            if value is not None:
                fields[pseudonym] = context.keys.statistics_pseudonym(pseudonym, value)
    flags = [] if not reasons else rules_in(reasons)
    marked = marks(entry.type_name, data, case, entry)
    if marked:
        flags = sorted({*flags, *marked})
    if confirms is not None:
        fields["confirms"] = fact_id(confirms, context)
        flags = sorted({*flags, "BR-35"})
    opening = case.opening
    employment = values.get("employment")
    if opening is not None:
        if isinstance(entry.record, Assessment):
            fields.update(_about_assessment(entry.record, case, opening))
        employment = employment or opening.employment
    own = values.get("benefit")
    body = {
        "fact": entry.type_name,
        "fact_id": fact_id(entry, context),
        "revision": entry.revision,
        "voided": entry.voided,
        "unit_key": key,
        "unit_case": None
        if key is None or message.case_id is None
        else context.keys.statistics_pseudonym("case", message.case_id),
        "round_no": entry.round_no,
        "sex": values.get("sex") or person.sex() or "okant",
        "birth_year_month": values.get("birth_year_month") or person.birth_year_month(),
        "benefits": [own] if own is not None else list(person.benefits_at(case, entry.day)),
        "employment": employment,
        "unit": values.get("unit"),
        "region": values.get("region"),
        "event_at": message.event_at,
        "registered_at": rfc3339(context.now),
        "delay_days": context.today - entry.day,
        "capture": data.capture,
        "source_system": message.system,
        "flags": flags,
        "fields": fields,
    }
    return Fact(key=key, event_id=event_id(body), at=context.now, data=body)


def fact_id(entry: Entry, context: Context) -> str:
    """The id of a message's fact: the same for each revision, and of nobody else's message.

    Without the statistics key nobody can tell which message it is of (contract-2 F 1).
    """
    return context.keys.fact_id(context.person_key, entry.source, unpacked(entry.message_id))


def event_id(body: Mapping[str, Any]) -> str:
    """The id of the event of one revision."""
    return uuid5_text(f"followup|{body['fact_id']}|{body['revision']}")


def void_of(person: Person, entry: Entry, message: Message, context: Context) -> Fact:
    """The revision that ends a fact: what was said did not happen, or not to this person."""
    data: Any = message.data
    key = None
    if message.personal_number is not None and statistics_allowed(person, context.today):
        key = context.keys.statistics_key(message.personal_number)
    day: Day = entry.day
    body = {
        "fact": entry.type_name,
        "fact_id": fact_id(entry, context),
        "revision": entry.revision,
        "voided": True,
        "unit_key": key,
        "unit_case": None
        if key is None or entry.case_id is None
        else context.keys.statistics_pseudonym("case", entry.case_id),
        "round_no": entry.round_no,
        "sex": person.sex() or "okant",
        "birth_year_month": person.birth_year_month(),
        "benefits": [],
        "employment": None,
        "unit": data.unit,
        "region": data.region,
        "event_at": message.event_at,
        "registered_at": rfc3339(context.now),
        "delay_days": context.today - day,
        "capture": data.capture,
        "source_system": message.system,
        "flags": [],
        "fields": {"void_reason": data.reason},
    }
    return Fact(key=key, event_id=event_id(body), at=context.now, data=body)


def refusals_counted(message: Message, entry: Entry, context: Context) -> Fact:
    """consent.refusal_counted: refusals counted without identity (BR-28)."""
    data: Any = message.data
    body = {
        "fact": entry.type_name,
        "fact_id": fact_id(entry, context),
        "revision": 1,
        "voided": False,
        "unit_key": None,
        "unit_case": None,
        "round_no": None,
        "sex": data.sex,
        "birth_year_month": None,
        "benefits": [data.benefit],
        "employment": None,
        "unit": data.unit,
        "region": data.region,
        "event_at": message.event_at,
        "registered_at": rfc3339(context.now),
        "delay_days": context.today - entry.day,
        "capture": data.capture,
        "source_system": message.system,
        "flags": [],
        "fields": fields_of(entry.type_name, data),
    }
    return Fact(key=None, event_id=event_id(body), at=context.now, data=body)
