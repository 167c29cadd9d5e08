"""A model of Kafka's transactions for the engine's two clients, in which any call can go wrong.

What is modelled is what the gateway rests on: offsets and records in one transaction, fencing by
transactional id, the last stable offset, markers that leave gaps, offset commits that no group
generation protects (aiokafka speaks the first version of the request), and a commit that succeeds
although a produce before it failed. Each request to the broker counts as one call; the `Fault` for
its number decides what becomes of it. The real brokers are asked by the tests beside this file;
here every single call of a run can be failed in seconds.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final, Literal, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, ProducerFenced
from aiokafka.record.memory_records import MemoryRecords

from gateway.shell.batches import PreparedBatch
from gateway.shell.topics import READ_TOPICS

#: refused: nothing happened; unanswered: it happened and nobody says so; frozen: the whole owner
#: stands still before the call until it is thawed; killed: the owner is gone at that call;
#: rebalanced: all its partitions are taken and given back at the first poll after the call.
Kind = Literal["refused", "unanswered", "frozen", "killed", "rebalanced"]
_POLL_MAX: Final = 2
#: A fetch takes longer than a commit, so that a run has several transactions.
_FETCH_STEPS: Final = 12
_BATCH_BYTES_MAX: Final = 900_000


class Died(BaseException):
    """The process of an engine has ended."""


@dataclass(eq=False)
class Owner:
    """One gateway process: its calls, and what is to happen at one of them."""

    name: str
    at: int = 0
    kind: Kind | None = None
    calls: list[str] = field(default_factory=list)
    dead: bool = False
    buried: bool = False
    thawed: asyncio.Event = field(default_factory=asyncio.Event)
    frozen: asyncio.Event = field(default_factory=asyncio.Event)
    reached: dict[int, asyncio.Event] = field(default_factory=dict)
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)


#: Whose clients are being made and used.
OWNER: ContextVar[Owner] = ContextVar("owner")


@dataclass(eq=False)
class Transaction:
    """What one producer has begun."""

    state: str = "open"
    places: set[TopicPartition] = field(default_factory=set)
    offsets: dict[TopicPartition, int] = field(default_factory=dict)


class Stored(NamedTuple):
    """A record in a partition; a marker has no record."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    transaction: Transaction | None
    marker: bool = False


class Fetched(NamedTuple):
    """A record as the consumer gives it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Cluster:
    """The broker's side: logs, committed offsets, producer epochs."""

    def __init__(self) -> None:
        self.logs: dict[TopicPartition, list[Stored]] = defaultdict(list)
        self.committed: dict[TopicPartition, int] = {}
        self.epochs: dict[str, int] = {}
        self.open: dict[str, Transaction] = {}

    def append(self, tp: TopicPartition, record: Any, transaction: Transaction | None) -> None:
        """Write a record; `record` has timestamp, key, value and headers."""
        log = self.logs[tp]
        timestamp, key, value, headers = record
        log.append(Stored(len(log), timestamp, key, value, tuple(headers), transaction))

    def end(self, transaction_id: str, state: str) -> None:
        """End what is open under an id; a commit applies its offsets."""
        transaction = self.open.pop(transaction_id, None)
        if transaction is None:
            return
        transaction.state = state
        for tp in transaction.places:
            log = self.logs[tp]
            log.append(Stored(len(log), 0, None, None, (), None, marker=True))
        if state == "committed":
            self.committed.update(transaction.offsets)

    def stable_end(self, tp: TopicPartition) -> int:
        """The last stable offset: where the first open transaction begins."""
        for stored in self.logs[tp]:
            if stored.transaction is not None and stored.transaction.state == "open":
                return stored.offset
        return len(self.logs[tp])

    def readable(self, tp: TopicPartition, start: int) -> Iterable[Fetched]:
        """Committed records from an offset on, as read_committed shows them."""
        for stored in self.logs[tp][start : self.stable_end(tp)]:
            aborted = stored.transaction is not None and stored.transaction.state == "aborted"
            if not stored.marker and not aborted:
                yield Fetched(tp.topic, tp.partition, *stored[:5])

    async def call(self, name: str, effect: Callable[[], Any]) -> Any:
        """One request of the present owner, and what becomes of it."""
        owner = OWNER.get()
        owner.calls.append(name)
        number = len(owner.calls)
        if number in owner.reached:
            owner.reached[number].set()
        kind = owner.kind if number == owner.at else None
        if kind == "killed":
            owner.dead = True
        if kind == "frozen":
            owner.frozen.set()
        await asyncio.sleep(0)
        if owner.frozen.is_set():
            await owner.thawed.wait()
        await _gone(owner)
        if kind == "refused":
            raise KafkaConnectionError(f"call {number} ({name}) was refused")
        result = effect()
        if kind == "unanswered":
            raise KafkaConnectionError(f"call {number} ({name}) was not answered")
        return result


