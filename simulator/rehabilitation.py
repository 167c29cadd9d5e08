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

from simulator.cases import SICKNESS, Case
from simulator.days import earlier, later
from simulator.interventions import write_intervention
from simulator.plans import plan_fields
from simulator.rates import Rates
from simulator.story import THE_THREE, Draft, Story

FAMILIES: Final = ("referral", "plan", "meeting", "sgi")
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
    if case.counted and rng.random() < rates.benefit_decided:
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
    if case.benefit == SICKNESS:
        fields["rehab_chain_day"] = case.chain_day(decided)
    story.write("fk", "status.benefit_decided", day, fields, event=decided, units=False)


def write_opening(story: Story, case: Case, need: date) -> None:
    """FK opens the case for a need identified on the day."""
    rng = story.rng
    day = later(rng, need, 0, 3)
    fields: dict[str, Any] = {
        "need_identified_at": need.isoformat(),
        "need_assessed": {"assessed": True, "at": day.isoformat()},
        "initiating_path": "fk_identified",
        "benefits": case.periods(),
        "has_sgi": case.has_sgi,
        "sex": case.person.sex,
        "birth_year_month": case.person.birth_year_month,
        "employment": case.employment,
        "queue_reason": "none",
    }
    if case.counted:
        fields["benefit_case_start"] = case.since.isoformat()
    else:
        fields["initiating_path"] = "individual_application"
        fields["application_at"] = need.isoformat()
        fields["certificate_present"] = True
    if case.benefit == SICKNESS:
        fields["rehab_chain_day"] = case.chain_day(day)
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
    if outline.late is not None:
        report.kind = "late"
    if not outline.plain and rng.random() < rates.confirmed:
        confirmed = later(rng, day, 0, 3)
        confirmation = story.write(
            second, "meeting.assessment_completed", confirmed, fields, event=held, needs=opening
        )
        confirmation.kind = "confirmation"
    if fields["conclusion"] == "plan_af_insats" and not outline.plain:
        _planned(story, case, outline, rates, report)
    elif "actor" in fields and not outline.plain and rng.random() < rates.handed_over:
        _handed_over(story, fields["actor"], fields["next_step"]["step"])
    return report


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
    if case.counted and outline.late is None and rng.random() < rates.intervention:
        write_intervention(story, case, assessment, rates)


def _handed_over(story: Story, actor: str, step: str) -> None:
    day = later(story.rng, story.last_day, 3, 12)
    fields = {"actor": actor, "step": step, "handed_at": day.isoformat()}
    story.write("fk", "referral.handed_over", day, fields)
