"""A Kafka client that stops fetching without a word: found out, and everything is decided once."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from gateway.broker import BrokerInfo
from gateway.shell.faults import EXIT_FAULT
from tests.faults.checker import violations
from tests.kafka.live import Installation, installation, wait_until
from tests.kafka.process import ROOT, Process
from tests.kafka.test_lost_records import Case

pytestmark = [pytest.mark.unmeasured, pytest.mark.kafka, pytest.mark.xdist_group("topics")]

#: The watch of these gateways looks ten times a second.
MANY_LOOKS_S = 1.5
DEAF = (sys.executable, str(ROOT / "tests" / "kafka" / "deaf.py"))


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def live(kafka: BrokerInfo, tmp_path: Path) -> Iterator[Installation]:
    with installation(kafka, tmp_path) as made:
        yield made


@pytest.fixture
def deaf(live: Installation, case: Case) -> Process:
    """A gateway that has decided the case's first messages and hears everything yet."""
    live.prefill(case.story.records)
    process = live.start(DEAF)
    wait_until(lambda: process.caught_up and live.drained(), "deciding the first messages")
    return process


def test_a_gateway_whose_client_fetches_no_more_ends_and_the_next_one_goes_on(
    live: Installation, case: Case, deaf: Process
) -> None:
    deaf.send_signal(signal.SIGUSR1)
    wait_until(lambda: deaf.events("deaf"), "the client going deaf")
    case.goes_on(live, "plan.set")
    assert deaf.wait(20) == EXIT_FAULT
    (fault,) = deaf.events("fault")
    assert fault["where"] == "reading"
    assert "fk.out.plan/" in fault["text"]
    assert "no longer fetched (runbook: standstill)" in fault["text"]
    live.start_ready()
    live.wait_drained()
    assert live.stop() == [0]
    assert violations(live.log()) == []


@pytest.mark.parametrize("commits", [True, False])
def test_an_agencys_transaction_is_no_standstill_while_it_is_open_or_when_it_was_aborted(
    live: Installation, deaf: Process, *, commits: bool
) -> None:
    """What is open is not there to be read, and of what was aborted only markers remain."""
    agency = Producer({"bootstrap.servers": live.bootstrap, "transactional.id": "agency"})
    agency.init_transactions(10)
    agency.begin_transaction()
    agency.produce("fk.out.plan", b"unfinished", partition=1)
    assert agency.flush(10) == 0
    time.sleep(MANY_LOOKS_S)
    deaf.must_run()
    (agency.commit_transaction if commits else agency.abort_transaction)(10)
    time.sleep(MANY_LOOKS_S)
    deaf.must_run()
    assert live.stop() == [0]
    assert violations(live.log()) == []
