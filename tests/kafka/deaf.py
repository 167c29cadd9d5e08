"""A gateway whose Kafka client stops fetching without a word at SIGUSR1; all else is the real one.

It says "deaf" when the last request that was under way is given up: until then it could still hear
what is sent. It looks for a standstill ten times a second, so that nobody has to wait for it.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterable
from functools import partial

from aiokafka import TopicPartition

from consumers.gateway import run
from gateway.ops import app
from gateway.shell.engine import Engine
from gateway.shell.standstill import watch_reading
from gateway.shell.telemetry import log

_assign = Engine.assign


async def assign(engine: Engine, partitions: Iterable[TopicPartition]) -> None:
    """Take partitions over, and from then on listen to the signal."""
    await _assign(engine, partitions)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: loop.create_task(go_deaf(engine)))


async def go_deaf(engine: Engine) -> None:
    """End what fetches, and what it had asked for."""
    fetcher = engine._consumer._fetcher
    fetching = [fetcher._fetch_task, *fetcher._pending_tasks]
    for task in fetching:
        task.cancel()
    await asyncio.wait(fetching)
    log("deaf")


if __name__ == "__main__":
    Engine.assign = assign  # type: ignore[method-assign]  # that is the fault
    app.watch_reading = partial(watch_reading, every_s=0.1)
    sys.exit(run())
