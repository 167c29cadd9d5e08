"""Where a task may go on reading: at what it committed, or nowhere; without Kafka."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition

from gateway.shell.faults import Fault
from gateway.shell.offsets import lost_on_the_way, refuse_forgotten, refuse_lost
from gateway.shell.task import Input, Task

A = TopicPartition("fk.out.plan", 2)
B = TopicPartition("fk.out.sgi", 2)
ELSEWHERE = TopicPartition("fk.out.plan", 3)


@pytest.mark.parametrize(
    ("committed", "start", "end"), [(5, 5, 9), (5, 0, 9), (9, 5, 9), (0, 0, 0)]
)
def test_what_still_stands_in_the_log_is_gone_on_with(committed: int, start: int, end: int):
    refuse_lost(A, committed, start, end)


def test_a_committed_offset_below_the_start_of_the_log_is_a_fault_that_says_what_is_lost():
    with pytest.raises(Fault, match="starts at 6, but 5 is the next to decide: retention has"):
        refuse_lost(A, 5, 6, 9)


def test_a_committed_offset_beyond_the_end_of_the_log_is_a_fault():
    with pytest.raises(Fault, match="ends at 4, but 5 is the next to decide: the log was cut"):
        refuse_lost(A, 5, 0, 4)


def test_a_task_that_has_decided_and_has_no_offsets_decides_nothing_again():
    with pytest.raises(Fault, match="partition 2 has decided 7 times, but its group has no"):
        refuse_forgotten(2, 7, {ELSEWHERE: 3}, {A: 0})


def test_a_log_that_ends_before_what_was_decided_of_it_is_told_as_another_topic():
    with pytest.raises(Fault, match=r"plan/2 ends at 2, but 4 was decided: .* made anew.*anew\)"):
        refuse_forgotten(2, 7, {ELSEWHERE: 3}, {A: 0}, {A: 2, B: 9}, {A: 4, B: 3})


def test_offsets_that_are_gone_are_told_with_every_possible_cause_when_the_logs_are_long_enough():
    with pytest.raises(Fault, match=r"expired, SAMVERKAN_GROUP .* anew \(runbook: no-offsets\)"):
        refuse_forgotten(2, 7, {}, {A: 0}, {A: 5, B: 9}, {A: 4, B: 3})


def test_a_place_beyond_the_end_is_no_matter_of_retention():
    text = str(lost_on_the_way({A: 17}, {A: 3}))
    assert "ends at 3, but 17 is the next to read: the topic was deleted and made anew" in text
    assert "retention" not in text
    assert "retention" in str(lost_on_the_way({A: 17}, {A: 30}))


def test_an_input_of_which_nothing_was_decided_may_not_have_lost_its_beginning():
    with pytest.raises(Fault, match="starts at 3, but nothing of it has been decided"):
        refuse_forgotten(2, 7, {A: 3}, {A: 0, B: 3})
    refuse_forgotten(2, 7, {A: 3}, {A: 9, B: 0, ELSEWHERE: 5})


def test_a_first_start_may_begin_anywhere_and_its_first_transaction_says_where():
    refuse_forgotten(2, 0, {}, {A: 3, B: 0})
    first, second = Input(A, 3, 3, 0), Input(B, 0, 0, 0)
    task = Task(2, None, None, [first, second])  # type: ignore[arg-type]  # nothing is decided
    assert task.offsets() == {A: 3}
    assert task.advanced(task.offsets()) == 3
    task.handed(task.offsets())
    assert task.offsets() == {}


def test_what_was_removed_while_it_was_read_is_named():
    text = str(lost_on_the_way({A: 17}))
    assert "fk.out.plan/2 at 17" in text
    assert "retention has removed undecided records" in text
