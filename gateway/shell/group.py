"""The engine's place in the consumer group: the one consumer of a process.

Processes that start at the same time on an empty `gateway.state` find nothing recorded there. So
the leader, which shares out the partitions, tells each member its own fingerprint with them.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from gateway.shell.connection import client_options
from gateway.shell.installation import Fingerprint
from gateway.shell.settings import Settings


class Assignor(RangePartitionAssignor):  # type: ignore[misc]  # aiokafka is untyped
    """The only assignor that keeps partition n of all inputs together; it tells who leads.

    aiokafka takes a class, not an instance: `assignor_of` makes one for a process.
    """

    own: Fingerprint
    #: Of the leader of the last assignment; None of one that said nothing.
    leader: Fingerprint | None = None

    @classmethod
    def assign(cls, cluster: Any, members: Any) -> Any:
        """What the leader gives each member."""
        assignments = super().assign(cluster, members)
        for assignment in assignments.values():
            assignment.user_data = msgspec.msgpack.encode(cls.own)
        return assignments

    @classmethod
    def on_assignment(cls, assignment: Any) -> None:
        """What a member is given."""
        told = assignment.user_data
        cls.leader = msgspec.msgpack.decode(told, type=Fingerprint) if told else None


def assignor_of(own: Fingerprint) -> type[Assignor]:
    """The assignor of a process with this fingerprint."""
    return type("Assignor", (Assignor,), {"own": own})


def group_consumer(settings: Settings, assignor: type[Assignor]) -> AIOKafkaConsumer:
    """The consumer that reads all inputs and commands of the partitions that it is given."""
    return AIOKafkaConsumer(
        **client_options(settings),
        client_id=f"{settings.group}-engine",
        group_id=settings.group,
        # Offsets are committed by the task's transaction and by nothing else.
        enable_auto_commit=False,
        # An agency's aborted transaction is not a message.
        isolation_level="read_committed",
        # Every place is sought; one that is gone must not become another without a word.
        auto_offset_reset="none",
        partition_assignment_strategy=(assignor,),
        session_timeout_ms=settings.session_timeout_ms,
        # A member learns by its heartbeat that others come or go, however long its session is.
        heartbeat_interval_ms=max(100, min(1_000, settings.session_timeout_ms // 4)),
        # Longer than a commit and a restore together.
        rebalance_timeout_ms=settings.rebalance_timeout_ms,
        # Longer than the longest turn between two polls.
        max_poll_interval_ms=300_000,
        # A quiet broker answers at least this often, so stopping and ticking stay prompt.
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=2 * 1024 * 1024,
        request_timeout_ms=40_000,
        retry_backoff_ms=50,
        metadata_max_age_ms=30_000,
        # The broker has checked what it stores, and TCP what it sends.
        check_crcs=True,
    )
