"""What changed between two times of extraction, and which facts made it change (P8, P9).

Rules:
1. A cell is listed when its figure, its numerator or its denominator differs; no other is.
2. Its causes are the facts that were registered, corrected, voided or lost their consent in
   between, of those persons whose part in the cell differs. They are named by their fact ids;
   nobody is. The parts of these persons make up the whole difference, which is checked.
3. Both extracts are computed anew, so what was published then can be checked against it by its id.
4. Facts that changed without moving any figure are counted, so that nothing is left unsaid.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal, NamedTuple

import orjson

from gateway.followup.errors import ReportError
from gateway.followup.extract import AsOf, Extract, take
from gateway.followup.indicators import Indicator
from gateway.followup.layout import Table
from gateway.followup.periods import Period, parse_as_of, parse_period
from gateway.followup.persons import (
    NOTHING,
    TAGS,
    CellKey,
    Persons,
    facts_behind,
    key_of,
)
from gateway.followup.query import FactReader
from gateway.followup.report import Row
from gateway.followup.tables import find_table

Why = Literal["new", "late", "corrected", "voided", "withdrawn"]
WHY_SV: Final[Mapping[Why, str]] = {
    "new": "nytt: hände efter det första uttaget",
    "late": "sent registrerat: hände före det första uttaget",
    "corrected": "rättat",
    "voided": "makulerat",
    "withdrawn": "samtycket till statistik återkallat",
}
# Of every fact that has a record between the two times: its latest revision before, and after.
_DIFFERENT: Final = """,
    ranked as (
        select *, epoch_ms(registered_at) <= $before as was_known,
            row_number() over (
                partition by fact, fact_id, epoch_ms(registered_at) <= $before
                order by revision desc
            ) as place
        from {records} where epoch_ms(registered_at) <= $after
    ),
    known as (select * from ranked where place = 1)
    select now.fact, now.fact_id, tag, was.revision, now.revision,
        coalesce(was.voided, false), now.voided,
        was.unit_key is not null and now.unit_key is null, now.event_day,
        strftime(now.registered_at, '%Y-%m-%dT%H:%M:%S.%gZ'), now.unit, now.region,
        now.fact = 'consent.recorded' and now.fields like '%"status":"withdrawn"%'
    from known as now
    join tags on now.fact_id = tags.fact_id
    left join known as was on was.fact = now.fact and was.fact_id = now.fact_id and was.was_known
    where not now.was_known and now.fact not like 'quality.%'
    order by now.fact, now.fact_id
