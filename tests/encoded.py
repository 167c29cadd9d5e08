"""Kafka's records of version 2, encoded in plain Python: what compiled code has to arrive at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.shell.batches import HEADER_BYTES, PreparedBatch
from gateway.shell.outputs import Outgoing


def prepared(records: Sequence[Outgoing], compression: str | None = None) -> PreparedBatch:
    """The batch of these records; an empty value is one, unlike in what the gateway writes."""
    times = [record.timestamp_ms for record in records]
    encoded = b"".join(_record(n, times[0], record) for n, record in enumerate(records))
    buffer = bytearray(HEADER_BYTES) + encoded
    return PreparedBatch(buffer, len(records), times[0], max(times), compression)


class Encoded(NamedTuple):
    """A batch: its records with room for the header before them, how many, first and last time."""

    buffer: bytearray
    count: int
    first: int
    greatest: int


def in_batches(records: Sequence[Outgoing], limit: int) -> Iterator[tuple[str, Encoded]]:
    """All records in batches of at most `limit` bytes, topic by topic, each in its order.

    As the gateway writes them: an empty value is none, Kafka's own way to end a key. A record that
    is too large for any batch has one of its own.
    """
    by_topic: dict[str, list[Outgoing]] = {}
    for record in records:
        by_topic.setdefault(record.topic, []).append(record)
    for topic, rest in by_topic.items():
        batch = _begun(rest[0])
        for record in rest:
            written = record._replace(value=record.value or None)  # type: ignore[arg-type]  # as Kafka
            more = _record(batch.count, batch.first, written)
            if batch.count and len(batch.buffer) + len(more) > limit:
                yield topic, batch
                batch = _begun(record)
                more = _record(0, record.timestamp_ms, written)
            batch.buffer.extend(more)
            greatest = max(batch.greatest, record.timestamp_ms)
            batch = batch._replace(count=batch.count + 1, greatest=greatest)
        yield topic, batch


def _begun(record: Outgoing) -> Encoded:
    return Encoded(bytearray(HEADER_BYTES), 0, record.timestamp_ms, record.timestamp_ms)


def _record(offset: int, first_timestamp: int, record: Outgoing) -> bytes:
    body = b"\x00" + _varint(record.timestamp_ms - first_timestamp) + _varint(offset)
    body += _nullable(record.key) + _nullable(record.value) + _varint(len(record.headers))
    for name, value in record.headers:
        body += _nullable(name.encode()) + _nullable(value)
    return _varint(len(body)) + body


def _nullable(value: bytes | None) -> bytes:
    return _varint(-1) if value is None else _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Small numbers of either sign in few bytes: zigzag, then seven bits a byte."""
    rest = 2 * value if value >= 0 else -2 * value - 1
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes((*encoded, rest))
