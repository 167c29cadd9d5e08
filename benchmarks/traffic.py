"""Messages at a steady rate and their receipts, as the agencies see them.

Sender and reader are clients of another make than the gateway's (librdkafka) and take less of the
machine than asyncio clients would: agencies have machines of their own, this one has to do for all.
They keep to what the SDK gives an agency: idempotent, confirmed by all in-sync replicas, no waiting
for company, one request to a broker at a time, so that what comes meanwhile goes together; receipts
are read as committed. Messages go out at fixed moments, so that what is delayed by a late sender
counts too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

from benchmarks.kafka import PARTITIONS, Place, partition_for
from gateway.sdk.options import LONGEST_WAIT_MS
from schemas.topics import AGENCIES, RECEIPT_TOPICS
from simulator.wire import SimRecord

_POLLED_MAX: Final = 1_000
_POLL_S: Final = 0.05
_FLUSH_S: Final = 30.0
_END_S: Final = 60.0


class Answer(NamedTuple):
    """The first receipt of a message: when (wall clock), its partition, seconds since the send."""

    at: float
    partition: int
    delay: float


class Traffic:
    """Two agencies' producers and a reader of all receipts; both end with the `with` block."""

    def __init__(self, where: Place) -> None:
        self.answers: list[Answer] = []
        self._waiting: dict[str, float] = {}
        self._producers = {agency: _producer(where, agency) for agency in AGENCIES}
        self._consumer = _consumer(where)
        self._ended = Event()
        self._problems: list[BaseException] = []
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        places = [
            TopicPartition(topic, n, OFFSET_BEGINNING)
            for topic in RECEIPT_TOPICS
            for n in range(PARTITIONS)
        ]
        self._consumer.assign(places)
        self._beside(self._read)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(_END_S)
        self._consumer.close()

    def start(self, records: Iterable[SimRecord], rate: float) -> None:
        """Send beside whoever asks, until the records or the `with` block end."""
        self._beside(lambda: self.send(records, rate))

    def send(self, records: Iterable[SimRecord], rate: float) -> None:
        """Send at a rate (messages a second), and return when the broker has them all.

        Raises:
            KafkaException: a message was not taken.
        """
        begin = time.perf_counter() + 0.1
        for number, record in enumerate(records):
            due = begin + number / rate
            if (wait := due - time.perf_counter()) > 0:
                time.sleep(wait)
            if self._ended.is_set():
                break
            self._write(record, due)
        for producer in self._producers.values():
            producer.flush(_FLUSH_S)
        self.check()

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
        while self._waiting:
            self.check()
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self._waiting)} receipts are missing after {limit_s} s")
            time.sleep(0.02)

    @property
    def unanswered(self) -> int:
        """Messages sent and not yet answered."""
        return len(self._waiting)

    def after(self, moment: float) -> list[Answer]:
        """Answers since a moment of the wall clock."""
        return [answer for answer in self.answers if answer.at >= moment]

    def _beside(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except BaseException as problem:  # noqa: BLE001 - raised by `check`, where it is seen
                self._problems.append(problem)

        self._threads.append(Thread(target=guarded, name="traffic", daemon=True))
        self._threads[-1].start()

    def _write(self, record: SimRecord, due: float) -> None:
        assert record.value is not None, "tombstones have been left out"
        self._waiting[sha256(record.value).hexdigest()] = due
        producer = self._producers[record.topic[:2]]
        producer.produce(
            record.topic,
            record.value,
            key=record.key,
            partition=partition_for(record),
            timestamp=record.timestamp_ms,
            headers=list(record.headers),
            on_delivery=self._told,
        )
        producer.poll(0)

    def _told(self, problem: Any, _: Any) -> None:
        if problem is not None:
            self._problems.append(KafkaException(problem))

    def _read(self) -> None:
        while not self._ended.is_set():
            # `consume` with a time waits for as many as it may hand over.
            first = self._consumer.poll(_POLL_S)
            if first is None:
                continue
            polled = [first, *self._consumer.consume(_POLLED_MAX, 0)]
            at, steady = time.time(), time.perf_counter()
            for message in polled:
                if (problem := message.error()) is not None:
                    raise KafkaException(problem)
                content = orjson.loads(message.value())["data"]["content_sha256"]
                sent = self._waiting.pop(content, None)
                if sent is not None:
                    self.answers.append(Answer(at, message.partition(), steady - sent))


def _producer(where: Place, agency: str) -> Producer:
    return Producer(
        {
            "bootstrap.servers": where.bootstrap,
            "client.id": f"bench-{agency}",
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 0,
            # As aiokafka does it; with more at a time every message would be a request.
            "max.in.flight.requests.per.connection": 1,
            "log_level": 0,
        }
    )


def _consumer(where: Place) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": where.bootstrap,
            "group.id": "bench-reader",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": LONGEST_WAIT_MS,
            "log_level": 0,
        }
    )
