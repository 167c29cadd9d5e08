"""One table for one period as of one time: the same extract gives the same bytes, always.

Row keys are those of the contract (section 10), labels those of the reference tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict

from gateway.followup.errors import ReportError
from gateway.followup.indicators import Indicator
from gateway.followup.periods import Period, instant_text, parse_as_of, parse_period
from gateway.followup.populations import (
    BenefitGroup,
    count_by_benefit_and_sex,
    latest_registration,
    years_with_events,
)
from gateway.followup.query import FactReader
from gateway.followup.tables import Table, find_table

# Sex as in the reference tables ← as in the facts.
SEXES = {"women": "kvinna", "men": "man"}


class Row(TypedDict):
    """One cell of a table (contract section 10); counts have no denominator."""

    table: str
    measure: str
    benefit: str | None
    sex: str
    period: str
    group: dict[str, str]
    value: int | float | None
    unit: str
    numerator: int | None
    denominator: int | None
    as_of: str
    definition: str


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
    wanted = find_table(table)
    span = parse_period(period)
    definitions = wanted.definitions_for(span, definition)
    with FactReader(store) as reader:
        newest = latest_registration(reader)
        at = newest if as_of is None else parse_as_of(as_of)
        _refuse_unknown_period(reader, wanted, definitions, span)
        rows: list[Row] = []
        controls: list[Row] = []
        for one in definitions:
            printed, further = _count_rows(reader, wanted, one, span, at)
            rows += printed
            controls += further
    return rows + controls


def _refuse_unknown_period(
    reader: FactReader, table: Table, definitions: Sequence[Indicator], period: Period
) -> None:
    if period.name in table.printed_periods:
        return
    years = {year for one in definitions for year in years_with_events(reader, one.population)}
    if years.isdisjoint(range(period.first.year, period.last.year + 1)):
        known = sorted({str(year) for year in years} | set(table.printed_periods))
        raise ReportError(
            f"There is nothing for the period {period.name} in table {table.id}: choose one of, "
            f"or one within, {', '.join(known)}."
        )


def _count_rows(
    reader: FactReader, table: Table, one: Indicator, period: Period, as_of: int
) -> tuple[list[Row], list[Row]]:
    groups = (*one.groups, *one.controls)
    counts = count_by_benefit_and_sex(reader, one.population, groups, period, as_of)

    def row(benefit: BenefitGroup, sex: str, count: int, control: str | None) -> Row:
        return Row(
            table=table.id,
            measure=one.measure,
            benefit=benefit.key,
            sex=sex,
            period=period.name,
            group={"control": control} if control else {},
            value=count,
            unit=one.unit,
            numerator=count,
            denominator=None,
            as_of=instant_text(as_of),
            definition=one.id,
        )

    printed: list[Row] = []
    controls: list[Row] = []
    for benefit in groups:
        by_code = {code: count for (key, code), count in counts.items() if key == benefit.key}
        control = "benefit" if benefit in one.controls else None
        target = controls if control else printed
        by_sex = {sex: by_code.pop(code, 0) for sex, code in SEXES.items()}
        unknown = sum(by_code.values())
        target += [row(benefit, sex, count, control) for sex, count in by_sex.items()]
        target.append(row(benefit, "total", sum(by_sex.values()) + unknown, control))
        if unknown:  # never dropped (BR-44), and only there when it occurs
            controls.append(row(benefit, "unknown", unknown, "sex"))
    return printed, controls
