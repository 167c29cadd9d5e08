"""A cancellation that is nobody's: aiokafka lets its own out, and takes for its own what it gets.

Its task for the group would end without a word, heartbeats would go on, and the member would keep
its partitions and decide nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.shell import rebalance
from gateway.shell.connection import stop
from gateway.shell.rebalance import Listener

Handed = Callable[[Listener], Awaitable[None]]


class Crashed(BaseException):
    """Instead of the end of the process."""


class Owner:
    """An engine in which everything ends as told."""

    def __init__(self, problem: BaseException | None) -> None:
        self.problem = problem
        self.begun = asyncio.Event()

    def stay_member(self) -> None:
        """Nothing to do."""

    async def assign(self, _: Any) -> None:
        """Fail, or wait for ever."""
        self.begun.set()
        if self.problem is not None:
            raise self.problem
        await asyncio.Event().wait()

    async def revoked(self) -> None:
        """The same."""
        await self.assign(())

    async def stop(self) -> None:
        """As a consumer, which is stopped."""
        await self.assign(())


@pytest.fixture(autouse=True)
def crashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []

    def crash(where: str, _: BaseException) -> None:
        told.append(where)
        raise Crashed

    monkeypatch.setattr(rebalance, "crash", crash)
    return told


HANDED: dict[str, Handed] = {
    "assigned": lambda listener: listener.on_partitions_assigned([]),
    "revoked": lambda listener: listener.on_partitions_revoked([]),
}


@pytest.mark.parametrize("where", HANDED)
@pytest.mark.parametrize("problem", [asyncio.CancelledError(), RuntimeError(), KeyboardInterrupt()])
async def test_whatever_goes_wrong_in_a_rebalance_ends_the_process(
    crashes: list[str], where: str, problem: BaseException
) -> None:
    with pytest.raises(Crashed):
        await HANDED[where](Listener(Owner(problem)))
    assert crashes == [where]


@pytest.mark.parametrize("where", HANDED)
async def test_a_rebalance_that_is_itself_cancelled_is_no_fault(
    crashes: list[str], where: str
) -> None:
    owner = Owner(None)

    async def handed() -> None:
        await HANDED[where](Listener(owner))

    task = asyncio.create_task(handed())
    await owner.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert crashes == []


async def test_a_consumer_that_lets_its_own_cancellation_out_is_stopped_all_the_same() -> None:
    await stop(Owner(asyncio.CancelledError()))


async def test_who_is_cancelled_while_stopping_a_consumer_is_cancelled() -> None:
    owner = Owner(None)
    task = asyncio.create_task(stop(owner))
    await owner.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
