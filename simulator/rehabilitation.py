"""Part 1: from a need to a joint assessment, and for some to a plan, an intervention and an end.

The order is the one of the reports: need (FK), call (FK), answer, assessment by the three parties,
plan (FK), intervention (AF), follow-up, closing. All histories are right: the gateway has nothing
to refuse or to remark, unless they are registered more than 30 days late.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from simulator.cases import (
    ACTIVITY,
    DISABILITY,
    PROLONGED_SCHOOL,
    SICKNESS,
    WITHOUT_FK_BENEFIT,
    Case,
)
from simulator.days import earlier, later
from simulator.interventions import write_intervention
from simulator.rates import Rates
from simulator.story import WARNED, Draft, Story

FAMILIES: Final = ("referral", "plan", "meeting", "sgi")
THE_THREE: Final = ("individ", "forsakringsutredare", "arbetsformedlare")
_CHANNELS: Final = ("fysiskt", "fysiskt", "video", "telefon")
_LATE_WEEKS: Final = (8, 25)
_LATE_MONTHS: Final = (40, 100)
_ACTORS: Final = (
    ("samordningsforbund", "forrehabilitering"),
    ("vard", "medicinsk_rehabilitering"),
    ("kommun", "kommunal_insats"),
)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a story of part 1 shall hold besides need, call and assessment.

    `late` is None, `weeks` or `months`: how long after the assessment it is registered.
    """

    assessed: date
    late: str | None = None
    plain: bool = False  # nothing after the assessment: it will be corrected or voided


def write_assessment(story: Story, case: Case, outline: Outline, rates: Rates) -> Draft:
    """The whole history of one joint assessment; returns its (first) report."""
    rng = story.rng
    need = earlier(rng, outline.assessed, 32, 60)
    if story.consent is None:
        story.give_consent(need, FAMILIES)
    if case.benefit not in WITHOUT_FK_BENEFIT and rng.random() < rates.benefit_decided:
        _benefit_decided(story, case, need)
    return write_round(story, case, outline, rates, need)


def write_round(story: Story, case: Case, outline: Outline, rates: Rates, need: date) -> Draft:
    """One round: the case opens, the person is called and assessed, and perhaps goes on."""
    rng = story.rng
    write_opening(story, case, need)
    called = later(rng, story.last_day, 1, 8)
    _called(story, called, outline.assessed)
    if rng.random() < rates.answered:
        answered = later(rng, called, 1, 6)
        fields = {"answered_at": answered.isoformat(), "answer": "accepterat"}
        story.write(rng.choice(("af", "af", "fk")), "referral.answered", answered, fields)
    return _assessed(story, case, outline, rates)


def _benefit_decided(story: Story, case: Case, day: date) -> None:
    decided = earlier(story.rng, day, 0, 5)
    fields: dict[str, Any] = {
        "benefit": case.benefit,
        "decision": "bevilja",
        "decided_at": decided.isoformat(),
        "first_application": False,
        "extent": case.extent,
        "periods": case.periods(),
        "sex": case.person.sex,
        "birth_year_month": case.person.birth_year_month,
    }
    if case.benefit == SICKNESS and case.started is not None:
        fields["rehab_chain_day"] = (decided - case.started).days + 1
    story.write("fk", "status.benefit_decided", day, fields, event=decided, units=False)


def write_opening(story: Story, case: Case, need: date) -> None:
    """FK opens the case for a need identified on the day."""
    rng = story.rng
    day = later(rng, need, 0, 3)
    fields: dict[str, Any] = {
        "need_identified_at": need.isoformat(),
        "need_assessed": {"assessed": True, "at": day.isoformat()},
        "initiating_path": "fk_identified",
        "benefits": case.periods(since=need - timedelta(days=120)),
        "has_sgi": case.has_sgi,
        "sex": case.person.sex,
        "birth_year_month": case.person.birth_year_month,
        "employment": case.employment,
        "queue_reason": "none",
    }
    if case.started is None:
        fields["initiating_path"] = "individual_application"
        fields["application_at"] = need.isoformat()
        fields["certificate_present"] = True
    else:
        fields["benefit_case_start"] = case.started.isoformat()
    if case.benefit == SICKNESS and case.started is not None:
        fields["rehab_chain_day"] = (day - case.started).days + 1
    if rng.random() < 0.6:
        fields["diagnosis_group"] = rng.choice(("psykiatrisk", "psykiatrisk", "annan"))
    if rng.random() < 0.3:
        method = rng.choice(("sassam", "fkr", "avstamningsmote"))
        fields["investigations"] = [{"method": method, "at": need.isoformat()}]
    story.opening = None
    story.opening = story.write("fk", "referral.initiated", day, fields)


def _called(story: Story, day: date, proposed: date) -> None:
    fields = {
        "kallelse_at": day.isoformat(),
        "proposed_at": f"{proposed.isoformat()}T13:00:00+01:00",
        "channel": story.rng.choice(_CHANNELS),
        "invited": list(THE_THREE),
    }
    story.write("fk", "referral.called", day, fields)


