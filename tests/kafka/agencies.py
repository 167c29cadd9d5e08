"""Both agencies with librdkafka instead of aiokafka: send one record, wait for its receipt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import orjson
from confluent_kafka import OFFSET_END, Consumer, Producer, TopicPartition

from gateway.sdk.envelope import Writer, to_binary
from schemas.keys import KeyRing
from schemas.partition import partition_of
from schemas.record import Record
from schemas.topics import RECEIPT_TOPICS
from simulator.wire import SimRecord
from tests.dsl import example, instant
from tests.kafka.live import PARTITIONS

_ANSWER_LIMIT_S: Final = 20.0


class Agencies:
    """Sends records and reads receipts; leave with `close`."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "linger.ms": 0,
                "message.max.bytes": 4_000_000,
                "log_level": 0,
            }
        )
        self._receipts = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "agencies",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 20,
                "log_level": 0,
            }
        )
        places = [
            TopicPartition(t, n, OFFSET_END) for t in RECEIPT_TOPICS for n in range(PARTITIONS)
        ]
        for place in places:
            place.offset = self._receipts.get_watermark_offsets(place, timeout=10)[1]
        self._receipts.assign(places)

    def close(self) -> None:
        """Write what is left and disconnect."""
        self._producer.flush(10)
        self._receipts.close()

    def send(self, record: SimRecord) -> Record:
        """Write a record and wait until the broker has it; as it stands in the topic."""
        placed: list[Any] = []
        self.post(record, lambda problem, message: placed.append(problem or message))
        self._producer.flush(10)
        (message,) = placed
        return Record(
            record.topic,
            message.partition(),
            message.offset(),
            record.timestamp_ms,
            record.key,
            record.value,
            record.headers,
        )

    def post(self, record: SimRecord, told: Any = None) -> None:
        """Write a record without waiting."""
        partition = record.partition
        if partition is None:
            partition = partition_of(record.key or b"", PARTITIONS)
        self._producer.produce(
            record.topic,
            value=record.value,
            key=record.key,
            partition=partition,
            timestamp=record.timestamp_ms,
            headers=list(record.headers),
            on_delivery=told,
        )
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until the broker has everything that was posted."""
        assert self._producer.flush(30) == 0

    def answers(self, sent: Record) -> tuple[dict[str, Any], bool]:
        """The first receipt of a record, and whether it is a duplicate's."""
        end = time.monotonic() + _ANSWER_LIMIT_S
        while time.monotonic() < end:
            message = self._receipts.poll(0.5)
            if message is None or message.error() is not None:
                continue
            receipt = orjson.loads(message.value())["data"]
            duplicate = ("gw-duplicate", b"true") in (message.headers() or [])
            place = (receipt["topic"], receipt["partition"], receipt["offset"])
            if duplicate or place == sent[:3]:
                return receipt, duplicate
        raise TimeoutError(f"no receipt for {sent[:3]}")


def example_record(name: str, mode: str = "structured") -> SimRecord:
    """A file of the contract's examples as a record; in binary mode where it has attributes."""
    content = example(name)
    headers: Sequence[tuple[str, bytes]] = [
        (header, text.encode()) for header, text in content["headers"].items()
    ]
    raw = content.get("raw_value")
    value = raw.encode() if raw is not None else orjson.dumps(content["value"])
    if mode == "binary" and raw is None and "data" in content["value"]:
        value, headers = to_binary(content["value"])
    return SimRecord(
        topic=content["topic"],
        partition=content.get("partition"),
        key=content["key"].encode(),
        value=value,
        headers=tuple(headers),
        timestamp_ms=instant(content["timestamp"]),
        expect=content["expect"]["status"],
        kind=name,
        codes=tuple(content["expect"]["codes"]),
    )


def closing_records(timestamp_ms: int) -> list[SimRecord]:
    """A count without a person on every partition: lets time pass there, so that waiting ends."""
    writer = Writer("fk", KeyRing.published_test_keys())
    data = {
        "month": "2024-12", "unit": "fk-0180", "benefit": "sjukpenning", "sex": "kvinna", "count": 1
    }  # fmt: skip
    records = []
    for partition in range(PARTITIONS):
        made = writer.record(
            writer.envelope(
                "consent.refusal_counted",
                data,
                message_id=str(uuid5(NAMESPACE_URL, f"closing/{timestamp_ms}/{partition}")),
                time=datetime.fromtimestamp(timestamp_ms / 1000, UTC),
            )
        )
        records.append(
            SimRecord(
                made.topic, partition, made.key, made.value, made.headers, timestamp_ms,
                None, "closing",
            )
        )  # fmt: skip
    return records
