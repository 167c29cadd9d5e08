"""Receipts as they come, parsed later: what an agency's machine does in its own time.

Every receipt topic is read as committed. What a fetch brings is kept as it came, with the moment it
came at; only the headers of its batches are looked at, for the offset to go on from. Records are
parsed by aiokafka's own code, which leaves out what was aborted, once somebody asks for them.
"""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Iterable, Iterator
from threading import Event
from typing import Any, Final, NamedTuple

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords

from gateway.sdk.options import LONGEST_WAIT_MS

_FETCHED_MAX: Final = 64 * 2**20
_FETCHED_MAX_PER_PARTITION: Final = 2**20
#: Base offset and length of what follows them; record batches of format 2 (Kafka 0.11).
_BEGIN: Final = struct.Struct(">qi")
#: From the attributes: they and the last offset's distance; number of records at the end.
_HEAD: Final = struct.Struct(">21xhi30xi")
_CONTROL: Final = 0x20


class Receipt(NamedTuple):
    """A receipt: when it came (wall clock, steady clock), its partition and its bytes."""

    at: float
    steady: float
    partition: int
    value: bytes


class _Fetched(NamedTuple):
    """What one fetch brought of one partition from an offset on."""

    at: float
    steady: float
    place: TopicPartition
    offset: int
    count: int
    aborted: list[tuple[int, int]]
    batches: bytes


async def only_leader(client: AIOKafkaClient, places: Iterable[TopicPartition]) -> int:
    """The one broker that leads all these partitions; the client knows their topics then."""
    places = list(places)
    await client.set_topics({tp.topic for tp in places})
    (node,) = {client.cluster.leader_for_partition(tp) for tp in places}
    return int(node)


class Reader:
    """Reads partitions of one broker from their beginning, on a loop of someone else's."""

    def __init__(self, bootstrap: str, places: Iterable[TopicPartition]) -> None:
        self._client = AIOKafkaClient(bootstrap_servers=bootstrap, client_id="bench-reader")
        self._offsets = dict.fromkeys(places, 0)
        self._fetched: deque[_Fetched] = deque()
        # Each is written by one thread only: the loop's, and that of whoever takes.
        self._came = self._taken = 0

    @property
    def waiting(self) -> int:
        """Records that came and were not taken, with those that were aborted."""
        return self._came - self._taken

    async def run(self, ended: Event) -> None:
        """Read until `ended`.

        Raises:
            KafkaError: the broker refused.
        """
        await self._client.bootstrap()
        try:
            node = await only_leader(self._client, self._offsets)
            while not ended.is_set():
                response = await self._client.send(node, self._request())
                self._keep(response, time.time(), time.perf_counter())
        finally:
            await self._client.close()

    def _request(self) -> FetchRequest:
        topics: dict[str, list[tuple[int, int, int]]] = {}
        for (topic, partition), offset in self._offsets.items():
            asked = (partition, offset, _FETCHED_MAX_PER_PARTITION)
            topics.setdefault(topic, []).append(asked)
        return FetchRequest(LONGEST_WAIT_MS, 1, _FETCHED_MAX, READ_COMMITTED, list(topics.items()))

    def _keep(self, response: Any, at: float, steady: float) -> None:
        for topic, partitions in response.topics:
            for partition, code, _, _, _, aborted, _, batches in partitions:
                if code:
                    raise for_code(code)(f"{topic}/{partition}")
                if not batches:
                    continue
                place = TopicPartition(topic, partition)
                offset = self._offsets[place]
                self._offsets[place], count = _walked(offset, batches)
                self._fetched.append(_Fetched(at, steady, place, offset, count, aborted, batches))
                self._came += count

    def take(self) -> Iterator[Receipt]:
        """The receipts that came since this was asked last."""
        while self._fetched:
            at, steady, place, offset, count, aborted, batches = self._fetched.popleft()
            self._taken += count
            for record in PartitionRecords(
                place, MemoryRecords(batches), aborted, offset, None, None, True, READ_COMMITTED
            ):
                yield Receipt(at, steady, place.partition, record.value)


def _walked(offset: int, batches: bytes) -> tuple[int, int]:
    """The offset after the last whole batch, and the records of all without the control records."""
    at = count = 0
    while at + _HEAD.size <= len(batches):
        base, length = _BEGIN.unpack_from(batches, at)
        if at + _BEGIN.size + length > len(batches):
            break
        attributes, distance, records = _HEAD.unpack_from(batches, at)
        offset = base + distance + 1
        count += 0 if attributes & _CONTROL else records
        at += _BEGIN.size + length
    return offset, count
