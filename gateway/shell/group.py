"""The engine's place in the consumer group: the one consumer of a process."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from gateway.shell.connection import client_options
from gateway.shell.settings import Settings


def group_consumer(settings: Settings) -> AIOKafkaConsumer:
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
        # The only assignor that keeps partition n of all inputs together.
        partition_assignment_strategy=(RangePartitionAssignor,),
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
