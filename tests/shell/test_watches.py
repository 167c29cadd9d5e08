"""What a process watches is watched as long as it runs, or the process ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.ops import app
from gateway.shell import faults
from gateway.shell.faults import Fault
from gateway.shell.settings import Settings

Watch = Callable[..., Awaitable[None]]


class Engine(SimpleNamespace):
    """An engine that does nothing until it is stopped."""

    def __init__(self) -> None:
        silence = SimpleNamespace(listen=lambda _: listening())
        super().__init__(
            settings=Settings(),
            stopped=asyncio.Event(),
            silence=silence,
            ask_brokers=None,
            topic_ids=None,
        )

    async def run(self, _idle_exit: float | None) -> None:
        """Do nothing."""
        await self.stopped.wait()

    def stop(self) -> None:
        """End it."""
        self.stopped.set()


async def listening() -> None:
    """A watch over the brokers as it should be."""
    await asyncio.Event().wait()


async def for_ever(*_: Any) -> None:
    """A watch as it should be."""
    await asyncio.Event().wait()


async def fails(*_: Any) -> None:
    """A watch that meets what nobody has thought of."""
    raise LookupError


async def seems_cancelled(*_: Any) -> None:
    """A watch whose client lets a cancellation of its own out."""
    raise asyncio.CancelledError


async def returns(*_: Any) -> None:
    """A watch that thinks it is done."""


async def crashes_of(monkeypatch: pytest.MonkeyPatch, name: str, watch: Watch) -> list[Any]:
    """What ended the process while it ran for a moment with this watch in place of its own."""
    told: list[Any] = []
    monkeypatch.setattr(faults, "crash", lambda where, problem: told.append((where, problem)))
    monkeypatch.setattr(app, "watch", for_ever)
    monkeypatch.setattr(app, "watch_reading", for_ever)
    monkeypatch.setattr(app, "watch_topics", for_ever)
    monkeypatch.setattr(app, name, watch)
    made = app.gateway_app(Engine())  # type: ignore[arg-type]  # all that is asked
    async with made.lifespan_context():
        for _ in range(5):
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    return told


@pytest.mark.parametrize("name", ["watch", "watch_reading", "watch_topics"])
@pytest.mark.parametrize(
    ("watch", "kind"),
    [(fails, LookupError), (returns, Fault), (seems_cancelled, asyncio.CancelledError)],
)
async def test_a_watch_that_ends_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, name: str, watch: Watch, kind: type[BaseException]
) -> None:
    ((where, problem),) = await crashes_of(monkeypatch, name, watch)
    assert where == name.replace("_", " ")
    assert isinstance(problem, kind)


async def test_a_watch_that_ends_with_its_process_is_no_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await crashes_of(monkeypatch, "watch", for_ever) == []
