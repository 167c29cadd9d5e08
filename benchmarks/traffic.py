"""Messages at a steady rate and their receipts, while something happens to the gateways.

The two agencies' producers and a read_committed reader with the options of the SDK, in this
process; messages go out at fixed moments, so that what is delayed by a late sender counts too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from hashlib import sha256
from types import TracebackType
from typing import NamedTuple, Self

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.kafka import Place
from benchmarks.latency import partition_for
from gateway.sdk import consumer_options, producer_options
from schemas.topics import AGENCIES, RECEIPT_TOPICS
from simulator.wire import SimRecord


class Answer(NamedTuple):
    """The first receipt of a message: when (wall clock), its partition, seconds since the send."""

    at: float
    partition: int
    delay: float


class Traffic:
    """Sends from entering to leaving the `async with` block, or until the records end."""

    def __init__(self, where: Place, records: Iterator[SimRecord], rate: float) -> None:
        self.answers: list[Answer] = []
        self.sent = 0
        self._records = records
        self._rate = rate
        self._waiting: dict[str, float] = {}
        self._producers = {
            agency: AIOKafkaProducer(**producer_options(where.bootstrap, f"bench-{agency}"))
            for agency in AGENCIES
        }
        options = consumer_options(where.bootstrap, "bench-reader", None)
        self._consumer = AIOKafkaConsumer(*RECEIPT_TOPICS, **options)
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for client in (*self._producers.values(), self._consumer):
            await client.start()
            self._stack.push_async_callback(client.stop)
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._send())]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def check(self) -> None:
        """Raise what ended the sender or the reader."""
        for task in self._tasks:
            if task.done() and (problem := task.exception()) is not None:
                raise problem

    @property
    def unanswered(self) -> int:
        """Messages sent and not yet answered."""
        return len(self._waiting)

    def after(self, moment: float) -> list[Answer]:
        """Answers since a moment of the wall clock."""
        return [answer for answer in self.answers if answer.at >= moment]

    async def _read(self) -> None:
        while True:
            polled = await self._consumer.getmany(timeout_ms=1_000)
            at, steady = time.time(), time.perf_counter()
            for tp, records in polled.items():
                for record in records:
                    content = orjson.loads(record.value)["data"]["content_sha256"]
                    sent = self._waiting.pop(content, None)
                    if sent is not None:
                        self.answers.append(Answer(at, tp.partition, steady - sent))

    async def _send(self) -> None:
        begin = time.perf_counter() + 0.1
        for record in self._records:
            due = begin + self.sent / self._rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            assert record.value is not None, "tombstones have been left out"
            self._waiting[sha256(record.value).hexdigest()] = due
            self.sent += 1
            await self._producers[record.topic[:2]].send(
                record.topic,
                record.value,
                key=record.key,
                partition=partition_for(record),
                timestamp_ms=record.timestamp_ms,
                headers=list(record.headers),
            )
