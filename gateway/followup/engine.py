"""Where the statistics are computed: an engine that runs the SQL which Ibis writes for it.

Rule: populations and indicators are Ibis expressions over the tables of this module, and nothing
below them knows the engine. An engine is a dialect and a way to run a statement, so the same code
runs on DuckDB over the Parquet segments and on PostgreSQL in the tests, and prints its SQL for
others. Only what every engine does alike is asked of it: filters, joins, groups, row numbers, sums.
Medians, shares and rounding are worked out afterwards, in whole numbers (`tally.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import ibis
from ibis.expr.operations import Node, UnboundTable

Row = tuple[Any, ...]

#: The records of the topic as the store keeps them (`facts.SCHEMA`).
RECORDS = ibis.table(
    {
        "partition": "int32",
        "offset": "int64",
        "record_timestamp_ms": "int64",
        "fact": "string",
        "fact_id": "string",
        "revision": "int32",
        "voided": "boolean",
        "unit_key": "string",
        "unit_case": "string",
        "round_no": "int32",
        "sex": "string",
        "birth_year_month": "string",
        "benefits": "array<string>",
        "employment": "string",
        "unit": "string",
        "region": "string",
        "event_at": "timestamp('UTC', 3)",
        "event_day": "date",
        "registered_at": "timestamp('UTC', 3)",
        "delay_days": "int32",
        "capture": "string",
        "source_system": "string",
        "flags": "array<string>",
        "fields": "string",
    },
    name="records",
)

#: The time of extraction: the only thing that differs between two extracts of one store.
CLOCK = ibis.table({"at": "timestamp('UTC', 3)", "today": "date"}, name="clock")

#: A day as the gateway writes it. An engine that cannot try a cast gets only what it can cast; the
#: years 1900 and 2100, which are no leap years, are beyond the stream.
DAY_TEXT = (
    r"^((19|20)[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    r"|((19|20)(0[48]|[2468][048]|[13579][26])|2000)-02-29)$"
)


class Engine:
    """Runs expressions; what is kept lives as long as the connection behind it."""

    def __init__(self, dialect: str, run: Callable[[str], list[Row]]) -> None:
        """An engine.

        Args:
            dialect: as Ibis names it, e.g. `duckdb`, `postgres`.
            run: runs one SQL statement and gives its rows, none for a statement without.
        """
        self.dialect = dialect
        self._run = run

    def rows(self, expression: ibis.Table) -> list[Row]:
        """The rows of an expression, its columns in their order."""
        return self._run(sql_of(expression, self.dialect))

    def keep(self, name: str, expression: ibis.Table) -> ibis.Table:
        """Computes an expression once; the result is a table of its own for further expressions."""
        self._run(f'CREATE TEMPORARY TABLE "{name}" AS {sql_of(expression, self.dialect)}')
        return ibis.table(expression.schema(), name=name)


def sql_of(expression: ibis.Table, dialect: str) -> str:
    """An expression as SQL; worked out once per process, since Ibis takes its time."""
    return _sql_of(expression.op(), dialect)


@lru_cache(maxsize=4096)
def _sql_of(node: Node, dialect: str) -> str:
    return str(ibis.to_sql(node.to_expr(), dialect=dialect))


def tables_of(expression: ibis.Table) -> tuple[str, ...]:
    """The names of the tables that an expression reads."""
    return _tables_of(expression.op())


@lru_cache(maxsize=4096)
def _tables_of(node: Node) -> tuple[str, ...]:
    return tuple(sorted({table.name for table in node.find(UnboundTable)}))


def clock(milliseconds: int, today: date) -> ibis.Table:
    """One row that says the time of extraction: `at`, and the Swedish day `today`."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    row = ibis.literal(at, type="timestamp('UTC', 3)").name("at").as_table()
    return row.mutate(today=ibis.literal(today))


def day_of(text: ibis.expr.types.StringValue) -> ibis.expr.types.DateValue:
    """The calendar day that a text is, null when it is none."""
    return ibis.cases((text.re_search(DAY_TEXT), text.cast("date")))
