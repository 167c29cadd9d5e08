"""The ceiling: reads the twelve inputs and copies each value to one topic, in transactions.

The same client, the same options, the same producer per partition, the same batches and the same
offsets in the transaction as the gateway; nothing is decoded, and one record is written per record
read. Since one pass takes about a second, the inputs are read several times in one go.

Run as a process: prints its result as JSON.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.kafka import COPY_TOPIC, PARTITIONS, inputs
from benchmarks.machine import between, sample
from gateway.shell.settings import load
from gateway.shell.transaction import task_producer


class Copy:
    """One consumer of all inputs, one transactional producer per partition number."""

    def __init__(self) -> None:
        settings = load()
        self._group = settings.group
        self._producers = {n: task_producer(settings, n) for n in range(PARTITIONS)}
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers,
            group_id=settings.group,
            # All of this as in the engine of the gateway.
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
            max_partition_fetch_bytes=2 * 1024 * 1024,
            check_crcs=True,
        )

    async def run(self, laps: int, broker: list[int]) -> dict[str, Any]:
        """Copy everything `laps` times; messages, seconds and processor time."""
        await asyncio.gather(*(producer.start() for producer in self._producers.values()))
        await self._consumer.start()
        places = inputs()
        self._consumer.assign(places)
        total = sum((await self._consumer.end_offsets(places)).values())
        await self._consumer.seek_to_beginning(*places)
        polled = await self._consumer.getmany(timeout_ms=5_000)
        first = sample([os.getpid()], broker)
        left = laps * total
        lap = total
        while True:
            count = sum(map(len, polled.values()))
            await self._commit(polled)
            left -= count
            lap -= count
            if not left:
                break
            if not lap:
                await self._consumer.seek_to_beginning(*places)
                lap = total
            polled = await self._consumer.getmany(timeout_ms=25)
        last = sample([os.getpid()], broker)
        copied = laps * total
        await asyncio.gather(*(producer.stop() for producer in self._producers.values()))
        await self._consumer.stop()
        costs = between(first, last, copied)
        return {"messages": copied, "seconds": last.at - first.at, **costs}

    async def _commit(self, polled: Mapping[TopicPartition, list[Any]]) -> None:
        """Copy what was polled, every partition number in a transaction of its own."""
        by_number: dict[int, dict[TopicPartition, list[Any]]] = defaultdict(dict)
        for tp, records in polled.items():
            by_number[tp.partition][tp] = records
        await asyncio.gather(*(self._transaction(n, mine) for n, mine in by_number.items()))

    async def _transaction(self, number: int, polled: dict[TopicPartition, list[Any]]) -> None:
        producer = self._producers[number]
        await producer.begin_transaction()
        sent = []
        batch = producer.create_batch()
        for records in polled.values():
            for record in records:
                fields = {"timestamp": record.timestamp, "key": record.key, "value": record.value}
                if batch.append(**fields) is None:
                    sent.append(await _send(producer, batch, number))
                    batch = producer.create_batch()
                    batch.append(**fields)
        sent.append(await _send(producer, batch, number))
        offsets = {tp: records[-1].offset + 1 for tp, records in polled.items()}
        await asyncio.gather(producer.send_offsets_to_transaction(offsets, self._group), *sent)
        await producer.commit_transaction()


async def _send(producer: AIOKafkaProducer, batch: Any, number: int) -> asyncio.Future[Any]:
    batch.close()
    future: asyncio.Future[Any] = await producer.send_batch(batch, COPY_TOPIC, partition=number)
    return future


async def _main(laps: int, broker: list[int]) -> None:
    result = await Copy().run(laps, broker)
    sys.stdout.write(orjson.dumps(result).decode() + "\n")


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), [int(pid) for pid in sys.argv[2:]]))
