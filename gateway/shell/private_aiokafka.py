"""All private parts of aiokafka (0.14.0) that are used here, and nothing else.

aiokafka offers no public way to what these functions do. Its version is pinned exactly (decision
0007). `USED` lists every private name: a test checks that each exists in the installed version, and
that no other module uses one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import AIOKafkaConnection
from aiokafka.consumer import fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer import sender
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


class Used(NamedTuple):
    """A private name, and the class or module of aiokafka that has it."""

    owner: Any
    name: str


#: Names that a module only imports (`MemoryRecords`, `ProduceRequest`) are private in their place:
#: aiokafka may move them at any time.
USED: Final = (
    Used(AIOKafkaAdminClient, "_client"),
    Used(AIOKafkaClient, "_conns"),
    Used(AIOKafkaConnection, "_versions"),
    Used(AIOKafkaConsumer, "_client"),
    Used(AIOKafkaConsumer, "_coordinator"),
    Used(AIOKafkaProducer, "_txn_manager"),
    Used(BatchBuilder, "_build"),
    Used(BatchBuilder, "_set_producer_state"),
    Used(GroupCoordinator, "_start_heartbeat_task"),
    Used(_DefaultRecordBatchPy, "_buffer"),
    Used(_DefaultRecordBatchPy, "_maybe_uncompress"),
    Used(_MemoryRecordsPy, "_next_slice"),
    Used(fetcher, "MemoryRecords"),
    Used(fetcher.PartitionRecords, "_consumer_record"),
    Used(sender, "ProduceRequest"),
)


# -- what is replaced for the whole process


def make_records_with(make: Callable[[Any, Any, Any], Any]) -> None:
    """Let every consumer of this process make its records so: of itself, place and raw record."""
    records = fetcher.PartitionRecords
    assert hasattr(records, "_consumer_record"), "aiokafka's fetcher makes records in another way"
    records._consumer_record = make


def read_batches_with(kind: type[Batches]) -> None:
    """Let every consumer of this process walk through fetched bytes with this class."""
    assert hasattr(fetcher, "MemoryRecords"), "aiokafka's fetcher reads batches in another way"
    fetcher.MemoryRecords = kind


def write_with(request: type[Any]) -> None:
    """Let every producer of this process write with this request."""
    assert hasattr(sender, "ProduceRequest"), "aiokafka writes with another request"
    sender.ProduceRequest = request


# -- what is built on


class PlainBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # aiokafka is untyped
    """A batch that aiokafka reads in plain Python, from the bytes that `over` makes of its own."""

    _buffer: Any

    def over(self, raw: bytearray) -> Any:
        """The bytes to read records from, uncompressed."""
        return raw

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = self.over(self._buffer)


class Batches(_MemoryRecordsPy):  # type: ignore[misc]  # aiokafka is untyped
    """Fetched bytes, batch by batch; `guarded` may put something around each."""

    def guarded(self, batch: Any, _raw: memoryview) -> Any:
        """The batch to read, of aiokafka's and the bytes that it was made of."""
        return batch

    def next_batch(self, *_: Any) -> Any:
        """The next batch; None: there is no other."""
        raw = self._next_slice
        batch = super().next_batch()
        return None if batch is None else self.guarded(batch, raw)


class ReadyBatch:
    """What aiokafka's sender asks of a batch by private names, under public ones."""

    __slots__ = ()

    def written_by(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        """Take who writes, and where in the sequence; called once, before `built`."""
        raise NotImplementedError

    def built(self) -> bytearray:
        """The bytes for the broker."""
        raise NotImplementedError

    def _set_producer_state(
        self, producer_id: int, producer_epoch: int, base_sequence: int
    ) -> None:
        self.written_by(producer_id, producer_epoch, base_sequence)

    def _build(self) -> bytearray:
        return self.built()


# -- what is looked at


def client_of(one: AIOKafkaConsumer | AIOKafkaAdminClient) -> AIOKafkaClient:
    """The client below, for requests that the public one does not have."""
    return one._client


def start_heartbeats(consumer: AIOKafkaConsumer) -> None:
    """Begin heartbeats before the rebalance listener has returned, where they do not run."""
    consumer._coordinator._start_heartbeat_task()


def sequence_of(producer: AIOKafkaProducer) -> Any:
    """The producer's id, epoch and sequences: its transaction manager."""
    return producer._txn_manager


def build(batch: BatchBuilder, producer_id: int, producer_epoch: int, sequence: int) -> Any:
    """The bytes of a closed batch, as the producer makes them."""
    batch._set_producer_state(producer_id, producer_epoch, sequence)
    return batch._build()


def versions_spoken(client: AIOKafkaClient, node: int) -> Any:
    """The versions of requests that the connected broker speaks."""
    return client._conns[node, ConnectionGroup.DEFAULT]._versions
