"""Wrong engines on a real Kafka: each makes the checker speak, and the right one does not.

Each is harmed in the way that its mistake cannot stand; `tests.faults.wrong` says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.broker import BrokerInfo
from schemas.topics import FOLLOWUP
from tests.faults.checker import violations
from tests.faults.crew import Crew
from tests.faults.harness import (
    Team,
    freeze_at_work,
    freeze_until_replaced,
    kill_at_work,
    parts,
    refuse_at_work,
    year,
)
from tests.faults.wrong import NAMES
from tests.kafka.live import Installation, installation

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.faults,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(240),
]

SEED = 4
SCALE = 0.008
#: A turn decides few records, so that a process has work in hand whenever it is harmed.
SMALL_TURNS = {"BATCH_RECORDS_MAX": "5"}
LARGER_TURNS = {"BATCH_RECORDS_MAX": "15"}


@pytest.fixture
def live(kafka: BrokerInfo, tmp_path: Path) -> Iterator[Installation]:
    """Fresh topics and a fresh group."""
    with installation(kafka, tmp_path) as made:
        yield made


def killed(live: Installation, engine: str | None) -> None:
    """Two kills on a complete log; the only process has all six partitions in hand."""
    live.prefill(year(SEED, SCALE))
    team = Crew(live, 1, engine=engine, env=LARGER_TURNS)
    kill_at_work(team, SEED, kills=2)


def overtaken(live: Installation, engine: str | None) -> None:
    """Frozen for longer than its session; woken when others have gone on with its work."""
    team = Crew(live, 2, engine=engine, env=SMALL_TURNS)
    team.start()
    _until_seen(live, team, lambda records: freeze_at_work(team, records, 3.0))


def replaced(live: Installation, engine: str | None) -> None:
    """Frozen for longer than its session; woken while another is taking over."""
    team = Crew(live, 2, engine=engine, env=SMALL_TURNS)
    team.start()
    _until_seen(live, team, lambda records: freeze_until_replaced(team, records))


def refused(live: Installation, engine: str | None) -> None:
    """The broker refuses one of the topics for two seconds."""
    team = Crew(live, 2, engine=engine, env=LARGER_TURNS)
    team.start()
    refuse_at_work(team, year(SEED, SCALE), FOLLOWUP, 2.0)
    team.supervise_until_drained()


def _until_seen(live: Installation, team: Team, harm: Callable[..., object]) -> None:
    """A process may happen to be frozen with empty hands; then once more."""
    for backlog in parts(year(SEED, 3 * SCALE)):
        harm(backlog)
        team.supervise_until_drained()
        if violations(live.log()):
            break


HARM = {
    "id_per_process": overtaken,
    "unawaited_sends": refused,
    "seek_before_start": replaced,
    "acknowledged_first": killed,
    "remembered_apart": killed,
}


@pytest.mark.parametrize("engine", NAMES)
def test_each_wrong_engine_is_caught(live: Installation, engine: str) -> None:
    HARM[engine](live, engine)
    laws = {text.partition(":")[0] for text in violations(live.log())}
    assert laws & {"receipts", "audit", "facts"}


@pytest.mark.parametrize("harm", [overtaken, replaced, refused])
def test_the_right_engine_stands_the_same_harm(
    live: Installation, harm: Callable[[Installation, str | None], None]
) -> None:
    """Kills on a complete log it stands in `test_same_bytes.py`."""
    harm(live, None)
    assert violations(live.log()) == []
