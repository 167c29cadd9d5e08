"""Rows as the tables that people read: a line per measure, benefit and breakdown, sexes across."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.followup.labels import SEX_SV, definition_of, label_of, short_label_of
from gateway.followup.report import Row

#: Breakdowns that make many lines: shown below a table, folded, with what they are called.
DETAILS: Final = {"month": "per månad", "unit": "per enhet", "region": "per region"}


@dataclass(frozen=True)
class Line:
    """One line: its cells by sex; the others say what they are of.

    `detail`: the breakdown of `DETAILS` that it belongs to. `label` is the whole name as printed,
    `short` what is left of it below the measure's `title`.
    """

    label: str
    short: str
    title: str
    measure: str
    definition: str
    benefit: str | None
    is_control: bool
    detail: str | None
    cells: dict[str, Row]

    @property
    def any_row(self) -> Row:
        """One of its rows, for what they have in common."""
        return next(iter(self.cells.values()))


@dataclass(frozen=True)
class Grid:
    """One table: its lines in the order of the rows, and the sexes that occur."""

    table: str
    period: str
    sexes: tuple[str, ...]
    lines: tuple[Line, ...]

    def without_details(self) -> Grid:
        """Its lines that are no detail; all of them where there are no others."""
        kept = tuple(line for line in self.lines if line.detail is None)
        return replace(self, lines=kept) if kept else self

    def without_empty(self) -> Grid:
        """Its lines but those of benefits that nobody in the table has; all if nobody has any."""
        there = {
            line.benefit
            for line in self.lines
            if any(row["numerator"] or row["denominator"] for row in line.cells.values())
        }
        kept = tuple(line for line in self.lines if line.benefit in there)
        return replace(self, lines=kept) if kept else self

    def details(self) -> dict[str, Grid]:
        """By breakdown of `DETAILS` the lines that it makes."""
        if not any(line.detail is None for line in self.lines):
            return {}
        found = {key: [line for line in self.lines if line.detail == key] for key in DETAILS}
        return {
            key: replace(self, lines=tuple(lines), sexes=_sexes(line.cells for line in lines))
            for key, lines in found.items()
            if lines
        }


def grids(rows: Sequence[Row]) -> list[Grid]:
    """The tables that rows make, in the order of the rows."""
    tables: dict[str, dict[tuple[object, ...], dict[str, Row]]] = {}
    for row in rows:
        group = tuple(sorted(item for item in row["group"].items() if item[0] != "control"))
        key = (row["measure"], row["definition"], row["benefit"], group, row["period"])
        tables.setdefault(row["table"], {}).setdefault(key, {})[row["sex"]] = row
    return [
        Grid(
            table,
            _period({str(key[-1]) for key in lines}),
            _sexes(lines.values()),
            tuple(_line(cells) for cells in lines.values()),
        )
        for table, lines in tables.items()
    ]


def _sexes(cells: Iterable[Mapping[str, Row]]) -> tuple[str, ...]:
    found = {sex for own in cells for sex in own}
    return tuple(sex for sex in SEX_SV if sex in found)


def _period(names: set[str]) -> str:
    """The period that holds all others: a series has a row for each month of it."""
    return min(names, key=lambda name: (len(name), name))


def _line(cells: dict[str, Row]) -> Line:
    row = next(iter(cells.values()))
    is_control = all("control" in one["group"] for one in cells.values())
    return Line(
        label=label_of(row),
        short=short_label_of(row),
        title=definition_of(row).title_sv,
        measure=row["measure"],
        definition=row["definition"],
        benefit=row["benefit"],
        is_control=is_control,
        detail=next((key for key in DETAILS if key in row["group"]), None),
        cells=cells,
    )
