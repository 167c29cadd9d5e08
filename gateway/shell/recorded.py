"""The fingerprints in `gateway.state`, read before a process joins the group (decision 0029)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from gateway.shell.connection import client_options, stop
from gateway.shell.installation import TASK_KEY, Fingerprint, TaskState
from gateway.shell.settings import Settings
from gateway.shell.topics import unanswered
from schemas.topics import STATE

#: The task's own record is the last of each transaction, so the end is looked at first.
_FIRST_LOOK: Final = 100
_FURTHER: Final = 100

Offsets = Mapping[TopicPartition, int]


async def recorded(settings: Settings, partitions: int) -> list[Fingerprint]:
    """The last fingerprint of each partition that has one.

    Raises:
        UserError: the brokers refuse it, or do not answer (`AwayError`).
    """
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        client_id=f"{settings.group}-installation",
        group_id=None,
        enable_auto_commit=False,
        # What was not committed was not decided.
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
    )
    try:
        await consumer.start()
        found = await _last(consumer, [TopicPartition(STATE, n) for n in range(partitions)])
    except (KafkaError, OSError, TimeoutError) as problem:
        raise unanswered(settings, problem) from None
    finally:
        await stop(consumer)
    return [task.installation for task in found if task.installation is not None]


async def _last(consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> list[TaskState]:
    """The last task's own record of each partition, looked for from its end."""
    consumer.assign(places)
    starts, ends = await asyncio.gather(
        consumer.beginning_offsets(places), consumer.end_offsets(places)
    )
    found: dict[TopicPartition, TaskState] = {}
    waiting = [tp for tp in places if starts[tp] < ends[tp]]
    back = _FIRST_LOOK
    while waiting:
        consumer.assign(waiting)
        begins = {tp: max(starts[tp], ends[tp] - back) for tp in waiting}
        for tp, begin in begins.items():
            consumer.seek(tp, begin)
        found |= await _read(consumer, waiting, ends)
        waiting = [tp for tp in waiting if tp not in found and begins[tp] > starts[tp]]
        back *= _FURTHER
    return list(found.values())


async def _read(
    consumer: AIOKafkaConsumer, places: Collection[TopicPartition], ends: Offsets
) -> dict[TopicPartition, TaskState]:
    """Read partitions to their ends; the last task's own record of each that has one."""
    found = {}
    open_places = set(places)
    while open_places:
        for tp, records in (await consumer.getmany(timeout_ms=50)).items():
            for record in records:
                if record.key == TASK_KEY.encode() and record.value:
                    found[tp] = msgspec.msgpack.decode(record.value, type=TaskState)
        for tp in list(open_places):
            if await consumer.position(tp) >= ends[tp]:
                open_places.discard(tp)
    return found
