"""Part 1 after the plan: enrolment, intervention, follow-up, closing, and the status 90 days on.

Nothing is written after 2024: what would come later is left open, as in a real year-end.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from simulator.cases import ACTIVITY, DISABILITY, SICKNESS, Case
from simulator.days import later
from simulator.plans import plan_fields
from simulator.rates import Rates
from simulator.story import THE_THREE, Draft, Story

YEAR_END: Final = date(2024, 12, 30)
_REVISED_SHARE: Final = 0.4
_PROGRAMS: Final = (
    ("arbetslivsinriktad", "arbetslivsinriktad_rehabilitering", "arbetstraning"),
    ("arbetslivsinriktad", "arbetslivsinriktad_rehabilitering", "arbetsprovning"),
    ("arbetslivsinriktad", "none", "yrkesvagledning"),
    ("arbetsforberedande", "vagledning_platsformedling", "vagledning"),
    ("arbetsforberedande", "fordjupad_kartlaggning_vagledning", "utredning"),
)
_REMAINING: Final = {
    SICKNESS: "kvar_sp",
    ACTIVITY: "kvar_ae",
    "aktivitetsersattning_forlangd_skolgang": "kvar_ae",
    DISABILITY: "annan_fk_atgard",
}
_REGAINED: Final = (
    "employment_unsubsidised",
    "employment_subsidised",
    "studies",
    "oppet_arbetssokande",
)


def write_intervention(story: Story, case: Case, assessment: Draft, rates: Rates) -> None:
    """AF's intervention after an assessment, and what follows of it before the year ends."""
    rng = story.rng
    day = later(rng, story.last_day, 2, 5)
    _enrolled(story, day)
    intervention = _intervention_fields(story, case)
    if rng.random() < rates.proposed:
        day = later(rng, day, 0, 1)
        proposed = {**intervention, "proposed_at": day.isoformat()}
        story.write("af", "plan.intervention_proposed", day, proposed, needs=(assessment,))
    day = later(rng, day, 1, 3)
    decided = story.write(
        "af",
        "plan.intervention_decided",
        day,
        {**intervention, "decided_at": day.isoformat()},
        needs=(assessment,),
    )
    day = later(rng, day, 2, 9)
    if day > YEAR_END:
        return
    ids = {"insats_id": intervention["insats_id"]}
    started = {**ids, "started_at": day.isoformat()}
    draft = story.write("af", "plan.intervention_started", day, started, needs=(decided,))
    if rng.random() < rates.followed_up:
        _followed_up(story, case, later(rng, day, 40, 70))
    if rng.random() < rates.closed:
        _ended_and_closed(story, case, intervention, later(rng, day, 80, 160), draft)


def _enrolled(story: Story, day: date) -> None:
    fields = {
        "enrolled_at": day.isoformat(),
        "in_cooperation_at": day.isoformat(),
        "af_category": "i_program",
    }
    story.write("af", "status.enrolled", day, fields, units=False)


def _intervention_fields(story: Story, case: Case) -> dict[str, Any]:
    rng = story.rng
    category, program, activity = rng.choice(_PROGRAMS)
    hours = rng.choice((10, 15, 20, 30))
    during = "rehabiliteringspenning" if case.benefit == SICKNESS else case.benefit
    return {
        "insats_id": f"I-{story.case_id}",
        "category": category,
        "program": program,
        "delivery": rng.choice(("egen_regi", "egen_regi", "leverantor", "arbetsgivare")),
        "activity_types": [activity],
        "hours_per_week": hours,
        "extent_fraction": hours / 40,
        "base": "arsarbetstid_sgi" if case.has_sgi else "heltid",
        "workplace_activity": activity in {"arbetstraning", "arbetsprovning"},
        "benefit_during": during,
    }


def _followed_up(story: Story, case: Case, day: date) -> None:
    """The three meet again; where they revise the plan, FK sets its second version."""
    if day > YEAR_END:
        return
    revised = story.rng.random() < _REVISED_SHARE
    fields = {
        "follow_up_id": f"U-{story.case_id}",
        "held_at": day.isoformat(),
        "channel": story.rng.choice(("fysiskt", "video", "telefon")),
        "attendees": list(THE_THREE),
        "result": "plan_reviderad" if revised else "plan_oforandrad",
        "ability_trend": story.rng.choice(("okar", "oforandrad")),
        "decision": "fortsatt",
        "next_at": (day + timedelta(days=60)).isoformat(),
    }
    opening = (story.opening,) if story.opening is not None else ()
    story.write(
        story.rng.choice(("fk", "fk", "af")), "meeting.follow_up_held", day, fields, needs=opening
    )
    if revised:
        story.write("fk", "plan.set", day, plan_fields(story, case, day, 2))


def _ended_and_closed(
    story: Story, case: Case, intervention: dict[str, Any], day: date, started: Draft
) -> None:
    rng = story.rng
    if day > YEAR_END:
        return
    reason = rng.choice(("avslut", "avslut", "avbrott_halsa"))
    ended = {
        "insats_id": intervention["insats_id"],
        "ended_at": day.isoformat(),
        "end_reason": reason,
    }
    story.write("af", "plan.intervention_ended", day, ended, needs=(started,))
    day = later(rng, day, 1, 10)
    if day > YEAR_END:
        return
    fields = closing_fields(story, case, day, intervention["category"])
    first, second = rng.choice((("fk", "af"), ("af", "fk")))
    closed = story.write(first, "plan.closed", day, fields)
    confirmed = later(rng, day, 1, 5)
    if rng.random() < 0.7 and confirmed <= YEAR_END:
        story.write(second, "plan.closed", confirmed, fields, event=day).kind = "confirmation"
    status_day = day + timedelta(days=90)
    reported = later(rng, status_day, 1, 5)
    if reported <= YEAR_END:
        fields = {"status": fields["outcome"], "status_at": status_day.isoformat()}
        story.write(
            "af", "plan.status_reported", reported, fields, event=status_day, needs=(closed,)
        )


def closing_fields(
    story: Story, case: Case, day: date, category: str, *, regained: bool | None = None
) -> dict[str, Any]:
    """How the round closes: work ability regained, or still in the insurance."""
    if regained is None:
        regained = story.rng.random() < 0.4
    last = day - timedelta(days=1)
    fields: dict[str, Any] = {
        "closed_at": day.isoformat(),
        "last_insats_category": category,
        "benefits_before": case.periods(until=last if regained else None),
        "benefits_after": [] if regained else case.periods(),
        "agreed": "both_agree",
    }
    if regained:
        outcome = story.rng.choice(_REGAINED)
        fields["left_extent"] = "helt"
        fields["occupation_at_close"] = outcome
        fields["fk_next"] = "none"
    else:
        outcome = _REMAINING[case.benefit]
        fields["fk_next"] = story.rng.choice(("none", "samordningsforbund", "annan"))
    return {**fields, "outcome": outcome}
