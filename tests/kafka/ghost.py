"""A member of a group that reads nothing, and dies without a word when somebody else joins.

It then still counts as a member, with a share of the partitions, until its session ends.
Called with: bootstrap servers, group, session in milliseconds, topics. It says "alone" when it has
been given all partitions.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor


class Dies(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """At the second assignment, with what it has just been given."""

    def __init__(self) -> None:
        self._before = 0

    async def on_partitions_revoked(self, _revoked: set[TopicPartition]) -> None:
        """Nothing was begun, so nothing is to end."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Dies if it has to share."""
        if len(assigned) < self._before:
            os.kill(os.getpid(), signal.SIGKILL)
        self._before = len(assigned)
        sys.stdout.write("alone\n")
        sys.stdout.flush()


async def haunt(bootstrap: str, group: str, session_ms: int, topics: list[str]) -> None:
    """Stay a member until somebody joins."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id="ghost",
        group_id=group,
        enable_auto_commit=False,
        partition_assignment_strategy=(RangePartitionAssignor,),
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=200,
    )
    consumer.subscribe(topics=topics, listener=Dies())
    await consumer.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(haunt(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
