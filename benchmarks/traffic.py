"""Messages at a steady rate and their receipts, as the agencies see them.

Agencies have machines of their own, this one has to do for all: what they would do there is done
before or after the measuring where that changes nothing of what the broker and the gateway see.
Messages are encoded into Kafka's requests ahead of their time, and receipts are parsed once they
are asked for. What is seen on the wire is as an agency sends it: idempotent producers, confirmed by
all in-sync replicas, all that is due in one request, up to five requests on their way, as Kafka's
own client has them; nothing is sent twice, a broker that refuses ends the measurement. Receipts are
read as committed and count from when they came. Messages are due at fixed moments, so that what is
delayed by a late sender counts too.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import orjson
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import for_code
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.protocol.produce import ProduceRequest

from benchmarks.kafka import Place, inputs, partition_for, receipts
from benchmarks.receipts import Reader, only_leader
from gateway.sdk.options import REQUEST_TIMEOUT_MS, bulk_producer_options
from gateway.shell.private_aiokafka import build, sequence_of, versions_spoken
from schemas.topics import AGENCIES
from simulator.wire import SimRecord

_END_S: Final = 60.0
_ALL_REPLICAS: Final = -1
#: Requests that a producer has on their way: the default of Kafka's own client.
_UNDER_WAY_MAX: Final = 5


class Answer(NamedTuple):
    """The first receipt of a message: when (wall clock), its partition, seconds since the send."""

    at: float
    partition: int
    delay: float


class Request(NamedTuple):
    """What goes out together, `at` seconds after the beginning, and when each message was due."""

    at: float
    agencies: dict[str, _Encoded]
    due: dict[str, float]


class _Encoded(ProduceRequest):  # type: ignore[misc]  # aiokafka is untyped
    """A request to write whose bytes are there; aiokafka's connection puts a header before them."""

    def __init__(self, topics: list[tuple[str, list[tuple[int, bytes]]]], versions: Any) -> None:
        super().__init__(None, _ALL_REPLICAS, REQUEST_TIMEOUT_MS, topics)
        self._struct = super().prepare(versions)
        body = self._struct.encode()
        self._struct.encode = lambda: body
        self._topics = self._struct.topics = []

    def prepare(self, _versions: Any) -> Any:
        """What was encoded for this very connection."""
        return self._struct


@dataclass(slots=True)
class _Sender:
    """An agency's producer and its connection to the one broker."""

    producer: AIOKafkaProducer
    node: int
    versions: Any
    #: Whoever waits for room goes in order.
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_UNDER_WAY_MAX))
    last: asyncio.Task[None] | None = None

    def encoded(self, batches: dict[tuple[str, int], BatchBuilder]) -> _Encoded:
        """One request for batches, each with its place in the producer's sequence."""
        manager = sequence_of(self.producer)
        topics: dict[str, list[tuple[int, bytes]]] = {}
        for (topic, partition), batch in batches.items():
            place = TopicPartition(topic, partition)
            sequence = manager.sequence_number(place)
            manager.increment_sequence_number(place, batch.record_count())
            batch.close()
            built = build(batch, manager.producer_id, manager.producer_epoch, sequence)
            topics.setdefault(topic, []).append((partition, built))
        return _Encoded(list(topics.items()), self.versions)

    def send(self, request: _Encoded) -> asyncio.Task[None]:
        """Send it behind those before it; the task raises KafkaError: it was not taken."""
        self.last = asyncio.create_task(self._confirmed(request))
        return self.last

    async def _confirmed(self, request: _Encoded) -> None:
        async with self.room:
            response = await self.producer.client.send(self.node, request)
        for topic, partitions in response.topics:
            for partition, code, *_ in partitions:
                if code:
                    raise for_code(code)(f"{topic}/{partition}")


