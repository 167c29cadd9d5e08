"""The two agencies as Kafka clients: the year is written as they would, and read back.

Each agency has a producer of its own, idempotent and with acks=all. Records go out in batches
built per topic and partition, in the order of their timestamps, so that the order within a topic
is the order in which the agency wrote.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from gateway.sdk import bulk_producer_options, consumer_options, record_of
from schemas.partition import partition_of
from schemas.record import Record
from schemas.topics import AGENCIES, INPUT_TOPICS
from simulator.wire import SimRecord

Progress = Callable[[int, int], None]
"""Called with (records written, records in all)."""

_SLICE: Final = 15_000
_POLL_MS: Final = 500
_READ_TIMEOUT_S: Final = 60.0
_MARKERS_LIMIT_S: Final = 60.0
_MARKERS_PAUSE_S: Final = 0.05


class PrefillError(Exception):
    """The records do not fit the topics of this broker; the text says what to do."""


async def prefill(
    bootstrap: str, records: Sequence[SimRecord], progress: Progress | None = None
) -> int:
    """Write the records with their own timestamps (topics must have CreateTime).

    Args:
        bootstrap: `host:port`, several with commas.
        records: sorted by timestamp, as `generate` gives them.
        progress: told now and then how far it is.

    Returns:
        How many were written and confirmed.

    Raises:
        PrefillError: a topic is missing, or a record's partition does not exist.
        aiokafka.errors.KafkaError: the broker refused or could not be reached.
    """
    producers = {
        agency: AIOKafkaProducer(**bulk_producer_options(bootstrap, f"simulator-{agency}"))
        for agency in AGENCIES
    }
    try:
        for producer in producers.values():
            await producer.start()
        partitions = await _partition_count(producers["fk"])
        written = 0
        for start in range(0, len(records), _SLICE):
            chunk = records[start : start + _SLICE]
            await _write(producers, chunk, partitions)
            written += len(chunk)
            if progress is not None:
                progress(written, len(records))
        return written
    finally:
        for producer in producers.values():
            await producer.stop()


async def _partition_count(producer: AIOKafkaProducer) -> int:
    counts = {}
    for topic in INPUT_TOPICS:
        found = await producer.partitions_for(topic)
        counts[topic] = len(found)
    if len(set(counts.values())) != 1:
        raise PrefillError(f"the input topics differ in partitions {counts}; declare them anew")
    return counts[INPUT_TOPICS[0]]


async def _write(
    producers: dict[str, AIOKafkaProducer], records: Sequence[SimRecord], partitions: int
) -> None:
    """One slice: batches per topic and partition, one after the other within a partition."""
    by_place: dict[tuple[str, int], list[SimRecord]] = defaultdict(list)
    for record in records:
        by_place[record.topic, _place(record, partitions)].append(record)
    await asyncio.gather(
        *(
            _write_partition(producers[topic[:2]], topic, partition, mine)
            for (topic, partition), mine in by_place.items()
        )
    )


def _place(record: SimRecord, partitions: int) -> int:
    if record.partition is None:
        return partition_of(record.key or b"", partitions)
    if record.partition >= partitions:
        raise PrefillError(
            f"a record is meant for partition {record.partition} of {partitions}; "
            f"generate the year with partitions={partitions}"
        )
    return record.partition


async def _write_partition(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Iterable[SimRecord]
) -> None:
    batch = producer.create_batch()
    sent: list[asyncio.Future[Any]] = []
    for record in records:
        fields: dict[str, Any] = {
            "key": record.key,
            "value": record.value,
            "timestamp": record.timestamp_ms,
            "headers": list(record.headers),
        }
        if batch.append(**fields) is None:
            sent.append(await _send(producer, batch, topic, partition))
            batch = producer.create_batch()
            batch.append(**fields)
    sent.append(await _send(producer, batch, topic, partition))
    await asyncio.gather(*sent)  # an unread future would hide a batch that was refused


async def _send(
    producer: AIOKafkaProducer, batch: Any, topic: str, partition: int
) -> asyncio.Future[Any]:
    batch.close()
    future: asyncio.Future[Any] = await producer.send_batch(batch, topic, partition=partition)
    return future


async def collect(
    bootstrap: str, topics: Iterable[str], timeout_s: float = _READ_TIMEOUT_S
) -> list[Record]:
    """Everything that the topics hold, once no transaction is open, by topic, partition and offset.

    Args:
        bootstrap: `host:port`, several with commas.
        topics: names of existing topics.
        timeout_s: longest time without anything new before giving up.

    Raises:
        TimeoutError: the end of the topics was not reached, or a transaction stays open.
    """
    options = consumer_options(bootstrap, "simulator-reader", None)
    consumer = AIOKafkaConsumer(*topics, **options)  # without a group: all partitions are its own
    await consumer.start()
    try:
        places = sorted(consumer.assignment())
        ends = await settled_ends(bootstrap, consumer, places)
        found: list[Record] = []
        waiting = {place for place in places if ends[place] > 0}
        while waiting:
            polled = await asyncio.wait_for(_some(consumer), timeout_s)
            found += [record_of(raw) for raws in polled.values() for raw in raws]
            # markers of transactions leave gaps, so only the position tells the end
            waiting = {p for p in waiting if await consumer.position(p) < ends[p]}
        return sorted(found, key=lambda record: record[:3])
    finally:
        await consumer.stop()


async def settled_ends(
    bootstrap: str, committed: AIOKafkaConsumer, places: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """How far the topics reach, once the markers of all transactions are written.

    Kafka calls a transaction committed, and shows its offsets, before its markers stand in every
    partition that it wrote to; until they do, a reader of what is committed sees less than there is
    (half a second on a busy broker).

    Args:
        bootstrap: `host:port`, several with commas.
        committed: a started consumer that reads with `read_committed`.
        places: partitions of existing topics.

    Raises:
        TimeoutError: a transaction stays open.
    """
    uncommitted = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await uncommitted.start()
    try:
        async with asyncio.timeout(_MARKERS_LIMIT_S):
            while True:
                ends: dict[TopicPartition, int] = await uncommitted.end_offsets(places)
                if await committed.end_offsets(places) == ends:
                    return ends
                await asyncio.sleep(_MARKERS_PAUSE_S)
    finally:
        await uncommitted.stop()


async def _some(consumer: AIOKafkaConsumer) -> dict[TopicPartition, list[Any]]:
    polled: dict[TopicPartition, list[Any]] = await consumer.getmany(timeout_ms=_POLL_MS)
    return polled
