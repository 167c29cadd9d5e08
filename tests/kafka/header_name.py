"""A record that only clients in C or Go can write: its header's name is not UTF-8."""

from __future__ import annotations

import struct
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from schemas.partition import partition_of
from simulator.wire import SimRecord
from tests.kafka.live import PARTITIONS

_NAME: Final = b"QQQQ"
_STRANGE: Final = b"\xff\xfe\xff\xfe"
_CRC_AT: Final = 17


def strange(batch: bytes | bytearray) -> bytearray:
    """A record batch with the header name QQQQ, with that name made strange."""
    raw = bytearray(batch)
    at = raw.index(_NAME)
    raw[at : at + len(_NAME)] = _STRANGE
    struct.pack_into(">I", raw, _CRC_AT, calc_crc32c(bytes(raw[_CRC_AT + 4 :])))
    return raw


class _Builder:
    """aiokafka's builder of a batch, whose result is made strange."""

    def __init__(self, builder: Any) -> None:
        self._builder = builder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._builder, name)

    def build(self) -> bytearray:
        """The bytes that are sent."""
        return strange(self._builder.build())


async def send_strange(bootstrap: str, record: SimRecord) -> None:
    """Write the record with one more header, whose name nobody can read."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        batch = producer.create_batch()
        batch.append(
            timestamp=record.timestamp_ms,
            key=record.key,
            value=record.value,
            headers=[*record.headers, (_NAME.decode(), b"x")],
        )
        batch._builder = _Builder(batch._builder)
        batch.close()
        partition = partition_of(record.key or b"", PARTITIONS)
        await (await producer.send_batch(batch, record.topic, partition=partition))
