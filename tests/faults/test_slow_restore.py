"""A restore that takes longer than the session: the gateway stays in its group and gets to work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.broker import BrokerInfo
from tests.faults.checker import violations
from tests.faults.crew import HARMED
from tests.faults.harness import year
from tests.kafka.live import Installation, installation, wait_until

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.faults,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(180),
]

SESSION = {"SESSION_TIMEOUT_MS": "1500"}


@pytest.fixture
def live(kafka: BrokerInfo, tmp_path: Path) -> Iterator[Installation]:
    """Fresh topics and a fresh group."""
    with installation(kafka, tmp_path) as made:
        yield made


def test_taking_over_may_outlast_the_session(live: Installation) -> None:
    """Without heartbeats meanwhile it would be expelled, and restore again and again."""
    live.prefill(year(6, 0.004))
    slow = live.start((*HARMED, "--dawdle", "4"), **SESSION)
    wait_until(lambda: slow.events("assigned"), "taking over")
    live.wait_drained()
    assert len(slow.events("assigned")) == 1
    slow.terminate()
    assert slow.wait(20) == 0
    assert violations(live.log()) == []
