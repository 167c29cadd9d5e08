"""Which assessments the year has, and what shall happen to each: the cast of part 1.

The printed count of every cell is met exactly: second rounds are among the printed assessments,
assessments that are taken back come on top. So are the numbers that shares and means rest on: who
goes on to an intervention, and whose days count with which mean.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulator.cases import (
    ACTIVITY,
    LONGEST,
    SICKNESS,
    WITHOUT_FK_BENEFIT,
    YOUNG,
    benefits_of,
    some_ages,
)
from simulator.printed import OTHER, Cell, Printed
from simulator.rates import Rates

PLAIN: Final = "plain"
SECOND_ROUND: Final = "second_round"
_SHORTEST: Final = 75
_ROUNDS_APART: Final = 500
_FEWEST_FOR_ROUNDS: Final = 10
_ONWARD_SHARE: Final = 0.75


@dataclass(slots=True, eq=False)
class Role:
    """One assessment to be written, or the two of a person with a second round.

    Attributes:
        cell, benefit: where it is counted, and the code of the benefit.
        fate: `plain` or what besides shall happen to it.
        age_days: how old the benefit case is at the assessment whose days count; None without.
        running: whether the benefit still runs at the assessment.
        keeps: whether the person consents to statistics with personal data.
        onward: whether an intervention follows.
        also: code of a second benefit.
    """

    cell: Cell
    benefit: str
    fate: str = PLAIN
    age_days: int | None = None
    running: bool = True
    keeps: bool = True
    onward: bool = False
    also: str | None = None

    @property
    def counted(self) -> bool:
        """Whether its days count in the mean to the first assessment."""
        return self.running and self.benefit not in WITHOUT_FK_BENEFIT


def count_of(share: float, of: int) -> int:
    """A share as a number, at least one where the share is not zero."""
    return max(1, round(share * of)) if share > 0 else 0


def refusing(rates: Rates, cell: Cell) -> float:
    """The share of a cell's persons who refuse statistics with personal data."""
    young = cell.benefit == YOUNG
    return rates.statistics_refused_young if young else rates.statistics_refused


def _outside(rates: Rates, cell: Cell) -> float:
    if cell.benefit == OTHER:
        return 0.0  # sjukersättning does not end
    if cell.benefit == SICKNESS:
        return rates.outside_period
    women = cell.sex == "women"
    return rates.outside_period_young_women if women else rates.outside_period_young_men


def _of_cell(rng: random.Random, printed: Printed, rates: Rates, cell: Cell) -> list[Role]:
    """The roles of one cell, still without ages."""
    count = printed.assessments[cell]
    seconds = 0
    if cell.benefit != OTHER and count >= _FEWEST_FOR_ROUNDS:
        seconds = count_of(rates.second_round, count)
    roles = [Role(cell, benefit) for benefit in benefits_of(rng, cell, count - seconds)]
    rng.shuffle(roles)
    for role in roles[:seconds]:
        role.fate = SECOND_ROUND  # their second assessment stands for the one left out
    rest = roles[seconds:]
    for role in rest[: round(refusing(rates, cell) * count)]:
        role.keeps = False
        role.onward = rng.random() < _ONWARD_SHARE
    rng.shuffle(rest)
    with_benefit = [role for role in rest if role.benefit not in WITHOUT_FK_BENEFIT]
    for role in with_benefit[: round(_outside(rates, cell) * count)]:
        role.running = False
    rng.shuffle(rest)
    known = [role for role in rest if role.keeps]
    for role in known[: printed.onward[cell]]:
        role.onward = True
    if cell.benefit == SICKNESS:
        _give_second_benefit(printed, cell, known[printed.onward[cell] :])
    return roles


def _give_second_benefit(printed: Printed, cell: Cell, staying: list[Role]) -> None:
    """Some of those without an intervention have aktivitetsersättning too.

    Their case is as old as is usual with that, so that its mean stays.
    """
    age = round(printed.mean_days[Cell(YOUNG, cell.sex)])
    for role in [role for role in staying if role.running][: printed.both[cell.sex]]:
        role.also, role.age_days = ACTIVITY, age


def _deal_ages(rng: random.Random, printed: Printed, roles: Mapping[Cell, list[Role]]) -> None:
    counted = {cell: [role for role in mine if role.counted] for cell, mine in roles.items()}
    numbers = {cell: len(mine) for cell, mine in counted.items()}
    for cell, mine in roles.items():
        given = [role.age_days for role in counted[cell] if role.age_days is not None]
        number = numbers[cell] - len(given)
        wanted = printed.days_of(cell, numbers) * numbers[cell] - sum(given)
        mean = min(max(wanted / max(1, number), _SHORTEST), LONGEST[cell.benefit])
        ages = some_ages(rng, cell, mean, number)
        long = [age for age in ages if age >= _ROUNDS_APART] or sorted(ages)
        for role in counted[cell]:
            if role.fate == SECOND_ROUND and cell.benefit == SICKNESS:
                role.age_days = long.pop() if long else max(ages)
                ages.remove(role.age_days)
        waiting = [role for role in counted[cell] if role.age_days is None]
        for role, age in zip(waiting, ages, strict=True):
            role.age_days = age
        rest = [r for r in mine if not r.counted and r.benefit not in WITHOUT_FK_BENEFIT]
        for role, age in zip(rest, some_ages(rng, cell, mean, len(rest)), strict=True):
            role.age_days = age


def cast(rng: random.Random, printed: Printed, rates: Rates) -> list[Role]:
    """The roles of the year in random order."""
    by_cell = {cell: _of_cell(rng, printed, rates, cell) for cell in printed.assessments}
    _deal_ages(rng, printed, by_cell)
    roles = [role for mine in by_cell.values() for role in mine]
    total = sum(printed.assessments.values())
    plain = [role for role in roles if role.fate == PLAIN]
    rng.shuffle(plain)
    plain = [role for role in plain if role.also is None]
    staying = [role for role in plain if not role.onward and role.running]
    for fate, share in (
        ("corrected", rates.assessment_corrected),
        ("months", rates.late_months),
    ):
        for role in staying[: count_of(share, total)]:
            role.fate = fate
        staying = [role for role in staying if role.fate == PLAIN]
    late = [role for role in plain if role.fate == PLAIN][: count_of(rates.late_weeks, total)]
    for role in late:
        role.fate = "weeks"
    for fate, share in (("voided", rates.assessment_voided), ("never", rates.never_assessed)):
        for like in rng.choices(roles, k=count_of(share, total)):
            age = None if like.benefit in WITHOUT_FK_BENEFIT else like.age_days or _ROUNDS_APART
            roles.append(Role(like.cell, like.benefit, fate, age))
    rng.shuffle(roles)
    return roles
