"""Records that retention removes before they are decided: never passed over without a word."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition

from gateway.broker import BrokerInfo
from gateway.shell.faults import EXIT_FAULT
from schemas.topics import INPUT_TOPICS
from tests.kafka.live import PARTITIONS, Installation, installation, wait_until
from tests.kafka.process import Process
from tests.kafka.test_requirements_checks import Story

pytestmark = [
    pytest.mark.unmeasured,
    pytest.mark.kafka,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(300),
]

BROKEN = {"SESSION_TIMEOUT_MS": "2000"}
FETCH_MAX_WAIT_S = 0.05


class Case:
    """One person's case, of which nothing is on the topic of plans yet."""

    def __init__(self) -> None:
        self.story = Story()
        self.writer = self.story.opened("2024-02-05", "first")

    def goes_on(self, live: Installation, *names: str) -> None:
        """Write more."""
        known = len(self.story.records)
        for name in names:
            self.story.say(self.writer, name, "2024-03-05", name)
        live.prefill(self.story.records[known:])


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def live(kafka: BrokerInfo, tmp_path: Path, case: Case) -> Iterator[Installation]:
    """Fresh topics, a fresh group, and a first case that is decided."""
    with installation(kafka, tmp_path) as made:
        made.prefill(case.story.records)
        yield made


def decided(live: Installation) -> None:
    """Decide everything, and stop."""
    live.start_ready()
    live.wait_drained()
    live.stop()


def remove_all(live: Installation) -> None:
    """What retention does, at once."""
    ends = live.ends()
    places = [TopicPartition(t, n, ends[t, n]) for t in INPUT_TOPICS for n in range(PARTITIONS)]
    for done in live.admin.delete_records(places).values():
        done.result()


def fault_of(process: Process) -> str:
    """The sentence with which it ended."""
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: process.code is not None, "ending", 25)
    assert process.code == EXIT_FAULT, process.said()
    return str(process.events("fault")[-1]["text"])


def test_a_gateway_does_not_start_behind_the_start_of_a_log(live: Installation, case: Case) -> None:
    """Also of a topic of which nothing has been read before."""
    decided(live)
    case.goes_on(live, "plan.set")
    remove_all(live)
    text = fault_of(live.start(**BROKEN))
    assert "nothing of it has been decided: retention has removed undecided records" in text
    assert "runbook: log-start" in text


def test_a_running_gateway_does_not_go_on_behind_what_was_removed(
    live: Installation, case: Case
) -> None:
    """And neither does one of a group that knows of nothing."""
    (process,) = live.start_ready(SESSION_TIMEOUT_MS="60000")
    live.wait_drained()
    process.freeze()
    # The broker answers a fetch that is under way with what comes in time: that would not be lost.
    time.sleep(10 * FETCH_MAX_WAIT_S)
    case.goes_on(live, "referral.called")
    remove_all(live)
    process.thaw()
    assert "the next to read is not in the log any more" in fault_of(process)
    text = fault_of(live.start(**BROKEN, GROUP=f"{live.group}-other"))
    assert "its group has no offsets" in text


def test_a_first_start_behind_the_start_of_a_log_is_a_beginning(
    live: Installation, case: Case
) -> None:
    """What nobody was there to decide is not this installation's; from then on all is."""
    remove_all(live)
    case.goes_on(live, "plan.set")
    decided(live)
    live.start_ready()
    live.wait_drained()
    assert live.stop() == [0]
