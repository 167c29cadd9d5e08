"""A Kafka client that stops fetching without a word: found out, and everything is decided once."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest
from confluent_kafka import Producer

from gateway.broker import BrokerInfo
from gateway.shell.faults import EXIT_FAULT
from tests.faults.checker import violations
from tests.kafka.live import installation, wait_until
from tests.kafka.process import ROOT
from tests.kafka.test_requirements_checks import Story

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics")]

#: The watch of these gateways looks ten times a second.
MANY_LOOKS_S = 1.5
DEAF = (sys.executable, str(ROOT / "tests" / "kafka" / "deaf.py"))


def test_a_gateway_whose_client_fetches_no_more_ends_and_the_next_one_goes_on(
    kafka: BrokerInfo, tmp_path: Path
) -> None:
    story = Story()
    writer = story.opened("2024-02-05", "before")
    with installation(kafka, tmp_path) as live:
        live.prefill(story.records)
        deaf = live.start(DEAF)
        wait_until(lambda: deaf.caught_up and live.drained(), "deciding the first messages")
        deaf.send_signal(signal.SIGUSR1)
        known = len(story.records)
        story.say(writer, "plan.set", "2024-03-05", "after")
        live.prefill(story.records[known:])
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
    kafka: BrokerInfo, tmp_path: Path, *, commits: bool
) -> None:
    """What is open is not there to be read, and of what was aborted only markers remain."""
    story = Story()
    story.opened("2024-02-05", "before")
    with installation(kafka, tmp_path) as live:
        live.prefill(story.records)
        often = live.start(DEAF)
        wait_until(lambda: often.caught_up and live.drained(), "deciding the first messages")
        agency = Producer({"bootstrap.servers": live.bootstrap, "transactional.id": "agency"})
        agency.init_transactions(10)
        agency.begin_transaction()
        agency.produce("fk.out.plan", b"unfinished", partition=1)
        assert agency.flush(10) == 0
        time.sleep(MANY_LOOKS_S)
        often.must_run()
        (agency.commit_transaction if commits else agency.abort_transaction)(10)
        time.sleep(MANY_LOOKS_S)
        often.must_run()
        assert live.stop() == [0]
        assert violations(live.log()) == []
