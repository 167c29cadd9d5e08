"""The production profile on three brokers: their clock is the only one, and silence is time too."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.cli.keys import new
from schemas.keys import KeyRing
from schemas.topics import RECEIPT_TOPICS
from tests import dsl
from tests.faults import checker
from tests.faults.checker import violations
from tests.faults.cluster import Cluster
from tests.faults.crew import Site
from tests.kafka import test_requirements_checks
from tests.kafka.live import PARTITIONS, wait_until
from tests.kafka.process import ROOT
from tests.kafka.test_requirements_checks import Story

pytestmark = [pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(300)]

AGING = (sys.executable, str(ROOT / "tests" / "faults" / "aging.py"))
#: Production refuses the published keys, with which these make messages and judge a log.
WITH_TEST_KEYS = (dsl, test_requirements_checks, checker)
#: Some fifty turns of the engine, each of which lets time pass.
MANY_TURNS_S = 1.5


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of production, with keys of the installation's own for all who take part."""
    file = tmp_path / "keys.json"
    new(file)
    for module in WITH_TEST_KEYS:
        monkeypatch.setattr(module, "KEYS", KeyRing.load(file))
    return {"PROFILE": "production", "ALLOW_PLAINTEXT": "yes", "KEYS_FILE": str(file)}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    cluster = Cluster("three")
    try:
        made = Site(cluster.bootstrap, tmp_path, topology="three", timestamps="append")
        made.renew()
        yield made
        made.kill()
    finally:
        cluster.end()


def receipts(site: Site, message_id: str) -> list[dict[str, Any]]:
    """All receipts of a message, in order."""
    log = site.log()
    found = [
        orjson.loads(record.value or b"")["data"]
        for topic in RECEIPT_TOPICS
        for n in range(PARTITIONS)
        for record in log[topic, n]
    ]
    return [data for data in found if data["message_id"] == message_id]


def test_a_wait_ends_on_a_silent_partition_and_no_wall_clock_ends_it_sooner(
    site: Site, production: dict[str, str]
) -> None:
    today = datetime.now(UTC).date().isoformat()
    story = Story()
    writer = story.somebody(today, "somebody")
    story.say(writer, "referral.answered", today, "too early")
    site.prefill(story.records)
    gateway = site.start(AGING, **production)
    wait_until(lambda: gateway.caught_up and site.drained(), "deciding both messages")
    waiting = story.ids["too early"]
    assert [answer["status"] for answer in receipts(site, waiting)] == ["HELD"]

    gateway.send_signal(signal.SIGUSR1)
    time.sleep(MANY_TURNS_S)
    gateway.must_run()
    assert [answer["status"] for answer in receipts(site, waiting)] == ["HELD"]

    gateway.send_signal(signal.SIGUSR2)
    wait_until(lambda: len(receipts(site, waiting)) == 2, "the end of the wait")
    gateway.must_run()
    held, ended = receipts(site, waiting)
    assert ended["status"] == "ACCEPTED_WITH_WARNING"
    assert ended["decided_at"] == held["held_until"]
    assert site.stop() == [0]
    assert violations(site.log()) == []
