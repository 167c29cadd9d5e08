"""Which assessments the year has, on which day, and what shall happen to each: the cast of part 1.

The printed count of every cell is met exactly: second rounds are among the printed assessments,
assessments that are taken back come on top.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from simulator import changes
from simulator.cases import SICKNESS, Case, ages_of, benefits_of, new_case
from simulator.days import earlier, later, workdays
from simulator.interventions import closing_fields
from simulator.persons import Population
from simulator.printed import Cell, Printed
from simulator.rates import Rates
from simulator.rehabilitation import Outline, write_assessment, write_round
from simulator.story import Draft, Story
from simulator.truth import YEAR, Assessment

WORKDAYS: Final = tuple(workdays(date(YEAR, 1, 2), date(YEAR, 12, 30)))
_SPRING: Final = tuple(workdays(date(YEAR, 1, 8), date(YEAR, 2, 16)))
_AUTUMN: Final = tuple(workdays(date(YEAR, 9, 2), date(YEAR, 12, 13)))
_CORRECTABLE: Final = tuple(workdays(date(YEAR, 1, 2), date(YEAR, 12, 13)))


@dataclass(slots=True)
class Role:
    """One assessment to be written; `fate` is `plain` or what besides shall happen to it."""

    cell: Cell
    benefit: str
    age_days: int | None
    fate: str = "plain"


@dataclass(slots=True, eq=False)
class Booking:
    """One assessment in the books, as drafts: their times are known only in the end."""

    story: Story
    cell: Cell
    held: date
    first_held: date
    reports: list[Draft]
    correction: Draft | None = None
    void: Draft | None = None

    def settled(self) -> Assessment:
        """The entry of the ledger, when nothing is moved any more."""
        return Assessment(
            held=self.held,
            cell=self.cell,
            registered_ms=min(report.decided_ms for report in self.reports),
            first_held=self.first_held,
            corrected_ms=None if self.correction is None else self.correction.decided_ms,
            voided_ms=None if self.void is None else self.void.decided_ms,
            anonymous=not self.story.person.keeps_statistics,
        )


def count_of(share: float, of: int) -> int:
    """A share as a number, at least one where the share is not zero."""
    return max(1, round(share * of)) if share > 0 else 0


def cast(rng: random.Random, printed: Printed, rates: Rates) -> list[Role]:
    """The roles of the year in random order."""
    roles: list[Role] = []
    for cell, count in printed.assessments.items():
        benefits = benefits_of(rng, cell, count)
        ages = ages_of(rng, printed, cell, benefits)
        mine = [Role(cell, *pair) for pair in zip(benefits, ages, strict=True)]
        rng.shuffle(mine)
        if cell.benefit == SICKNESS and len(mine) > 1:
            seconds = count_of(rates.second_round, len(mine))
            mine = mine[seconds:]  # their second assessment stands for the one left out
            for role in mine[:seconds]:
                role.fate = "second_round"
        roles += mine
    total = sum(printed.assessments.values())
    plain = [role for role in roles if role.fate == "plain"]
    rng.shuffle(plain)
    pool = iter(plain)
    for fate, share in (
        ("corrected", rates.assessment_corrected),
        ("months", rates.late_months),
        ("weeks", rates.late_weeks),
    ):
        for _, role in zip(range(count_of(share, total)), pool, strict=False):
            role.fate = fate
    extra = [
        Role(role.cell, role.benefit, role.age_days, "voided")
        for role in rng.choices(roles, k=count_of(rates.assessment_voided, total))
    ]
    roles += extra
    rng.shuffle(roles)
    return roles


def play(
    rng: random.Random, people: Population, rates: Rates, role: Role, case_id: str
) -> tuple[Story, Case, list[Booking]]:
    """The story of one role, its case, and what goes into the books."""
    days = {"second_round": _SPRING, "corrected": _CORRECTABLE}.get(role.fate, WORKDAYS)
    held = rng.choice(days)
    case = new_case(people, role.cell, role.benefit, held, role.age_days)
    story = Story(rng, case.person, case_id)
    plain = role.fate in {"second_round", "corrected", "voided"}
    late = role.fate if role.fate in {"weeks", "months"} else None
    said = later(rng, held, 1, 3) if role.fate == "corrected" else held
    report = write_assessment(story, case, Outline(said, late, plain), rates)
    booking = _booked(story, case, held, said, report)
    bookings = [booking]
    match role.fate:
        case "corrected":
            booking.correction = _move_date(story, report, held)
        case "voided":
            day = later(rng, story.last_day, 2, 25)
            booking.void = changes.voided(story, report, "fel_person", day)
        case "second_round":
            bookings.append(_second_round(story, case, held, rates))
        case _:
            pass
    return story, case, bookings


def _booked(story: Story, case: Case, held: date, said: date, report: Draft) -> Booking:
    gk_id = report.data["gk_id"]
    reports = [draft for draft in story.drafts if draft.data.get("gk_id") == gk_id]
    return Booking(story, case.cell, held, said, reports)


def _move_date(story: Story, report: Draft, held: date) -> Draft:
    """The right date of an assessment that was first sent with another."""
    changed = {
        "event_at": held.isoformat(),
        "completed_at": held.isoformat(),
        "meetings": [{**report.data["meetings"][-1], "held_at": held.isoformat()}],
    }
    day = later(story.rng, story.last_day, 1, 14)
    return changes.corrected(story, report, "fel_datum", changed, day)


def _second_round(story: Story, case: Case, first: date, rates: Rates) -> Booking:
    """The case closes after the assessment alone; later in the year a new round begins (T11)."""
    rng = story.rng
    closed = later(rng, first, 30, 60)
    fields = closing_fields(story, case, closed, "none", regained=False)
    fields["outcome"] = "closed_after_gk_only"
    story.write("fk", "plan.closed", closed, fields)
    story.case_id, story.round_no = f"{story.case_id}-2", 2
    held = rng.choice(_AUTUMN)
    outline = Outline(held, plain=True)
    report = write_round(story, case, outline, rates, earlier(rng, held, 32, 60))
    return _booked(story, case, held, held, report)


def settle(bookings: Iterable[Booking]) -> tuple[Assessment, ...]:
    """The ledger."""
    return tuple(booking.settled() for booking in bookings)
