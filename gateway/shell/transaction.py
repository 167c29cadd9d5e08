"""Hop 6: outputs, states and input offsets in one Kafka transaction (decision 0001).

Only this file uses aiokafka's transaction calls. After any fault a task's producer is never used
again: the caller ends the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition

from gateway.domain.days import Instant
from gateway.shell.batches import Prepared
from gateway.shell.connection import client_options
from gateway.shell.faults import Fault
from gateway.shell.outputs import Outgoing
from gateway.shell.settings import Settings
from gateway.shell.topics import WRITTEN_TOPICS

#: A batch stays under the broker's message.max.bytes (1 MiB) with its own overhead.
BATCH_BYTES_MAX: Final = 900_000


def task_producer(settings: Settings, partition: int) -> AIOKafkaProducer:
    """The one producer that may ever write for a task; a newer one of the same id fences it."""
    return AIOKafkaProducer(
        **client_options(settings),
        client_id=f"{settings.group}-{partition}",
        # Per task, not per process: only so does the broker fence a frozen owner.
        transactional_id=f"{settings.group}-{partition}",
        acks="all",
        # Batches are closed by us; waiting for more would only add latency.
        linger_ms=0,
        # CONCURRENT_TRANSACTIONS right after a commit is answered within a few milliseconds.
        retry_backoff_ms=20,
        max_batch_size=BATCH_BYTES_MAX,
        max_request_size=8 * BATCH_BYTES_MAX,
        # Longer than the watchdog of the commit, so that the broker never aborts a live commit.
        transaction_timeout_ms=settings.transaction_timeout_ms,
        request_timeout_ms=settings.commit_timeout_ms,
        # A moved leader is found again within a commit's time.
        metadata_max_age_ms=30_000,
        compression_type=compression_of(settings),
    )


def compression_of(settings: Settings) -> str | None:
    """The codec of what is written, None for none."""
    return None if settings.compression == "none" else settings.compression


async def start(producer: AIOKafkaProducer) -> None:
    """Connect, fence whoever wrote for the task before, and learn of all topics at once.

    A topic that is met in a commit costs that commit a request; of many tasks that begin together,
    with many partitions, the first commits took longer than a commit may.
    """
    await producer.start()
    await producer.client.set_topics(WRITTEN_TOPICS)


def _append(batch: Any, record: Outgoing) -> bool:
    """Whether the record fitted; a full batch closes itself."""
    written = batch.append(
        timestamp=record.timestamp_ms,
        key=record.key,
        # Kafka's own way to end a key.
        value=record.value or None,
        # aiokafka takes nothing but a list here.
        headers=list(record.headers),
    )
    return written is not None


async def _send(
    producer: AIOKafkaProducer, partition: int, out: Sequence[Outgoing | Prepared]
) -> list[asyncio.Future[Any]]:
    """Hand every record to the producer, in batches per topic, in order."""
    by_topic: dict[str, list[Outgoing]] = {}
    futures = []
    for record in out:
        if isinstance(record, Prepared):
            futures.append(
                await producer.send_batch(record.batch, record.topic, partition=partition)
            )
        else:
            by_topic.setdefault(record.topic, []).append(record)
    for topic, records in by_topic.items():
        batch = producer.create_batch()
        for record in records:
            if not _append(batch, record):
                batch.close()
                futures.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                if not _append(batch, record):
                    raise Fault(
                        f"a record for {topic} does not fit into an empty batch (runbook: general)"
                    )
        # An unclosed batch would wait for the linger time.
        batch.close()
        futures.append(await producer.send_batch(batch, topic, partition=partition))
    return futures


async def commit(
    producer: AIOKafkaProducer,
    group: str,
    partition: int,
    out: Sequence[Outgoing | Prepared],
    offsets: Mapping[TopicPartition, int],
) -> Instant:
    """Commit a task's turn; the latest time that a broker has given to a record of it.

    Where senders set the time that is -1, Kafka's own word for none.

    1. Begin.
    2. Send every batch; records before offsets, since the coordinator answers that order faster.
    3. Send the offsets, and wait for all batches: a failed batch only fails its own future, and the
       commit would succeed without it.
    4. Commit.

    Raises:
        Exception: anything at all; outcome unknown, the process must crash.
    """
    await producer.begin_transaction()
    futures = await _send(producer, partition, out)
    # What a deadline alone has led to moves no offset.
    moved = [producer.send_offsets_to_transaction(dict(offsets), group)] if offsets else []
    written = await asyncio.gather(*futures, *moved)
    await producer.commit_transaction()
    at: Instant = max(batch.timestamp for batch in written[: len(futures)])
    return at
