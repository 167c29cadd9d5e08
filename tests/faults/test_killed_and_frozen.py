"""Processes die and freeze; what stands in the topics afterwards is as if they had not.

Laws 1, 2, 3, 6 and 7 over the topics (`tests.faults.checker`), for a year's messages each.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.broker import BrokerInfo
from gateway.shell.faults import EXIT_FAULT
from tests.faults.checker import violations
from tests.faults.harness import Team, feed_and_harm, freeze_at_work, parts, year
from tests.kafka.live import Installation, installation
from tests.kafka.process import ROOT

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.faults,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(180),
]

WRONG_ENGINE = (sys.executable, str(ROOT / "tests" / "faults" / "wrong_engine.py"))
#: A turn decides few records, so that a process has work in hand whenever it is stopped.
SMALL_TURNS = {"BATCH_RECORDS_MAX": "5"}


@pytest.fixture
def live(kafka: BrokerInfo, tmp_path: Path) -> Iterator[Installation]:
    """Fresh topics and a fresh group."""
    with installation(kafka, tmp_path) as made:
        yield made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_harmed_at_random_moments(live: Installation, seed: int) -> None:
    """Three gateways, six harms while the messages come in: nothing is lost or doubled."""
    records = year(seed)
    assert len(records) > 5_000
    team = Team(live, 3)
    team.start()
    feed_and_harm(team, records, seed, seconds=9)
    team.stop()
    assert len(team.exits) >= 4, "the harm has to be worth the name"
    log = live.log()
    assert sum(len(log[place]) for place in live.ends()) == len(records)
    assert violations(log) == []


def test_frozen_longer_than_its_session(live: Installation) -> None:
    """The broker gives its partitions away; it wakes with work in hand and is fenced.

    Tried again while it happened to be frozen with empty hands, when it just joins again.
    """
    team = Team(live, 2, env=SMALL_TURNS)
    team.start()
    for backlog in parts(year(4)):
        frozen = freeze_at_work(team, backlog, 3.0)
        team.supervise_until_drained()
        if frozen.code == EXIT_FAULT:
            break
    assert EXIT_FAULT in team.exits
    team.stop()
    assert violations(live.log()) == []


def test_a_transactional_id_per_process_is_caught(live: Installation) -> None:
    """The same freeze with the wrong engine: the zombie commits, and the checker says so."""
    team = Team(live, 2, WRONG_ENGINE, SMALL_TURNS)
    team.start()
    laws: set[str] = set()
    for backlog in parts(year(4)):
        freeze_at_work(team, backlog, 3.0)
        team.supervise_until_drained()
        laws = {text.partition(":")[0] for text in violations(live.log())} - {"state"}
        if laws:
            break
    assert {"receipts", "audit"} <= laws
