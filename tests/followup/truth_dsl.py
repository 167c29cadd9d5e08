"""A simulated year through the gateway's core into tables, and the tables beside the books."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import orjson

from gateway.followup.facts import FACT_TYPE, RawFact
from gateway.followup.periods import parse_period
from gateway.followup.report import Reports
from gateway.followup.rows import Row
from gateway.followup.store import FactStore
from gateway.followup.tables import TABLES
from simulator.books import BOOKS, Name
from simulator.counting import Figure, Figures, Group, Key, Span, View
from simulator.days import DAY_MS
from simulator.ledger import Ledger
from simulator.year import Year
from tests.followup.followup_dsl import TOPIC
from tests.simulator.folding import folded

#: A text that begins with a year and a month: a day, a moment, or the month of a birth.
_DAY = re.compile(r'"(?:19|20)[0-9]{2}-[0-9]{2}(?=[-"])')
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
#: Numbers above it are moments.
_SMALLEST_MS = 10**11


class Difference(NamedTuple):
    """A figure that the books and the table do not agree on; None: it is not there."""

    name: Name
    key: Key
    book: Figure | None
    row: Row | None


@contextmanager
def reports_of(facts: Sequence[Mapping[str, Any]], day: str | None) -> Iterator[Reports]:
    """The tables of a new store with these facts, as of the end of a day (None = the end)."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        values = (orjson.dumps({"type": FACT_TYPE, "data": fact}) for fact in facts)
        FactStore.open(root, TOPIC).append(
            [RawFact(0, number, 0, value) for number, value in enumerate(values)]
        )
        with Reports(root, day) as reports:
            yield reports


def in_force(name: Name, period: str) -> bool:
    """Whether a book's version is one of the period."""
    span = parse_period(period)
    versions = {one.version for one in TABLES[name.table].indicators if one.in_force(span)}
    return name.version in versions if name.version else bool(versions)


def of_year(year: Year, day: str | None, *periods: str) -> list[Difference]:
    """Every figure of these periods that is not the one of the books, as of a day."""
    return of_ledger(folded(year).facts, year.truth.ledger, day, *periods)


def of_ledger(
    facts: Sequence[Mapping[str, Any]], ledger: Ledger, day: str | None, *periods: str
) -> list[Difference]:
    """The same for facts and what they came from."""
    found: list[Difference] = []
    with reports_of(facts, day) as reports:
        for period in periods:
            span = parse_period(period)
            view = View(ledger, reports.as_of, Span(span.first, span.last))
            for name, book in BOOKS.items():
                if in_force(name, period):
                    rows = reports.report(name.table, period, name.version or None)
                    measures = TABLES[name.table].definitions_for(span, name.version or None)
                    said = {k: v for k, v in book(view).items() if k.measure in measures}
                    found += _differences(name, rows, said, period)
    return found


def earlier(
    facts: Sequence[Mapping[str, Any]], ledger: Ledger, years: int
) -> tuple[list[dict[str, Any]], Ledger]:
    """The same histories a number of years before; of four, so that leap days fall alike."""
    back = date(2024, 1, 1).toordinal() - date(2024 - years, 1, 1).toordinal()

    def moved(text: str) -> str:
        return f'"{int(text[1:5]) - years}{text[5:]}'

    def told(fact: Mapping[str, Any]) -> dict[str, Any]:
        text = orjson.dumps(fact).decode()
        found: dict[str, Any] = orjson.loads(_DAY.sub(lambda match: moved(match[0]), text))
        return found

    def known(value: Any) -> Any:
        if isinstance(value, date):
            return value.replace(year=value.year - years)
        if isinstance(value, int) and value > _SMALLEST_MS:
            return value - back * DAY_MS
        if isinstance(value, str) and _MONTH.fullmatch(value):
            return f"{int(value[:4]) - years}{value[4:]}"
        if isinstance(value, tuple) and not hasattr(value, "_fields"):
            return tuple(known(item) for item in value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(
                value, **{one.name: known(getattr(value, one.name)) for one in fields(value)}
            )
        return value

    return [told(fact) for fact in facts], known(ledger)


def _differences(
    name: Name, rows: Sequence[Row], figures: Figures, period: str
) -> Iterator[Difference]:
    by_key = {_key_of(row, period): row for row in rows}
    whole = ("period", period)
    figures = {
        key._replace(group=tuple(pair for pair in key.group if pair != whole)): figure
        for key, figure in figures.items()
    }
    for key, figure in figures.items():
        if not _same(by_key.get(key), figure):
            yield Difference(name, key, figure, by_key.get(key))
    for key, row in by_key.items():
        empty = not row["numerator"] and not row["denominator"]
        if key not in figures and "control" not in row["group"] and not empty:
            yield Difference(name, key, None, row)


def _key_of(row: Row, period: str) -> Key:
    """What names a row in the books; of a series also the month."""
    group: Group = tuple(sorted(row["group"].items()))
    if row["period"] != period:
        group = tuple(sorted((*group, ("period", row["period"]))))
    return Key(row["measure"], row["benefit"] or "", group, row["sex"])


def _same(row: Row | None, figure: Figure) -> bool:
    """A median is compared as shown; everything else by its exact parts."""
    if row is None:
        return figure.numerator == 0
    if row["unit"] == "days_median":
        shown = (row["value"] or 0) == figure.printed()
        return shown and row["denominator"] == figure.denominator
    return (row["numerator"], row["denominator"]) == (figure.numerator, figure.denominator)
