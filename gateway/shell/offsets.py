"""Where a task may go on reading: at what it committed, or nowhere.

Kafka lets a consumer whose place is gone begin somewhere else without a word. Here that is a fault
that says what is lost, because every record between would have no answer and nobody would know.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka import TopicPartition

from gateway.shell.faults import Fault


def refuse_lost(tp: TopicPartition, committed: int, start: int, end: int) -> None:
    """See whether the next record to decide still stands in the log.

    Raises:
        Fault: it was removed before it was decided, or the log is not the one that was read.
    """
    if committed < start:
        raise Fault(
            f"{tp.topic}/{tp.partition} starts at {start}, but {committed} is the next to decide:"
            " retention has removed undecided records (runbook: committed offset below log start)"
        )
    if committed > end:
        raise Fault(
            f"{tp.topic}/{tp.partition} ends at {end}, but {committed} is the next to decide: the"
            " log was cut or made anew (runbook: committed offset below log start)"
        )


def refuse_forgotten(partition: int, decided: int, committed: Mapping[TopicPartition, int]) -> None:
    """See whether a task that has decided before still knows how far it came.

    Raises:
        Fault: its state is there and its offsets are not: everything would be decided again.
    """
    if decided and not any(tp.partition == partition for tp in committed):
        raise Fault(
            f"partition {partition} has decided {decided} times, but its group has no offsets: they"
            " have expired, or SAMVERKAN_GROUP was changed (runbook: committed offset below log"
            " start)"
        )


def refuse_jump(tp: TopicPartition, expected: int, start: int) -> None:
    """See whether a gap in what was read is of markers, or of records that are gone.

    Raises:
        Fault: retention was faster than deciding.
    """
    if start > expected:
        raise Fault(
            f"{tp.topic}/{tp.partition} starts at {start} now, but {expected} was the next to read:"
            " retention has removed undecided records (runbook: committed offset below log start)"
        )
