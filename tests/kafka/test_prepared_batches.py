"""Prepared batches through a real Kafka, and read back with a client of another make."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka import Consumer, TopicPartition

from gateway.broker import BrokerInfo
from gateway.shell.outputs import Outgoing
from gateway.shell.settings import Settings
from gateway.shell.transaction import task_producer
from tests.encoded import prepared
from tests.kafka.live import wait_until

pytestmark = pytest.mark.kafka

PARTITION = 1
DAY = 1_700_000_000_000


@pytest.fixture
def topics(topic_factory: Callable[..., str]) -> list[str]:
    return [topic_factory("prepared", partitions=2) for _ in range(2)]


@pytest.fixture
def consumer(kafka: BrokerInfo) -> Iterator[Consumer]:
    made = Consumer(
        {
            "bootstrap.servers": kafka.bootstrap,
            "group.id": secrets.token_hex(4),
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "check.crcs": True,
            "log_level": 0,
        }
    )
    yield made
    made.close()


def records(topic: str, name: str) -> list[Outgoing]:
    """All that a record may have or lack; times go up and down."""
    said = name.encode()
    return [
        Outgoing(topic, DAY, b"key", said, ()),
        Outgoing(topic, DAY - 5, None, said * 1_000, (("a", b"1"), ("a", None), ("ö", b""))),
        Outgoing(topic, DAY + 70_000, b"", b"", (("traceparent", said),)),
    ]


async def transact(
    producer: AIOKafkaProducer, batches: Mapping[str, Sequence[Outgoing]], compression: str | None
) -> list[int]:
    """Send a batch to each topic in a transaction that is still open; their offsets."""
    await producer.begin_transaction()
    sent = [
        await producer.send_batch(prepared(batch, compression), topic, partition=PARTITION)
        for topic, batch in batches.items()
    ]
    return [(await future).offset for future in sent]


def read(consumer: Consumer, topics: Sequence[str], count: int) -> dict[str, list[Outgoing]]:
    """As many committed records, by topic, in order."""
    consumer.assign([TopicPartition(topic, PARTITION, 0) for topic in topics])
    found: dict[str, list[Outgoing]] = {topic: [] for topic in topics}

    def complete() -> bool:
        for message in consumer.consume(num_messages=100, timeout=0.2):
            assert message.error() is None, message.error()
            topic, time = message.topic(), message.timestamp()[1]
            headers = tuple(message.headers() or ())
            found[topic].append(Outgoing(topic, time, message.key(), message.value(), headers))
        return sum(map(len, found.values())) >= count

    wait_until(complete, "reading what was committed", limit_s=30)
    return found


@pytest.mark.parametrize("compression", [None, "gzip", "snappy", "lz4", "zstd"])
async def test_what_a_transaction_commits_is_read_as_it_was(
    kafka: BrokerInfo, topics: list[str], consumer: Consumer, compression: str | None
) -> None:
    """The second transaction is aborted: what follows it shows that its records never will.

    The third comes after another two in the producer's sequence, which the broker checks.
    """
    first, second, third = (
        {topic: records(topic, f"{name} {topic}") for topic in topics}
        for name in ("first", "second", "third")
    )
    settings = Settings(bootstrap_servers=kafka.bootstrap, group=f"g-{secrets.token_hex(4)}")
    async with task_producer(settings, PARTITION) as producer:
        assert await transact(producer, first, compression) == [0, 0]
        await producer.commit_transaction()
        await transact(producer, second, compression)
        await producer.abort_transaction()
        await transact(producer, third, compression)
        await producer.commit_transaction()
    found = read(consumer, topics, 12)
    assert found == {topic: [*first[topic], *third[topic]] for topic in topics}
