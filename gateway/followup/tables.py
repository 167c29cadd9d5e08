"""Every table and every indicator that can be computed, by id."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.followup.errors import ReportError
from gateway.followup.indicators import Indicator
from gateway.followup.layout import Table
from gateway.followup.tables_2014 import TABLES_2014
from gateway.followup.tables_2018 import TABLES_2018_2019
from gateway.followup.tables_2024 import TABLES_2024
from gateway.followup.tables_own import TABLES_OWN

TABLES: Mapping[str, Table] = {
    table.id: table for table in (*TABLES_2024, *TABLES_OWN, *TABLES_2014, *TABLES_2018_2019)
}
INDICATORS: Mapping[str, Indicator] = {
    one.id: one for table in TABLES.values() for one in table.indicators
}


def find_table(table_id: str) -> Table:
    """The table of an id.

    Raises:
        ReportError: there is none; the message names those that exist.
    """
    if table_id not in TABLES:
        raise ReportError(f"There is no table {table_id!r}: choose {', '.join(sorted(TABLES))}.")
    return TABLES[table_id]