class Traffic:
    """Two agencies' producers and a reader of all receipts; both end with the `with` block."""

    def __init__(self, where: Place) -> None:
        self._where = where
        self._due: dict[str, float] = {}
        self._reader: Reader
        self._answers: list[Answer] = []
        self._senders: dict[str, _Sender] = {}
        self._loop = asyncio.new_event_loop()
        self._ended = Event()
        self._problems: list[BaseException] = []
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        self._beside(self._loop.run_forever)
        self._on_loop(self._connect())
        self._beside(lambda: self._on_loop(self._reader.run(self._ended)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        for thread in self._threads[1:]:
            thread.join(_END_S)
        self._on_loop(self._disconnect())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._threads[0].join(_END_S)
        self._loop.close()

    def encoded(
        self, records: Iterable[SimRecord], rate: float, linger_s: float = 0.0
    ) -> Iterator[Request]:
        """Requests for messages that are due `rate` times a second.

        `linger_s` is how long a message waits for company, as the client's setting of that name.
        """
        due: dict[str, float] = {}
        batches: dict[str, dict[tuple[str, int], BatchBuilder]] = defaultdict(dict)
        goes = 0.0
        for number, record in enumerate(records):
            wanted = number / rate
            if due and wanted > goes:
                yield self._request(goes, batches, due)
                due = {}
                batches.clear()
            if not due:
                goes = wanted + linger_s
            assert record.value is not None, "tombstones have been left out"
            due[sha256(record.value).hexdigest()] = wanted
            self._add(batches[record.topic[:2]], record)
        if due:
            yield self._request(goes, batches, due)

    def _request(
        self,
        goes: float,
        batches: dict[str, dict[tuple[str, int], BatchBuilder]],
        due: dict[str, float],
    ) -> Request:
        encoded = {agency: self._senders[agency].encoded(own) for agency, own in batches.items()}
        return Request(goes, encoded, due)

    def _add(self, batches: dict[tuple[str, int], BatchBuilder], record: SimRecord) -> None:
        place = (record.topic, partition_for(record))
        if (batch := batches.get(place)) is None:
            batch = batches[place] = self._senders[record.topic[:2]].producer.create_batch()
        taken = batch.append(
            timestamp=record.timestamp_ms,
            key=record.key,
            value=record.value,
            headers=list(record.headers),
        )
        if taken is None:
            raise ValueError("What is due at the same time is too much for one batch.")

    def start(self, requests: Iterable[Request]) -> None:
        """Send beside whoever asks, until the requests or the `with` block end.

        Encoded while they are sent, unless they are given as a list.
        """
        self._beside(lambda: self._on_loop(self._send(requests)))

    def send(self, requests: Iterable[Request]) -> None:
        """Send, and return when the broker has everything.

        Raises:
            KafkaError: a message was not taken.
        """
        # What is encoded ahead are a million objects. Python's collector would look at all of them
        # again and again, and nothing is sent or read while it does: a fifth of the sender's time.
        gc.collect()
        gc.freeze()
        try:
            self._on_loop(self._send(requests))
        finally:
            gc.unfreeze()
        self.check()

    async def _send(self, requests: Iterable[Request]) -> None:
        begin = time.perf_counter() + 0.1
        for request in requests:
            if (wait := begin + request.at - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            if self._ended.is_set():
                break
            for content, due in request.due.items():
                self._due[content] = begin + due
            for agency, encoded in request.agencies.items():
                self._senders[agency].send(encoded).add_done_callback(self._told)
        for sender in self._senders.values():
            if sender.last is not None:
                await asyncio.wait([sender.last])

    def _told(self, sent: asyncio.Task[None]) -> None:
        if (problem := sent.exception()) is not None:
            self._problems.append(problem)

    def check(self) -> None:
        """Raise what ended the sender or the reader."""
        if self._problems:
            raise self._problems[0]

    def wait_answered(self, limit_s: float) -> None:
        """Wait until every message has its receipt.

        Raises:
            TimeoutError: a receipt is missing.
        """
        end = time.monotonic() + limit_s
        # Parsing would delay who reads the last ones, and they count as the others do.
        while self._reader.waiting < len(self._due) and time.monotonic() < end:
            self.check()
            time.sleep(0.02)
        while self.unanswered:
            self.check()
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self._due)} receipts are missing after {limit_s} s")
            time.sleep(0.02)

    @property
    def unanswered(self) -> int:
        """Messages sent and not yet answered."""
        self._match()
        return len(self._due)

    def taken(self) -> list[Answer]:
        """The answers since this was asked last."""
        self._match()
        answers, self._answers = self._answers, []
        return answers

    def after(self, moment: float) -> list[Answer]:
        """Answers since a moment of the wall clock, as far as nobody has taken them."""
        self._match()
        return [answer for answer in self._answers if answer.at >= moment]

    def _match(self) -> None:
        for at, steady, partition, value in self._reader.take():
            due = self._due.pop(orjson.loads(value)["data"]["content_sha256"], None)
            if due is not None:
                self._answers.append(Answer(at, partition, steady - due))

    def _on_loop(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _beside(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except BaseException as problem:  # noqa: BLE001 - raised by `check`, where it is seen
                self._problems.append(problem)

        self._threads.append(Thread(target=guarded, name="traffic", daemon=True))
        self._threads[-1].start()

    async def _connect(self) -> None:
        self._reader = Reader(self._where.bootstrap, receipts())
        for agency in AGENCIES:
            options = bulk_producer_options(self._where.bootstrap, f"bench-{agency}")
            producer = AIOKafkaProducer(**options)
            await producer.start()
            client = producer.client
            node = await only_leader(client, inputs())
            await client.ready(node)
            self._senders[agency] = _Sender(producer, node, versions_spoken(client, node))

    async def _disconnect(self) -> None:
        for sender in self._senders.values():
            await sender.producer.stop()
