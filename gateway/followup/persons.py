"""What each person has in a figure: the tables computed for many persons at once, one by one.

A figure is a sum over persons, since whatever links facts links those of one person. So the records
of the persons who are asked about are taken apart, each with the person written behind its sex, and
the same expressions are computed over them: what they group by sex they now group by person. No
other code says what a figure means.
A person is a pseudonym; a fact without one belongs to the facts that it confirms, or stands alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple, Self

import ibis

from gateway.followup.engine import Row as Values
from gateway.followup.engine import tables_of
from gateway.followup.indicators import Indicator
from gateway.followup.layout import Table
from gateway.followup.periods import Period
from gateway.followup.query import FactReader
from gateway.followup.rows import Row, table_rows
from gateway.followup.snapshot import PLAN, Snapshot

_MARK: Final = "\x1f"
TAGS: Final = """
    with own as (
        select fact_id, max(unit_key) as person, max(fields ->> '$.confirms') as confirms
        from {records} group by fact_id
    ),
    confirmed as (
        select confirms as fact_id, max(person) as person from own
        where confirms is not null group by 1
    ),
    tags as (
        select own.fact_id,
            coalesce(own.person, root.person, confirmed.person, own.confirms, own.fact_id) as tag
        from own
        left join own as root on own.confirms = root.fact_id
        left join confirmed on own.fact_id = confirmed.fact_id
    )
"""
_CHANGED: Final = """,
    changed as (
        select distinct tag from tags where fact_id in (
            select fact_id from {records}
            where epoch_ms(registered_at) > $before and epoch_ms(registered_at) <= $after)
    )
"""
_OF_THEM: Final = """
    select records.* replace (coalesce(sex, 'okant') || chr(31) || tag as sex)
    from {records} as records join tags using (fact_id) join changed using (tag)
    where epoch_ms(registered_at) <= $after
"""
_APART: Final = "create temp table apart as " + TAGS + _CHANGED + _OF_THEM


class Shown(NamedTuple):
    """A person's part of a cell; for a median also its value."""

    numerator: int
    denominator: int
    value: int | float | None

    @property
    def size(self) -> int:
        """What adds up over persons: the numerator; of a median, its number."""
        return self.denominator if self.value is not None else self.numerator


NOTHING: Final = Shown(0, 0, None)
CellKey = tuple[str, str, str, str | None, str, str, tuple[tuple[str, str], ...]]


def key_of(row: Row) -> CellKey:
    """What names a cell, whatever its figure."""
    group = tuple(sorted(row["group"].items()))
    head = row["table"], row["measure"], row["definition"]
    return (*head, row["benefit"], row["sex"], row["period"], group)


def shown_by(row: Row) -> Shown:
    """The figure of a row as far as it tells two rows apart."""
    value = row["value"] if row["unit"] == "days_median" else None
    return Shown(row["numerator"] or 0, row["denominator"] or 0, value)


class _Parts(Snapshot):
    """A snapshot of the records taken apart; shows the rows of one person at a time."""

    def __init__(self, reader: FactReader, as_of: int) -> None:
        super().__init__(reader.engine("apart"), as_of)
        self.person = ""
        self.read: dict[int, ibis.Table] = {}
        self.parts: dict[int, dict[str, list[Values]]] = {}

    def rows(self, expression: ibis.Table) -> list[Values]:
        """The rows of the person that is shown."""
        number = id(expression)
        if number not in self.parts:
            self.read[number] = expression
            self.parts[number] = _by_person(super().rows(expression))
        return self.parts[number].get(self.person, [])


def _by_person(rows: Iterable[Values]) -> dict[str, list[Values]]:
    parts: defaultdict[str, list[Values]] = defaultdict(list)
    for sex, *rest in rows:
        code, _, person = sex.partition(_MARK)
        parts[person].append((code, *rest))
    return {person: sorted(own, key=repr) for person, own in parts.items()}


class Persons:
    """The persons with a change between two times, as of one of them; close it after use."""

    def __init__(self, store: Path | str, before: int, after: int, as_of: int) -> None:
        """Takes their records apart.

        Args:
            store: folder of the fact store.
            before: in ms since the epoch; who has a record registered after it is among them,
            after: unless it was registered after this.
            as_of: the time of the figures, one of the two.
        """
        self._reader = FactReader(store)
        try:
            self._reader.rows(_APART, params={"before": before, "after": after})
            self._snapshot = _Parts(self._reader, as_of)
        except BaseException:
            self._reader.close()
            raise
        self._cells: dict[object, Mapping[CellKey, Shown]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def expressions(
        self, table: Table, definitions: Mapping[str, Indicator], period: Period
    ) -> list[int]:
        """The numbers of the expressions that a table asks; they are computed for all persons."""
        seen = set(self._snapshot.parts)
        self._snapshot.person = ""
        self._snapshot.read.clear()
        asked: list[int] = []
        table_rows(_Listening(self._snapshot, asked), table, definitions, period)
        return sorted({*asked} | (set(self._snapshot.parts) - seen))

    def persons(self, numbers: Sequence[int]) -> set[str]:
        """Everybody who has something in one of the expressions."""
        return {person for number in numbers for person in self._snapshot.parts[number]}

    def has(self, number: int, person: str) -> list[Values]:
        """What a person has in an expression."""
        return self._snapshot.parts[number].get(person, [])

    def cells(
        self,
        table: Table,
        definitions: Mapping[str, Indicator],
        period: Period,
        numbers: Sequence[int],
        person: str,
    ) -> Mapping[CellKey, Shown]:
        """What a person has in the cells of a table; who has the same is computed once."""
        same = table.id, tuple((number, repr(self.has(number, person))) for number in numbers)
        if same not in self._cells:
            self._snapshot.person = person
            rows = table_rows(self._snapshot, table, definitions, period)
            self._cells[same] = {key_of(row): shown_by(row) for row in rows}
        return self._cells[same]


class _Listening(Snapshot):
    """Passes questions on and notes which they were."""

    def __init__(self, inner: _Parts, asked: list[int]) -> None:
        self.inner = inner
        self.as_of = inner.as_of
        self.asked = asked

    def rows(self, expression: ibis.Table) -> list[Values]:
        """The rows, noted."""
        found = self.inner.rows(expression)
        self.asked.append(id(expression))
        return found


@lru_cache(maxsize=1024)
def facts_behind(indicator: Indicator, period: Period) -> frozenset[str]:
    """The types of facts that an indicator reads, by the names of the tables of the plan."""
    waiting, read = list(tables_of(indicator.observe(PLAN, period))), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in read:
            read.add(name)
            kept = PLAN.tables.get(name)
            if kept is not None and kept.expression is not None:
                waiting += tables_of(kept.expression)
    return frozenset(read)
