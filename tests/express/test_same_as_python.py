"""The express lane writes, byte for byte, what Python would, and leaves to Python what it must.

Besides these, every test in the language of `tests.dsl` compares both after each of its steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pytest

from gateway.express.lane import open_lane
from gateway.shell import telemetry
from gateway.shell.express_fold import ExpressFold
from gateway.shell.fold import DUE_HEADER, Fold
from gateway.shell.outputs import Outgoing
from schemas.codec import Codec, Record
from schemas.partition import partition_of
from schemas.registry import REGISTRY
from schemas.topics import STATE
from simulator.wire import SimRecord
from simulator.year import generate
from tests.dsl import AGREEMENT, KEYS, PARTITIONS
from tests.express.lanes import tables
from tests.kafka.mutations import mutated

pytestmark = pytest.mark.unmeasured

#: Of a year's messages; the rest is refused, waits or amends.
MOST = 0.95
TAKEN_AT_ONCE = 400


class Both:
    """A gateway in Python and one with lanes, given the same records."""

    def __init__(self) -> None:
        self._codec = Codec(KEYS, PARTITIONS)
        self._tables = tables()
        self.python: list[Fold] = [self._slow(n) for n in range(PARTITIONS)]
        self.express = [self._fast(n) for n in range(PARTITIONS)]
        self.stored: list[dict[bytes | None, Outgoing]] = [{} for _ in range(PARTITIONS)]
        self.by_lane = 0

    def _slow(self, n: int) -> Fold:
        return Fold(n, self._codec, AGREEMENT, KEYS)

    def _fast(self, n: int) -> ExpressFold:
        return ExpressFold(n, self._codec, AGREEMENT, KEYS, lane=open_lane(self._tables))

    def take(self, record: Record) -> None:
        """Both decide it."""
        self.python[record.partition].take(record)
        self.express[record.partition].take(record)

    def commit(self) -> None:
        """Both write, and have written and counted the same."""
        for n, (slow, fast) in enumerate(zip(self.python, self.express, strict=True)):
            wanted = [out for out in slow.drain() if isinstance(out, Outgoing)]
            fast.settle()
            found = fast.records()
            fast.forget()
            for mine, its in zip(wanted, found, strict=True):
                assert (*its[:4], tuple(its.headers)) == (*mine[:4], tuple(mine.headers))
            counts = fast.tally.taken()
            self.by_lane += counts.pop((telemetry.EXPRESS, ()), 0)
            assert counts == slow.tally.taken()
            self.stored[n].update({out.key: out for out in wanted if out.topic == STATE})

    def restart(self) -> None:
        """Kill both; each goes on from what the other has written, which is the same."""
        self.python = [self._slow(n) for n in range(PARTITIONS)]
        self.express = [self._fast(n) for n in range(PARTITIONS)]
        for n, stored in enumerate(self.stored):
            for key, out in stored.items():
                due = dict(out.headers).get(DUE_HEADER)
                for fold in (self.python[n], self.express[n]):
                    name = (key or b"").decode()
                    fold.restore(name, out.value, None if due is None else int(due))


def placed(records: Iterable[SimRecord]) -> Iterator[Record]:
    """The records as Kafka gives them."""
    offsets: Counter[tuple[str, int]] = Counter()
    for record in records:
        n = record.partition
        n = partition_of(record.key or b"", PARTITIONS) if n is None else n
        place = (record.topic, n)
        yield Record(
            *place, offsets[place], record.timestamp_ms, record.key, record.value, record.headers
        )
        offsets[place] += 1


@pytest.mark.parametrize("seed", [3, 11])
def test_a_year_gives_the_same_bytes_through_kills_and_restarts(seed: int) -> None:
    both, records = Both(), placed(generate(seed, scale=0.04).records)
    taken = 0
    while batch := list(islice(records, TAKEN_AT_ONCE)):
        for record in batch:
            both.take(record)
        taken += len(batch)
        both.commit()
        if taken % (5 * TAKEN_AT_ONCE) == 0:
            both.restart()
    assert taken > 6_000
    assert both.by_lane > MOST * taken


def _damaged_before(good: Sequence[SimRecord], each: int) -> Iterator[SimRecord]:
    """Every record of a year, and before it some damaged ones that were to be it."""
    for seed, record in enumerate(good):
        yield from mutated([record], seed, each)
        yield record


def test_ten_thousand_damaged_messages_are_answered_alike() -> None:
    """Each at the moment at which it would have been accepted, had nothing been done to it."""
    both, good = Both(), generate(5, scale=0.014).records
    records = list(placed(_damaged_before(good, 4)))
    for number, record in enumerate(records, start=1):
        both.take(record)
        if number % TAKEN_AT_ONCE == 0:
            both.commit()
    both.commit()
    assert len(records) - len(good) >= 10_000
    # It takes 98 of 100 good ones, and so many damaged ones that are still good, or good again.
    assert len(good) < both.by_lane < len(records) // 2


def test_every_message_type_but_amendments_has_a_lane() -> None:
    """A new kind of field in a model would silently cost its type the lane."""
    lane = open_lane(tables())
    assert set(lane.types()) == {
        ce_type for ce_type, row in REGISTRY.items() if row.event not in {"corrected", "voided"}
    }
