"""The reader of the benchmarks' receipts: all that is committed, once, and nothing else."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import asynccontextmanager
from threading import Event

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from benchmarks.receipts import Reader
from gateway.broker import BrokerInfo

pytestmark = pytest.mark.kafka

PARTITIONS = 2


@asynccontextmanager
async def reading(reader: Reader):
    ended = Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(reader.run(ended))
        try:
            yield
        finally:
            ended.set()


async def came(reader: Reader, count: int) -> list[tuple[int, bytes]]:
    """What the reader hands over once so many records are there; fails after 20 s."""
    async with asyncio.timeout(20):
        while reader.waiting < count:
            await asyncio.sleep(0.02)
    return sorted((one.partition, one.value) for one in reader.take())


async def test_what_is_committed_is_read_once_and_what_is_aborted_never(
    kafka: BrokerInfo, topic_factory: Callable[..., str]
):
    topic = topic_factory("receipts", partitions=PARTITIONS)
    reader = Reader(kafka.bootstrap, [TopicPartition(topic, n) for n in range(PARTITIONS)])
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, transactional_id=secrets.token_hex(4)
    )
    await producer.start()

    async def send(said: str) -> None:
        await producer.begin_transaction()
        for n in range(PARTITIONS):
            for number in range(3):
                await producer.send_and_wait(topic, f"{said}{number}".encode(), partition=n)

    def all_of(said: str) -> list[tuple[int, bytes]]:
        return [(n, f"{said}{number}".encode()) for n in range(PARTITIONS) for number in range(3)]

    try:
        async with reading(reader):
            await send("first")
            await asyncio.sleep(0.5)  # several fetches
            assert not list(reader.take()), "what is open is not committed"
            await producer.commit_transaction()
            assert await came(reader, 6) == all_of("first")
            await send("aborted")
            await producer.abort_transaction()
            await send("second")
            await producer.commit_transaction()
            assert await came(reader, 12) == all_of("second")
            assert reader.waiting == 0
    finally:
        await producer.stop()
