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
            " retention has removed undecided records (runbook: log-start)"
        )
    if committed > end:
        raise Fault(
            f"{tp.topic}/{tp.partition} ends at {end}, but {committed} is the next to decide: the"
            " log was cut or made anew (runbook: log-start)"
        )


def refuse_forgotten(
    partition: int,
    decided: int,
    committed: Mapping[TopicPartition, int],
    starts: Mapping[TopicPartition, int],
) -> None:
    """See whether a task that has decided before still knows how far it came.

    Its first transaction has committed where each input began that did not begin at 0. So an input
    without an offset began at 0, and what is missing of it now was never decided.

    Raises:
        Fault: offsets are gone and everything would be decided again, or records are gone.
    """
    if not decided:
        return
    if not any(tp.partition == partition for tp in committed):
        raise Fault(
            f"partition {partition} has decided {decided} times, but its group has no offsets: they"
            " have expired, or SAMVERKAN_GROUP was changed (runbook: log-start)"
        )
    for tp, start in starts.items():
        if tp.partition == partition and tp not in committed and start > 0:
            raise Fault(
                f"{tp.topic}/{partition} starts at {start}, but nothing of it has been decided:"
                " retention has removed undecided records (runbook: log-start)"
            )


def lost_on_the_way(places: Mapping[TopicPartition, int]) -> Fault:
    """What to say when the log does not hold what was to be read next: retention was faster."""
    shown = ", ".join(f"{tp.topic}/{tp.partition} at {offset}" for tp, offset in places.items())
    return Fault(
        f"the next to read is not in the log any more ({shown}): retention has removed undecided"
        " records (runbook: log-start)"
    )
