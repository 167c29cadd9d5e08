"""An input that has something to read and is no longer read ends the process; nothing else does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from gateway.shell import standstill
from gateway.shell.faults import Fault
from gateway.shell.standstill import LOOKS, Places, Standstill, watch_reading

PLAN, SGI = TopicPartition("fk.out.plan", 3), TopicPartition("af.out.sgi", 3)


def looks(*seen: Places) -> list[int]:
    watched = Standstill()
    return [watched.look(places) for places in seen]


def test_an_input_that_stands_still_for_all_looks_is_a_fault_that_says_where():
    places = [{PLAN: (5, 9)}] * (LOOKS + 1)
    assert looks(*places[:-1]) == [0, 1, 1]
    with pytest.raises(Fault, match=r"fk\.out\.plan/3 has stood at 5 for 3 looks and ends at 9"):
        looks(*places)


def test_it_stands_still_however_much_is_written_to_it_meanwhile():
    with pytest.raises(Fault):
        looks(*({PLAN: (5, 9 + n)} for n in range(LOOKS + 1)))


@pytest.mark.parametrize(
    "step",
    [
        {PLAN: (6, 9)},  # it moved, if only by one
        {PLAN: (5, 5)},  # there was nothing to read
        {},  # it was given away, paused, or the group was being divided
        {SGI: (1, 2)},
    ],
)
def test_one_step_in_between_and_it_is_counted_anew(step: Places):
    still: Places = {PLAN: (5, 9)}
    assert len(looks(*[still] * LOOKS, step, *[still] * LOOKS)) == 2 * LOOKS + 1


def test_what_stands_at_the_end_of_the_log_may_stand_there_for_ever():
    assert looks(*[{PLAN: (9, 9), SGI: (0, 0)}] * 50) == [0] * 50


class Told(Exception):  # noqa: N818 - it stands for the end of a process
    """The process would have ended."""


class Reader:
    """Says one thing after the other, then that there is nothing to say."""

    def __init__(self, *said: Places | Exception) -> None:
        self._said = iter(said)
        self.asked = 0

    async def reading(self) -> Places:
        """As the engine does."""
        self.asked += 1
        said = next(self._said, None)
        if said is None:
            await asyncio.Event().wait()
        if isinstance(said, Exception):
            raise said
        return said or {}


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, BaseException]]:
    told: list[tuple[str, BaseException]] = []

    def crash(where: str, problem: BaseException) -> Any:
        told.append((where, problem))
        raise Told

    monkeypatch.setattr(standstill, "crash", crash)
    return told


async def test_a_standstill_ends_the_process(crashes: list[tuple[str, BaseException]]):
    reader = Reader(*[{PLAN: (5, 9)}] * (LOOKS + 1))
    with pytest.raises(Told):
        await asyncio.wait_for(watch_reading(reader, every_s=0), 5)
    (where, problem), *_ = crashes
    assert (where, type(problem)) == ("reading", Fault)


async def test_brokers_that_do_not_answer_are_no_standstill(
    crashes: list[tuple[str, BaseException]],
):
    """What was seen before they were gone counts no more: nothing could be fetched meanwhile."""
    still = [{PLAN: (5, 9)}] * LOOKS
    reader = Reader(*still, KafkaConnectionError(), *still, TimeoutError(), *still)
    watching = asyncio.create_task(watch_reading(reader, every_s=0))
    while reader.asked <= 3 * LOOKS + 2:
        await asyncio.sleep(0)
    watching.cancel()
    assert crashes == []
