"""Restore: the states of the assigned partitions, read committed from `gateway.state`."""

from __future__ import annotations

import time
from collections.abc import Mapping

from aiokafka import TopicPartition

from gateway.shell.fold import DUE_HEADER, Fold
from gateway.shell.reading import committed_reader, read_to
from gateway.shell.settings import Settings
from gateway.shell.telemetry import RESTORE_SECONDS, log
from schemas.record import Headers
from schemas.topics import STATE


async def restore(settings: Settings, folds: Mapping[int, Fold]) -> None:
    """Fill every fold from its partition of the state topic.

    Called after the task's producer has started, so no older owner can add to it any more. Reads
    to the end offset seen now.
    """
    started = time.perf_counter()
    async with committed_reader(
        settings,
        client_id=f"{settings.group}-restore",
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    ) as consumer:
        wanted = {TopicPartition(STATE, number): fold for number, fold in folds.items()}
        consumer.assign(list(wanted))
        ends = await consumer.end_offsets(list(wanted))
        await consumer.seek_to_beginning(*wanted)
        async for tp, records in read_to(consumer, ends):
            fold = wanted[tp]
            for record in records:
                if record.key is not None:
                    key, value = record.key.decode("ascii"), record.value or b""
                    fold.restore(key, value, _due(record.headers))
    seconds = time.perf_counter() - started
    RESTORE_SECONDS.set(seconds)
    persons = sum(fold.persons for fold in folds.values())
    log("restored", partitions=sorted(folds), persons=persons, seconds=round(seconds, 3))


def _due(headers: Headers) -> int | None:
    for name, value in headers:
        if name == DUE_HEADER and value is not None:
            return int(value)
    return None
