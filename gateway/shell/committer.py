"""The committing side of a task: one transaction after the other, beside the deciding.

While a transaction is on its way to the broker the task goes on deciding; what it decides meanwhile
goes into the next transaction, which starts the moment the first one is through. So a drained poll
is committed at once, batches grow by themselves under load, and nobody waits for the broker but
the answer itself. Deciding ahead is safe because a fault ends the process: what was decided and
not committed never was, and the next owner decides it again, with the same result.
"""

from __future__ import annotations

import asyncio
import time

from gateway.shell import telemetry
from gateway.shell.faults import Fault, crash
from gateway.shell.settings import Settings
from gateway.shell.task import Task
from gateway.shell.transaction import commit


class Committer:
    """Writes what one task has decided, always at most one transaction at a time."""

    def __init__(self, task: Task, settings: Settings) -> None:
        self._task = task
        self._settings = settings
        self._running: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a transaction is on its way or something waits for one."""
        return self._running is not None or self._task.has_output

    def wake(self) -> None:
        """Begin to commit unless it is being done; returns at once."""
        if self._running is None and self._task.has_output:
            name = f"commit {self._task.partition}"
            self._running = asyncio.create_task(self._run(), name=name)

    async def settle(self) -> None:
        """Wait until everything that was decided is committed."""
        self.wake()
        if self._running is not None:
            await self._running

    async def _run(self) -> None:
        try:
            while self._task.has_output:
                await self._once()
        except BaseException as problem:  # noqa: BLE001 - every fault ends the process, see faults
            crash("commit", problem)
        self._running = None

    async def _once(self) -> None:
        task, settings = self._task, self._settings
        offsets = task.offsets()
        advanced = task.advanced(offsets)
        counts = task.fold.tally.taken()
        out = task.fold.drain()
        decided = task.handed(offsets)
        answered, task.fold.answered = task.fold.answered, 0
        if answered != decided:
            raise Fault(f"law 1: {decided} records were decided and {answered} were answered")
        started = time.perf_counter()
        work = commit(task.producer, settings.group, task.partition, out, offsets)
        # aiokafka can wait for ever for a broker that is gone; the watchdog makes that a crash.
        await asyncio.wait_for(work, settings.commit_timeout_ms / 1000)
        telemetry.publish(counts)
        telemetry.RECORDS.inc(decided)
        telemetry.ANSWERS.inc(answered)
        telemetry.OFFSETS.inc(advanced)
        telemetry.COMMITS.inc()
        telemetry.COMMIT_SECONDS.observe(time.perf_counter() - started)
        telemetry.LAST_COMMIT.set(time.time())
