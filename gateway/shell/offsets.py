"""Where a task may go on reading: at what it committed, or nowhere.

Kafka lets a consumer whose place is gone begin somewhere else without a word. Here that is a fault
that says what is lost, because every record between would have no answer and nobody would know.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aiokafka import TopicPartition

from gateway.shell.faults import Fault

_NONE: Final[Mapping[TopicPartition, int]] = MappingProxyType({})


def refuse_lost(tp: TopicPartition, committed: int, start: int, end: int) -> None:
    """Check that the next record to decide is still in the log.

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
            " log was cut, or the topic was deleted and made anew (runbook: topic-made-anew)"
        )


def incomplete(partition: int, topic: str) -> Fault:
    """What to say when a partition number is assigned without one of its topics."""
    return Fault(
        f"partition {partition} was assigned without {topic}: the topic was deleted, has fewer"
        " partitions than the others, or another member reads other topics"
        " (runbook: topic-made-anew)"
    )


def refuse_forgotten(
    partition: int,
    decided: int,
    committed: Mapping[TopicPartition, int],
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int] = _NONE,
    audited: Mapping[TopicPartition, int] = _NONE,
) -> None:
    """See whether a task that has decided before still knows how far it came.

    `audited` is the highest offset of each input among the last entries of the audit. Kafka drops
    the offsets of a topic with the topic, so a log that ends before what was decided is another.
    The first transaction of a task has committed where each input began that did not begin at 0. So
    an input without an offset began at 0, and what is missing of it now was never decided.

    Raises:
        Fault: offsets are gone and everything would be decided again, or records are gone.
    """
    if not decided:
        return
    if not any(tp.partition == partition for tp in committed):
        for tp, offset in sorted(audited.items()):
            if ends.get(tp, offset + 1) <= offset:
                raise Fault(
                    f"{tp.topic}/{partition} ends at {ends[tp]}, but {offset} was decided: the"
                    " topic was deleted and made anew, and Kafka has dropped the group's offsets"
                    " with it (runbook: topic-made-anew)"
                )
        raise Fault(
            f"partition {partition} has decided {decided} times, but its group has no offsets: they"
            " have expired, SAMVERKAN_GROUP was changed, or the topics were deleted and made anew"
            " (runbook: no-offsets)"
        )
    for tp, start in starts.items():
        if tp.partition == partition and tp not in committed and start > 0:
            raise Fault(
                f"{tp.topic}/{partition} starts at {start}, but nothing of it has been decided:"
                " retention has removed undecided records (runbook: log-start)"
            )


def lost_on_the_way(
    places: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int] = _NONE
) -> Fault:
    """What to say when the log does not hold what was to be read next."""
    for tp, offset in places.items():
        if offset > ends.get(tp, offset):
            return Fault(
                f"{tp.topic}/{tp.partition} ends at {ends[tp]}, but {offset} is the next to read:"
                " the topic was deleted and made anew, or its log was cut"
                " (runbook: topic-made-anew)"
            )
    shown = ", ".join(f"{tp.topic}/{tp.partition} at {offset}" for tp, offset in places.items())
    return Fault(
        f"the next to read is not in the log any more ({shown}): retention has removed undecided"
        " records (runbook: log-start)"
    )
