"""A consumer of aiokafka that is stopped while a failed request of its own waits to be repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from gateway.broker import BrokerInfo
from gateway.sdk import client as sdk
from gateway.shell import connection

pytestmark = pytest.mark.kafka


@pytest.fixture
async def consumer(kafka: BrokerInfo, topic_factory: Callable[..., str]) -> AIOKafkaConsumer:
    """A consumer with such a request: in aiokafka it is a task that sleeps."""
    made = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap)
    await made.start()
    made.assign([TopicPartition(topic_factory(partitions=1), 0)])
    await made.getmany(timeout_ms=200)
    made._fetcher._pending_tasks.add(asyncio.create_task(asyncio.sleep(60)))
    await asyncio.sleep(0)
    return made


async def test_aiokafka_tells_whoever_stops_it_that_he_is_cancelled(
    consumer: AIOKafkaConsumer,
) -> None:
    """When this fails aiokafka has mended it, and what follows can go."""
    with pytest.raises(asyncio.CancelledError):
        await consumer.stop()
    await consumer._client.close()


@pytest.mark.parametrize("stop", [connection.stop, sdk._stop])
async def test_who_stops_it_here_is_not(
    consumer: AIOKafkaConsumer, stop: Callable[[AIOKafkaConsumer], Awaitable[None]]
) -> None:
    await stop(consumer)
    await consumer._client.close()
