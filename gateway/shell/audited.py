"""What the audit knows when a group's offsets are gone: how far each input was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson
from aiokafka import TopicPartition

from gateway.shell.reading import committed_reader, read_to
from gateway.shell.settings import Settings
from schemas.topics import AUDIT

#: Entries of the audit that are looked at, from its end.
_ENTRIES_MAX: Final = 5_000


async def audited(settings: Settings, partition: int) -> Mapping[TopicPartition, int]:
    """The highest offset of each input among the last entries of a partition's audit."""
    place = TopicPartition(AUDIT, partition)
    highest: dict[TopicPartition, int] = {}
    async with committed_reader(settings, client_id=f"{settings.group}-audit") as consumer:
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        start = (await consumer.beginning_offsets([place]))[place]
        consumer.seek(place, max(start, end - _ENTRIES_MAX))
        async for _, records in read_to(consumer, {place: end}):
            for record in records:
                entry = orjson.loads(record.value)
                # Of a repeat `topic` and `offset` are the first one's; `cause` is its own.
                topic, _, rest = str(entry.get("cause")).partition("/")
                number, _, offset = rest.partition("/")
                if number == str(partition) and offset.isdecimal():
                    tp = TopicPartition(topic, partition)
                    highest[tp] = max(int(offset), highest.get(tp, -1))
    return highest
