"""Reading what is committed on topics, outside a group: one way for all who look at a topic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from gateway.shell.connection import client_options, stop
from gateway.shell.settings import Settings

T = TypeVar("T")

Offsets = Mapping[TopicPartition, int]

_POLL_MS: Final = 50
#: Usually what is looked for is the last record but one: after it the marker of its transaction.
_FIRST_LOOK: Final = 2
_FURTHER: Final = 128


@asynccontextmanager
async def committed_reader(
    settings: Settings, *topics: str, **options: Any
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that commits nothing and sees committed records only; stopped at the end.

    Args:
        settings: where the brokers are.
        topics: what to subscribe to; none where the caller assigns partitions.
        options: further options of `AIOKafkaConsumer`.
    """
    consumer = AIOKafkaConsumer(
        *topics,
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        # What was aborted was never decided.
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        **options,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await stop(consumer)


async def read_to(
    consumer: AIOKafkaConsumer, ends: Offsets
) -> AsyncIterator[tuple[TopicPartition, list[Any]]]:
    """Each partition's records up to an end offset, as they are fetched; a few more may come.

    The position, not the last record, tells when an end is reached, because transaction markers and
    compaction leave gaps.
    """
    waiting = {tp for tp, end in ends.items() if end > 0}
    while waiting:
        for tp, records in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
            yield tp, records
        waiting = {tp for tp in waiting if await consumer.position(tp) < ends[tp]}


async def read_last(
    consumer: AIOKafkaConsumer, starts: Offsets, ends: Offsets, read: Callable[[Any], T | None]
) -> dict[TopicPartition, T]:
    """The last record of each partition of which `read` makes something, found from its end.

    A partition without one has no entry. Aborted records at the end, of which there may be as many
    as a transaction takes, are passed over in larger steps.
    """
    found: dict[TopicPartition, T] = {}
    waiting = [tp for tp, end in ends.items() if starts[tp] < end]
    back = _FIRST_LOOK
    while waiting:
        begins = {tp: max(starts[tp], ends[tp] - back) for tp in waiting}
        consumer.assign(waiting)
        for tp, begin in begins.items():
            consumer.seek(tp, begin)
        async for tp, records in read_to(consumer, {tp: ends[tp] for tp in waiting}):
            found |= _last_of(tp, records, ends[tp], read)
        waiting = [tp for tp in waiting if tp not in found and begins[tp] > starts[tp]]
        back *= _FURTHER
    return found


def _last_of(
    tp: TopicPartition, records: Iterable[Any], end: int, read: Callable[[Any], T | None]
) -> dict[TopicPartition, T]:
    made = [one for record in records if record.offset < end and (one := read(record)) is not None]
    return {tp: made[-1]} if made else {}
