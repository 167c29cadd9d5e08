"""A task: one partition number of everything that is read, with its order, fold and producer.

Order (contract section 9): records are taken lowest timestamp first across the inputs (ties by
topic, then offset), and an input that still has unread records is waited for. On a complete log the
order is therefore the same in every run, whatever the batches were. A record whose timestamp is
unusable comes as soon as it is the next of its input: it will be refused, and holds nobody up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heapreplace
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition

from gateway.domain.days import Instant
from gateway.shell.clock import BrokerClock
from gateway.shell.faults import Fault
from gateway.shell.fold import Fold
from gateway.shell.topics import READ_TOPICS
from gateway.shell.whose import record_of
from schemas.codec import Record
from schemas.diagnose import has_time

__all__ = ["BUFFERED_MAX", "READ_TOPICS", "Input", "Task"]

#: Above this many buffered records an input is paused until the others have caught up.
BUFFERED_MAX: Final = 20_000


def _turn(record: Record) -> Instant:
    """By what a record is ordered among the next ones of the other inputs."""
    return record.timestamp_ms if has_time(record) else 0


class Input:
    """One input partition: what is buffered of it, and how far it reaches.

    `committed` is what the group has, if that is not the next offset: a first transaction then
    commits where reading began, so that later nobody has to guess.
    """

    __slots__ = ("buffer", "committed", "end", "next_offset", "position", "tp", "unread_since")

    def __init__(
        self, tp: TopicPartition, next_offset: int, end: int, committed: int | None = None
    ) -> None:
        self.tp = tp
        self.committed = next_offset if committed is None else committed
        self.buffer: deque[Record] = deque()
        self.next_offset = next_offset
        self.position = next_offset
        self.end = end
        self.unread_since: float | None = None

    @property
    def unread(self) -> bool:
        """Whether the log is known to have records that have not been polled."""
        return self.position < self.end

    def waits_s(self, wall_s: float, clock_s: float) -> float:
        """Seconds for which the oldest undecided record waits; 0 when there is none.

        By its timestamp once it is polled. Before that nobody knows it: then since this was first
        asked while something unread stood in the log and nothing was buffered.
        """
        if self.buffer:
            self.unread_since = None
            return max(0.0, wall_s - self.buffer[0].timestamp_ms / 1000)
        if not self.unread:
            self.unread_since = None
            return 0.0
        if self.unread_since is None:
            self.unread_since = clock_s
        return clock_s - self.unread_since


class Task:
    """Everything a process holds for one partition number."""

    def __init__(
        self,
        partition: int,
        fold: Fold,
        producer: AIOKafkaProducer,
        inputs: Iterable[Input],
        clock: BrokerClock | None = None,
    ) -> None:
        self.partition = partition
        self.fold = fold
        self.producer = producer
        self.clock = BrokerClock(wanted=False) if clock is None else clock
        self.inputs = {item.tp: item for item in inputs}
        self._sorted = [self.inputs[tp] for tp in sorted(self.inputs)]
        self.taken = 0
        self._handed = {tp: item.committed for tp, item in self.inputs.items()}

    def buffer(self, tp: TopicPartition, records: list[Any], position: int) -> None:
        """Append polled records; what has been taken already is dropped."""
        source = self.inputs[tp]
        known = source.buffer[-1].offset if source.buffer else source.next_offset - 1
        for record in records:
            if record.offset > known:
                source.buffer.append(record if isinstance(record, Record) else record_of(record))
        source.position = max(source.position, position)

    @property
    def buffered(self) -> int:
        """Records polled and not yet taken."""
        return sum(len(item.buffer) for item in self._sorted)

    @property
    def lag(self) -> int:
        """The number of records in the log that have not been taken, including markers."""
        return sum(max(0, item.end - item.next_offset) for item in self._sorted)

    @property
    def oldest(self) -> Instant | None:
        """Timestamp of the oldest record polled and not yet taken, None when there is none."""
        heads = [item.buffer[0] for item in self._sorted if item.buffer]
        return min((head.timestamp_ms for head in heads if has_time(head)), default=None)

    @property
    def blocked(self) -> bool:
        """Whether an input must be waited for before anything can be taken."""
        return any(not item.buffer and item.unread for item in self._sorted)

    @property
    def ready(self) -> bool:
        """Whether a record can be taken now."""
        return not self.blocked and any(item.buffer for item in self._sorted)

    @property
    def caught_up(self) -> bool:
        """Whether nothing is buffered and nothing is known to be unread."""
        return not any(item.buffer or item.unread for item in self._sorted)

    def take(self, records_max: int, bytes_max: int) -> int:
        """Decide ready records in order, up to the bounds; how many were decided."""
        fold = self.fold
        if fold.pending_bytes >= bytes_max:
            # Nothing would be decided, and what was read ahead would be read again and again.
            return 0
        line = self._next(records_max)
        # Reading all before deciding any is a sixth faster than taking turns: what reads a message
        # and what decides on it do not fit into a processor's nearest cache together.
        ahead = [fold.read(record) for _, record in line]
        count = 0
        for (source, record), decoded in zip(line, ahead, strict=True):
            if fold.pending_bytes >= bytes_max:
                break
            fold.take(record, decoded)
            source.next_offset = record.offset + 1
            count += 1
        for source, record in reversed(line[count:]):
            source.buffer.appendleft(record)
        self.taken += count
        return count

    def _next(self, records_max: int) -> list[tuple[Input, Record]]:
        """Take the next records out of their inputs, lowest timestamp first."""
        if self.blocked:
            return []
        inputs = self._sorted
        # Of one input the next record is the head; ties between inputs go by topic, their order.
        heads = [(_turn(item.buffer[0]), n) for n, item in enumerate(inputs) if item.buffer]
        heapify(heads)
        line: list[tuple[Input, Record]] = []
        while heads and len(line) < records_max:
            number = heads[0][1]
            source = inputs[number]
            line.append((source, source.buffer.popleft()))
            if source.buffer:
                heapreplace(heads, (_turn(source.buffer[0]), number))
            else:
                heappop(heads)
                if source.unread:
                    break
        return line

    @property
    def has_output(self) -> bool:
        """Whether there is something to commit: what was decided, or the time to be asked for."""
        return bool(self.taken or self.fold.has_pending or self.clock.stale)

    def offsets(self) -> Mapping[TopicPartition, int]:
        """Offsets of inputs that moved since the last transaction began. They only grow."""
        moved = {}
        for tp, item in self.inputs.items():
            before = self._handed[tp]
            if item.next_offset < before:
                raise Fault(
                    f"offset of {tp.topic}/{tp.partition} went back: {before} to {item.next_offset}"
                    " (runbook: monotone-offsets)"
                )
            if item.next_offset > before:
                moved[tp] = item.next_offset
        return moved

    def advanced(self, offsets: Mapping[TopicPartition, int]) -> int:
        """How far offsets are ahead of what the last transaction took, added up."""
        return sum(offset - self._handed[tp] for tp, offset in offsets.items())

    def handed(self, offsets: Mapping[TopicPartition, int]) -> int:
        """Remember what a transaction has taken; how many records were decided in it."""
        self._handed.update(offsets)
        decided, self.taken = self.taken, 0
        return decided
