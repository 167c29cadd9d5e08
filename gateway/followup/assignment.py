"""Where the sink reads on: after what the store holds, whatever the consumer group has committed.

The store is the truth and the group's offsets are a mark for people. Rules:
1. A partition is read from the last record that the store holds (from the topic's beginning when it
   holds none), by an explicit seek. So an emptied store fills again from the beginning.
2. The consumer hands out records that it fetched before a seek, even while the listener runs. So
   the first batch after an assignment is dropped and the seek repeated between two polls, by the
   task that polls: only what comes after that is sure to begin where it shall.
3. The first record taken must be the last one stored, the same fact: then nothing lies between,
   and it is the topic from which the store was filled. Otherwise the sink stops and says so.
4. What the topic's retention removed before it was read is written down as a gap.
An exception in a rebalance listener would be logged and forgotten: it goes to `stop` instead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError

from gateway.followup.errors import StoreError
from gateway.followup.facts import RawFact, Unreadable, read_fact
from gateway.followup.store import FactStore

_LOG = logging.getLogger("samverkan.followup")
Stop = Callable[[BaseException], None]


@dataclass
class Place:
    """Where a partition stands: `start` from the seek on, `sought` by the polling task, `proved`.

    Attributes:
        start: offset from which it is read; None until the topic's bounds are known.
        empty: there was nothing to read at the assignment.
        sought: the polling task has repeated the seek (rule 2).
        proved: the first record was the last one stored (rule 3).
    """

    start: int | None = None
    empty: bool = False
    sought: bool = False
    proved: bool = False


def raw_fact(record: ConsumerRecord) -> RawFact:
    """A consumed record as the store takes it."""
    return RawFact(record.partition, record.offset, record.timestamp, record.value)


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """The partitions that this process reads, and whether a batch of theirs may be stored.

    `lock` is held by whoever uses the store: a rebalance waits for the write that is going on.
    """

    def __init__(
        self, store: FactStore, consumer: Callable[[], AIOKafkaConsumer | None], stop: Stop
    ) -> None:
        self.lock = asyncio.Lock()
        self.places: dict[int, Place] = {}
        self.assigned = False
        self.assigned_at = 0.0
        self._store = store
        self._consumer = consumer
        self._stop = stop

    @property
    def ready(self) -> bool:
        """Whether every assigned partition is read from where it shall be."""
        return self.assigned and all(place.proved or place.empty for place in self.places.values())

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002 - all of them
        """Gives up every partition, after the write that is going on."""
        async with self.lock:
            self.assigned = False
            self.places.clear()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Seeks each partition to its place (rule 1)."""
        try:
            async with self.lock:
                self.places = {tp.partition: Place() for tp in assigned}
                await self._seek_all(sorted(assigned))
                self.assigned_at = time.monotonic()
                self.assigned = True
        except Exception as error:  # noqa: BLE001 - swallowed by aiokafka otherwise
            self._stop(error)

    async def _seek_all(self, assigned: Sequence[TopicPartition]) -> None:
        consumer = self._consumer()
        if consumer is None or not assigned:
            return
        first = await consumer.beginning_offsets(assigned)
        end = await consumer.end_offsets(assigned)
        for tp in assigned:
            stored = self._store.refresh(tp.partition)
            place = self.places[tp.partition]
            place.start = self._start(tp, stored, first[tp], end[tp])
            place.empty = place.start >= end[tp]
            consumer.seek(tp, place.start)
            committed = await consumer.committed(tp)
            _LOG.info(
                "partition %d: stored up to %s, committed %s, read from %d of %d-%d",
                tp.partition, stored, committed, place.start, first[tp], end[tp],
            )  # fmt: skip

    def _start(self, tp: TopicPartition, stored: int | None, first: int, end: int) -> int:
        if stored is None:
            if first > 0:
                self._note_gap(tp.partition, -1, first)
            return first
        if stored >= end:
            raise StoreError(
                f"The fact store holds partition {tp.partition} of {tp.topic} up to offset "
                f"{stored}, but the topic ends at {end}: the store was filled from another Kafka; "
                "delete its folder or name another one in SAMVERKAN_STORE."
            )
        if stored + 1 < first:
            self._note_gap(tp.partition, stored, first)
        return max(stored, first)

    def _note_gap(self, partition: int, after: int, before: int) -> None:
        _LOG.warning(
            "partition %d: the topic no longer holds the records between offsets %d and %d",
            partition, after, before,
        )  # fmt: skip
        self._store.note_gap(partition, after, before)

    def accept(self, tp: TopicPartition, records: Sequence[ConsumerRecord]) -> list[RawFact]:
        """The records of one batch that may be stored now; called by the polling task.

        Returns:
            None of them when they may have been fetched before the seek: they come again.

        Raises:
            StoreError: they do not follow on what is stored.
        """
        place = self.places.get(tp.partition)
        if place is None or place.start is None:
            return []
        if not place.sought:
            consumer = self._consumer()
            try:
                if consumer is not None:
                    consumer.seek(tp, place.start)
                    place.sought = True
            except IllegalStateError:  # revoked meanwhile: its new owner reads it
                self.places.pop(tp.partition)
            return []
        facts = [raw_fact(record) for record in records]
        if not place.proved:
            self._prove(tp, place.start, facts[0])
            place.proved = True
        return facts

    def _prove(self, tp: TopicPartition, start: int, first: RawFact) -> None:
        stored = self._store.high_water(tp.partition)
        if stored != start:  # nothing was stored, or the topic no longer holds it
            return
        row = None if first.offset != stored else read_fact(first)
        known = self._store.fact_at(tp.partition, stored)
        # An unreadable record has its offset in the store and no row.
        found = None if row is None or isinstance(row, Unreadable) else (row[4], row[5])
        if row is None or known != found:
            raise StoreError(
                f"The last record that the fact store holds of partition {tp.partition} (offset "
                f"{stored}) is another one in {tp.topic}: the store was filled from another Kafka; "
                "delete its folder or name another one in SAMVERKAN_STORE."
            )