def conclusion(rng: random.Random, case: Case, assessed: date, plan_id: str) -> dict[str, Any]:
    """How an assessment ends: with a plan, or with a next step (BR-05)."""
    fields: dict[str, Any] = {}
    if case.employment == "anstalld":
        fields["employer_support_needed"] = False
    drawn = rng.random()
    if drawn < 0.72:
        return {"conclusion": "plan_af_insats", "plan_id": plan_id, **fields}
    actor, step = rng.choice(_ACTORS)
    if drawn < 0.86:
        actor, step, code = "fk", "annat", "stod_fran_en_myndighet"
    elif drawn < 0.94:
        code, fields["actor"] = "annan_aktor", actor
    else:
        actor, step, code = "vard", "medicinsk_rehabilitering", "ej_redo_nu"
    planned = (assessed + timedelta(days=30)).isoformat()
    next_step = {"actor": actor, "step": step, "date": planned}
    return {"conclusion": code, "next_step": next_step, **fields}


def _assessed(story: Story, case: Case, outline: Outline, rates: Rates) -> Draft:
    rng = story.rng
    held = outline.assessed
    plan_id = f"P-{story.case_id}"
    fields: dict[str, Any] = {
        "gk_id": f"GK-{story.case_id}",
        "meetings": _meetings(rng, held),
        "completed_at": held.isoformat(),
        **conclusion(rng, case, held, plan_id),
        "preparation_done": {"motivated": True, "informed": True, "documents": True},
    }
    delay = {None: (0, 2), "weeks": _LATE_WEEKS, "months": _LATE_MONTHS}[outline.late]
    day = later(rng, held, *delay)
    first, second = ("fk", "af") if rng.random() < 0.8 else ("af", "fk")
    opening = (story.opening,) if story.opening is not None else ()
    report = story.write(
        first, "meeting.assessment_completed", day, fields, event=held, needs=opening
    )
    written = [report]
    if not outline.plain and rng.random() < rates.confirmed:
        confirmed = later(rng, day, 0, 3)
        written.append(
            story.write(
                second, "meeting.assessment_completed", confirmed, fields, event=held, needs=opening
            )
        )
        written[-1].kind = "confirmation"
    for draft in written:
        _mark_late(draft, held, day)
    if fields["conclusion"] == "plan_af_insats" and not outline.plain:
        _planned(story, case, outline, rates, report)
    elif "actor" in fields and not outline.plain and rng.random() < rates.handed_over:
        _handed_over(story, fields["actor"], fields["next_step"]["step"])
    return report


def _mark_late(draft: Draft, held: date, reported: date) -> None:
    """More than 30 days after the event, the gateway remarks on it (BR-36)."""
    delay = (reported - held).days
    if delay > 30:
        draft.expect, draft.kind = WARNED, "late"
    elif delay >= _LATE_WEEKS[0]:
        draft.kind = "late"


def _meetings(rng: random.Random, held: date) -> list[dict[str, Any]]:
    """One meeting, or two of which the last is held on the day of completion."""
    days = [held]
    if rng.random() < 0.1:
        days.insert(0, earlier(rng, held, 1, 4))
    return [
        {
            "held_at": day.isoformat(),
            "channel": rng.choice(_CHANNELS),
            "attendees": list(THE_THREE),
        }
        for day in days
    ]


def _planned(story: Story, case: Case, outline: Outline, rates: Rates, assessment: Draft) -> None:
    """A plan for some of those who are to have one, and for some of these an intervention."""
    rng = story.rng
    if rng.random() >= rates.plan_set:
        return
    day = later(rng, story.last_day, 0, 2)
    held = outline.assessed
    story.write("fk", "plan.set", day, plan_fields(story, case, held, 1), event=held)
    _mark_late(story.drafts[-1], held, day)
    suits = case.benefit in {SICKNESS, ACTIVITY, PROLONGED_SCHOOL, DISABILITY}
    if suits and outline.late is None and rng.random() < rates.intervention:
        write_intervention(story, case, assessment, rates)


def plan_fields(story: Story, case: Case, valid_from: date, version: int) -> dict[str, Any]:
    """A version of the plan of the story's case."""
    weeks = [valid_from + timedelta(days=days) for days in (14, 116, 60)]
    activity = {
        "activity_id": "A1",
        "activity_type": story.rng.choice(("arbetstraning", "arbetsprovning", "yrkesvagledning")),
        "responsible": "af",
        "planned_start": weeks[0].isoformat(),
        "planned_end": weeks[1].isoformat(),
        "hours_per_week": 15,
        "extent_fraction": 0.375,
        "base": "arsarbetstid_sgi" if case.has_sgi else "heltid",
    }
    fields: dict[str, Any] = {
        "plan_id": f"P-{story.case_id}",
        "version": version,
        "valid_from": valid_from.isoformat(),
        "goals": [story.rng.choice(("arbete", "arbete", "studier", "arbetsprovning"))],
        "activities": [activity],
        "follow_up_dates": [weeks[2].isoformat()],
        "participant_agreed": {"agreed": True, "at": valid_from.isoformat()},
    }
    if version > 1:
        fields["change_reason"] = "uppfoljning"
    return fields


def _handed_over(story: Story, actor: str, step: str) -> None:
    day = later(story.rng, story.last_day, 3, 12)
    fields = {"actor": actor, "step": step, "handed_at": day.isoformat()}
    story.write("fk", "referral.handed_over", day, fields)
