"""The sink: a FastStream batch subscriber that puts the follow-up stream into the fact store.

At least once from Kafka, made exactly once by the store. Rules against FastStream's defaults:
1. `AckPolicy.MANUAL`: offsets are committed here, after the store has them, per partition. ACK and
   ACK_FIRST commit what was not stored; NACK_ON_ERROR spins without a pause.
2. The parser and the decoder are ours and touch nothing: FastStream's own decode every header as
   UTF-8, and one null header would make the whole batch vanish.
3. FastStream logs a handler's exception and goes on with the next batch. Here any exception goes to
   `stop`, and nothing is stored after it.
4. Every option that matters is written down; none is left to a default.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    RebalanceInProgressError,
)
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER
from faststream.security import BaseSecurity

from gateway.followup.assignment import Assignment, Stop
from gateway.followup.facts import RawFact
from gateway.followup.store import Appended, FactStore
from gateway.idle import nobody_is_missing
from gateway.silence import Silence

_LOG = logging.getLogger("samverkan.followup")
# What FastStream has to tell below an error is said by this package already, or is no news.
_FRAME_LOG = logging.getLogger("samverkan.followup.faststream")
_FRAME_LOG.setLevel(logging.ERROR)
COMMIT_TIMEOUT_S = 5.0
GRACEFUL_TIMEOUT_S = 30.0
SESSION_TIMEOUT_MS = 10_000


async def parse_batch(batch: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """A polled batch as FastStream's message, without a look into any record."""
    name = f"{batch[0].partition}-{batch[0].offset}"
    return KafkaMessage(
        raw_message=batch,
        body=b"",
        headers={},
        message_id=name,
        correlation_id=name,
        consumer=FAKE_CONSUMER,  # offsets are committed by the sink, not by the message
    )


async def decode_batch(message: KafkaMessage) -> Any:
    """The raw records of a batch."""
    return message.raw_message


class Sink:
    """Reads one topic into one store. `broker` is started and stopped by the process."""

    def __init__(
        self,
        store: FactStore,
        bootstrap: str,
        topic: str,
        group: str,
        stop: Stop,
        session_timeout_ms: int = SESSION_TIMEOUT_MS,
        security: BaseSecurity | None = None,
    ) -> None:
        self.store = store
        self.topic = topic
        self.total = Appended(0, 0, 0)
        self.batches = 0
        self.last_input = self.last_write = time.monotonic()
        self.silence = Silence()
        self._stop = stop
        self._stopped = False
        self._session_timeout_ms = session_timeout_ms
        self.broker = KafkaBroker(
            bootstrap.split(","),  # FastStream takes a text for one address
            client_id="samverkan-followup",
            security=security,
            consumer_only=True,  # no producer and no admin client: reading rights are enough
            allow_auto_create_topics=False,  # topics are declared, never created on the way
            graceful_timeout=GRACEFUL_TIMEOUT_S,  # a stop waits for the batch in hand
            apply_types=False,  # the handler takes raw records
            logger=_FRAME_LOG,
        )
        self.assignment = Assignment(store, lambda: self.consumer, self._fail)
        self.subscriber = self.broker.subscriber(
            topic,
            batch=True,
            group_id=group,
            max_records=10_000,  # bounds memory: about 10 MB of facts
            batch_timeout_ms=100,  # an empty poll waits this long, twice
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",  # of no effect beside the seek, unless that failed
            isolation_level="read_committed",  # never a fact of an open or aborted transaction
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=session_timeout_ms,  # how long the group waits for a killed sink
            heartbeat_interval_ms=session_timeout_ms // 4,
            rebalance_timeout_ms=60_000,  # longer than one write and its commit
            max_poll_interval_ms=300_000,
            fetch_max_wait_ms=250,
            fetch_max_bytes=16 * 1024 * 1024,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            listener=self.assignment,
            parser=parse_batch,
            decoder=decode_batch,
            no_reply=True,
            include_in_schema=False,  # the published contract documents the topic
        )
        self.subscriber(self.handle)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The client while the broker runs."""
        return self.subscriber.consumer

    @property
    def running(self) -> bool:
        """Whether it consumes, and no fault has stopped it."""
        return self.consumer is not None and not self._stopped

    def _fail(self, error: BaseException) -> None:
        self._stopped = True
        self._stop(error)

    async def handle(self, batch: tuple[ConsumerRecord, ...]) -> None:
        """Stores one polled batch and commits it; called by FastStream, never raises a fault."""
        if self._stopped:
            return
        try:
            async with self.assignment.lock:
                await self._store_and_commit(batch)
        except Exception as error:  # noqa: BLE001 - FastStream would swallow it and go on
            self._fail(error)

    async def _store_and_commit(self, batch: Sequence[ConsumerRecord]) -> None:
        """1 choose what may be stored, 2 store it durably, 3 commit."""
        self.last_input = time.monotonic()
        facts: list[RawFact] = []
        partitions: list[TopicPartition] = []
        for number, records in groupby(batch, key=lambda record: int(record.partition)):
            tp = TopicPartition(self.topic, number)
            accepted = self.assignment.accept(tp, list(records))  # 1
            if accepted:
                facts += accepted
                partitions.append(tp)
        if not facts:
            return
        # In a thread: heartbeats go on while the disk works.
        done = await asyncio.to_thread(self.store.append, facts)  # 2
        self.total = Appended(*(a + b for a, b in zip(self.total, done, strict=True)))
        self.batches += 1
        self.last_write = time.monotonic()
        if done.unreadable:
            _LOG.error("%d records are no facts; see the folder facts-unreadable", done.unreadable)
        await self._commit(partitions)  # 3

    async def _commit(self, partitions: Sequence[TopicPartition]) -> None:
        consumer = self.consumer
        if consumer is None:
            return
        offsets = {}
        for tp in partitions:
            stored = self.store.high_water(tp.partition)
            if stored is not None:
                offsets[tp] = stored + 1
        try:
            await asyncio.wait_for(consumer.commit(offsets), COMMIT_TIMEOUT_S)
        except (CommitFailedError, RebalanceInProgressError, IllegalStateError) as error:
            # The group moved on. Whoever reads the partition now starts from the store.
            _LOG.info("offsets not committed: %s", type(error).__name__)
        except (TimeoutError, KafkaError) as error:
            # The mark is behind, the facts are not; the next batch commits again.
            _LOG.warning("offsets not committed: %s", type(error).__name__)

    async def ask_brokers(self) -> Any:
        """Something that the brokers answer as long as they are there."""
        consumer = self.consumer
        if consumer is None:
            raise TimeoutError
        assigned = list(consumer.assignment())
        return await (consumer.end_offsets(assigned) if assigned else consumer.topics())

    async def caught_up(self) -> bool:
        """Whether everything that is committed has been read, by this sink or by another member."""
        consumer = self.consumer
        if consumer is None or not self.assignment.assigned:
            return False
        assigned = list(consumer.assignment())
        there = len(consumer.partitions_for_topic(self.topic) or ())
        held_for_s = time.monotonic() - self.assignment.assigned_at
        if not nobody_is_missing(len(assigned), there, held_for_s, self._session_timeout_ms):
            return False
        if not assigned:
            return True
        end = await consumer.end_offsets(assigned)
        for tp in assigned:
            if await consumer.position(tp) < end[tp]:
                return False
        return True
