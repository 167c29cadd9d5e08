"""When a task commits, and when it must not any more; without Kafka."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gateway.shell import committer as committer_module
from gateway.shell.clock import BrokerClock
from gateway.shell.committer import Committer
from gateway.shell.faults import Fault
from gateway.shell.settings import Settings
from gateway.shell.telemetry import Tally


class Fold:
    """Something was decided."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.answered = 3
        self.pending_bytes = 10

    def drain(self) -> list[Any]:
        """What is to be written."""
        return ["record"]


class Task:
    """A task with something to commit, once."""

    partition = 0
    producer = None
    caught_up = True
    taken = 3

    def __init__(self) -> None:
        self.fold = Fold()
        self.has_output = True
        self.clock = BrokerClock(wanted=False)

    def offsets(self) -> dict[Any, int]:
        """Nothing moved."""
        return {}

    def advanced(self, _: Any) -> int:
        """Nothing moved."""
        return 0

    def handed(self, _: Any) -> int:
        """How many were decided."""
        self.has_output = False
        return 3


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was handed to the broker."""
    found: list[Any] = []

    async def commit(*of: Any) -> int:
        found.append(of)
        return -1

    monkeypatch.setattr(committer_module, "commit", commit)
    return found


async def test_what_was_decided_is_committed(committed: list[Any]):
    committer = Committer(cast("Any", Task()), Settings())
    assert committer.busy
    await committer.settle()
    assert len(committed) == 1
    assert not committer.busy


async def test_after_a_failed_decision_nothing_of_it_is_committed(committed: list[Any]):
    """Neither when its turn comes nor when the partitions are taken away meanwhile."""
    committer = Committer(cast("Any", Task()), Settings())
    committer.halt()
    committer.wake()
    await committer.settle()
    assert committed == []


async def test_a_transaction_that_answers_fewer_than_it_decides_is_not_begun(
    committed: list[Any], monkeypatch: pytest.MonkeyPatch
):
    task = Task()
    task.fold.answered = 2
    ended: list[BaseException] = []
    monkeypatch.setattr(committer_module, "crash", lambda _, problem: ended.append(problem))
    await Committer(cast("Any", task), Settings()).settle()
    (problem,) = ended
    assert isinstance(problem, Fault)
    assert (
        str(problem)
        == "law 1: 3 records were decided and 2 were answered (runbook: receipt-per-record)"
    )
    assert committed == []
