"""Law 5 on a complete log: one undisturbed process, or several that are killed, same bytes.

Whatever the batches were and whoever died, each topic and partition holds the same records in the
same order: key, value, headers, timestamp. Of the compacted state only the last value per key says
anything; how often a person was written on the way depends on the batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gateway.broker import BrokerInfo
from schemas.record import Record
from schemas.topics import INPUT_TOPICS, STATE
from simulator.wire import SimRecord
from tests.faults.checker import answers_of, violations
from tests.faults.harness import Team, kill_at_work, year
from tests.kafka.live import OUTPUT_TOPICS, Log, installation

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.faults,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(180),
]

Bytes = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...], int]


@dataclass
class Runs:
    """The same inputs decided twice."""

    records: tuple[SimRecord, ...]
    undisturbed: Log
    killed: Log


@pytest.fixture(scope="module")
def runs(kafka: BrokerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Inputs are written once; before the second run everything the gateway wrote is removed."""
    records = year(5, 0.016)
    with installation(kafka, tmp_path_factory.mktemp("bytes")) as live:
        live.prefill(records)
        live.start_ready(1)
        live.wait_drained()
        assert live.stop() == [0]
        undisturbed = live.log()
        live.forget_outputs()
        team = Team(live, 3, env={"BATCH_RECORDS_MAX": "4"})
        kill_at_work(team, 5, kills=3)
        team.stop()
        assert len(team.exits) >= 3
        yield Runs(records, undisturbed, live.log())


def _bytes(records: list[Record]) -> list[Bytes]:
    return [(r.key, r.value, r.headers, r.timestamp_ms) for r in records]


@pytest.mark.parametrize("topic", sorted(set(OUTPUT_TOPICS) - {STATE}))
def test_every_topic_has_the_same_bytes(runs: Runs, topic: str) -> None:
    for (name, n), records in runs.undisturbed.items():
        if name == topic:
            assert _bytes(runs.killed[topic, n]) == _bytes(records), f"{topic}/{n}"


def test_every_state_ends_with_the_same_bytes(runs: Runs) -> None:
    for (name, n), records in runs.undisturbed.items():
        if name == STATE:
            assert _standing(runs.killed[STATE, n]) == _standing(records), f"partition {n}"


def _standing(records: list[Record]) -> dict[bytes | None, list[Bytes]]:
    """The last of each key; no value ends it, and what came and went at once was never written."""
    last = {record.key: record for record in records}
    return {key: _bytes([record]) for key, record in last.items() if record.value}


def test_both_runs_keep_the_laws(runs: Runs) -> None:
    assert violations(runs.undisturbed) == []
    assert violations(runs.killed) == []


def test_every_message_is_answered_as_the_simulator_expects(runs: Runs) -> None:
    """First receipts against the simulator's own books, record by record."""
    given = answers_of(runs.undisturbed)
    expected = {(r.topic, r.key, r.value, r.timestamp_ms): r for r in runs.records}
    wrong = []
    for (topic, _), records in runs.undisturbed.items():
        for record in records if topic in INPUT_TOPICS else ():
            planned = expected[topic, record.key, record.value, record.timestamp_ms]
            first = given.get(record[:3], [planned.expect])[0]
            if planned.expect not in {None, first}:
                wrong.append((record[:3], planned.kind, planned.expect, first))
    assert wrong == []
