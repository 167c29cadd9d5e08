"""The order in which a task takes its records (contract section 9), without Kafka."""

from __future__ import annotations

import random
from typing import Any, NamedTuple, cast

import pytest
from aiokafka import TopicPartition

from gateway.shell.faults import Fault
from gateway.shell.fold import Fold
from gateway.shell.task import Input, Task
from schemas.codec import Record
from schemas.diagnose import EARLIEST, LATEST
from schemas.topics import INPUT_TOPICS

A, B, C = INPUT_TOPICS[:3]


class Polled(NamedTuple):
    """A record as the consumer gives it."""

    topic: str
    offset: int
    timestamp: int
    partition: int = 0
    key: bytes = b"k"
    value: bytes = b"v"
    headers: tuple[tuple[str, bytes], ...] = ()


class Recorder:
    """Instead of the fold: remembers what is taken."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, int]] = []
        self.read_ahead: list[tuple[str, int]] = []
        self.records: list[Record] = []
        self.pending_bytes = 0

    def read(self, record: Record) -> None:
        """Instead of reading ahead."""
        self.read_ahead.append((record.topic, record.offset))

    def take(self, record: Record, decoded: None) -> None:
        """Instead of deciding; nothing was read ahead."""
        assert decoded is None
        self.records.append(record)
        self.taken.append((record.topic, record.offset))
        self.pending_bytes += 100


class Setting:
    """A task over some topics, each with a log that reaches to an end."""

    def __init__(self, **logs: list[int]) -> None:
        """`logs`: topic letter -> timestamps of its records, in order of offset."""
        self.topics = dict(zip("ABC", (A, B, C), strict=True))
        self.logs = {
            self.topics[letter]: [
                Polled(self.topics[letter], offset, EARLIEST + timestamp)
                for offset, timestamp in enumerate(timestamps)
            ]
            for letter, timestamps in logs.items()
        }
        self.fold = Recorder()
        inputs = [Input(TopicPartition(topic, 0), 0, len(log)) for topic, log in self.logs.items()]
        self.task = Task(0, cast("Fold", self.fold), None, inputs)

    def poll(self, letter: str, first: int = 0, last: int | None = None) -> Setting:
        """Read a piece of a log."""
        topic = self.topics[letter]
        records = self.logs[topic][first:last]
        position = records[-1].offset + 1 if records else first
        self.task.buffer(TopicPartition(topic, 0), list(records), position)
        return self

    def taken(self, records_max: int = 1000, bytes_max: int = 10**9) -> str:
        """Take, and tell what was taken in the whole, as letters with offsets."""
        self.task.take(records_max, bytes_max)
        letters = {topic: letter for letter, topic in self.topics.items()}
        return " ".join(f"{letters[topic]}{offset}" for topic, offset in self.fold.taken)


def test_the_lowest_timestamp_is_taken_first_across_the_inputs():
    setting = Setting(A=[10, 40], B=[20, 30], C=[25])
    assert setting.poll("A").poll("B").poll("C").taken() == "A0 B0 C0 B1 A1"


def test_at_the_same_timestamp_the_topic_decides_and_within_it_the_offset():
    setting = Setting(B=[10, 10], A=[10, 10], C=[10])
    assert setting.poll("C").poll("B").poll("A").taken() == "A0 A1 B0 B1 C0"


def test_within_an_input_the_log_decides_also_when_its_clock_went_back():
    setting = Setting(A=[50, 10], B=[20])
    assert setting.poll("A").poll("B").taken() == "B0 A0 A1"


@pytest.mark.parametrize("unusable", [-1 - EARLIEST, -1, LATEST - EARLIEST, 2**62])
def test_an_unusable_timestamp_holds_nobody_up_and_is_taken_when_it_is_next(unusable: int):
    setting = Setting(A=[10, unusable, 40], B=[20, 30])
    assert setting.poll("A").poll("B").taken() == "A0 A1 B0 B1 A2"


def test_an_unusable_timestamp_makes_no_record_old():
    setting = Setting(A=[-1 - EARLIEST], B=[30]).poll("A").poll("B")
    assert setting.task.oldest == EARLIEST + 30


def test_an_input_with_unread_records_is_waited_for():
    setting = Setting(A=[10, 40], B=[20])
    assert setting.poll("A").taken() == ""
    assert (setting.task.blocked, setting.task.ready) == (True, False)
    assert setting.poll("B").taken() == "A0 B0 A1"


def test_nothing_is_taken_beyond_the_point_where_an_input_has_run_dry():
    """B's next record may be older than A's."""
    setting = Setting(A=[10, 40], B=[20, 30])
    assert setting.poll("A").poll("B", 0, 1).taken() == "A0 B0"
    assert setting.taken() == "A0 B0"
    assert setting.poll("B", 1).taken() == "A0 B0 B1 A1"


def test_an_input_without_records_is_not_waited_for():
    setting = Setting(A=[10, 20], B=[])
    assert setting.poll("A").taken() == "A0 A1"
    assert setting.task.caught_up


def test_an_input_that_grows_is_waited_for_again():
    setting = Setting(A=[10], B=[])
    assert setting.poll("A").taken() == "A0"
    setting.task.inputs[TopicPartition(B, 0)].end = 1
    assert (setting.task.blocked, setting.task.caught_up) == (True, False)


def test_the_end_of_a_log_may_be_a_marker_that_no_poll_returns():
    """Then the position, not a record, tells that it has been read."""
    setting = Setting(A=[10], B=[])
    source = setting.task.inputs[TopicPartition(B, 0)]
    source.end = 1
    assert setting.poll("A").taken() == ""
    setting.task.buffer(source.tp, [], 1)
    assert setting.taken() == "A0"


def test_records_that_are_polled_again_are_dropped():
    setting = Setting(A=[10, 20, 30])
    setting.poll("A", 0, 2)
    assert setting.poll("A", 0, 3).taken() == "A0 A1 A2"
    setting.poll("A", 0, 3)
    assert setting.task.buffered == 0
    assert setting.taken() == "A0 A1 A2"


def test_no_more_are_taken_than_asked_for():
    setting = Setting(A=[10, 20, 30]).poll("A")
    assert setting.taken(records_max=2) == "A0 A1"
    assert setting.task.ready
    assert setting.taken(records_max=2) == "A0 A1 A2"


def test_a_transaction_that_has_grown_large_is_ended():
    setting = Setting(A=[10, 20, 30]).poll("A")
    assert setting.taken(bytes_max=150) == "A0 A1"
    assert setting.taken(bytes_max=150) == "A0 A1"
    setting.fold.pending_bytes = 0
    assert setting.taken(bytes_max=150) == "A0 A1 A2"


def test_the_fold_gets_each_record_as_it_was_polled():
    setting = Setting(A=[10]).poll("A")
    setting.taken()
    assert setting.fold.records == [Record(A, 0, 0, EARLIEST + 10, b"k", b"v", ())]


def test_offsets_to_commit_are_those_of_the_inputs_that_moved():
    setting = Setting(A=[10, 20], B=[30]).poll("A").poll("B")
    setting.taken(records_max=1)
    offsets = setting.task.offsets()
    assert offsets == {TopicPartition(A, 0): 1}
    assert setting.task.handed(offsets) == 1
    assert setting.task.offsets() == {}
    setting.taken()
    assert setting.task.offsets() == {TopicPartition(A, 0): 2, TopicPartition(B, 0): 1}


def test_lag_and_the_oldest_record_are_those_of_all_inputs():
    setting = Setting(A=[30, 40], B=[20]).poll("A").poll("B")
    assert (setting.task.lag, setting.task.oldest) == (3, EARLIEST + 20)
    setting.taken(records_max=2)
    assert (setting.task.lag, setting.task.oldest) == (1, EARLIEST + 40)
    setting.taken()
    assert (setting.task.lag, setting.task.oldest) == (0, None)


def test_offsets_that_would_go_back_are_a_fault_that_names_both():
    setting = Setting(A=[10]).poll("A")
    setting.taken()
    setting.task.handed(setting.task.offsets())
    setting.task.inputs[TopicPartition(A, 0)].next_offset = 0
    with pytest.raises(Fault, match=f"{A}/0 went back: 1 to 0"):
        setting.task.offsets()


@pytest.mark.parametrize("seed", range(20))
def test_however_the_log_is_polled_the_order_is_the_same(seed: int):
    """On a complete log, in any pieces, in any turns, with any bounds."""
    chance = random.Random(seed)
    logs = {letter: [chance.randrange(40) for _ in range(chance.randrange(12))] for letter in "ABC"}
    whole = Setting(**logs)
    for letter in logs:
        whole.poll(letter)
    wanted = whole.taken()
    setting = Setting(**logs)
    read = dict.fromkeys(logs, 0)
    got = ""
    while any(read[letter] < len(logs[letter]) for letter in logs) or setting.task.buffered:
        letter = chance.choice("ABC")
        until = read[letter] + chance.randrange(4)
        setting.poll(letter, read[letter], until)
        read[letter] = min(max(read[letter], until), len(logs[letter]))
        got = setting.taken(records_max=chance.randrange(4))
    assert (got or setting.taken()) == wanted


def test_a_task_knows_nothing_of_inputs_of_other_partitions():
    setting = Setting(A=[10])
    other: Any = TopicPartition(A, 1)
    with pytest.raises(KeyError):
        setting.task.buffer(other, [], 0)


def test_nothing_is_read_ahead_while_a_transaction_is_full():
    setting = Setting(A=[10, 20]).poll("A")
    setting.fold.pending_bytes = 150
    assert setting.taken(bytes_max=150) == ""
    assert setting.fold.read_ahead == []
