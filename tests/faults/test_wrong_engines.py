"""Wrong engines on a real Kafka: each makes the checker speak, and the right one does not.

Each is harmed in the way that its mistake cannot stand; `tests.faults.wrong` says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.broker import BrokerInfo
from schemas.topics import FOLLOWUP
from tests.faults.checker import violations
from tests.faults.crew import AuditEndError, Crew
from tests.faults.harness import (
    estrange_at_work,
    freeze_at_work,
    kill_at_work,
    refuse_at_work,
    year,
)
from tests.faults.proxy import Proxy
from tests.faults.wrong import SLOWLY_S
from tests.kafka.live import Installation, installation

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.faults,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(500),
]

#: A process may happen to be harmed with empty hands: then once more, with another year.
SEEDS = (4, 5, 6, 7, 8, 9)
SCALE = 0.01
#: A turn decides few records, so that a process has work in hand whenever it is harmed.
SMALL_TURNS = {"BATCH_RECORDS_MAX": "5"}
LARGER_TURNS = {"BATCH_RECORDS_MAX": "15"}


def killed(live: Installation, engine: str | None, seed: int) -> None:
    """Two kills on a complete log; the only process has all six partitions in hand."""
    live.prefill(year(seed, 3 * SCALE))
    team = Crew(live, 1, engine=engine, env=LARGER_TURNS)
    kill_at_work(team, seed, kills=2, later_s=SLOWLY_S)


def overtaken(live: Installation, engine: str | None, seed: int) -> None:
    """Frozen for longer than its session; woken when others have gone on with its work."""
    team = Crew(live, 2, engine=engine, env=SMALL_TURNS)
    team.start()
    freeze_at_work(team, year(seed, SCALE), 3.0)
    team.supervise_until_drained()


def unheard(live: Installation, engine: str | None, seed: int) -> None:
    """Given up by its group, which it does not notice: it goes on until another takes over."""
    proxy = Proxy(2, [int(live.bootstrap.rpartition(":")[2])])
    try:
        team = Crew(live, 2, engine=engine, env=SMALL_TURNS, proxy=proxy)
        team.start()
        estrange_at_work(team, proxy, year(seed, SCALE))
        team.supervise_until_drained()
    finally:
        proxy.end()


def refused(live: Installation, engine: str | None, seed: int) -> None:
    """The broker refuses one of the topics; the right engine ends, and its next start says why."""
    team = Crew(live, 2, engine=engine, env=LARGER_TURNS)
    team.start()
    right_ends = {"fault", "narrow topic"}
    refuse_at_work(
        team, year(seed, SCALE), FOLLOWUP, 2.0, lambda: bool(engine) or right_ends <= {*team.ends}
    )
    team.supervise_until_drained()


Harm = Callable[[Installation, str | None, int], None]
HARM: dict[str, Harm] = {
    "id_per_process": overtaken,
    "unawaited_sends": refused,
    "seek_before_start": unheard,
    "acknowledged_first": killed,
    "remembered_apart": killed,
}


def found(kafka: BrokerInfo, folder: Path, harm: Harm, engine: str | None, seed: int) -> list[str]:
    """What the checker says of a whole year, at the end of which nothing waits any more.

    A gateway may see it first: it does not start when its state is ahead of the audit.
    """
    with installation(kafka, folder) as live:
        try:
            harm(live, engine, seed)
        except AuditEndError as problem:
            return [f"audit: {problem}"]
        return violations(live.log())


@pytest.mark.parametrize("engine", HARM)
def test_each_wrong_engine_is_caught(kafka: BrokerInfo, tmp_path: Path, engine: str) -> None:
    """By more than the state alone, which a fenced process may have left behind."""

    def laws(seed: int) -> set[str]:
        texts = found(kafka, tmp_path, HARM[engine], engine, seed)
        return {text.partition(":")[0] for text in texts} - {"state"}

    assert any(laws(seed) for seed in SEEDS)


@pytest.mark.parametrize("harm", [overtaken, unheard, refused])
def test_the_right_engine_stands_the_same_harm(
    kafka: BrokerInfo, tmp_path: Path, harm: Harm
) -> None:
    """Kills on a complete log it stands in `test_same_bytes.py`."""
    assert found(kafka, tmp_path, harm, None, SEEDS[0]) == []
