"""The session's broker and topic factory, as every other test uses them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from gateway.broker import BrokerInfo

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("compression", [None, "zstd"])
async def test_a_record_comes_back_from_the_session_broker(
    kafka: BrokerInfo, topic_factory: Callable[..., str], compression: str | None
) -> None:
    """What is produced to a fresh topic is consumed unchanged."""
    topic = topic_factory("roundtrip", partitions=3, cleanup_policy="compact")
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, compression_type=compression
    ) as producer:
        await producer.send_and_wait(topic, b"value", key=b"key", partition=2)
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        record = await consumer.getone()
    assert (record.partition, record.offset, record.key, record.value) == (2, 0, b"key", b"value")


async def test_two_topics_of_one_name_are_two(topic_factory: Callable[..., str]) -> None:
    """Tests that choose the same name do not meet."""
    assert topic_factory("same", partitions=1) != topic_factory("same", partitions=1)
