"""The same log gives the same bytes: run twice, in any pieces, killed anywhere (law 5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.shell.fold import DUE_HEADER, Fold
from gateway.shell.outputs import Outgoing
from schemas.codec import Codec, Record
from schemas.topics import STATE
from tests.dsl import AGREEMENT, BO, KEYS, PARTITIONS, Gateway
from tests.properties.messages import START, Draft, histories, play, played
from tests.twin import TwinFold

pytestmark = pytest.mark.unmeasured

cuts = st.sets(st.integers(0, 30), max_size=12)


class Process:
    """One task's process: takes records, commits when told, can be killed and replaced."""

    def __init__(self, partition: int) -> None:
        """Start with nothing."""
        self.partition = partition
        self.committed: list[Outgoing] = []
        self.states: dict[bytes | None, Outgoing] = {}
        self.fold = self._started()

    def _started(self) -> Fold:
        fold = TwinFold(self.partition, Codec(KEYS, PARTITIONS), AGREEMENT, KEYS, PARTITIONS)
        for key, out in self.states.items():
            due = dict(out.headers).get(DUE_HEADER)
            fold.restore((key or b"").decode(), out.value, None if due is None else int(due))
        return fold

    def commit(self) -> None:
        """Everything decided since the last commit is written."""
        for out in self.fold.drain():
            if out.topic == STATE:
                self.states[out.key] = out
            else:
                self.committed.append(out)

    def kill(self) -> None:
        """What was not committed is lost; another process restores what was."""
        self.fold = self._started()


def one_by_one(records: Iterable[Record], partition: int, until: int) -> Process:
    """The undisturbed run: a commit after every record."""
    process = Process(partition)
    for record in records:
        process.fold.take(record)
        process.commit()
    process.fold.advance(until)
    process.commit()
    return process


def of_one_task(gateway: Gateway) -> tuple[list[Record], int, int]:
    """The records of the person's task, its partition, and a time after every deadline."""
    partition = gateway.records[0].partition
    records = [record for record in gateway.records if record.partition == partition]
    return records, partition, gateway.now + 500 * 86_400_000


def the_same(one: Process, other: Process) -> None:
    assert other.committed == one.committed
    assert standing(other) == standing(one)


def standing(process: Process) -> dict[bytes | None, tuple[bytes, Any]]:
    """The last value of each key; an empty one ends it."""
    return {k: (o.value, o.headers) for k, o in process.states.items() if o.value}


@given(histories())
@settings(max_examples=25)
def test_twice_gives_the_same_bytes(history: list[Draft]):
    runs = [played(history)[0] for _ in range(2)]
    assert runs[0].log == runs[1].log
    assert runs[0].stored == runs[1].stored


@given(histories(), cuts)
@settings(max_examples=25)
def test_in_whatever_batches_it_is_committed_the_log_is_the_same(
    history: list[Draft], places: set[int]
):
    records, partition, until = of_one_task(played(history)[0])
    undisturbed = one_by_one(records, partition, until)
    process = Process(partition)
    for number, record in enumerate(records):
        process.fold.take(record)
        if number in places:
            process.commit()
    process.fold.advance(until)
    process.commit()
    the_same(undisturbed, process)


@given(histories(), cuts, cuts)
@settings(max_examples=25)
def test_killed_anywhere_it_goes_on_as_if_it_had_not(
    history: list[Draft], kills: set[int], commits: set[int]
):
    """After a kill the records since the last commit are read again."""
    records, partition, until = of_one_task(played(history)[0])
    undisturbed = one_by_one(records, partition, until)
    process = Process(partition)
    next_to_read = committed = 0
    kills = set(kills)
    while next_to_read < len(records):
        process.fold.take(records[next_to_read])
        next_to_read += 1
        if next_to_read in commits:
            process.commit()
            committed = next_to_read
        if next_to_read in kills:
            kills.discard(next_to_read)
            process.kill()
            next_to_read = committed
    process.commit()
    process.kill()
    process.fold.advance(until)
    process.commit()
    the_same(undisturbed, process)


def of_person(gateway: Gateway, person: str) -> list[tuple[str, bytes]]:
    """What was written about a person, without the audit, whose chain is the task's."""
    key = KEYS.person_key(person).encode()
    pseudonym = KEYS.statistics_key(person).encode()
    return [
        (out.topic, out.value)
        for out in gateway.log
        if out.key in {key, pseudonym} and out.topic != "gateway.audit"
    ]


@given(histories(10), histories(10), st.lists(st.booleans(), min_size=22, max_size=22))
@settings(max_examples=25)
def test_persons_do_not_matter_to_each_other(
    of_anna: list[Draft], of_bo: list[Draft], turns: list[bool]
):
    """Whatever comes between a person's messages about somebody else."""
    together = Gateway(now=START)
    queues = {together.person: list(of_anna), BO: list(of_bo)}
    answers: dict[str, list] = {person: [] for person in queues}
    order = []
    for turn in turns:
        person = list(queues)[turn]
        if queues[person]:
            order.append((person, queues[person].pop(0)))
    for person, draft in order:
        together.person = person
        play(together, draft, answers[person])
    for person in queues:
        alone = Gateway(now=START, person=person)
        said: list = []
        for number, (who, draft) in enumerate(order):
            if who == person:
                alone._count = number
                play(alone, draft, said)
            else:
                alone.now += draft.wait_ms
        alone.now = together.now
        assert facts_and_texts(alone, person) == facts_and_texts(together, person)


def facts_and_texts(gateway: Gateway, person: str) -> list[tuple[str, bytes]]:
    """With everything due until the end, and without what tells of the place in the log."""
    import re  # noqa: PLC0415 - the place is taken out of receipts only

    gateway.tick()
    place = re.compile(rb'"offset":\d+')
    return [(topic, place.sub(b"", value)) for topic, value in of_person(gateway, person)]
