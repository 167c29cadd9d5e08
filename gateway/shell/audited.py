"""What the audit knows when a group's offsets are gone: how far each input was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from gateway.shell.connection import client_options, stop
from gateway.shell.settings import Settings
from schemas.topics import AUDIT

#: Entries of the audit that are looked at, from its end.
_ENTRIES_MAX: Final = 5_000


async def audited(settings: Settings, partition: int) -> Mapping[TopicPartition, int]:
    """The highest offset of each input among the last entries of a partition's audit."""
    place = TopicPartition(AUDIT, partition)
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        client_id=f"{settings.group}-audit",
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    highest: dict[TopicPartition, int] = {}
    try:
        await consumer.start()
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        start = (await consumer.beginning_offsets([place]))[place]
        consumer.seek(place, max(start, end - _ENTRIES_MAX))
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(timeout_ms=50)).values():
                for record in records:
                    entry = orjson.loads(record.value)
                    # Of a repeat `topic` and `offset` are the first one's; `cause` is its own.
                    topic, _, rest = str(entry.get("cause")).partition("/")
                    number, _, offset = rest.partition("/")
                    if number == str(partition) and offset.isdecimal():
                        tp = TopicPartition(topic, partition)
                        highest[tp] = max(int(offset), highest.get(tp, -1))
    finally:
        await stop(consumer)
    return highest
