"""The broker, its topics and what is committed: the same for every measurement.

Rules: an ephemeral broker of our own with both of Java's compilers, never a given one, since
topics are deleted between rounds; inputs are filled once and stay, everything else is made anew,
so that each round begins with an empty `gateway.state`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.child import Child, ChildError
from gateway.agreement import load
from gateway.broker import local_kafka
from gateway.shell.settings import Settings
from gateway.shell.telemetry import set_level
from gateway.shell.topics import connect, create, declaration
from schemas.partition import partition_of
from schemas.topics import ALL_TOPICS, INPUT_TOPICS, RECEIPT_TOPICS
from simulator.wire import SimRecord

PARTITIONS: Final = 6
#: Where the raw copy writes.
COPY_TOPIC: Final = "bench.copy"
_GIVEN: Final = "SAMVERKAN_BOOTSTRAP_SERVERS"
_SETTINGS: Final = {
    # Kafka's own default: processes that start together get their partitions together.
    "group.initial.rebalance.delay.ms": "3000",
    # Deleted topics give their room back between rounds.
    "log.segment.delete.delay.ms": "1000",
}
#: As many threads as there are cores: Kafka's own 8 and 3 push one another off the two, which costs
#: latency, and help throughput. States are compacted evenly: left to itself, that takes most of a
#: core for seconds, and then rests.
_FOR_LATENCY: Final = {
    "num.io.threads": "2",
    "num.network.threads": "1",
    "log.cleaner.io.max.bytes.per.second": "30000000",
}
_TOPICS_LIMIT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """A broker for measuring, and a folder for what the measured processes write."""

    bootstrap: str
    pids: tuple[int, ...]
    folder: Path

    def settings(self, group: str) -> Settings:
        """Settings of a gateway on this broker."""
        return Settings(bootstrap_servers=self.bootstrap, group=group)

    def env(self, group: str) -> dict[str, str]:
        """The same for a child process."""
        return {_GIVEN: self.bootstrap, "SAMVERKAN_GROUP": group}

    def gateway(
        self,
        group: str,
        name: str = "gateway",
        options: tuple[str, ...] = (),
        settings: Mapping[str, str] | None = None,
    ) -> Child:
        """A gateway process as operations would start it; `options` are Python's own."""
        env = {**self.env(group), **(settings or {})}
        return Child(name, [*options, "-m", "consumers.gateway"], env, self.folder)


@contextlib.contextmanager
def place(*, for_latency: bool = False) -> Iterator[Place]:
    """A broker of our own, gone at the end; Kafka's own number of threads, or fit for latency."""
    os.environ.pop(_GIVEN, None)
    set_level("INFO")
    extra = _SETTINGS | _FOR_LATENCY if for_latency else _SETTINGS
    with (
        local_kafka(extra=extra, heap="1g", quick=False) as info,
        tempfile.TemporaryDirectory(prefix="samverkan-bench-") as folder,
    ):
        yield Place(info.bootstrap, info.pids, Path(folder))


@contextlib.asynccontextmanager
async def admin_of(where: Place) -> AsyncIterator[AIOKafkaAdminClient]:
    """A started admin client."""
    admin = await connect(where.settings("bench"))
    try:
        yield admin
    finally:
        await admin.close()


async def declare(where: Place) -> None:
    """Make everything anew that is no input: outputs, state, and the copy's topic."""
    async with admin_of(where) as admin:
        there = set(await admin.list_topics())
        old = there & ({*ALL_TOPICS, COPY_TOPIC} - set(INPUT_TOPICS))
        # Kafka Streams makes the topics of its stores itself.
        old |= {topic for topic in there if topic.endswith("-changelog")}

        async def gone() -> bool:
            return not set(await admin.list_topics()) & old

        if old:
            await admin.delete_topics(sorted(old))
            await _until(gone)
        await create(where.settings("bench"), load(None), PARTITIONS, "create")
        await admin.create_topics([_copy_topic()])
        await _until(lambda: _led(admin))


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_TOPICS_LIMIT_S):
        while not await holds():  # noqa: ASYNC110 - Kafka tells nobody when it is done
            await asyncio.sleep(0.1)


def _copy_topic() -> NewTopic:
    """As an input of the gateway."""
    return NewTopic(
        name=COPY_TOPIC,
        num_partitions=PARTITIONS,
        replication_factor=1,
        topic_configs=declaration(INPUT_TOPICS[0], load(None), "create"),
    )


async def _led(admin: AIOKafkaAdminClient) -> bool:
    """Whether every topic is there with a leader for each partition."""
    described = await admin.describe_topics([*ALL_TOPICS, COPY_TOPIC])
    parts = [part for topic in described for part in topic["partitions"]]
    return len(parts) == PARTITIONS * (len(ALL_TOPICS) + 1) and all(
        part["error_code"] == 0 and part["leader"] >= 0 for part in parts
    )


def inputs() -> list[TopicPartition]:
    """Every partition of every input."""
    return [TopicPartition(topic, n) for topic in INPUT_TOPICS for n in range(PARTITIONS)]


def receipts() -> list[TopicPartition]:
    """Every partition of every receipt topic."""
    return [TopicPartition(topic, n) for topic in RECEIPT_TOPICS for n in range(PARTITIONS)]


async def end_offsets(where: Place) -> dict[TopicPartition, int]:
    """How far the inputs reach."""
    consumer = AIOKafkaConsumer(bootstrap_servers=where.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(inputs())
        return ends
    finally:
        await consumer.stop()


@dataclass(frozen=True, slots=True)
class Progress:
    """How many input records were committed at a moment of the wall clock."""

    at: float
    committed: int


async def follow(
    where: Place, group: str, total: int, running: list[Child], limit_s: float
) -> list[Progress]:
    """Watch a group's committed offsets until all `total` input records are committed.

    Raises:
        ChildError: a process ended, or time was up.
    """
    seen: list[Progress] = []
    deadline = time.monotonic() + limit_s
    async with admin_of(where) as admin:
        while not seen or seen[-1].committed < total:
            for child in running:
                child.check()
            if time.monotonic() > deadline:
                done = seen[-1].committed if seen else 0
                raise ChildError(f"{done} of {total} were committed within {limit_s:.0f} s.")
            offsets = await admin.list_consumer_group_offsets(group)
            seen.append(Progress(time.time(), sum(max(0, o.offset) for o in offsets.values())))
            await asyncio.sleep(0.1)
    return seen


def partition_for(record: SimRecord) -> int:
    """Where an agency would write it."""
    if record.partition is not None:
        return record.partition
    return partition_of(record.key or b"", PARTITIONS)
