"""The printed outcomes of the year (2024-T3, 2024-F), dealt to the closings that bring them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Final

from simulator.closings import Ending
from simulator.days import LOG_END, YEAR, YEAR_END, later
from simulator.printed import REGAINED, REMAINING, Cell, Printed

_SHORTEST_ROUND: Final = 85
_ROUND_SHAPE: Final = (2.0, 70.0)
_REGAINED_SHARE: Final = 0.38


class Outcomes:
    """The printed outcomes that no closing has taken yet, in random order by cell."""

    def __init__(self, rng: random.Random, printed: Printed) -> None:
        self._rng = rng
        self._left: dict[Cell, list[str]] = {
            cell: [
                name for name in (REGAINED, REMAINING) for _ in range(printed.outcomes[name][cell])
            ]
            for cell in printed.outcomes[REGAINED]
        }
        for outcomes in self._left.values():
            rng.shuffle(outcomes)
        self._codes = {
            benefit: _occupations(rng, printed, benefit)
            for benefit in {cell.benefit: None for cell in self._left}
        }

    def ending(self, cell: Cell, assessed: date) -> Ending | None:
        """How and when an intervention after an assessment of the year ends; None: not yet."""
        rng = self._rng
        days = _SHORTEST_ROUND + rng.gammavariate(*_ROUND_SHAPE)
        day = later(rng, assessed + timedelta(days=round(days)), 0, 0)
        left = self._left[cell]
        if day.year <= YEAR and left:
            return self.of_the_year(cell, left.pop(), day)
        if day.year <= YEAR:
            day = later(rng, YEAR_END, 7, 40)
        if day > LOG_END - timedelta(days=7):
            return None
        return Ending(day, REGAINED if rng.random() < _REGAINED_SHARE else REMAINING)

    def of_the_year(self, cell: Cell, outcome: str, day: date) -> Ending:
        """The ending with a printed outcome on a day of the year."""
        code = self._codes[cell.benefit].pop() if outcome == REGAINED else None
        return Ending(day, outcome, code)

    def rest(self) -> list[tuple[Cell, str]]:
        """What no assessment of the year has taken."""
        return [(cell, outcome) for cell, mine in self._left.items() for outcome in mine]


def _occupations(rng: random.Random, printed: Printed, benefit: str) -> list[str]:
    """As many codes as regain work ability with the benefit, in the printed shares."""
    regained = printed.outcomes[REGAINED]
    number = sum(count for cell, count in regained.items() if cell.benefit == benefit)
    codes: list[str] = []
    until = 0.0
    for code, share in printed.occupations[benefit].items():
        until += share / 100 * number
        codes += [code] * (round(until) - len(codes))
    rng.shuffle(codes)
    return codes
