"""Several messages one after the other: of one person, of several, and damaged ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from gateway.domain.days import DAY_MS, day_at
from schemas.codec import Record
from simulator.wire import SimRecord
from tests.express.boundaries import Case, Moment, Tables, around, changed
from tests.kafka.mutations import mutated

#: Messages of a person; longer histories say little more and take long.
_LENGTHS: Final = range(4, 25)
_DATES: Final = frozenset({"date", "date_or_time"})
#: Persons whose messages come mixed, and the days that pass afterwards.
_PERSONS: Final = 5
_DAYS: Final = 60


def history_cases(moments: Sequence[Moment]) -> Iterator[Case]:
    """Each date of each type, also one left out, around each later type, once.

    The history of the person is told anew from its beginning.
    """
    known, seen = Tables(), set[Any]()
    of_person: defaultdict[bytes | None, list[Moment]] = defaultdict(list)
    for moment in moments:
        of_person[moment.record.key].append(moment)
    for history in of_person.values():
        if len(history) in _LENGTHS:
            yield from _around_later(known, history, seen)


def _around_later(known: Tables, history: Sequence[Moment], seen: set[Any]) -> Iterator[Case]:
    records = [moment.record for moment in history]
    for n, moment in enumerate(history):
        ce_type, data = moment.event["type"], moment.event["data"]
        for place, kind in known.places(known.types[ce_type]["shape"], data):
            for m in range(n + 1, len(history)):
                named = (ce_type, place, history[m].event["type"])
                if kind["is"] not in _DATES or named in seen:
                    continue
                seen.add(named)
                for text in around(day_at(records[m].timestamp_ms)):
                    there = (*records[:n], changed(moment, place, text), *records[n + 1 : m + 1])
                    yield Case(history[m]._replace(stored=()), there)


def crowd_cases(moments: Sequence[Moment]) -> Iterator[Case]:
    """Messages of several persons of a partition one after the other; then days pass."""
    waiting: defaultdict[int, dict[bytes | None, Moment]] = defaultdict(dict)
    for moment in moments:
        crowd = waiting[moment.record.partition]
        if moment.record.key in crowd:
            continue
        crowd[moment.record.key] = moment
        if len(crowd) == _PERSONS:
            stored = tuple(out for one in crowd.values() for out in one.stored)
            records = tuple(one.record for one in crowd.values())
            until = records[-1].timestamp_ms + _DAYS * DAY_MS
            yield Case(moment._replace(stored=stored), records, until)
            crowd.clear()


def damaged_cases(moments: Sequence[Moment], each: int) -> Iterator[Case]:
    """Each message damaged in some ways, at the moment at which it would have been accepted."""
    for seed, moment in enumerate(moments):
        mine = moment.record
        good = SimRecord(
            topic=mine.topic, partition=mine.partition, key=mine.key, value=mine.value,
            headers=mine.headers, timestamp_ms=mine.timestamp_ms, expect=None, kind="good",
        )  # fmt: skip
        for bad in mutated([good], seed, each):
            record = Record(
                bad.topic, mine.partition, mine.offset, bad.timestamp_ms, bad.key, bad.value,
                bad.headers,
            )  # fmt: skip
            yield Case(moment, (record,))
