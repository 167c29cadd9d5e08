"""Senders of other makes and habits: transactions that commit, abort or stay open; compression."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from gateway.broker import BrokerInfo
from schemas.partition import partition_of
from simulator.wire import SimRecord
from tests.faults.checker import answers_of, violations
from tests.kafka.agencies import Agencies, example_record
from tests.kafka.live import PARTITIONS, Installation, installation, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics")]

CONSENT = "accepted/01-consent-recorded"
BENEFIT = "accepted/02-status-benefit-decided"
INITIATED = "accepted/03-referral-initiated"
CALLED = "accepted/04-referral-called"


@pytest.fixture
def live(kafka: BrokerInfo, tmp_path: Path) -> Iterator[Installation]:
    """Fresh topics and a fresh group."""
    with installation(kafka, tmp_path) as made:
        yield made


def _producer(live: Installation, **options: str) -> Producer:
    settings = {name.replace("_", "."): text for name, text in options.items()}
    return Producer({"bootstrap.servers": live.bootstrap, "log_level": 0, **settings})


def _put(producer: Producer, record: SimRecord) -> None:
    producer.produce(
        record.topic,
        value=record.value,
        key=record.key,
        partition=partition_of(record.key or b"", PARTITIONS),
        timestamp=record.timestamp_ms,
        headers=list(record.headers),
    )
    producer.flush(10)


def test_only_what_a_sender_committed_counts_and_nobody_waits_for_what_is_open(
    live: Installation,
) -> None:
    """Aborted: never seen. Open: seen when committed; meanwhile every other input goes on."""
    (process,) = live.start_ready(1)
    agencies = Agencies(live.bootstrap)
    sender = _producer(live, transactional_id="fk-case-system")
    sender.init_transactions(10)
    for end in (sender.abort_transaction, sender.commit_transaction):
        sender.begin_transaction()
        _put(sender, example_record(CONSENT))
        end(10)
    wait_until(lambda: process.caught_up and len(answers_of(live.log())) == 1, "an answer", 10)
    sender.begin_transaction()
    _put(sender, example_record(BENEFIT))
    sent = agencies.send(example_record(INITIATED))
    assert agencies.answers(sent)[0]["status"] == "ACCEPTED"
    assert len(answers_of(live.log())) == 2, "what is open is not answered"
    sender.commit_transaction(10)
    wait_until(lambda: process.caught_up and len(answers_of(live.log())) == 3, "an answer", 10)
    agencies.close()
    assert live.stop() == [0]
    log = live.log()
    assert set(map(tuple, answers_of(log).values())) == {("ACCEPTED",)}
    assert violations(log) == []


def test_every_compression_is_read(live: Installation) -> None:
    live.start_ready(1)
    names = (CONSENT, BENEFIT, INITIATED, CALLED)
    for codec, name in zip(("gzip", "snappy", "lz4", "zstd"), names, strict=True):
        record = example_record(name)
        assert record.value is not None
        _put(
            _producer(live, compression_type=codec),
            record._replace(value=record.value + b" " * 9_999),
        )
    live.wait_drained()
    assert live.stop() == [0]
    log = live.log()
    assert sorted(map(tuple, answers_of(log).values())) == [("ACCEPTED",)] * len(names)
    assert violations(log) == []
