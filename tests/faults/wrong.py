"""Engines that are wrong on purpose, each in one way that tutorials or haste lead to.

The fault tests show that their checker sees every one of them: on the model of a broker
(`test_every_call.py`), and on a real one (`test_wrong_engines.py`), where `install` makes the real
gateway wrong and `slowly` widens the moment in which a mistake can be seen, as a slow broker does.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Literal, get_args

from gateway.shell import committer, engine
from gateway.shell.engine import Engine
from gateway.shell.settings import Settings
from gateway.shell.transaction import _send, task_producer
from schemas.topics import STATE

Name = Literal[
    "id_per_process", "unawaited_sends", "seek_before_start", "acknowledged_first",
    "remembered_apart",
]  # fmt: skip
NAMES: Final[tuple[Name, ...]] = get_args(Name)
#: Between two steps that ought to be one; on the model nothing is waited for.
Pause = Callable[[], Awaitable[None]]
SLOWLY_S: Final = 0.25


async def at_once() -> None:
    """No time between two steps."""


async def slowly() -> None:
    """Time enough for a kill between two steps."""
    await asyncio.sleep(SLOWLY_S)


def id_per(name: Callable[[], str]) -> Callable[[Settings, int], Any]:
    """The tutorial's way: a transactional id per process, so nobody fences a frozen owner."""

    def producer(settings: Settings, partition: int) -> Any:
        own = settings.model_copy(update={"group": f"{settings.group}-{name()}"})
        return task_producer(own, partition)

    return producer


async def unawaited(producer: Any, group: str, partition: int, out: Any, offsets: Any) -> None:
    """Commits without looking whether the batches were written."""
    await producer.begin_transaction()
    for future in await _send(producer, partition, out):
        future.add_done_callback(lambda done: done.exception())
    await producer.send_offsets_to_transaction(dict(offsets), group)
    await producer.commit_transaction()


def acknowledged_first(pause: Pause = at_once) -> Any:
    """Commits the offsets in a transaction of their own before the outputs."""

    async def commit(producer: Any, group: str, partition: int, out: Any, offsets: Any) -> None:
        await producer.begin_transaction()
        await producer.send_offsets_to_transaction(dict(offsets), group)
        await producer.commit_transaction()
        await pause()
        await producer.begin_transaction()
        for future in await _send(producer, partition, out):
            await future
        await producer.commit_transaction()

    return commit


def remembered_apart(pause: Pause = at_once) -> Any:
    """Writes what it remembers in a transaction before that of the outputs."""

    async def commit(producer: Any, group: str, partition: int, out: Any, offsets: Any) -> None:
        for part in ([r for r in out if r.topic == STATE], [r for r in out if r.topic != STATE]):
            last = not part or part[0].topic != STATE
            if last:
                await pause()
            await producer.begin_transaction()
            for future in await _send(producer, partition, part):
                await future
            if part and last:
                await producer.send_offsets_to_transaction(dict(offsets), group)
            await producer.commit_transaction()

    return commit


def seeks_before_start(pause: Pause = at_once) -> type[Engine]:
    """Asks for committed offsets before the producers have started and fenced the old owner."""

    class SeeksBeforeStart(Engine):
        async def assign(self, partitions: Iterable[Any]) -> None:
            """Remember the offsets first, then do everything else in order."""
            partitions = list(partitions)
            early = await Engine._offsets(self, sorted(partitions))
            await pause()

            async def remembered(_: Any) -> Any:
                return early

            self._offsets = remembered  # type: ignore[method-assign]  # the fault that is wanted
            await super().assign(partitions)

    return SeeksBeforeStart


def install(name: str) -> None:
    """Make the gateway of this process wrong.

    Raises:
        ValueError: no such engine.
    """
    match name:
        case "id_per_process":
            engine.task_producer = id_per(lambda: str(os.getpid()))
        case "unawaited_sends":
            committer.commit = unawaited
        case "acknowledged_first":
            committer.commit = acknowledged_first(slowly)
        case "remembered_apart":
            committer.commit = remembered_apart(slowly)
        case "seek_before_start":
            from consumers import gateway  # noqa: PLC0415 - the process that is made wrong

            gateway.Engine = seeks_before_start(slowly)
        case _:
            raise ValueError(f"there is no wrong engine {name}; there are {', '.join(NAMES)}")
