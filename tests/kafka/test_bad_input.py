"""Whatever an agency writes, the gateway goes on: each record leaves a receipt, none stops it.

One run: a small good year, every example, ten thousand mutations of both, and records at the edge
of what Kafka can carry; one process answers them all, and the log is checked against the laws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from gateway.broker import BrokerInfo
from gateway.domain.days import DAY_MS
from schemas.codec import VALUE_BYTES_MAX
from schemas.headers import HEADERS_BYTES_MAX
from schemas.topics import INPUT_TOPICS, QUARANTINE
from simulator.wire import SimRecord
from tests.dsl import all_examples
from tests.faults.checker import answers_of, violations
from tests.faults.harness import year
from tests.kafka.agencies import closing_records, example_record
from tests.kafka.live import PARTITIONS, Installation, Log, installation
from tests.kafka.mutations import YEAR_2200, mutated

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(180),
    pytest.mark.unmeasured,
]

MUTATED: Final = 10_000
MIB: Final = 1024 * 1024
CALLED: Final = "accepted/04-referral-called"


def edges() -> Iterator[SimRecord]:
    """What Kafka can carry and nobody should send."""
    call = example_record(CALLED)
    assert call.value is not None
    binary = example_record(CALLED, "binary")
    latin = tuple((name, b"\xe5\xe4\xf6" if name == "ce_id" else v) for name, v in binary.headers)
    null = tuple((name, None) for name, _ in binary.headers)
    for topic in INPUT_TOPICS:
        for partition in range(PARTITIONS):
            place = {"topic": topic, "partition": partition, "headers": ()}
            yield call._replace(**place, value=None)
            yield call._replace(**place, key=None, value=None)
    for size in (VALUE_BYTES_MAX, VALUE_BYTES_MAX + 1, MIB, 5 * MIB // 2):
        yield call._replace(value=call.value + b" " * (size - len(call.value)))
        yield call._replace(value=b"x" * size)
        yield call._replace(value=b"[" * size)
        yield call._replace(value=None, headers=(("big", b"x" * size),))
        yield call._replace(headers=(*call.headers, ("big", b"x" * size)))
        yield call._replace(key=b"k" * size)
    for headers in (latin, null, (*call.headers, ("x", None)), (*call.headers, ("x", b"\xff"))):
        yield binary._replace(headers=headers)  # type: ignore[arg-type]  # null is what is tested
        yield call._replace(headers=headers)  # type: ignore[arg-type]  # null values are the point
    for timestamp_ms in (0, YEAR_2200, 2**53, 1):
        yield call._replace(timestamp_ms=timestamp_ms)
        yield call._replace(timestamp_ms=timestamp_ms, value=b"{")
        yield example_record("refused/12-consent-not-here-yet")._replace(timestamp_ms=timestamp_ms)


@dataclass
class Run:
    """What was sent, in order, and what came of it."""

    sent: list[SimRecord]
    log: Log
    faults: list[dict[str, object]]
    exits: list[int]

    def of(self, wanted: list[SimRecord]) -> list[list[str]]:
        """The statuses of the records' own receipts."""
        answers = answers_of(self.log)
        places = {
            (r.topic, r.key, r.value, r.timestamp_ms, r.headers): r[:3]
            for (topic, _), records in self.log.items()
            if topic in INPUT_TOPICS
            for r in records
        }
        found = []
        for record in wanted:
            sent = (record.topic, record.key, record.value, record.timestamp_ms, record.headers)
            found.append(answers[places[sent]])
        return found


def _allow_large(live: Installation) -> None:
    """An installation may have raised the limit of its topics; the gateway's own stays."""
    changes = []
    for topic in INPUT_TOPICS:
        entry = ConfigEntry(
            "max.message.bytes", str(8 * MIB), incremental_operation=AlterConfigOpType.SET
        )
        changes.append(ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry]))
    for done in live.admin.incremental_alter_configs(changes).values():
        done.result()


@pytest.fixture(scope="module")
def run(kafka: BrokerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """All of it through one process."""
    good = [*year(11, 0.012), *(example_record(name) for name in all_examples())]
    last = closing_records(YEAR_2200 + 60 * DAY_MS)
    sent = [*good, *mutated(good, 7, MUTATED), *edges(), *last]
    with installation(kafka, tmp_path_factory.mktemp("bad")) as live:
        _allow_large(live)
        (process,) = live.start_ready(1)
        live.prefill(sent)
        live.wait_drained(120)
        exits = live.stop()
        yield Run(sent, live.log(), process.events("fault"), exits)


def test_nothing_stops_the_gateway(run: Run) -> None:
    assert run.faults == []
    assert run.exits == [0]


def test_every_record_leaves_a_receipt_and_the_laws_hold(run: Run) -> None:
    written = sum(len(run.log[t, n]) for t in INPUT_TOPICS for n in range(PARTITIONS))
    assert written == len(run.sent)
    assert violations(run.log) == []


def test_the_mutations_reach_every_kind_of_answer(run: Run) -> None:
    """Else the mutator would have grown tame."""
    counted = Counter(status for statuses in answers_of(run.log).values() for status in statuses)
    assert counted["REJECTED"] > MUTATED / 2
    assert set(counted) >= {"ACCEPTED", "ACCEPTED_WITH_WARNING", "HELD", "REJECTED", "EXPIRED"}


def test_tombstones_are_quarantined_and_refused(run: Run) -> None:
    """A null value on any input topic, with a key or without."""
    empty = [r for r in run.sent if r.value is None and r.headers == ()]
    assert len(empty) >= 2 * len(INPUT_TOPICS) * PARTITIONS
    assert {tuple(statuses) for statuses in run.of(empty)} == {("REJECTED",)}
    quarantined = sum(len(run.log[QUARANTINE, n]) for n in range(PARTITIONS))
    assert quarantined >= len(empty)


def test_what_is_too_large_is_refused_whatever_part_of_it_is(run: Run) -> None:
    large = [
        r
        for r in edges()
        if len(r.value or b"") > VALUE_BYTES_MAX
        or sum(len(v or b"") for _, v in r.headers) > HEADERS_BYTES_MAX
    ]
    assert len(large) >= 12
    assert {tuple(statuses) for statuses in run.of(large)} == {("REJECTED",)}
