"""One table for one period as of one time: the same extract gives the same bytes, always.

An extract is the rows of a table with their time and definitions. Row keys are those of the
contract (section 10), labels those of the reference tables. `Reports` computes many tables from one
snapshot of the facts; `report` is one table from one snapshot.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Self

from gateway.followup.engine import RECORDS
from gateway.followup.errors import ReportError
from gateway.followup.layout import Table
from gateway.followup.periods import Period, parse_as_of, parse_period
from gateway.followup.query import FactReader
from gateway.followup.rows import Row, table_rows
from gateway.followup.snapshot import Snapshot
from gateway.followup.tables import find_table
from gateway.followup.tally import SEXES

__all__ = ["SEXES", "Reports", "Row", "report"]


class Reports:
    """The tables of a store as of one time; close it, or use it as a context manager."""

    def __init__(self, store: Path | str, as_of: str | date | datetime | None = None) -> None:
        """Opens a store.

        Args:
            store: folder of the fact store.
            as_of: what was registered later is not seen; a date means the end of that Swedish day;
                None means the newest registration in the store.

        Raises:
            ReportError: no such time of extraction.
            StoreError: the store is missing, empty, damaged or of another format.
        """
        at = None if as_of is None else parse_as_of(as_of)
        self._reader = FactReader(store)
        try:
            newest = self._reader.latest_registration()
            self.as_of = newest if at is None else at
            self.snapshot = Snapshot(self._reader.engine(), self.as_of)
            self._years: set[int] | None = None
        except BaseException:
            self._reader.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the engine's memory."""
        self._reader.close()

    def report(self, table: str, period: str, definition: str | None = None) -> list[Row]:
        """The rows of a table, in the order in which the report prints them, control rows last.

        Args:
            table: id such as `2024-T1`.
            period: such as `2024`, `2024H1`, `2024-06`.
            definition: version of the definitions; None means the one in force in the period.

        Raises:
            ReportError: no such table, period or definition.
            StoreError: the store cannot be read.
        """
        wanted = find_table(table)
        span = parse_period(period)
        definitions = wanted.definitions_for(span, definition)
        self._refuse_unknown_period(wanted, span)
        return table_rows(self.snapshot, wanted, definitions, span)

    def _refuse_unknown_period(self, table: Table, period: Period) -> None:
        if period.name in table.printed_periods:
            return
        if self._years is None:
            year = RECORDS.event_day.year()
            found = self.snapshot.rows(RECORDS.select(year=year).distinct())
            self._years = {row[0] for row in found if row[0] is not None}
        if self._years.isdisjoint(range(period.first.year, period.last.year + 1)):
            known = sorted({str(year) for year in self._years} | set(table.printed_periods))
            raise ReportError(
                f"There is nothing for the period {period.name} in table {table.id}: choose one "
                f"of, or one within, {', '.join(known)}."
            )


def report(
    store: Path | str,
    table: str,
    period: str,
    as_of: str | date | datetime | None = None,
    definition: str | None = None,
) -> list[Row]:
    """The rows of a table, in the order in which the report prints them, control rows last.

    Args:
        store: folder of the fact store.
        table: id such as `2024-T1`.
        period: such as `2024`, `2024H1`, `2024-06`.
        as_of: what was registered later is not seen; a date means the end of that Swedish day;
            None means the newest registration in the store.
        definition: version of the definitions; None means the one in force in the period.

    Raises:
        ReportError: no such table, period, time of extraction or definition.
        StoreError: the store is missing, empty, damaged or of another format.
    """
    # What can be refused without the store is refused before it is read.
    find_table(table).definitions_for(parse_period(period), definition)
    with Reports(store, as_of) as reports:
        return reports.report(table, period, definition)
