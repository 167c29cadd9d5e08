"""A fold with an express lane: compiled code decides messages with no findings (decision 0021).

The lane writes the same bytes as the fold in Python. In any doubt it declines the record without a
change, and Python decides it. Python decides everything while a person is parked, or while a record
that has ended a process is tried again. The lane keeps states, deadlines and outputs, so that a
record with no findings is one call.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gateway.agreement import Agreement
from gateway.domain.days import Instant
from gateway.domain.migrate import load
from gateway.domain.state import PersonState
from gateway.express.lane import NoLaneError, checksum, lane_tables
from gateway.shell import telemetry
from gateway.shell.batches import HEADER_BYTES, Prepared, PreparedBatch
from gateway.shell.fold import Fold
from gateway.shell.outputs import AuditChain, Outgoing
from gateway.shell.parking import NOT_OF_THE_RECORD, Poison
from gateway.shell.settings import Settings, UserError
from gateway.shell.telemetry import log
from gateway.shell.transaction import BATCH_BYTES_MAX
from gateway.shell.whose import place_of, suspect
from schemas.codec import Decoded, Record
from schemas.diagnose import has_time
from schemas.keys import KeyRing
from schemas.topics import COMMANDS, delivery_topic, other

if TYPE_CHECKING:
    from gateway.express.compiled import Lane
    from gateway.shell.telemetry import Count

#: What `Lane.take` answers when something is due before the record.
_DUE_FIRST: Final = -1


def _counts(topic: str, answer: str) -> tuple[Count, ...]:
    """What an answer of the lane to a message of an input counts as."""
    lane: Count = (telemetry.EXPRESS, ())
    if answer == "again":
        return (telemetry.DUPLICATES, ()), lane
    agency, family = topic[:2], topic.rpartition(".")[2]
    delivery = (telemetry.DELIVERIES, (delivery_topic(other(agency), family),))
    if answer == "ACCEPTED":
        return (telemetry.RECEIPTS, (agency, family, answer)), delivery, lane
    warned = (telemetry.RECEIPTS, (agency, family, "ACCEPTED_WITH_WARNING"))
    return warned, (telemetry.REASONS, (answer,)), delivery, lane


class _Chain(AuditChain):
    """The task's audit chain, which goes on where the lane has left it, and the other way round."""

    __slots__ = ("_lane",)

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    @property
    def count(self) -> int:
        return self._lane.chain[0]

    @count.setter
    def count(self, count: int) -> None:
        self._lane.chain = (count, self._lane.chain[1])

    @property
    def previous(self) -> str:
        return self._lane.chain[1]

    @previous.setter
    def previous(self, previous: str) -> None:
        self._lane.chain = (self._lane.chain[0], previous)


class ExpressFold(Fold):
    """A fold whose states and records are kept by a lane, in the form in which Kafka takes them."""

    def __init__(self, *fixed: Any, lane: Lane, compression: str | None = None) -> None:
        super().__init__(*fixed)
        self._lane = lane
        self._compression = compression
        self.chain = _Chain(lane)

    # -- deciding

    @property
    def _is_open(self) -> bool:
        return not self.lot.failed and not self.lot.parked

    def read(self, record: Record) -> Decoded | None:
        """Nothing is read ahead of the lane."""
        return None if self._is_open else super().read(record)

    def take(self, record: Record, decoded: Decoded | None = None) -> None:
        """Decide one record, in the lane if it has no findings; see `Fold.take`."""
        usual = decoded is None and record.topic != COMMANDS and has_time(record)
        if usual and self._is_open:
            now = record.timestamp_ms
            bytes_now = self._tried(record)
            if bytes_now == _DUE_FIRST:
                self.advance(now)
                bytes_now = self._tried(record)
            if bytes_now > 0:
                self.answered += 1
                self.pending_bytes = bytes_now
                self.advance(max(self.stream_time, now))
                return
        super().take(record, decoded)

    def _tried(self, record: Record) -> int:
        try:
            return self._lane.take(record)
        except NOT_OF_THE_RECORD:
            raise
        except Exception as problem:
            # With a mark of the fault the next process decides it in Python, see `_is_open`.
            name = type(problem).__name__
            whose = suspect(record, None)
            raise Poison(self.partition, whose, place_of(record), name) from problem

    def advance(self, now: Instant) -> None:
        """Let stream time pass to `now`; see `Fold.advance`."""
        while (found := self._lane.due(now)) is not None:
            key, due = found
            if key not in self.lot.parked:
                self._fire(key, due)
        self.stream_time = max(self.stream_time, now)

    def _tell(self, key: str, due: Instant, cause: str) -> None:
        kinds = self._lane.tick(key, due) if self._is_open else None
        if kinds is None:
            super()._tell(key, due, cause)
            return
        self.pending_bytes = self._lane.pending_bytes
        for kind in kinds:
            self.tally.add(telemetry.NOTICES, kind)

    # -- states

    @property
    def persons(self) -> int:
        """How many persons are known."""
        return self._lane.known[0]

    @property
    def stored_bytes(self) -> int:
        """Bytes of all states and pieces in memory."""
        return self._lane.known[1] + self._pieces.bytes

    def _keep(self, key: str, value: bytes) -> None:
        self._lane.restore(key, value, None)

    def _load(self, key: str) -> PersonState | None:
        stored = self._lane.state(key)
        return None if stored is None else self._whole(key, load(stored))

    def _store(self, key: str, state: PersonState, now: Instant) -> None:
        self._lane.store(key, self._apart(key, state, now).stored, now, state.next_due)

    def _schedule(self, key: str, due: Instant | None) -> None:
        self._lane.schedule(key, due)

    def _written(self) -> Iterator[Outgoing]:
        self._lane.put_states()
        return iter(())

    # -- committing

    @property
    def has_pending(self) -> bool:
        """Whether anything was decided that is not written."""
        return self._lane.has_pending

    def _add(self, found: tuple[Outgoing, ...]) -> None:
        for out in found:
            self._lane.put(*out)

    def records(self) -> list[Outgoing]:
        """What was put since the last transaction began, as records."""
        said = self._lane.records()
        return [Outgoing(t, at, key, value, tuple(more)) for t, at, key, value, more in said]

    def settle(self) -> None:
        """Put what ends a transaction, and count what the lane has accepted."""
        for out in self._last():
            self._lane.put(*out)
        counts = self.tally.counts
        for topic, answer, times in self._lane.answers():
            for count in _counts(topic, answer):
                counts[count] = counts.get(count, 0) + times

    def drain(self) -> list[Prepared]:
        """Everything to be written in one transaction, as batches by topic."""
        self.settle()
        batches = []
        for topic, buffer, crc, *rest in self._lane.batches(BATCH_BYTES_MAX, HEADER_BYTES):
            count, first, last = rest
            joined = partial(checksum, crc=crc, length=len(buffer) - HEADER_BYTES)
            batch = PreparedBatch(buffer, count, first, last, self._compression, joined)
            batches.append(Prepared(topic, batch))
        self.forget()
        return batches

    def forget(self) -> None:
        """Begin a transaction anew."""
        self._lane.clear()
        self.pending_bytes = 0


def tables_of_lane(
    settings: Settings, agreement: Agreement, keys: KeyRing, partitions: int
) -> str | None:
    """What the express lanes of a process need to know, None without any.

    Raises:
        UserError: there is none, and the settings ask for one.
    """
    try:
        return lane_tables(settings.express, agreement, keys, partitions)
    except NoLaneError as problem:
        if settings.express == "required":
            raise UserError(str(problem)) from None
        log("no express lane", why=str(problem))
        return None
