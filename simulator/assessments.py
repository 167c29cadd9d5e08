"""The assessments of the year played out: every role of the cast becomes a story and an entry.

Closings of the year are printed too (2024-T3), so an assessment of the year that closes in it takes
its outcome from the printed ones; the outcomes that are left belong to cases of before the year.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from simulator import changes
from simulator.bookings import RoundBook
from simulator.cases import SICKNESS, Case, new_case
from simulator.cast import SECOND_ROUND, Role
from simulator.closings import write_closing_after_assessment
from simulator.days import YEAR, YEAR_END, later, workdays
from simulator.interventions import write_course, write_departure
from simulator.outcomes import Outcomes
from simulator.persons import Population
from simulator.rates import Rates
from simulator.rehabilitation import (
    Outline,
    write_answer,
    write_call,
    write_need,
    write_round,
)
from simulator.story import Draft, Story

WORKDAYS: Final = tuple(workdays(date(YEAR, 1, 2), YEAR_END))
_SPRING: Final = tuple(workdays(date(YEAR, 1, 8), date(YEAR, 2, 16)))
_AUTUMN: Final = tuple(workdays(date(YEAR, 9, 25), date(YEAR, 12, 13)))
_CORRECTABLE: Final = tuple(workdays(date(YEAR, 1, 2), date(YEAR, 12, 13)))
_YOUNGEST_CASE: Final = 75
_NEVER: Final = ("avbojt", "avbojt", "uteblev", "queue")


def play(
    people: Population, rates: Rates, role: Role, case_id: str, outcomes: Outcomes
) -> tuple[Story, Case, list[RoundBook]]:
    """The story of one role, its case, and what goes into the books."""
    rng = people.rng
    if role.fate == SECOND_ROUND:
        return _two_rounds(people, rates, role, case_id)
    days = {"corrected": _CORRECTABLE}.get(role.fate, WORKDAYS)
    held = rng.choice(days)
    case = new_case(
        people,
        role.cell,
        role.benefit,
        held,
        role.age_days,
        until=None if role.running else held - timedelta(days=rng.randint(3, 20)),
        keeps=role.keeps,
        also=role.also,
    )
    story = Story(rng, case.person, case_id, benefit=case.benefit)
    book = write_need(story, case, held, rates)
    if role.fate == "never":
        _never_assessed(book)
        return story, case, [book]
    said = later(rng, held, 1, 3) if role.fate == "corrected" else held
    late = role.fate if role.fate in {"weeks", "months"} else None
    alone = role.fate in {"corrected", "voided"}
    report = write_round(book, Outline(said, late, role.onward, alone), rates)
    book.held, book.first_held = held, said
    match role.fate:
        case "corrected":
            _move_date(story, report, held)
            write_departure(book, rates, late=False)
        case "voided":
            changes.voided(story, report, "fel_person", later(rng, story.last_day, 2, 25))
        case _ if role.onward:
            write_course(book, report, outcomes.ending(role.cell, held), rates)
        case _:
            write_departure(book, rates, late=late == "months")
    return story, case, [book]


def _move_date(story: Story, report: Draft, held: date) -> None:
    """The right date of an assessment that was first sent with another."""
    changed: dict[str, Any] = {
        "event_at": held.isoformat(),
        "completed_at": held.isoformat(),
        "meetings": [{**report.data["meetings"][-1], "held_at": held.isoformat()}],
    }
    day = later(story.rng, story.last_day, 1, 14)
    changes.corrected(story, report, "fel_datum", changed, day)


def _never_assessed(book: RoundBook) -> None:
    """The person declines, does not come, or still waits: many needs lead to no assessment."""
    rng = book.story.rng
    how = rng.choice(_NEVER)
    if how == "queue":
        return
    day = later(rng, book.story.last_day, 3, 20)
    write_call(book, day, later(rng, day, 20, 30))
    answered = later(rng, day, 2, 9) if how == "avbojt" else later(rng, day, 31, 36)
    write_answer(book.story, answered, how)


def _two_rounds(
    people: Population, rates: Rates, role: Role, case_id: str
) -> tuple[Story, Case, list[RoundBook]]:
    """The round closes after the assessment alone; later in the year a new one begins (T11).

    The days that count are those to the later assessment with sjukpenning (2024 fn 10), to the
    first one with aktivitetsersättning (fn 9).
    """
    rng = people.rng
    first, second = rng.choice(_SPRING), rng.choice(_AUTUMN)
    if role.benefit == SICKNESS and role.age_days is not None:
        began = second - timedelta(days=role.age_days)
        first = max(first, later(rng, began, _YOUNGEST_CASE, _YOUNGEST_CASE))
    counted = second if role.benefit == SICKNESS else first
    case = new_case(people, role.cell, role.benefit, counted, role.age_days, later_day=second)
    story = Story(rng, case.person, case_id, benefit=case.benefit)
    one = write_need(story, case, first, rates)
    write_round(one, Outline(first, alone=True), rates)
    write_closing_after_assessment(one, later(rng, first, 30, 45))
    story.round_no = 2
    two = write_need(story, case, second, rates, 2)
    write_round(two, Outline(second, alone=True), rates)
    if rng.random() >= rates.left_open:
        write_closing_after_assessment(two, later(rng, second, 30, 60))
    return story, case, [one, two]
