"""The printed figures that the reconstructed year has to reproduce, and their smaller versions.

The numbers stand in `data/` beside their source (report, table, line), as printed. What a printed
share or mean rests on is not printed: those whole numbers are chosen in `reconstructed-2024.json`,
each with its reason. A year of scale s has round(n * s) of every number, at least one; totals
follow from the cells, so that they always add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import orjson

SEXES: Final = {"women": "kvinna", "men": "man"}
TOTAL: Final = "total"
OTHER: Final = "other"
"""The joint assessments whose person has neither sjukpenning nor aktivitetsersättning."""
BOTH: Final = "sjukpenning_and_aktivitetsersattning"
REGAINED: Final = "regained"
REMAINING: Final = "remaining"


class Cell(NamedTuple):
    """One inner cell of a printed table: `benefit` as in the table or `other`, `sex` as there."""

    benefit: str
    sex: str


Counts = Mapping[Cell, int]


@dataclass(frozen=True, slots=True)
class Printed:
    """The figures of 2024 by inner cell (never a total), printed or chosen to fit the printed.

    Attributes:
        assessments: joint assessments (2024-T1), each in one cell only: those with both benefits
            under sjukpenning.
        both: how many of those under sjukpenning have aktivitetsersättning too, by sex.
        mean_days: mean days from the start of the benefit case to the first assessment, and under
            `total` the mean over all benefits; between the whole days that print the same.
        onward: assessments that lead to an intervention (2024-T2), persons with identity only.
        outcomes: closings after an intervention (2024-T3) by `regained` and `remaining`.
        transition_meetings: transition meetings held (2024-T4).
        contact_meetings: contact meetings held (2024-T4).
        refusals: the refusals that the meetings are a share of (2024-T4).
        occupations: of those who regain work ability, in per cent by benefit and outcome code.
        enrolled: persons who enrol at AF after their transition meeting (2024-T5).
    """

    assessments: Counts
    both: Mapping[str, int]
    mean_days: Mapping[Cell, float]
    onward: Counts
    outcomes: Mapping[str, Counts]
    occupations: Mapping[str, Mapping[str, int]]
    transition_meetings: Counts
    contact_meetings: Counts
    refusals: Counts
    enrolled: Counts

    def days_of(self, cell: Cell, counted: Counts) -> float:
        """The mean days of a cell's assessments whose days count.

        For `other`, which the report does not print, the mean that makes the total come out.

        Args:
            cell: an inner cell.
            counted: of every inner cell, how many assessments have days that count.
        """
        if cell.benefit != OTHER:
            return self.mean_days[cell]
        mine = [c for c in self.assessments if c.sex == cell.sex]
        named = sum(counted[c] * self.mean_days[c] for c in mine if c.benefit != OTHER)
        everyone = self.mean_days[Cell(TOTAL, cell.sex)] * sum(counted[c] for c in mine)
        return (everyone - named) / max(1, counted[cell])

    def scaled(self, scale: float) -> Printed:
        """The same tables for a smaller year."""
        meetings = _scaled(self.transition_meetings, scale)
        assessments = _scaled(self.assessments, scale)
        return Printed(
            assessments=assessments,
            both={sex: max(1, round(count * scale)) for sex, count in self.both.items()},
            mean_days=self.mean_days,
            onward=_at_most(_scaled(self.onward, scale), assessments),
            outcomes={name: _scaled(cells, scale) for name, cells in self.outcomes.items()},
            occupations=self.occupations,
            transition_meetings=meetings,
            contact_meetings=_scaled(self.contact_meetings, scale),
            refusals=_scaled(self.refusals, scale),
            enrolled=_at_most(_scaled(self.enrolled, scale), meetings),
        )


def _scaled(cells: Counts, scale: float) -> dict[Cell, int]:
    return {cell: max(1, round(count * scale)) for cell, count in cells.items()}


def _at_most(cells: Counts, limits: Counts) -> dict[Cell, int]:
    return {cell: min(count, limits[cell]) for cell, count in cells.items()}


def rows(table: str) -> list[dict[str, Any]]:
    """The rows of `2024-t1` to `-t5` as printed, totals included, or of `reconstructed-2024`."""
    text = files("simulator").joinpath("data", f"{table}.json").read_bytes()
    found: list[dict[str, Any]] = orjson.loads(text)["rows"]
    return found


def _cells(found: list[dict[str, Any]], measure: str, **group: str) -> dict[Cell, Any]:
    return {
        Cell(row["benefit"], row["sex"]): row["value"]
        for row in found
        if row["measure"] == measure
        and row.get("sex", TOTAL) != TOTAL
        and group.items() <= row.get("group", {}).items()
    }


def _with_other(counts: dict[Cell, int]) -> dict[Cell, int]:
    """The row `other` in place of the printed total."""
    for sex in SEXES:
        everyone = counts.pop(Cell(TOTAL, sex))
        counts[Cell(OTHER, sex)] = everyone - sum(
            n for cell, n in counts.items() if cell.sex == sex
        )
    return counts


def _occupations(chosen: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in chosen:
        if row["measure"] == "occupation_share":
            found.setdefault(row["benefit"], {})[row["occupation"]] = row["value"]
    found[OTHER] = found["sjukpenning"]
    return found


@cache
def printed_2024() -> Printed:
    """The tables of the report on 2024, with the row `other` derived from the printed totals."""
    third, fourth = rows("2024-t3"), rows("2024-t4")
    chosen = rows("reconstructed-2024")
    both = {cell.sex: number for cell, number in _cells(chosen, "gk_count").items()}
    assessments = _cells(rows("2024-t1"), "gk_count")
    for sex, number in both.items():
        assessments[Cell("aktivitetsersattning", sex)] -= number
    return Printed(
        assessments=_with_other(assessments),
        both=both,
        mean_days=_cells(chosen, "gk_days_to_first"),
        onward=_cells(chosen, "insats_after_gk"),
        outcomes={
            name: _with_other(_cells(third, "outcome_count", outcome_h=name))
            for name in (REGAINED, REMAINING)
        },
        occupations=_occupations(chosen),
        transition_meetings=_cells(fourth, "om_meetings_count"),
        contact_meetings=_cells(fourth, "kontaktmoten_count"),
        refusals=_cells(chosen, "refusals"),
        enrolled=_cells(chosen, "enrolled_after_om"),
    )
