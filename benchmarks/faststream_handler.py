"""The reference that a team would write first: one FastStream handler that does the same job.

A subscriber on the twelve inputs, the same codec and fold with the state in memory, every output
published with confirmation (`no_confirm=False`), the offset committed after each message. It is the
safest that FastStream offers without transactions: nothing is lost, but a crash between two
publications doubles what was written, and the order across inputs is not kept.

`together` publishes the outputs of one message at once and waits for all of them; the plain form
waits for each before the next.

Run as a process: `python -m benchmarks.faststream_handler MESSAGES one|together [BROKER PIDS]`;
prints its result as JSON.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, Final

import orjson
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.message import StreamMessage

from benchmarks.kafka import PARTITIONS
from benchmarks.machine import Sample, between, sample
from gateway.agreement import load as load_agreement
from gateway.shell.fold import TASK_KEY, Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.settings import load
from schemas.codec import Codec, Record
from schemas.keys import KeyRing
from schemas.topics import INPUT_TOPICS

#: The first messages pay for imports, connections and caches.
WARM_UP: Final = 100


async def _bytes(message: StreamMessage[Any]) -> bytes:
    """The value as it came: the codec tells what is wrong with it."""
    return message.body


class Handler:
    """The application, which ends itself after `messages` and the warm-up."""

    def __init__(self, messages: int, together: bool, broker_pids: list[int]) -> None:
        settings = load()
        keys = KeyRing.published_test_keys()
        agreement = load_agreement(None)
        codec = Codec(keys, PARTITIONS)
        self._folds = [Fold(n, codec, agreement, keys) for n in range(PARTITIONS)]
        self._messages = messages
        self._together = together
        self._pids = broker_pids
        self._taken = 0
        self._first: Sample | None = None
        self.result: dict[str, Any] = {}
        self._broker = KafkaBroker(
            settings.bootstrap_servers,
            # Confirmed means: by all in-sync replicas, and once.
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            allow_auto_create_topics=False,
            logger=None,
        )
        self.app = FastStream(self._broker, logger=None)
        self._broker.subscriber(
            *INPUT_TOPICS,
            group_id=settings.group,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            partition_assignment_strategy=(RangePartitionAssignor,),
            # The offset is committed after the handler has returned.
            ack_policy=AckPolicy.NACK_ON_ERROR,
            # The default would fail on a wrong message, and then read it again for ever.
            decoder=_bytes,
        )(self._handle)

    async def _handle(self, body: bytes, message: KafkaMessage) -> None:  # noqa: ARG002 - FastStream
        raw: Any = message.raw_message
        if self._taken == WARM_UP:
            self._first = sample([os.getpid()], self._pids)
        # By now the message before this one is committed.
        elif self._first is not None and self._taken == WARM_UP + self._messages:
            self._finish(self._first)
        self._taken += 1
        fold = self._folds[raw.partition]
        fold.take(
            Record(
                raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, raw.headers
            )
        )
        # A handler has no audit chain or stream time to hand over: the task's own record is spared.
        written = [out for out in fold.drain() if out.key != TASK_KEY.encode()]
        publications = [self._publish(out, raw.partition) for out in written]
        if self._together:
            await asyncio.gather(*publications)
        else:
            for publication in publications:
                await publication

    async def _publish(self, out: Outgoing, partition: int) -> None:
        await self._broker.publish(
            out.value,
            out.topic,
            key=out.key,
            partition=partition,
            timestamp_ms=out.timestamp_ms,
            headers={name: (value or b"").decode() for name, value in out.headers},
            no_confirm=False,
        )

    def _finish(self, first: Sample) -> None:
        last = sample([os.getpid()], self._pids)
        costs = between(first, last, self._messages)
        self.result = {"messages": self._messages, "seconds": last.at - first.at, **costs}
        self._first = None
        self.app.exit()


def main(arguments: list[str]) -> None:
    """Run until the wanted number is done."""
    messages, form, *pids = arguments
    handler = Handler(int(messages), form == "together", [int(pid) for pid in pids])
    asyncio.run(handler.app.run())
    sys.stdout.write(orjson.dumps(handler.result).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
