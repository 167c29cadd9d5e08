"""Serving ends with the work it reports on, and with a fault when the application fails."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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

# A loop keeps no task alive that nobody but itself refers to.
never = asyncio.Event()

async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await never.wait()

asyncio.run(serve(app, "127.0.0.1", 0, lambda: None, stop_limit_s=0.3))
"""


@contextmanager
def never_leaving() -> Iterator[subprocess.Popen[str]]:
    """A process that serves and does not end by itself."""
    with subprocess.Popen(
        [sys.executable, "-c", NEVER_LEAVES], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert json.loads(process.stderr.readline())["event"] == "ops"
            yield process
        finally:
            process.kill()


def test_a_process_that_does_not_stop_after_the_signal_ends_and_says_what_it_waits_for() -> None:
    """A supervisor would kill it without a word."""
    with never_leaving() as process:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
        told = json.loads(said)
        assert process.returncode == EXIT_FAULT
    assert (told["event"], told["where"]) == ("fault", "stop")
    assert told["text"].startswith("not stopped 0.3 s after the signal: ")
    assert "serve.py" in told["text"]


def test_a_fault_ends_the_process_also_where_nobody_reads_its_log_any_more() -> None:
    with never_leaving() as process:
        assert process.stderr is not None
        process.stderr.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == EXIT_FAULT
