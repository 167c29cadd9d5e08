"""Hop 2: the deciding engine, plain aiokafka under crash-only rules (decision 0001).

One consumer of the group reads all twelve inputs and the operators' commands; one task per
assigned partition number decides and commits with a transactional producer of its own.

On assignment, behind a closed gate: 1. start the producer (fences the old owner and ends its open
transaction), 2. ask for committed offsets (only now are they certain), 3. restore the states,
4. seek, 5. open the gate when all tasks are ready.
On revocation: close the gate, commit what is decided, stop the producers, forget the states.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterable
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

from gateway.agreement import Agreement
from gateway.express.lane import open_lane
from gateway.idle import nobody_is_missing
from gateway.shell import telemetry
from gateway.shell.clock import BrokerClock
from gateway.shell.committer import Committer
from gateway.shell.connection import stop
from gateway.shell.express_fold import ExpressFold, tables_of_lane
from gateway.shell.faults import crash
from gateway.shell.fold import HOT_MAX, Fold
from gateway.shell.group import assignor_of, group_consumer
from gateway.shell.guards import Measured, Watched
from gateway.shell.installation import fingerprint_of, refuse_other, refuse_other_leader
from gateway.shell.keep_alive import IDLE_S, idle_limit_s
from gateway.shell.marks import mark
from gateway.shell.observe import ask_brokers, log_start_margin, measured
from gateway.shell.offsets import incomplete, lost_on_the_way, refuse_lost
from gateway.shell.parking import Lot, Poison
from gateway.shell.private_aiokafka import start_heartbeats
from gateway.shell.rebalance import Listener
from gateway.shell.restore import restore
from gateway.shell.settings import Settings
from gateway.shell.standstill import Places
from gateway.shell.takeover import refuse_unfit
from gateway.shell.task import BUFFERED_MAX, Input, Task
from gateway.shell.telemetry import log
from gateway.shell.topic_ids import Ids, topic_ids
from gateway.shell.topics import READ_TOPICS
from gateway.shell.transaction import compression_of, start, task_producer
from gateway.silence import Silence
from schemas.codec import Codec
from schemas.keys import KeyRing

POLL_MS: Final = 25
#: Outgoing bytes of one task's transaction; more waits for the next one.
TRANSACTION_BYTES_MAX: Final = 8_000_000
#: Records decided between two chances for heartbeats, answers of the broker and the ops endpoints.
SLICE: Final = 100
#: How long to leave everything to the broker when a task's transaction is full.
PAUSE_S: Final = 0.002


class Engine:
    """Reads, decides and commits until told to stop. Any fault ends the process."""

    def __init__(
        self, settings: Settings, agreement: Agreement, keys: KeyRing, partitions: int
    ) -> None:
        self.tasks: dict[int, Task] = {}
        self._committers: dict[int, Committer] = {}
        self.assigned = False
        self.settings = settings
        self.watched = Watched()
        self.silence = Silence()
        self._agreement = agreement
        self._keys = keys
        self._partitions = partitions
        self._lane_tables = tables_of_lane(settings, agreement, keys, partitions)
        self._lock = asyncio.Lock()
        self._open = False
        self._epoch = 0
        self._stop = asyncio.Event()
        self._idle_s = IDLE_S
        self._paused: set[TopicPartition] = set()
        self._last_input = self._assigned_at = time.monotonic()
        self.installation = fingerprint_of(agreement.rules_version, keys)
        self._assignor = assignor_of(self.installation)
        self._consumer = group_consumer(settings, self._assignor)

    # -- what operations may see

    @property
    def ready(self) -> bool:
        """Assigned, restored and deciding; a member without partitions is ready too."""
        return self.assigned and self._open

    @property
    def agreement(self) -> Agreement:
        """The agreement in force."""
        return self._agreement

    @property
    def express(self) -> bool:
        """Whether messages with no findings take the express lane."""
        return self._lane_tables is not None

    @property
    def caught_up(self) -> bool:
        """Whether nothing known is left to decide or to commit."""
        return (
            self.ready
            and all(task.caught_up for task in self.tasks.values())
            and not any(committer.busy for committer in self._committers.values())
        )

    @property
    def seconds_since_input(self) -> float:
        """Time since the last record was polled."""
        return time.monotonic() - self._last_input

    def measure(self) -> Measured:
        """The state of all tasks at this moment."""
        return measured(self.tasks.values(), self.silence.seconds, self._agreement)

    async def log_start_margin(self) -> float:
        """Records kept before the next one to decide, least of all inputs that lost any."""
        return await log_start_margin(self._consumer, self.tasks.values())

    async def ask_brokers(self) -> Any:
        """Something that the brokers answer as long as they are there."""
        if self._stop.is_set():
            raise TimeoutError
        return await ask_brokers(self._consumer, self.tasks.values())

    async def topic_ids(self) -> Ids:
        """The ids of what is read, as the brokers know them now."""
        return await topic_ids(self._consumer)

    async def reading(self) -> Places:
        """Where the inputs stand that are fetched at the moment; none around a rebalance."""
        epoch = self._epoch
        inputs = [
            tp for task in self.tasks.values() for tp in task.inputs if tp not in self._paused
        ]
        ends = await self._consumer.end_offsets(inputs) if inputs else {}
        if not self._open or epoch != self._epoch:
            return {}
        return {tp: (await self._consumer.position(tp), end) for tp, end in ends.items()}

    # -- life

    def stop(self) -> None:
        """Finish the running turn, leave the group, and return from `run`."""
        self._stop.set()

    async def run(self, idle_exit: float | None = None) -> None:
        """Run until stopped, or until nothing has come for `idle_exit` seconds and all is done."""
        # Decisions leave no reference cycles behind. Looking for them after every 700 allocations
        # is a twelfth of the work, and after every 50,000, which is every 8,000 records read, still
        # a fourteenth of what is left of it where there is an express lane.
        gc.set_threshold(500_000, 20, 50)
        try:
            self._idle_s = await idle_limit_s(self.settings)
            await self._consumer.start()
            self._consumer.subscribe(topics=list(READ_TOPICS), listener=Listener(self))
            while not self._stop.is_set():
                await self._turn()
                idle = idle_exit is not None and self.seconds_since_input > idle_exit
                if idle and self.caught_up and self._nobody_is_missing():
                    break
            self._stop.set()
            async with self._lock:
                self._open = False
                await self._close_tasks()
            await stop(self._consumer)
        except Poison as poison:
            # Before anything is awaited: a rebalance or a commit must not take half a decision.
            for committer in self._committers.values():
                committer.halt()
            failure = self.tasks[poison.partition].fold.lot.after(poison)
            await mark(self.settings, poison, failure)
            crash("engine", poison)
        except BaseException as problem:  # noqa: BLE001 - every fault ends the process, see faults
            crash("engine", problem)
        log("stopped")

    def _nobody_is_missing(self) -> bool:
        held_for_s = time.monotonic() - self._assigned_at
        session_ms = self.settings.session_timeout_ms
        return nobody_is_missing(len(self.tasks), self._partitions, held_for_s, session_ms)

    async def _turn(self) -> None:
        """Poll, decide what can be decided, and let each task commit as soon as it is drained."""
        epoch = self._epoch
        busy = any(task.ready for task in self.tasks.values())
        polled = await self._poll(0 if busy else POLL_MS)
        async with self._lock:
            if not self._open or epoch != self._epoch:
                self._give_back(polled)
                return
            await self._distribute(polled)
            await self._decide()

    async def _poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        try:
            polled: dict[TopicPartition, list[Any]] = await self._consumer.getmany(
                timeout_ms=timeout_ms
            )
        except NoOffsetForPartitionError:
            # aiokafka looked for a place before the assignment had sought one; nothing was fetched.
            return {}
        except OffsetOutOfRangeError as problem:
            places = problem.args[0]
            ends = await self._consumer.end_offsets(list(places))
            raise lost_on_the_way(places, ends) from problem
        return polled

    def _give_back(self, polled: dict[TopicPartition, list[Any]]) -> None:
        """Read again what was polled around a rebalance: it may be from before or after the seek.

        Of partitions that are no longer ours the next owner reads it.
        """
        for task in self.tasks.values():
            for tp, source in task.inputs.items():
                if tp in polled:
                    self._consumer.seek(tp, source.position)

    async def _distribute(self, polled: dict[TopicPartition, list[Any]]) -> None:
        if polled:
            self._last_input = time.monotonic()
        for task in self.tasks.values():
            for tp, source in task.inputs.items():
                records = polled.get(tp, [])
                if records:
                    task.buffer(tp, records, records[-1].offset + 1)
                elif source.unread and not source.buffer:
                    # What is left may be markers of an agency's transaction: no record to wait for.
                    source.position = max(source.position, await self._consumer.position(tp))
                stable = self._consumer.last_stable_offset(tp)
                if stable is not None and stable > source.end:
                    source.end = stable
            self._balance(task)

    def _balance(self, task: Task) -> None:
        """Stop fetching inputs that run far ahead of one that is waited for."""
        over = task.buffered > BUFFERED_MAX
        for tp, source in task.inputs.items():
            if over and source.buffer and tp not in self._paused and task.blocked:
                self._consumer.pause(tp)
                self._paused.add(tp)
            elif tp in self._paused and (not task.blocked or not source.buffer):
                self._consumer.resume(tp)
                self._paused.discard(tp)

    async def _decide(self) -> None:
        """Task by task; what one has decided is committed while the next one decides."""
        decided = 0
        for number, task in self.tasks.items():
            left = self.settings.batch_records_max
            while left > 0:
                taken = task.take(min(SLICE, left), TRANSACTION_BYTES_MAX)
                if not taken:
                    break
                left -= taken
                decided += taken
                await asyncio.sleep(0)
            if task.caught_up and (now := task.clock.now) is not None:
                # Nothing to read: time passes all the same.
                task.fold.advance(now)
            self._committers[number].wake()
        if not decided and any(task.ready for task in self.tasks.values()):
            await asyncio.sleep(PAUSE_S)

    # -- rebalance

    async def revoked(self) -> None:
        """Close the gate, commit what is decided, stop the producers, forget the states."""
        self._open = False
        self._epoch += 1
        async with self._lock:
            await self._close_tasks()

    async def _close_tasks(self) -> None:
        await asyncio.gather(*(committer.settle() for committer in self._committers.values()))
        tasks, self.tasks = self.tasks, {}
        self._committers = {}
        self.assigned = False
        await asyncio.gather(*(task.producer.stop() for task in tasks.values()))
        telemetry.TASKS.set(0)

    def stay_member(self) -> None:
        """Let heartbeats go on while tasks are taken over, which may outlast a session.

        aiokafka stops them before it joins, and begins again only when the listener has returned:
        a restore longer than the session would be followed by another one, for ever. It begins
        them only where they do not run.
        """
        start_heartbeats(self._consumer)

    async def assign(self, partitions: Iterable[TopicPartition]) -> None:
        """Take over tasks: start, committed, restore, seek, and only then open the gate."""
        async with self._lock:
            self._epoch += 1
            self._paused.clear()
            numbers = self._complete(set(partitions))
            producers = {n: task_producer(self.settings, n) for n in numbers}
            await asyncio.gather(*(start(producer) for producer in producers.values()))
            inputs = [TopicPartition(topic, n) for n in numbers for topic in READ_TOPICS]
            committed, starts, ends = await self._offsets(inputs)
            folds = {n: self._fold(n, HOT_MAX // len(numbers)) for n in numbers}
            if folds:
                await restore(self.settings, folds)
            self._refuse_other_installation(folds.values())
            if folds:
                await refuse_unfit(self.settings, folds, committed, starts, ends)
            for n in numbers:
                own = [tp for tp in inputs if tp.partition == n]
                task_inputs = [
                    Input(tp, committed.get(tp, starts[tp]), ends[tp], committed.get(tp, 0))
                    for tp in own
                ]
                clock = BrokerClock(wanted=self.settings.profile == "production")
                self.tasks[n] = Task(n, folds[n], producers[n], task_inputs, clock)
                self._committers[n] = Committer(self.tasks[n], self.settings, self._idle_s)
                for source in task_inputs:
                    self._consumer.seek(source.tp, source.next_offset)
            self._epoch += 1
            # What is restored stays: the collector need not look at it again and again.
            gc.collect()
            gc.freeze()
            self._assigned_at = time.monotonic()
            self.assigned = True
            self._open = True
            telemetry.TASKS.set(len(numbers))
            log("assigned", partitions=numbers)

    def _refuse_other_installation(self, folds: Iterable[Fold]) -> None:
        """Nothing is decided beside a process, or on a state, with other keys or agreement."""
        refuse_other_leader(self.installation, self._assignor.leader)
        recorded = [fold.recorded for fold in folds if fold.recorded is not None]
        refuse_other(self.installation, recorded, self.settings.replaces)

    def _fold(self, partition: int, hot_max: int) -> Fold:
        codec = Codec(self._keys, self._partitions)
        lot = Lot(self.settings.park_after, self.settings.parked_max)
        fixed = (partition, codec, self._agreement, self._keys, hot_max, lot)
        if self._lane_tables is None:
            return Fold(*fixed)
        lane = open_lane(self._lane_tables)
        return ExpressFold(*fixed, lane=lane, compression=compression_of(self.settings))

    def _complete(self, assigned: set[TopicPartition]) -> list[int]:
        """The partition numbers assigned, each with all that a task reads, or a fault."""
        numbers = sorted({tp.partition for tp in assigned})
        for n in numbers:
            missing = [t for t in READ_TOPICS if TopicPartition(t, n) not in assigned]
            if missing:
                raise incomplete(n, missing[0])
        return numbers

    async def _offsets(
        self, inputs: list[TopicPartition]
    ) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int], dict[TopicPartition, int]]:
        """Committed, first and last offsets; asked for after the producers have started."""
        if not inputs:
            return {}, {}, {}
        starts, ends = await asyncio.gather(
            self._consumer.beginning_offsets(inputs), self._consumer.end_offsets(inputs)
        )
        answers = await asyncio.gather(*(self._consumer.committed(tp) for tp in inputs))
        committed = {}
        for tp, offset in zip(inputs, answers, strict=True):
            if offset is None:
                continue
            refuse_lost(tp, offset, starts[tp], ends[tp])
            committed[tp] = offset
        return committed, starts, ends
