"""How the books count: every thing that a measure sees, laid out on the lines of a table.

Plain Python, one thing after the other; nothing here knows how the statistics compute the same. A
thing stands in the row of every benefit that it has, in that of its sex, and once in the total.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Final, Literal, NamedTuple

from simulator.cases import SICKNESS, YOUNG
from simulator.days import YEAR
from simulator.ledger import Ledger
from simulator.printed import OTHER, SEXES, TOTAL, Cell

Group = tuple[tuple[str, str], ...]
Kind = Literal["count", "share", "mean", "median"]
EVERYBODY: Final = (*SEXES, TOTAL)
PART_ONE: Final = (YOUNG, SICKNESS, TOTAL)
PART_TWO: Final = (YOUNG, SICKNESS)
OVERLAP: Final = "sjukpenning_and_aktivitetsersattning"
_CONTROL: Final[Group] = (("control", "benefit"),)


class Key(NamedTuple):
    """What names a row within a table: as in the reference tables, `group` as sorted pairs."""

    measure: str
    benefit: str
    group: Group
    sex: str


class Figure(NamedTuple):
    """A figure before rounding: a count, or numerator / denominator; shares in per cent."""

    value: float
    numerator: int
    denominator: int | None = None

    def printed(self, decimals: int = 0) -> float:
        """Rounded half up, as the report does."""
        factor = 10.0**decimals
        return math.floor(self.value * factor + 0.5) / factor


Figures = dict[Key, Figure]


class Span(NamedTuple):
    """A period: its first and its last day, both included."""

    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in it."""
        return day is not None and self.first <= day <= self.last

    def months(self) -> list[Span]:
        """The months that it touches, each whole."""
        found = []
        first = self.first.replace(day=1)
        while first <= self.last:
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            found.append(Span(first, date.fromordinal(after.toordinal() - 1)))
            first = after
        return found


THE_YEAR: Final = Span(date(YEAR, 1, 1), date(YEAR, 12, 31))


@dataclass(frozen=True, slots=True)
class View:
    """The books as somebody reads them: of a period, as registered until a time (None = the end).

    Attributes:
        ledger: everything that happened.
        as_of_ms: ms since the epoch.
        span: the period.
    """

    ledger: Ledger = field(repr=False)
    as_of_ms: int | None = None
    span: Span = THE_YEAR


class Seen(NamedTuple):
    """One thing that a measure counts: `rows` are its benefits, `marks` what it is broken down by.

    A share or a mean is the sum of `above` over that of `below`.
    """

    rows: tuple[str | None, ...]
    sex: str
    above: int = 1
    below: int = 1
    marks: Mapping[str, str] = {}


class Line(NamedTuple):
    """A line of a table for one sex: a benefit's row, and the marks that a thing must have."""

    benefit: str = TOTAL
    sex: str = TOTAL
    group: Group = ()
    marks: Group = ()

    def holds(self, one: Seen) -> bool:
        """Whether a thing stands in it."""
        both = SICKNESS in one.rows, YOUNG in one.rows
        there = {TOTAL: True, OVERLAP: all(both), OTHER: not any(both)}.get(
            self.benefit, self.benefit in one.rows
        )
        marked = all(one.marks.get(name) == value for name, value in self.marks)
        return there and marked and self.sex in {TOTAL, one.sex}


class Part(NamedTuple):
    """What a figure is about within a line: `group` names it, `name` has one of `values`."""

    group: Group = ()
    wanted: tuple[tuple[str, tuple[str, ...]], ...] = ()
    benefit: str | None = None

    def holds(self, one: Seen) -> bool:
        """Whether a thing belongs to it."""
        return all(one.marks.get(name) in values for name, values in self.wanted)


WHOLE: Final = (Part(),)


def parts_of(name: str, values: Iterable[str]) -> tuple[Part, ...]:
    """One part for each value of a mark."""
    return tuple(Part(((name, value),), ((name, (value,)),)) for value in values)


def lines_of(benefits: Iterable[str], *, controls: bool = False) -> list[Line]:
    """Women, men and total of each benefit; with the rows that make them add up, if wanted."""
    lines = [Line(benefit, sex) for benefit in benefits for sex in EVERYBODY]
    if controls:
        lines += [Line(row, sex, _CONTROL) for row in (OVERLAP, OTHER) for sex in EVERYBODY]
    return lines


def lines_each(name: str, seen: Iterable[Seen]) -> list[Line]:
    """A line for every value of a mark that occurs."""
    values = sorted({one.marks[name] for one in seen})
    return [Line(group=((name, value),), marks=((name, value),)) for value in values]


def lay(
    measure: str,
    kind: Kind,
    seen: Sequence[Seen],
    lines: Iterable[Line],
    parts: Sequence[Part] = WHOLE,
    *,
    of_table: bool = False,
) -> Figures:
    """The figures of a measure.

    Args:
        measure: key as in the reference tables.
        kind: what is made of the things in a cell.
        seen: the things.
        lines: each for one sex.
        parts: each makes a cell in every line.
        of_table: a share is taken of all things in the table instead of those in the line.
    """
    found = {}
    everything = sum(one.below for one in seen)
    for line in lines:
        mine = [one for one in seen if line.holds(one)]
        whole = everything if of_table else sum(one.below for one in mine)
        for part in parts:
            chosen = [one for one in mine if part.holds(one)]
            group = tuple(sorted((*line.group, *part.group)))
            key = Key(measure, part.benefit or line.benefit, group, line.sex)
            found[key] = _figure(kind, chosen, whole)
    return found


def _figure(kind: Kind, chosen: Sequence[Seen], whole: int) -> Figure:
    above = sum(one.above for one in chosen)
    if kind == "count":
        return Figure(float(above), above)
    if kind == "share":
        return share(above, whole)
    if kind == "median":
        middle = float(median([one.above for one in chosen])) if chosen else 0.0
        return Figure(middle, above, len(chosen))
    below = sum(one.below for one in chosen)
    return Figure(above / below if below else 0.0, above, below)


def share(numerator: int, denominator: int) -> Figure:
    """In per cent; of nothing it is 0."""
    return Figure(100 * numerator / denominator if denominator else 0.0, numerator, denominator)


def count(things: Iterable[object]) -> Figure:
    """A count as a figure."""
    number = len(list(things))
    return Figure(float(number), number)


def cells(benefits: Iterable[str]) -> list[Cell]:
    """The rows of these benefits: women, men and total of each."""
    return [Cell(benefit, sex) for benefit in benefits for sex in EVERYBODY]


def age_at(born: str, day: date) -> int:
    """Age in years on a day; of the birth only year and month are known, so its month counts."""
    months = (day.year - int(born[:4])) * 12 + day.month - int(born[5:7])
    return months // 12


def band_of(age: int, bands: Iterable[tuple[int, int]]) -> str:
    """The band that an age lies in, such as `18-29`; empty outside all of them."""
    return next((f"{low}-{high}" for low, high in bands if low <= age <= high), "")
