"""Where the sink reads on: proved first, so that no record between two offsets can be missed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from gateway.followup.assignment import Assignment
from gateway.followup.errors import StoreError
from gateway.followup.facts import RawFact
from gateway.followup.store import FactStore
from tests.followup.followup_dsl import TOPIC, assessment, log

TP = TopicPartition(TOPIC, 0)
TEN = log([assessment(f"a{number}") for number in range(10)])


class Consumer:
    """A consumer of one partition that holds the offsets `first` to `end`, `end` not included."""

    def __init__(self, first: int = 0, end: int = 10) -> None:
        self.first, self.end = first, end
        self.sought: list[int] = []
        self.owned = True

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The first offset that is left."""
        return dict.fromkeys(tps, self.first)

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset of the next record."""
        return dict.fromkeys(tps, self.end)

    async def committed(self, _tp: TopicPartition) -> int | None:
        """A mark that never fits the store."""
        return 7

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """Remembers where reading shall go on."""
        if not self.owned:
            raise IllegalStateError(tp)
        self.sought.append(offset)


class Case:
    """A store with the first `stored` of ten facts, and an assignment over a fake consumer."""

    def __init__(self, root: Path, stored: int, consumer: Consumer) -> None:
        self.store = FactStore.open(root, TOPIC)
        self.store.append(TEN[:stored])
        self.consumer = consumer
        self.faults: list[BaseException] = []
        self.assignment = Assignment(self.store, lambda: consumer, self.faults.append)

    async def assign(self) -> None:
        """The group gives us the partition."""
        await self.assignment.on_partitions_assigned({TP})

    def accept(self, facts: Iterable[RawFact]) -> list[int]:
        """The offsets that may be stored of a polled batch."""
        records: list[Any] = [
            SimpleNamespace(
                partition=fact.partition,
                offset=fact.offset,
                timestamp=fact.timestamp_ms,
                value=fact.value,
            )
            for fact in facts
        ]
        return [fact.offset for fact in self.assignment.accept(TP, records)]


async def test_it_reads_from_the_last_stored_record_whatever_was_committed(tmp_path: Path) -> None:
    """The group says 7, the store ends at 3: the store is right."""
    case = Case(tmp_path, 4, Consumer())
    await case.assign()
    assert case.consumer.sought == [3]


async def test_an_empty_store_is_filled_from_the_beginning(tmp_path: Path) -> None:
    """Though the group has committed."""
    case = Case(tmp_path, 0, Consumer())
    await case.assign()
    assert case.consumer.sought == [0]
    assert not case.assignment.ready


async def test_the_first_batch_is_dropped_and_the_seek_repeated(tmp_path: Path) -> None:
    """It may have been fetched from the committed offset, before the seek."""
    case = Case(tmp_path, 4, Consumer())
    await case.assign()
    assert case.accept(TEN[7:]) == []
    assert case.consumer.sought == [3, 3]
    assert case.accept(TEN[3:]) == [3, 4, 5, 6, 7, 8, 9]
    assert case.assignment.ready


async def test_what_comes_before_the_bounds_are_known_is_dropped(tmp_path: Path) -> None:
    """Records are handed out while the listener still asks the broker."""
    case = Case(tmp_path, 4, Consumer())
    assert case.accept(TEN[7:]) == []
    assert case.consumer.sought == []


async def test_a_batch_that_does_not_follow_on_the_store_stops_the_sink(tmp_path: Path) -> None:
    """Something lies between what is stored and what comes."""
    case = Case(tmp_path, 4, Consumer())
    await case.assign()
    case.accept(TEN[3:])
    with pytest.raises(StoreError, match=r"offset 3\) is another one"):
        case.accept(TEN[5:])


async def test_another_topic_under_the_same_name_stops_the_sink(tmp_path: Path) -> None:
    """Kafka was made anew and the store was not."""
    case = Case(tmp_path, 4, Consumer())
    await case.assign()
    case.accept(TEN[3:])
    other = log([assessment(f"b{number}") for number in range(10)])
    with pytest.raises(StoreError, match="filled from another Kafka"):
        case.accept(other[3:])


async def test_an_unreadable_last_record_proves_itself_too(tmp_path: Path) -> None:
    """It has an offset and no row."""
    case = Case(tmp_path, 0, Consumer())
    damaged = [*TEN[:2], TEN[2]._replace(value=b"no fact"), *TEN[3:]]
    case.store.append(damaged[:3])
    await case.assign()
    case.accept(damaged[2:])
    assert case.accept(damaged[2:]) == list(range(2, 10))


async def test_a_topic_shorter_than_the_store_stops_the_sink(tmp_path: Path) -> None:
    """An exception in a listener would be swallowed, so it is handed over."""
    case = Case(tmp_path, 4, Consumer(end=2))
    await case.assign()
    (fault,) = case.faults
    assert "up to offset 3, but the topic ends at 2" in str(fault)
    assert not case.assignment.ready


async def test_what_the_topic_lost_is_written_down_as_a_gap(tmp_path: Path) -> None:
    """Retention removed 4-5 before they were read; reading goes on from 6."""
    case = Case(tmp_path, 4, Consumer(first=6))
    await case.assign()
    assert case.consumer.sought == [6]
    case.accept(TEN[6:])
    assert case.accept(TEN[6:]) == [6, 7, 8, 9]
    (note,) = (tmp_path / "facts-removed-before-read").iterdir()
    assert json.loads(note.read_text()) == {"partition": 0, "after": 3, "before": 6}


async def test_the_record_after_the_last_stored_one_leaves_no_gap(tmp_path: Path) -> None:
    """Retention removed what is stored and no more."""
    case = Case(tmp_path, 4, Consumer(first=4))
    await case.assign()
    assert not (tmp_path / "facts-removed-before-read").exists()
    case.accept(TEN[4:])
    assert case.accept(TEN[4:]) == list(range(4, 10))


async def test_an_empty_partition_is_ready_at_once(tmp_path: Path) -> None:
    """There is nothing to prove."""
    case = Case(tmp_path, 0, Consumer(end=0))
    await case.assign()
    assert case.assignment.ready


async def test_after_a_revoke_nothing_is_taken(tmp_path: Path) -> None:
    """Records still in hand belong to the next owner."""
    case = Case(tmp_path, 4, Consumer())
    await case.assign()
    case.accept(TEN[3:])
    await case.assignment.on_partitions_revoked({TP})
    assert case.accept(TEN[3:]) == []
    assert not case.assignment.ready


async def test_a_partition_lost_between_two_polls_is_dropped(tmp_path: Path) -> None:
    """The client no longer lets us seek."""
    case = Case(tmp_path, 4, Consumer())
    await case.assign()
    case.consumer.owned = False
    assert case.accept(TEN[3:]) == []
    assert case.assignment.places == {}


async def test_another_sink_went_on_meanwhile(tmp_path: Path) -> None:
    """The high-water is read from the folder at every assignment, not remembered."""
    case = Case(tmp_path, 4, Consumer())
    FactStore.open(tmp_path, TOPIC).append(TEN[:8])
    await case.assign()
    assert case.consumer.sought == [7]


async def test_nothing_assigned_is_ready(tmp_path: Path) -> None:
    """A sink in reserve: more processes than partitions."""
    case = Case(tmp_path, 0, Consumer())
    await case.assignment.on_partitions_assigned(set())
    assert case.assignment.ready
