"""The tables of the agencies' reports that can be computed, each from its indicator definitions.

Ids, measures and periods are those of the reference tables, so that a computed row and a printed
one can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.followup.errors import ReportError
from gateway.followup.indicators import GK_COUNT_2024, Indicator
from gateway.followup.periods import Period


@dataclass(frozen=True)
class Table:
    """A table of a report: its title as printed, the years printed, and all definition versions."""

    id: str
    title_sv: str
    printed_periods: tuple[str, ...]
    indicators: tuple[Indicator, ...]

    def definitions_for(self, period: Period, version: str | None) -> list[Indicator]:
        """The definitions that give the table for a period: the newest of each measure.

        Args:
            period: the period asked for.
            version: a version by name, or None for the one in force at the period's end.

        Raises:
            ReportError: no such version, or it does not hold for the period.
        """
        known = sorted({one.version for one in self.indicators})
        if version is not None and version not in known:
            raise ReportError(
                f"Table {self.id} has no definition {version!r}: choose {', '.join(known)}."
            )
        chosen: dict[str, Indicator] = {}
        for one in sorted(self.indicators, key=lambda one: one.valid_from):
            in_force = one.valid_from <= period.first and (
                one.valid_to is None or period.last <= one.valid_to
            )
            if in_force and version in (None, one.version):
                chosen[one.measure] = one
        if not chosen:
            spans = "; ".join(
                f"{one.id} from {one.valid_from.isoformat()}"
                + (f" to {one.valid_to.isoformat()}" if one.valid_to else "")
                for one in self.indicators
            )
            raise ReportError(
                f"Table {self.id} is not defined for the period {period.name}: its definitions "
                f"hold {spans}."
            )
        return list(chosen.values())


TABLES: Mapping[str, Table] = {
    table.id: table
    for table in (
        Table(
            id="2024-T1",
            title_sv="Tabell 1 Gemensamma kartläggningar",
            printed_periods=("2022", "2023", "2024"),
            indicators=(GK_COUNT_2024,),
        ),
    )
}


def find_table(table_id: str) -> Table:
    """The table of an id.

    Raises:
        ReportError: there is none; the message names those that exist.
    """
    if table_id not in TABLES:
        raise ReportError(f"There is no table {table_id!r}: choose {', '.join(sorted(TABLES))}.")
    return TABLES[table_id]
