"""One real Kafka per test session, shared by all xdist workers; a topic of one's own per test.

Rules: SAMVERKAN_BOOTSTRAP_SERVERS names the broker if it is set, else one is started on free ports
when the first test asks for it. A broker that cannot be had is a failure, never a skip. The
session's main process ends the broker, and so does its death.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from gateway.broker import BrokerInfo, start, stop

# How the main process tells its workers, which inherit the environment, where the broker lives.
_FOLDER = "SAMVERKAN_TEST_KAFKA_DIR"
_OWNER = "SAMVERKAN_TEST_KAFKA_OWNER"
_READY_LIMIT_S = 20.0


def pytest_configure(config: pytest.Config) -> None:
    """The main process chooses the folder; nothing is started yet."""
    if not hasattr(config, "workerinput"):
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="samverkan-tests-")
        os.environ[_OWNER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    """The main process ends the broker, if one was started, and removes the folder."""
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ.pop(_FOLDER))
        os.environ.pop(_OWNER)
        if folder.exists():
            stop(folder / "kafka", remove=True)
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def kafka() -> BrokerInfo:
    """The session's broker; ``kafka.bootstrap`` is what clients connect to."""
    folder = Path(os.environ[_FOLDER]) / "kafka"
    owner = int(os.environ[_OWNER])
    return start(port=0, data_dir=folder, heap="512m", quick=True, owner_pid=owner)


@pytest.fixture
def topic_factory(kafka: BrokerInfo) -> Iterator[Callable[..., str]]:
    """``topic_factory(name="t", partitions=6, **configs)`` makes a topic and returns its full name.

    Settings are written with underscores: ``cleanup_policy="compact"``. Usable in plain and async
    tests alike. On a broker that is not ours the topics are deleted after the test.
    """
    made: list[str] = []

    def make(name: str = "t", partitions: int = 6, **configs: str) -> str:
        full = f"{name}-{secrets.token_hex(4)}"
        topic = NewTopic(
            name=full,
            num_partitions=partitions,
            replication_factor=3 if kafka.nodes >= 3 else 1,
            topic_configs={key.replace("_", "."): value for key, value in configs.items()},
        )
        _in_thread(lambda: asyncio.run(_create(kafka.bootstrap, topic)))
        made.append(full)
        return full

    yield make
    if kafka.kind == "given" and made:
        _in_thread(lambda: asyncio.run(_delete(kafka.bootstrap, made)))


def _in_thread(work: Callable[[], None]) -> None:
    """Run outside the test's own event loop, if there is one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(work).result()


async def _create(bootstrap: str, topic: NewTopic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([topic])
        async with asyncio.timeout(_READY_LIMIT_S):
            while not await _is_led(admin, topic):
                await asyncio.sleep(0.02)
    finally:
        await admin.close()


async def _is_led(admin: AIOKafkaAdminClient, topic: NewTopic) -> bool:
    """Whether every partition has a leader, so that a client need not retry."""
    (described,) = await admin.describe_topics([topic.name])
    partitions = described["partitions"]
    return (
        described["error_code"] == 0
        and len(partitions) == topic.num_partitions
        and all(part["error_code"] == 0 and part["leader"] >= 0 for part in partitions)
    )


async def _delete(bootstrap: str, topics: list[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(topics)
    finally:
        await admin.close()
