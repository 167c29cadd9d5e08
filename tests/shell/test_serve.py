"""Serving ends with the work it reports on, and with a fault when the application fails."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from gateway.ops import serve as serving
from gateway.shell.faults import EXIT_FAULT


class App:
    """An application whose lifespan ends well, or with an error after it has started."""

    stop_serving: Any

    def __init__(self, problem: Exception | None) -> None:
        self._problem = problem

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve nothing."""
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await asyncio.sleep(0.05)
        self.stop_serving()
        if self._problem is not None:
            raise self._problem
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


class Ended(BaseException):
    """Instead of the end of the process."""


def _crash(where: str, problem: BaseException) -> None:
    raise Ended(f"{where}: {problem}")


async def served(monkeypatch: pytest.MonkeyPatch, problem: Exception | None) -> None:
    """One application from its start to its end."""
    monkeypatch.setattr(serving, "crash", _crash)
    async with asyncio.timeout(20):
        await serving.serve(App(problem), "127.0.0.1", 0, lambda: None)


async def test_serving_ends_with_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    await served(monkeypatch, None)


async def test_an_application_that_fails_is_a_fault_and_not_a_clean_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """FastStream's own connection may fail while the engine's succeeds."""
    with pytest.raises(Ended, match="ops: the application ended with an error"):
        await served(monkeypatch, OSError("no broker"))


NEVER_LEAVES = """
import asyncio
from gateway.ops.serve import serve

async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await asyncio.Event().wait()

asyncio.run(serve(app, "127.0.0.1", 0, lambda: None, stop_limit_s=0.3))
"""


def test_a_process_that_does_not_stop_after_the_signal_ends_and_says_what_it_waits_for() -> None:
    """A supervisor would kill it without a word."""
    with subprocess.Popen(
        [sys.executable, "-c", NEVER_LEAVES],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "ops"
        process.send_signal(signal.SIGTERM)
        told = json.loads(process.stdout.readline())
        assert process.wait(20) == EXIT_FAULT
    assert (told["event"], told["where"]) == ("fault", "stop")
    assert told["text"].startswith("not stopped 0.3 s after the signal: ")
    assert " app" in told["text"] or " main" in told["text"], told["text"]