async def _gone(owner: Owner) -> None:
    """The dead do nothing any more, and when they are buried not even that."""
    if owner.buried:
        raise Died
    if owner.dead:
        await asyncio.Event().wait()


class Consumer:
    """What the engine and the restore use of AIOKafkaConsumer."""

    cluster: Cluster
    #: Partition numbers that the group's only member gets.
    numbers: tuple[int, ...] = (0,)

    def __init__(self, *_: str, **options: Any) -> None:
        assert options["isolation_level"] == "read_committed"
        assert options["enable_auto_commit"] is False
        self._listener: Any = None
        # Heartbeats; nobody is expelled here for want of them.
        self._coordinator = SimpleNamespace(_start_heartbeat_task=lambda: None)
        self._positions: dict[TopicPartition, int] = {}
        self._seen: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()

    async def start(self) -> None:
        """Connect."""
        await self.cluster.call("consumer.start", lambda: None)

    async def stop(self) -> None:
        """Leave."""
        await self.cluster.call("consumer.stop", lambda: None)

    def subscribe(self, topics: list[str], listener: Any) -> None:
        """Join at the first poll."""
        assert topics == list(READ_TOPICS)
        self._listener = listener

    def assign(self, places: list[TopicPartition]) -> None:
        """Read without a group."""
        self._positions = dict.fromkeys(places, 0)

    async def getmany(self, timeout_ms: int) -> dict[TopicPartition, list[Fetched]]:
        """A few records of each partition; joins the group first."""
        owner = OWNER.get()
        if owner.kind == "rebalanced" and len(owner.calls) >= owner.at and self._listener:
            owner.kind = None
            await self._listener.on_partitions_revoked(list(self._positions))
            self._positions = {}
        if self._listener is not None and not self._positions:
            await self._join()
        for _ in range(_FETCH_STEPS):
            await asyncio.sleep(0)
        polled: dict[TopicPartition, list[Fetched]] = await self.cluster.call("fetch", self._poll)
        if not polled and timeout_ms:
            await asyncio.sleep(0.0005)
        return polled

    async def _join(self) -> None:
        """Positions are the committed offsets until the listener seeks."""
        places = [TopicPartition(t, n) for n in self.numbers for t in READ_TOPICS]
        if not self.cluster.committed:
            await self._listener.on_partitions_revoked([])
        self._positions = {tp: self.cluster.committed.get(tp, 0) for tp in places}
        await self._listener.on_partitions_assigned(places)

    def _poll(self) -> dict[TopicPartition, list[Fetched]]:
        polled = {}
        for tp, position in self._positions.items():
            stable = self._seen[tp] = self.cluster.stable_end(tp)
            if tp in self._paused:
                continue
            records = list(self.cluster.readable(tp, position))[:_POLL_MAX]
            self._positions[tp] = records[-1].offset + 1 if records else max(position, stable)
            if records:
                polled[tp] = records
        return polled

    async def position(self, tp: TopicPartition) -> int:
        """The next offset; asks nobody."""
        return self._positions[tp]

    def last_stable_offset(self, tp: TopicPartition) -> int | None:
        """As of the last fetch; None before one."""
        return self._seen.get(tp)

    def pause(self, tp: TopicPartition) -> None:
        """Fetch no more of it."""
        self._paused.add(tp)

    def resume(self, tp: TopicPartition) -> None:
        """Fetch it again."""
        self._paused.discard(tp)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """Go on from an offset."""
        self._positions[tp] = offset

    async def seek_to_beginning(self, *places: TopicPartition) -> None:
        """Go on from the first."""
        self._positions.update(dict.fromkeys(places, 0))

    async def committed(self, tp: TopicPartition) -> int | None:
        """The group's offset, None when there is none."""
        offset: int | None = await self.cluster.call(
            "committed", lambda: self.cluster.committed.get(tp)
        )
        return offset

    async def beginning_offsets(self, places: Iterable[TopicPartition]) -> Mapping[Any, int]:
        """First offsets."""
        found: Mapping[Any, int] = await self.cluster.call(
            "beginning_offsets", lambda: dict.fromkeys(places, 0)
        )
        return found

    async def end_offsets(self, places: Iterable[TopicPartition]) -> Mapping[Any, int]:
        """Last stable offsets."""
        found: Mapping[Any, int] = await self.cluster.call(
            "end_offsets", lambda: {tp: self.cluster.stable_end(tp) for tp in places}
        )
        return found


