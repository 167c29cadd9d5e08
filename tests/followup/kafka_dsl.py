"""Writing to a real follow-up topic as the gateway does, and running sinks against it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from gateway.followup.sink import Sink
from gateway.followup.store import FactStore

PARTITIONS = 3
WAIT_S = 30.0
KEY = b"0" * 22
Headers = Sequence[tuple[str, bytes | None]]
ROOT = Path(__file__).resolve().parents[2]

_RUN = """
import logging, sys
from gateway.followup.errors import FollowupError
from gateway.followup.process import run_followup
logging.basicConfig(level=logging.INFO)
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
bootstrap, store, group, topic, idle, port = sys.argv[1:]
try:
    sys.exit(run_followup(bootstrap, store, group, float(idle) if idle else None,
                          topic=topic, ops_port=int(port), session_timeout_ms=2000))
except FollowupError as error:
    sys.exit(str(error))
"""


async def write(
    bootstrap: str,
    topic: str,
    values: Iterable[bytes | None],
    *,
    commit: bool = True,
    headers: Headers = (),
    per_transaction: int = 50,
    pause_s: float = 0.0,
) -> None:
    """Writes values in transactions, spread over the partitions; `commit=False` aborts them."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"writer-{topic}")
    await producer.start()
    try:
        listed = list(values)
        for first in range(0, len(listed), per_transaction):
            await producer.begin_transaction()
            for number in range(first, min(first + per_transaction, len(listed))):
                partition = number % PARTITIONS
                await producer.send_and_wait(
                    topic, listed[number], key=KEY, partition=partition, headers=headers
                )
            if commit:
                await producer.commit_transaction()
            else:
                await producer.abort_transaction()
            await asyncio.sleep(pause_s)
    finally:
        await producer.stop()


async def committed(bootstrap: str, topic: str, group: str) -> dict[int, int | None]:
    """What the group has committed, by partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        return {
            number: await consumer.committed(TopicPartition(topic, number))
            for number in range(PARTITIONS)
        }
    finally:
        await consumer.stop()


async def until(condition: Callable[[], object], what: str) -> None:
    """Waits for a condition, at most `WAIT_S`."""
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, f"not within {WAIT_S} s: {what}"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def running(
    bootstrap: str, root: Path, topic: str, group: str, faults: list[BaseException] | None = None
) -> AsyncIterator[Sink]:
    """A sink in this process; without `faults` any fault fails the test at the end."""
    seen: list[BaseException] = [] if faults is None else faults
    sink = Sink(FactStore.open(root, topic), bootstrap, topic, group, seen.append)
    await sink.broker.start()
    try:
        yield sink
    finally:
        await sink.broker.stop()
    if faults is None:
        assert seen == []


async def drain(bootstrap: str, root: Path, topic: str, group: str) -> Sink:
    """Runs a sink until it has read everything."""
    async with running(bootstrap, root, topic, group) as sink:
        await until(lambda: sink.assignment.ready, "assigned and proved")
        end = time.monotonic() + WAIT_S
        while not await sink.caught_up():
            assert time.monotonic() < end, "not caught up"
            await asyncio.sleep(0.05)
    return sink


@asynccontextmanager
async def process(
    bootstrap: str,
    root: Path,
    topic: str,
    group: str,
    *,
    idle: str = "",
    port: int = 0,
) -> AsyncIterator[subprocess.Popen[str]]:
    """A sink as a process of its own; killed at the end if it still runs."""
    sink = subprocess.Popen(
        [sys.executable, "-c", _RUN, bootstrap, str(root), group, topic, idle, str(port)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield sink
    finally:
        if sink.poll() is None:
            sink.kill()
        await asyncio.to_thread(sink.communicate)


async def finished(sink: subprocess.Popen[str]) -> tuple[str, str]:
    """What the process wrote on stdout and stderr until its end."""
    return await asyncio.to_thread(sink.communicate, timeout=WAIT_S)
