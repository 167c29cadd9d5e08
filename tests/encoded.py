"""Kafka's records of version 2, encoded in plain Python: what compiled code has to arrive at."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.shell.batches import HEADER_BYTES, PreparedBatch
from gateway.shell.outputs import Outgoing


def prepared(records: Sequence[Outgoing], compression: str | None = None) -> PreparedBatch:
    """The batch of these records; an empty value is one, unlike in what the gateway writes."""
    times = [record.timestamp_ms for record in records]
    encoded = b"".join(_record(n, times[0], record) for n, record in enumerate(records))
    buffer = bytearray(HEADER_BYTES) + encoded
    return PreparedBatch(buffer, len(records), times[0], max(times), compression)


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
