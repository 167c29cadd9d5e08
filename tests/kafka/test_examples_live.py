"""The contract's examples on a real Kafka: sent one by one, each waits for the receipt before it.

One run per mode answers all questions; the log is then checked against all laws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.broker import BrokerInfo
from gateway.domain.days import DAY_MS
from schemas.record import Record
from schemas.topics import STATE, delivery_topic, other
from tests.dsl import all_examples
from tests.faults.checker import violations
from tests.kafka.agencies import Agencies, closing_records, example_record
from tests.kafka.live import Log, installation

pytestmark = [pytest.mark.unmeasured, pytest.mark.kafka, pytest.mark.xdist_group("topics")]

NAMES = all_examples()
OWN_HEADERS = ["gw-receipt-id", "gw-accepted-at", "gw-ground", "gw-person-key"]


@dataclass
class Run:
    """Per example: the record as sent, its first receipt, whether that was a duplicate's."""

    answers: dict[str, tuple[Record, dict[str, Any], bool]]
    log: Log
    exits: list[int]

    def deliveries(self, name: str) -> list[Record]:
        """What was delivered at the instant of an example; every example has its own."""
        at = self.answers[name][0].timestamp_ms
        return [
            record
            for (topic, _), records in self.log.items()
            if ".in." in topic and not topic.endswith(".notice")
            for record in records
            if record.timestamp_ms == at
        ]


@pytest.fixture(
    scope="module",
    params=[(1, "structured"), (3, "structured"), (1, "binary")],
    ids=["one-process", "three-processes", "binary-mode"],
)
def run(
    request: pytest.FixtureRequest, kafka: BrokerInfo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """All examples in order, answered by one or three processes."""
    processes, mode = request.param
    folder: Path = tmp_path_factory.mktemp("examples")
    answers = {}
    with installation(kafka, folder) as live:
        live.start_ready(processes)
        agencies = Agencies(live.bootstrap)
        try:
            for name in NAMES:
                sent = agencies.send(example_record(name, mode))
                answers[name] = (sent, *agencies.answers(sent))
            for record in closing_records(sent.timestamp_ms + 60 * DAY_MS):
                agencies.send(record)
        finally:
            agencies.close()
        live.wait_drained()
        exits = live.stop()
        yield Run(answers, live.log(), exits)


def test_every_example_gets_exactly_the_expected_status_and_codes(run: Run) -> None:
    for name in NAMES:
        expected = example_record(name)
        _, receipt, _ = run.answers[name]
        codes = Counter(reason["code"] for reason in receipt["reasons"])
        assert receipt["status"] == expected.expect, (name, receipt)
        assert Counter(expected.codes) <= codes, (name, receipt)
        if expected.expect == "ACCEPTED":
            assert not codes, (name, receipt)


def test_accepted_ones_reach_the_other_agency_byte_for_byte(run: Run) -> None:
    """On the right topic and partition, with the sender's headers and the gateway's own."""
    for name in NAMES:
        sent, receipt, duplicate = run.answers[name]
        if duplicate or not receipt["status"].startswith("ACCEPTED"):
            continue
        (delivered,) = run.deliveries(name)
        agency, _, family = sent.topic.partition(".out.")
        assert (
            delivered.topic == delivery_topic(other(agency), family) == receipt["delivered_to"][0]
        )
        assert delivered[1] == sent.partition
        assert (delivered.key, delivered.value) == (sent.key, sent.value)
        assert delivered.headers[: len(sent.headers)] == sent.headers, "sent headers come first"
        own = dict(delivered.headers[len(sent.headers) :])
        traced = "traceparent" in dict(sent.headers)
        assert list(own) == OWN_HEADERS + ([] if traced else ["traceparent"])
        assert own["gw-accepted-at"] == receipt["decided_at"].encode()
        assert own["gw-person-key"] == sent.key
        ground = receipt["ground"]
        assert own["gw-ground"].startswith(ground["kind"].encode())


def test_refused_and_held_ones_reach_nobody_and_change_nothing(run: Run) -> None:
    """Law 2: no delivery and, unless it is held, no new state of the person."""
    for name in NAMES:
        sent, receipt, duplicate = run.answers[name]
        if not duplicate and receipt["status"].startswith("ACCEPTED"):
            continue
        assert run.deliveries(name) == [], name
        if receipt["status"] == "HELD":
            continue
        states = [r for n in range(6) for r in run.log[STATE, n] if r.key != b"task"]
        assert all(state.timestamp_ms != sent.timestamp_ms for state in states), name


def test_a_duplicate_gets_the_original_receipt_again(run: Run) -> None:
    originals = {
        (r["message_id"], r["content_sha256"]): r for _, r, d in run.answers.values() if not d
    }
    duplicates = [receipt for _, receipt, duplicate in run.answers.values() if duplicate]
    assert len(duplicates) == 1
    for receipt in duplicates:
        assert receipt == originals[receipt["message_id"], receipt["content_sha256"]]


def test_the_whole_log_keeps_the_laws(run: Run) -> None:
    assert violations(run.log) == []


def test_every_process_ends_cleanly(run: Run) -> None:
    assert set(run.exits) == {0}
