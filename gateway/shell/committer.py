"""The committing side of a task: one transaction after the other, beside the deciding.

While a transaction is on its way to the broker the task goes on deciding; what it decides meanwhile
goes into the next one. A task that has decided all it knows of is committed at once. While it works
off a backlog nobody waits for a single answer, and a transaction costs the broker and the process
much the same whether it carries ten messages or a thousand: then it begins when it is full, or
after a tenth of a second.

Deciding ahead is safe because a fault ends the process: what was decided and not committed never
was, and the next owner decides it again, with the same result.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from gateway.shell import telemetry
from gateway.shell.faults import Fault, crash
from gateway.shell.keep_alive import IDLE_S
from gateway.shell.settings import Settings
from gateway.shell.task import Task
from gateway.shell.transaction import commit

#: While more is to be decided: how long what is decided may wait, and how many bytes of it.
PATIENCE_S: Final = 0.1
ENOUGH_BYTES: Final = 4_000_000


class Committer:
    """Writes what one task has decided, always at most one transaction at a time."""

    def __init__(self, task: Task, settings: Settings, idle_s: float = IDLE_S) -> None:
        self._task = task
        self._settings = settings
        self._idle_s = idle_s
        self._committed_at = time.monotonic()
        self._running: asyncio.Task[None] | None = None
        self._waits_since: float | None = None
        self._closing = False
        self._halted = False

    @property
    def busy(self) -> bool:
        """Whether a transaction is on its way or something waits for one."""
        return self._running is not None or self._task.has_output

    def wake(self) -> None:
        """Begin to commit if it is time and not being done already; returns at once."""
        if self._running is None and self._due():
            name = f"commit {self._task.partition}"
            self._running = asyncio.create_task(self._run(), name=name)

    def _due(self) -> bool:
        task = self._task
        now = time.monotonic()
        # Also with nothing to say: see `keep_alive`.
        idle = now - self._committed_at > self._idle_s and not self._closing
        if self._halted or not (task.has_output or idle):
            return False
        if self._waits_since is None:
            self._waits_since = now
        return (
            self._closing
            or task.caught_up
            or task.taken >= self._settings.batch_records_max
            or task.fold.pending_bytes >= ENOUGH_BYTES
            or now - self._waits_since >= PATIENCE_S
        )

    async def settle(self) -> None:
        """Wait until everything that was decided is committed; the last thing it is asked."""
        self._closing = True
        self.wake()
        if self._running is not None:
            await self._running

    def halt(self) -> None:
        """Begin no transaction any more: what was decided last may be half of a decision."""
        self._halted = True

    async def _run(self) -> None:
        try:
            while self._due():
                await self._once()
        except BaseException as problem:  # noqa: BLE001 - every fault ends the process, see faults
            crash("commit", problem)
        self._running = None

    async def _once(self) -> None:
        task, settings = self._task, self._settings
        self._waits_since = None
        offsets = task.offsets()
        advanced = task.advanced(offsets)
        out = task.fold.drain()
        counts = task.fold.tally.taken()
        decided = task.handed(offsets)
        answered, task.fold.answered = task.fold.answered, 0
        if answered != decided:
            raise Fault(
                f"law 1: {decided} records were decided and {answered} were answered"
                " (runbook: receipt-per-record)"
            )
        started = time.perf_counter()
        work = commit(task.producer, settings.group, task.partition, out, offsets)
        # aiokafka can wait for ever for a broker that is gone; the watchdog makes that a crash.
        task.clock.hear(await asyncio.wait_for(work, settings.commit_timeout_ms / 1000))
        self._committed_at = time.monotonic()
        telemetry.publish(counts)
        telemetry.RECORDS.inc(decided)
        telemetry.ANSWERS.inc(answered)
        telemetry.OFFSETS.inc(advanced)
        telemetry.COMMITS.inc()
        telemetry.COMMIT_SECONDS.observe(time.perf_counter() - started)
        telemetry.LAST_COMMIT.set(time.time())
