"""The pages of the statistics: every definition, every table, and their SQL for other engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from gateway.cli.message_pages import GENERATED
from gateway.followup.engine import sql_of
from gateway.followup.indicators import Indicator
from gateway.followup.layout import Table
from gateway.followup.periods import parse_period
from gateway.followup.snapshot import Kept, Plan
from gateway.followup.tables import INDICATORS, TABLES

#: The indicators of the catalogue that have no definition of their own, and why.
_ELSEWHERE: Final[Mapping[str, str]] = {
    "N3": "the rows by benefit of `gk_participant_share` in 2019-T5",
    "N15": "2018-T2: `outcome_share` with `insats` = `arbetslivsinriktad`",
    "N16": "table N16, and 2014-T4: the same with `arbetsforberedande`",
    "N28": "spending is no case data and is not computed",
}
_CATALOGUE: Final = (*(f"N{number}" for number in range(1, 29)), "N15b")
_UNITS: Final[Mapping[str, str]] = {
    "count": "count",
    "percent": "percent",
    "days_mean": "days, mean",
    "days_median": "days, median",
}


def indicators() -> str:
    """Every indicator definition and every table."""
    lines = [
        "# Indicators and tables",
        "",
        "What each figure of `samverkan report` means. A definition never changes once figures",
        "have been published by it: a new meaning is a new version, and in the year of change both",
        "can be computed (`--definition`). Every row names its definition as `measure/version`,",
        "and its numerator and denominator. Source: `gateway/followup/indicators*.py` and",
        "`tables*.py`.",
        "",
        "Facts of persons who have not agreed to statistics with personal data are linked to",
        "nothing. They are in every count; in what needs a link they are in neither part, and rows",
        "`<measure>_unlinked` say how many. Control rows (`group` has `control`) make the printed",
        "rows add up: `benefit` (overlap and others), `sex` (unknown), `part` (a part that the",
        "report does not print), `unlinked`.",
        "",
        "SQL of the report in force: [Trino](statistics-trino.sql),",
        "[Spark](statistics-spark.sql).",
        "",
        "## Where each indicator of the catalogue is",
        "",
        "| indicator | measures | tables |",
        "|---|---|---|",
        *(_catalogue_row(number) for number in _CATALOGUE),
        "",
        "## Tables",
        "",
        "| table | title | printed for | definitions |",
        "|---|---|---|---|",
        *(_table_row(table) for table in TABLES.values()),
        "",
        "## Definitions",
        "",
        *(line for one in _definitions() for line in _definition(one)),
    ]
    return GENERATED + "\n".join(lines).rstrip() + "\n"


def _definitions() -> list[Indicator]:
    return [INDICATORS[key] for key in sorted(INDICATORS)]


def _catalogue_row(number: str) -> str:
    own = [one for one in _definitions() if one.number == number]
    if not own:
        return f"| {number} | – | {_ELSEWHERE[number]} |"
    measures = ", ".join(dict.fromkeys(f"`{one.measure}`" for one in own))
    ids = {one.id for one in own}
    tables = [key for key, table in TABLES.items() if ids & {one.id for one in table.indicators}]
    return f"| {number} | {measures} | {', '.join(tables)} |"


def _table_row(table: Table) -> str:
    periods = ", ".join(table.printed_periods) or "any period"
    used = ", ".join(f"`{one.id}`" for one in table.indicators)
    return f"| {table.id} | {table.title_sv} | {periods} | {used} |"


def _definition(one: Indicator) -> Iterator[str]:
    until = "no end" if one.valid_to is None else one.valid_to.isoformat()
    yield f"### {one.id}"
    yield ""
    yield f"{one.title_en} (*{one.title_sv}*)."
    yield ""
    yield f"- Formula: {one.formula_en}"
    yield f"- Formel: {one.formula_sv}"
    yield f"- Population: {one.population_sv}"
    yield f"- Unit: {_UNITS[one.unit]}; in force from {one.valid_from.isoformat()} to {until}"
    yield f"- Source: {one.source.en}"
    yield ""


_HEAD: Final[Mapping[str, str]] = {
    "trino": (
        "-- Trino. Ibis wrote this; it has not been run. One thing is changed: Ibis casts text to\n"
        "-- JSON, which Trino takes for a JSON text, so JSON_PARSE stands in its place.\n"
    ),
    "pyspark": "-- Spark. Ibis wrote this; it has not been run.\n",
}


#: The tables whose SQL is shown: those of the report in force.
_SHOWN: Final = ("2024-T1", "2024-T2", "2024-T3", "2024-T4", "2024-T5")


@cache
def trino() -> str:
    """The statistics as SQL for Trino."""
    return _sql("trino").replace('CAST("t0"."fields" AS JSON)', 'JSON_PARSE("t0"."fields")')


@cache
def spark() -> str:
    """The statistics as SQL for Spark."""
    return _sql("pyspark")


def _sql(dialect: str) -> str:
    """The tables of the plan in the order in which they need each other, then every indicator."""
    plan = Plan()
    period = parse_period("2024")
    used = [one for name in _SHOWN for one in TABLES[name].definitions_for(period).values()]
    queries = [(one, one.observe(plan, period)) for one in dict.fromkeys(used)]
    parts = [
        _HEAD[dialect]
        + "-- Generated by `make docs`; never edited by hand.\n"
        + "-- `records` holds the follow-up facts with the columns of gateway/followup/facts.py;\n"
        + "-- `clock` one row: `at`, the time of extraction, and `today`, its Swedish day.\n"
        + "-- First the tables that are computed once, then the observations of the definitions\n"
        + f"-- of {', '.join(_SHOWN)} for 2024:\n"
        + "-- sum `above` and `below` by what a table breaks down by.\n"
    ]
    parts += [_table_sql(name, kept, dialect) for name, kept in plan.tables.items()]
    parts += [
        f"-- {one.id}: {one.title_en}\n{sql_of(expression, dialect)};\n"
        for one, expression in queries
    ]
    return "\n".join(parts)


def _table_sql(name: str, kept: Kept, dialect: str) -> str:
    if kept.expression is not None:
        return f"CREATE TABLE {name} AS\n{sql_of(kept.expression, dialect)};\n"
    first, again = (sql_of(one, dialect) for one in kept.rounds)
    return (
        f"-- {name}, in rounds: {name}_0 first, then again over the round before, until no\n"
        f"-- joint_id changes; the last round is {name}.\n"
        f"CREATE TABLE {name}_0 AS\n{first};\nCREATE TABLE {name}_1 AS\n{again};\n"
    )
