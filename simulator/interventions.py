"""Part 1 after the assessment: plan, enrolment, interventions, follow-ups, and towards an end.

Since the end of 2023 the parties meet regularly (the report on 2024, section 2.1; the gateway
reminds after 90 days), so that a reminder is the exception here. What is open when the log ends is
left open, as in real life.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from simulator.bookings import RoundBook
from simulator.cases import SICKNESS
from simulator.closings import (
    Ending,
    write_closing,
    write_closing_after_assessment,
    write_stale_closing,
)
from simulator.days import LOG_END, earlier, later
from simulator.plans import plan_fields
from simulator.printed import REMAINING
from simulator.rates import Rates
from simulator.sgi import write_category
from simulator.story import THE_THREE, Draft

_PREPARING: Final = "arbetsforberedande"
_ORIENTED: Final = "arbetslivsinriktad"
#: Category, programme, activity; and how often, roughly as the stock of 2014 (2014 §6.2).
_PROGRAMS: Final = (
    (_ORIENTED, "arbetslivsinriktad_rehabilitering", "arbetstraning"),
    (_ORIENTED, "arbetslivsinriktad_rehabilitering", "arbetsprovning"),
    (_ORIENTED, "arbetsmarknadsutbildning", "yrkesvagledning"),
    (_ORIENTED, "none", "anpassningssamtal"),
    (_PREPARING, "vagledning_platsformedling", "vagledning"),
    (_PREPARING, "fordjupad_kartlaggning_vagledning", "utredning"),
    (_PREPARING, "forberedande_utbildning", "datortraning"),
)
_WEIGHTS: Final = (27, 24, 3, 12, 15, 14, 5)
_CATEGORIES: Final = (
    "oppet_arbetssokande", "arbetssokande_med_forhinder", "anstalld_med_stod",
)  # fmt: skip
_INTRODUCTION: Final = (_ORIENTED, "arbetslivsintroduktion", "arbetstraning")
_NEXT: Final = _PROGRAMS[:2]
_INTERVAL: Final = (74, 86)
_LONG_INTERVAL: Final = (100, 150)
_REVISED_WAY: Final = date(2023, 12, 1)
_FIRST_OF_OLD_CASES: Final = 75
_MOVE_NEEDS: Final = 40


@dataclass(slots=True)
class _Going:
    """Where a course stands: the intervention that runs, the plan's version, the last meeting."""

    insats_id: str
    category: str
    start: Draft
    met: date
    version: int = 1
    follow_ups: int = 0


def write_departure(book: RoundBook, rates: Rates, *, late: bool) -> None:
    """An assessment that leads to no intervention: perhaps to another actor, mostly to an end."""
    story = book.story
    rng = story.rng
    fields = book.reports[0].data
    if "actor" in fields and rng.random() < rates.handed_over:
        day = later(rng, story.last_day, 3, 12)
        step = fields["next_step"]["step"]
        handed = {"actor": fields["actor"], "step": step, "handed_at": day.isoformat()}
        if day <= LOG_END:
            story.write("fk", "referral.handed_over", day, handed)
    if book.held is None or rng.random() < rates.left_open:
        if book.held is not None and rates.closed_as_stale:
            write_stale_closing(book, rates)
        return
    day = story.last_day if late else later(rng, book.held, 35, 80)
    if day <= LOG_END:
        write_closing_after_assessment(book, day)


def write_course(
    book: RoundBook, assessment: Draft, ending: Ending | None, rates: Rates, *, brief: bool = False
) -> None:
    """From the assessment to the ending, or to the end of the log.

    Args:
        book: the round, with its assessment.
        assessment: its first report.
        ending: None leaves the round open.
        rates: how often what happens.
        brief: without the messages around the start; for cases of before the year.
    """
    story = book.story
    rng = story.rng
    if not brief and rng.random() < rates.plan_set:
        day = later(rng, story.last_day, 0, 2)
        valid_from = book.held or day
        fields = plan_fields(story, book.case, valid_from, 1)
        story.write("fk", "plan.set", day, fields, event=valid_from)
    going = _begin(book, assessment, rates, brief=brief)
    if rates.recategorised and rng.random() < rates.recategorised:
        write_category(story, rng.choice(_CATEGORIES))
    until = ending.day if ending is not None else LOG_END + timedelta(days=2)
    _follow_up(book, going, until, rates)
    if ending is None:
        return
    if ending.outcome == REMAINING and rng.random() < rates.no_development:
        day = earlier(rng, ending.day, 8, 20)
        if day > max(going.met, story.last_day):
            _write_follow_up(book, going, day, "ej_utveckling", "avsluta")
    _ended(book, going, ending)
    write_closing(book, ending, going.category, rates)


