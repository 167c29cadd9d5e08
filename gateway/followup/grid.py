"""Rows as the tables that people read: a line per measure, benefit and breakdown, sexes across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.followup.labels import SEX_SV, definition_of, label_of, short_label_of
from gateway.followup.report import Row


@dataclass(frozen=True)
class Line:
    """One line: its cells by sex; the others say what they are of.

    `label` is the whole name as printed, `short` what is left of it below the measure's `title`.
    """

    label: str
    short: str
    title: str
    measure: str
    definition: str
    benefit: str | None
    is_control: bool
    cells: dict[str, Row]

    @property
    def any_row(self) -> Row:
        """One of its rows, for what they have in common."""
        return next(iter(self.cells.values()))


@dataclass(frozen=True)
class Grid:
    """One table of one period: its lines in the order of the rows, and the sexes that occur."""

    table: str
    period: str
    sexes: tuple[str, ...]
    lines: tuple[Line, ...]


def grids(rows: Sequence[Row]) -> list[Grid]:
    """The tables that rows make, in the order of the rows."""
    tables: dict[tuple[str, str], dict[tuple[object, ...], dict[str, Row]]] = {}
    for row in rows:
        group = tuple(sorted(item for item in row["group"].items() if item[0] != "control"))
        key = (row["definition"], row["benefit"], group)
        lines = tables.setdefault((row["table"], row["period"]), {})
        lines.setdefault(key, {})[row["sex"]] = row
    return [
        Grid(
            table,
            period,
            tuple(sex for sex in SEX_SV if any(sex in cells for cells in lines.values())),
            tuple(_line(cells) for cells in lines.values()),
        )
        for (table, period), lines in tables.items()
    ]


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
        cells=cells,
    )
