"""Runs of the real engine on the modelled broker: one process after the other, or one beside it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, NoReturn

import pytest
from aiokafka import TopicPartition

from gateway import idle
from gateway.shell import (
    committer,
    engine,
    group,
    reading,
    rebalance,
    transaction,
)
from gateway.shell.engine import Engine
from gateway.shell.settings import Settings
from schemas.partition import partition_of
from schemas.record import Record
from schemas.topics import ALL_TOPICS
from simulator.wire import SimRecord
from tests.dsl import AGREEMENT, KEYS
from tests.faults.checker import Log
from tests.faults.model import OWNER, Cluster, Consumer, Died, Kind, Owner, Producer

PARTITIONS: Final = 6
#: Far longer than any run, so that nothing but the model's faults ends one.
_LIMIT_S: Final = 20.0
MakeEngine = Callable[[Settings], Engine]


def _crash(_where: str, problem: BaseException) -> NoReturn:
    """Instead of os._exit: from here on this owner does nothing any more."""
    OWNER.get().dead = True
    raise Died(type(problem).__name__) from problem


def _owned(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:
    """A task that its process takes with it when it ends."""
    task = asyncio.Task(work, loop=loop, **more)
    owner = OWNER.get(None)
    if owner is not None:
        owner.tasks.append(task)
    return task


def plain(settings: Settings) -> Engine:
    """The gateway's own engine."""
    return Engine(settings, AGREEMENT, KEYS, PARTITIONS)


class Model:
    """A cluster with inputs, and engines that run on it."""

    def __init__(
        self,
        patch: pytest.MonkeyPatch,
        records: Iterable[SimRecord],
        make: MakeEngine = plain,
        express: Literal["auto", "off"] = "auto",
    ) -> None:
        self.cluster = Cluster()
        self._make = make
        self._settings = Settings(batch_records_max=5, express=express)
        self._numbers = sorted({_number(record) for record in records})
        consumer = type("ModelConsumer", (Consumer,), {"cluster": self.cluster})
        consumer.numbers = tuple(self._numbers)  # type: ignore[attr-defined]  # made just above
        producer = type("ModelProducer", (Producer,), {"cluster": self.cluster})
        for module in (group, reading):
            patch.setattr(module, "AIOKafkaConsumer", consumer)
        patch.setattr(transaction, "AIOKafkaProducer", producer)
        for module in (engine, committer, rebalance):
            patch.setattr(module, "crash", _crash)
        # As many transactions as can be, and none of them by the wall clock.
        patch.setattr(committer, "PATIENCE_S", 0.0)
        # Partitions without any record are left out of the model, and nobody else holds them.
        patch.setattr(idle, "SESSIONS", 0)
        # A run is short; tuning and freezing the collector would only cost all the others.
        patch.setattr(gc, "freeze", lambda: None)
        patch.setattr(gc, "set_threshold", lambda *_: None)
        patch.setattr(gc, "collect", lambda: 0)
        for record in records:
            place = TopicPartition(record.topic, _number(record))
            written = (record.timestamp_ms, record.key, record.value, record.headers)
            self.cluster.append(place, written, None)

    def run(self, at: int = 0, kind: Kind | None = None) -> list[str]:
        """One process with a fault at one of its calls, then one without; the first one's calls."""
        return asyncio.run(self._one_after_the_other(Owner("first", at, kind)))

    async def _one_after_the_other(self, first: Owner) -> list[str]:
        await self._process(first)
        if first.kind is not None:
            await self._process(Owner("second"))
        return first.calls

    def overtaken(self, at: int, until: int) -> None:
        """One process stands still before a call, another takes over and makes `until` calls.

        Then the first goes on beside it, not knowing, and at last both have come to their end.
        """
        asyncio.run(self._beside_each_other(at, until))

    async def _beside_each_other(self, at: int, until: int) -> None:
        old, new = Owner("old", at, "frozen"), Owner("new")
        reached = new.reached[until] = asyncio.Event()
        async with asyncio.timeout(_LIMIT_S):
            one = asyncio.create_task(self._process(old))
            freezing = asyncio.create_task(old.frozen.wait())
            await asyncio.wait({one, freezing}, return_when=asyncio.FIRST_COMPLETED)
            two = asyncio.create_task(self._process(new))
            going = asyncio.create_task(reached.wait())
            await asyncio.wait({two, going}, return_when=asyncio.FIRST_COMPLETED)
            old.frozen.clear()
            old.thawed.set()
            await asyncio.gather(one, two)
            freezing.cancel()
            going.cancel()
        # Whoever lost was told so by the broker; the supervisor starts one more.
        await self._process(Owner("last"))

    async def _process(self, owner: Owner) -> None:
        """One engine from start to its end: idle, dead, or killed."""
        asyncio.get_running_loop().set_task_factory(_owned)
        OWNER.set(owner)
        work = asyncio.create_task(self._make(self._settings).run(idle_exit=0.004))
        async with asyncio.timeout(_LIMIT_S):
            while not work.done() and not owner.dead:
                await asyncio.sleep(0.0005)
        owner.dead = owner.buried = True
        for task in owner.tasks:
            task.cancel()
        await asyncio.gather(*owner.tasks, return_exceptions=True)

    @property
    def log(self) -> Log:
        """Everything committed, topic by topic, as an agency would read it."""
        found: dict[tuple[str, int], Sequence[Record]] = {}
        for topic in ALL_TOPICS:
            for n in self._numbers:
                place = TopicPartition(topic, n)
                found[topic, n] = [
                    Record(topic, n, i, r.timestamp, r.key, r.value, r.headers)
                    for i, r in enumerate(self.cluster.readable(place, 0))
                ]
        return found


def _number(record: SimRecord) -> int:
    if record.partition is not None:
        return record.partition
    return partition_of(record.key or b"", PARTITIONS)


def committed_bytes(log: Log, topics: Iterable[str]) -> dict[Any, list[Any]]:
    """What a reader gets of each partition of some topics: key, value, headers, timestamp."""
    return {
        place: [(r.key, r.value, r.headers, r.timestamp_ms) for r in records]
        for place, records in log.items()
        if place[0] in topics and records
    }
