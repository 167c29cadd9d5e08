"""A gateway whose Kafka client stops fetching without a word at SIGUSR1; all else is the real one.

It looks for a standstill ten times a second, so that nobody has to wait for it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from functools import partial

from aiokafka import TopicPartition

from consumers.gateway import run
from gateway.ops import app
from gateway.shell.engine import Engine
from gateway.shell.standstill import watch_reading

_assign = Engine.assign


async def assign(engine: Engine, partitions: Iterable[TopicPartition]) -> None:
    """Take partitions over, and from then on listen to the signal."""
    await _assign(engine, partitions)
    fetching = engine._consumer._fetcher._fetch_task
    signal.signal(
        signal.SIGUSR1, lambda *_: fetching.get_loop().call_soon_threadsafe(fetching.cancel)
    )


if __name__ == "__main__":
    Engine.assign = assign  # type: ignore[method-assign]  # that is the fault
    app.watch_reading = partial(watch_reading, every_s=0.1)
    sys.exit(run())
