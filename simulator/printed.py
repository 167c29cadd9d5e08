"""The printed figures that the reconstructed year has to reproduce, and their smaller versions.

The numbers stand in `data/` beside their source (report, table, line), as printed. A year of scale
s has round(n * s) of every printed cell, at least one; totals follow from the cells, so that they
always add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import orjson

SEXES: Final = {"women": "kvinna", "men": "man"}
OTHER: Final = "other"
"""The joint assessments whose person has neither sjukpenning nor aktivitetsersättning."""


class Cell(NamedTuple):
    """One inner cell of a printed table: `benefit` as in the table or `other`, `sex` as there."""

    benefit: str
    sex: str


@dataclass(frozen=True, slots=True)
class Printed:
    """The printed figures of 2024 by inner cell (never a total).

    Attributes:
        assessments: joint assessments (2024-T1).
        days: mean days from the start of the benefit case to the first assessment, and under
            `total` the mean over all benefits.
        transition_meetings: transition meetings held (2024-T4).
        contact_meetings: contact meetings held (2024-T4).
    """

    assessments: Mapping[Cell, int]
    days: Mapping[Cell, int]
    transition_meetings: Mapping[Cell, int]
    contact_meetings: Mapping[Cell, int]

    def mean_days(self, cell: Cell, counted: int) -> float:
        """The mean days of a cell of which `counted` assessments have a benefit case.

        For `other`, which the report does not print, the mean that makes the total come out.
        """
        if cell.benefit != OTHER:
            return self.days[cell]
        named = [c for c in self.assessments if c.sex == cell.sex and c.benefit != OTHER]
        everyone = counted + sum(self.assessments[c] for c in named)
        in_named = sum(self.assessments[c] * self.days[c] for c in named)
        return (self.days[Cell("total", cell.sex)] * everyone - in_named) / max(1, counted)

    def scaled(self, scale: float) -> Printed:
        """The same table for a smaller year."""
        return Printed(
            assessments=_scaled(self.assessments, scale),
            days=self.days,
            transition_meetings=_scaled(self.transition_meetings, scale),
            contact_meetings=_scaled(self.contact_meetings, scale),
        )


def _scaled(cells: Mapping[Cell, int], scale: float) -> dict[Cell, int]:
    return {cell: max(1, round(count * scale)) for cell, count in cells.items()}


def rows(table: str) -> list[dict[str, Any]]:
    """The printed rows of `2024-t1` or `2024-t4`, totals included."""
    text = files("simulator").joinpath("data", f"{table}.json").read_bytes()
    found: list[dict[str, Any]] = orjson.loads(text)["rows"]
    return found


def _cells(found: list[dict[str, Any]], measure: str) -> dict[Cell, int]:
    return {
        Cell(row["benefit"], row["sex"]): row["value"]
        for row in found
        if row["measure"] == measure and row["sex"] != "total"
    }


@cache
def printed_2024() -> Printed:
    """The tables of the report on 2024, with the row `other` derived from the printed total."""
    first, fourth = rows("2024-t1"), rows("2024-t4")
    counts = _cells(first, "gk_count")
    for sex in SEXES:
        everyone = counts.pop(Cell("total", sex))
        counts[Cell(OTHER, sex)] = everyone - sum(
            n for cell, n in counts.items() if cell.sex == sex
        )
    return Printed(
        assessments=counts,
        days=_cells(first, "gk_days_to_first"),
        transition_meetings=_cells(fourth, "om_meetings_count"),
        contact_meetings=_cells(fourth, "kontaktmoten_count"),
    )