def _begin(book: RoundBook, assessment: Draft, rates: Rates, *, brief: bool) -> _Going:
    story = book.story
    rng = story.rng
    day = later(rng, story.last_day, 1, 6)
    if not brief:
        fields = {
            "enrolled_at": day.isoformat(),
            "in_cooperation_at": day.isoformat(),
            "af_category": "i_program",
        }
        story.write("af", "status.enrolled", day, fields)
    kind = rng.choices(_PROGRAMS, _WEIGHTS)[0]
    if rates.introduced and rng.random() < rates.introduced:
        kind = _INTRODUCTION
    intervention = _intervention_fields(book, 1, kind)
    if not brief and rng.random() < rates.proposed:
        day = later(rng, day, 0, 1)
        proposed = {**intervention, "proposed_at": day.isoformat()}
        story.write("af", "plan.intervention_proposed", day, proposed, needs=(assessment,))
    day = later(rng, day, 1, 5)
    start = _decided_and_started(book, intervention, assessment, day, later(rng, day, 2, 14))
    met = book.held or date.fromisoformat(start.data["started_at"])
    return _Going(intervention["insats_id"], intervention["category"], start, met)


def _decided_and_started(
    book: RoundBook, intervention: dict[str, Any], assessment: Draft, decided: date, started: date
) -> Draft:
    story = book.story
    fields = {**intervention, "decided_at": decided.isoformat()}
    decision = story.write("af", "plan.intervention_decided", decided, fields, needs=(assessment,))
    ids = {"insats_id": intervention["insats_id"], "started_at": started.isoformat()}
    return story.write("af", "plan.intervention_started", started, ids, needs=(decision,))


def _intervention_fields(
    book: RoundBook, number: int, kind: tuple[str, str, str]
) -> dict[str, Any]:
    rng, case = book.story.rng, book.case
    category, program, activity = kind
    hours = rng.choice((10, 15, 20, 30))
    during = "rehabiliteringspenning" if case.benefit == SICKNESS else case.benefit
    return {
        "insats_id": f"I-{book.story.case_id}-{number}",
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


def _follow_up(book: RoundBook, going: _Going, until: date, rates: Rates) -> None:
    """Regular meetings of the three; a long interval now and then."""
    rng = book.story.rng
    moves = going.category == _PREPARING and rng.random() < rates.moved * 2
    while True:
        long = rng.random() < rates.follow_up_missed
        day = later(rng, going.met, *(_LONG_INTERVAL if long else _INTERVAL))
        if going.met < _REVISED_WAY:
            day = later(rng, _REVISED_WAY, 0, _FIRST_OF_OLD_CASES)
        if day >= until - timedelta(days=3):
            return
        revised = rng.random() < rates.plan_revised
        _write_follow_up(
            book, going, day, "plan_reviderad" if revised else "plan_oforandrad", "fortsatt"
        )
        if revised:
            going.version += 1
            plan = plan_fields(book.story, book.case, day, going.version)
            book.story.write("fk", "plan.set", day, plan)
        if moves and (until - day).days > _MOVE_NEEDS:
            moves = False
            _move(book, going, later(rng, day, 2, 8))


def _move(book: RoundBook, going: _Going, day: date) -> None:
    """From a preparing intervention to a work-oriented one (T6)."""
    rng = book.story.rng
    _write_end(book, going, day, "fortsatter_annan_insats")
    intervention = _intervention_fields(book, 2, rng.choice(_NEXT))
    going.insats_id, going.category = intervention["insats_id"], intervention["category"]
    going.start = _decided_and_started(
        book, intervention, book.reports[0], day, later(rng, day, 1, 9)
    )


def _write_follow_up(book: RoundBook, going: _Going, day: date, result: str, decision: str) -> None:
    story = book.story
    rng = story.rng
    going.follow_ups += 1
    going.met = day
    fields: dict[str, Any] = {
        "follow_up_id": f"U-{story.case_id}-{going.follow_ups}",
        "held_at": day.isoformat(),
        "channel": rng.choice(("fysiskt", "video", "telefon")),
        "attendees": list(THE_THREE),
        "result": result,
        "ability_trend": rng.choice(("okar", "oforandrad")),
        "decision": decision,
    }
    if decision == "fortsatt":
        fields["next_at"] = (day + timedelta(days=80)).isoformat()
    else:
        fields["ability_trend"] = "minskar"
    opening = (story.opening,) if story.opening is not None else ()
    agency = rng.choice(("fk", "fk", "af"))
    story.write(agency, "meeting.follow_up_held", day, fields, needs=opening)


def _ended(book: RoundBook, going: _Going, ending: Ending) -> None:
    rng = book.story.rng
    day = max(earlier(rng, ending.day, 0, 8), book.story.last_day)
    reason = "avslut"
    if ending.outcome == REMAINING:
        reason = rng.choice(("avslut", "avbrott_halsa"))
    _write_end(book, going, min(day, ending.day), reason)


def _write_end(book: RoundBook, going: _Going, day: date, reason: str) -> None:
    fields = {"insats_id": going.insats_id, "ended_at": day.isoformat(), "end_reason": reason}
    book.story.write("af", "plan.intervention_ended", day, fields, needs=(going.start,))