"""
_FACTS: Final = TAGS + _DIFFERENT


class FactChange(NamedTuple):
    """A fact that is another one at the later time; `was` is its revision at the earlier one."""

    fact: str
    fact_id: str
    why: Why
    was: int | None
    revision: int
    event_day: str | None
    registered_at: str
    unit: str | None
    region: str | None


class CellChange(NamedTuple):
    """A cell that differs: its row then and now (None: it was or is not there), and its causes.

    `explained`: by how much the numerator differs for the persons behind the causes, together.
    """

    before: Row | None
    after: Row | None
    facts: tuple[str, ...] = ()
    explained: int = 0

    @property
    def difference(self) -> int:
        """By how much the numerator differs; of a median, its number."""
        now, was = (_size(row) for row in (self.after, self.before))
        return now - was

    @property
    def row(self) -> Row:
        """The row that there is, the later one if there are two."""
        found = self.after or self.before
        assert found is not None, "a cell that differs is in one of the two extracts"  # noqa: S101 - stays on
        return found


class Restatement(NamedTuple):
    """Everything that differs between two extracts.

    `facts` by fact id: all that changed a cell. `unmoved`: (type, why) → how many changed none.
    """

    id: str
    before: Extract
    after: Extract
    changes: list[CellChange]
    facts: dict[str, FactChange]
    unmoved: dict[tuple[str, Why], int]


def _size(row: Row | None) -> int:
    if row is None:
        return 0
    return (row["denominator"] if row["unit"] == "days_median" else row["numerator"]) or 0


def restate(
    store: Path | str,
    tables: Sequence[str] | None,
    period: str,
    before: AsOf,
    after: AsOf = None,
    definition: str | None = None,
) -> Restatement:
    """Compares two extracts of the same tables and period.

    Args:
        store: folder of the fact store.
        tables: ids; None for every table that is defined for the period.
        period: such as `2024`.
        before: the earlier time of extraction.
        after: the later one; None is the newest registration.
        definition: version of the definitions; None means those in force.

    Raises:
        ReportError: as `take`, or the first time is not before the second.
        StoreError: the store is missing, empty, damaged or of another format.
    """
    later = take(store, tables, period, after, definition, controlled=False)
    until = parse_as_of(later.as_of)
    since = until if before is None else parse_as_of(before)
    if since >= until:
        raise ReportError(
            f"Nothing lies between {before} and {later.as_of}: name the earlier time first."
        )
    earlier = take(store, tables, period, before, definition, controlled=False)
    with FactReader(store) as reader:
        found = reader.rows(_FACTS, params={"before": since, "after": until})
    by_person: defaultdict[str, list[FactChange]] = defaultdict(list)
    for row in found:
        by_person[row[2]].append(_fact_change(row, since))
    changes = _changes(earlier, later)
    causes = _causes(store, changes, parse_period(period), (since, until), by_person, definition)
    changes = [change._replace(**causes[key_of(change.row)]._asdict()) for change in changes]
    named = {one for change in changes for one in change.facts}
    everything = [one for own in by_person.values() for one in own]
    facts = {one.fact_id: one for one in everything if one.fact_id in named}
    unmoved = Counter((one.fact, one.why) for one in everything if one.fact_id not in named)
    seed = orjson.dumps([earlier.id, later.id, sorted(named)])
    return Restatement(
        hashlib.sha256(seed).hexdigest(),
        earlier,
        later,
        changes,
        dict(sorted(facts.items())),
        dict(sorted(unmoved.items())),
    )


def _fact_change(row: tuple[object, ...], since: int) -> FactChange:
    fact, fact_id, _, was, revision, was_voided, voided, lost, day, at, unit, region, ended = row
    why: Why = "corrected"
    if voided and not was_voided:
        why = "voided"
    elif lost or ended:
        why = "withdrawn"
    elif was is None:
        why = "late" if isinstance(day, date) and day <= _day_of(since) else "new"
    return FactChange(
        fact=str(fact),
        fact_id=str(fact_id),
        why=why,
        was=None if was is None else int(str(was)),
        revision=int(str(revision)),
        event_day=None if day is None else str(day),
        registered_at=str(at),
        unit=None if unit is None else str(unit),
        region=None if region is None else str(region),
    )


def _day_of(milliseconds: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + milliseconds // 86_400_000)


def _changes(earlier: Extract, later: Extract) -> list[CellChange]:
    """The cells that differ, in the order of the tables."""
    was = {key_of(row): row for row in earlier.rows}
    now = {key_of(row): row for row in later.rows}
    return [
        CellChange(was.get(key), now.get(key))
        for key in dict.fromkeys((*now, *was))
        if _told(was.get(key)) != _told(now.get(key))
    ]


def _told(row: Row | None) -> tuple[object, ...]:
    return () if row is None else (row["value"], row["numerator"], row["denominator"])


class _Cause(NamedTuple):
    facts: tuple[str, ...]
    explained: int


def _causes(
    store: Path | str,
    changes: Sequence[CellChange],
    period: Period,
    times: tuple[int, int],
    by_person: Mapping[str, list[FactChange]],
    version: str | None,
) -> dict[CellKey, _Cause]:
    """For each cell that differs: the changed facts of those whose part in it differs."""
    wanted = {key_of(change.row) for change in changes}
    found: defaultdict[CellKey, set[str]] = defaultdict(set)
    explained: Counter[CellKey] = Counter()
    with Persons(store, *times, times[0]) as then, Persons(store, *times, times[1]) as now:
        for name in dict.fromkeys(key[0] for key in wanted):
            table = find_table(name)
            definitions = table.definitions_for(period, version)
            for key, person, size in _moved(then, now, table, definitions, period):
                if key in wanted:
                    indicator = _indicator(definitions, key)
                    found[key] |= _facts(by_person.get(person, []), indicator, period)
                    explained[key] += size
    return {key: _Cause(tuple(sorted(found[key])), explained[key]) for key in wanted}


def _indicator(definitions: Mapping[str, Indicator], key: CellKey) -> Indicator | None:
    return definitions.get(key[1].removesuffix("_unlinked"))


def _moved(
    then: Persons,
    now: Persons,
    table: Table,
    definitions: Mapping[str, Indicator],
    period: Period,
) -> Iterator[tuple[CellKey, str, int]]:
    """(cell, person, difference) where the person's part in the cell differs."""
    numbers = now.expressions(table, definitions, period)
    then.expressions(table, definitions, period)
    for person in sorted(then.persons(numbers) | now.persons(numbers)):
        if all(then.has(number, person) == now.has(number, person) for number in numbers):
            continue
        was, is_now = (
            one.cells(table, definitions, period, numbers, person) for one in (then, now)
        )
        for key in was.keys() | is_now.keys():
            had, has = was.get(key, NOTHING), is_now.get(key, NOTHING)
            if had != has:
                yield key, person, has.size - had.size


def _facts(own: Sequence[FactChange], indicator: Indicator | None, period: Period) -> set[str]:
    """The changed facts of a person that the figure reads; all changed facts if it reads none."""
    if indicator is not None:
        read = facts_behind(indicator, period)
        chosen = {one.fact_id for one in own if one.fact.replace(".", "_") in read}
        if chosen:
            return chosen
    return {one.fact_id for one in own}
