"""Cases that were opened before the year and closed in it.

Rehabiliteringssamverkan lasts about a year, so most closings of the year (2024-T3) end cases that
began in 2023. They are written as they were then, without the messages that no table needs; the
regular follow-ups begin with the revised way of working at the end of 2023.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from simulator.assessments import WORKDAYS
from simulator.bookings import RoundBook
from simulator.cases import Case, benefits_of, new_case, some_ages
from simulator.closings import Ending
from simulator.days import YEAR, workdays
from simulator.interventions import write_course
from simulator.outcomes import Outcomes
from simulator.persons import Population
from simulator.printed import OTHER, Cell
from simulator.rates import Rates
from simulator.rehabilitation import Outline, assessment_fields, write_need
from simulator.story import Story

_ASSESSED: Final = tuple(workdays(date(YEAR - 1, 5, 2), date(YEAR - 1, 11, 24)))
_BEFORE: Final = tuple(workdays(date(YEAR - 1, 8, 1), date(YEAR - 1, 12, 15)))
_EARLIEST: Final = 60
_MEAN_DAYS: Final = 700.0


def play_carried(
    people: Population,
    rates: Rates,
    cell: Cell,
    outcome: str,
    case_id: str,
    outcomes: Outcomes | None,
) -> tuple[Story, Case, RoundBook]:
    """The story of one case that closes in the year (or before it), its case and its entry.

    Args:
        people: whom the person is drawn from.
        rates: how often what happens.
        cell: where the printed table counts the closing.
        outcome: `regained` or `remaining`.
        case_id: of the agencies.
        outcomes: where the code of the outcome is taken from; None = it closes before the year.
    """
    rng = people.rng
    held, closed = rng.choice(_ASSESSED), rng.choice(WORKDAYS if outcomes else _BEFORE)
    while (closed - held).days < _EARLIEST:
        held = rng.choice(_ASSESSED)
    benefit = benefits_of(rng, cell, 1)[0]
    age = some_ages(rng, cell, _MEAN_DAYS * (2 if cell.benefit == OTHER else 1), 3)[0]
    keeps = rng.random() >= rates.statistics_refused_elsewhere
    case = new_case(people, cell, benefit, held, age, keeps=keeps, later_day=closed)
    story = Story(rng, case.person, case_id, benefit=case.benefit)
    book = write_need(story, case, held, rates)
    report = story.write(
        "fk",
        "meeting.assessment_completed",
        held,
        assessment_fields(book, Outline(held, onward=True)),
        needs=(story.drafts[-1],),
    )
    book.held, book.reports = held, [report]
    ending = outcomes.of_the_year(cell, outcome, closed) if outcomes else Ending(closed, outcome)
    write_course(book, report, ending, rates, brief=True)
    return story, case, book