class Confirmed(NamedTuple):
    """What a broker says of a batch; it has no time of its own here, as with CreateTime."""

    timestamp: int = -1


class Batch:
    """What the engine uses of aiokafka's batch builder."""

    def __init__(self) -> None:
        self.records: list[tuple[Any, ...]] = []
        self.size = 0

    def append(
        self, *, timestamp: int, key: bytes | None, value: bytes | None, headers: Any
    ) -> Any:
        """None when it is full."""
        size = len(value or b"") + len(key or b"") + 100
        if self.records and self.size + size > _BATCH_BYTES_MAX:
            return None
        self.size += size
        self.records.append((timestamp, key, value, headers))
        return True

    def close(self) -> None:
        """Take no more."""


def _prepared(batch: PreparedBatch) -> list[tuple[Any, ...]]:
    """The records of an encoded batch, as aiokafka reads them off the bytes."""
    read = MemoryRecords(bytes(batch._build()))
    found = read.next_batch()
    assert found.validate_crc()
    records = [(r.timestamp, r.key, r.value, list(r.headers)) for r in found]
    assert not read.has_next()
    assert len(records) == batch.record_count()
    return records


class Producer:
    """What the task's transactions use of AIOKafkaProducer."""

    cluster: Cluster

    def __init__(self, *, transactional_id: str, acks: str, **_: Any) -> None:
        assert acks == "all"
        self._id = transactional_id
        self._epoch = -1
        self._transaction: Transaction | None = None
        self.client = self

    async def set_topics(self, topics: Collection[str]) -> None:
        """Metadata."""
        await self.cluster.call("metadata", lambda: len(topics))

    async def start(self) -> None:
        """InitProducerId: fences whoever had the id, and ends what was open."""
        self._epoch = await self.cluster.call("init_producer", self._init)

    def _init(self) -> int:
        self.cluster.end(self._id, "aborted")
        epoch = self.cluster.epochs[self._id] = self.cluster.epochs.get(self._id, -1) + 1
        return epoch

    async def stop(self) -> None:
        """Disconnect."""

    def create_batch(self) -> Batch:
        """A batch to fill."""
        return Batch()

    def _begun(self) -> Transaction:
        if self.cluster.epochs[self._id] != self._epoch:
            raise ProducerFenced
        assert self._transaction is not None
        return self.cluster.open.setdefault(self._id, self._transaction)

    async def begin_transaction(self) -> None:
        """Asks nobody."""
        assert self._transaction is None
        self._transaction = Transaction()

    async def send_batch(
        self, batch: Batch | PreparedBatch, topic: str, *, partition: int
    ) -> asyncio.Future[Any]:
        """Write a batch; only the future tells whether it was."""
        place = TopicPartition(topic, partition)
        records = _prepared(batch) if isinstance(batch, PreparedBatch) else batch.records

        def write() -> Confirmed:
            transaction = self._begun()
            transaction.places.add(place)
            for record in records:
                self.cluster.append(place, record, transaction)
            return Confirmed()

        return asyncio.ensure_future(self.cluster.call("produce", write))

    async def send_offsets_to_transaction(
        self, offsets: Mapping[TopicPartition, int], _group: str
    ) -> None:
        """AddOffsetsToTxn and TxnOffsetCommit; no generation of the group is checked."""
        await self.cluster.call("add_offsets", self._begun)
        await self.cluster.call("txn_offset_commit", lambda: self._begun().offsets.update(offsets))

    async def commit_transaction(self) -> None:
        """EndTxn: succeeds although a produce may have failed."""

        def end() -> None:
            self._begun()
            self.cluster.end(self._id, "committed")

        await self.cluster.call("end_txn", end)
        self._transaction = None
