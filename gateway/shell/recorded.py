"""The fingerprints in `gateway.state`, read before a process joins the group (decision 0029)."""

from __future__ import annotations

from typing import Any

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from gateway.shell.installation import TASK_KEY, Fingerprint, TaskState
from gateway.shell.reading import committed_reader, read_last
from gateway.shell.settings import Settings
from gateway.shell.topics import unanswered
from schemas.topics import STATE


async def recorded(settings: Settings, partitions: int) -> list[Fingerprint]:
    """The last fingerprint of each partition that has one.

    Raises:
        UserError: the brokers refuse it, or do not answer (`AwayError`).
    """
    places = [TopicPartition(STATE, n) for n in range(partitions)]
    try:
        async with committed_reader(
            settings, client_id=f"{settings.group}-installation", fetch_max_wait_ms=50
        ) as consumer:
            consumer.assign(places)
            starts = await consumer.beginning_offsets(places)
            ends = await consumer.end_offsets(places)
            found = await read_last(consumer, starts, ends, _task)
    except (KafkaError, OSError, TimeoutError) as problem:
        raise unanswered(settings, problem) from None
    return [task.installation for task in found.values() if task.installation is not None]


def _task(record: Any) -> TaskState | None:
    """The task's own record, which is the last of each transaction."""
    if record.key != TASK_KEY.encode() or not record.value:
        return None
    return msgspec.msgpack.decode(record.value, type=TaskState)
