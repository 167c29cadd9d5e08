"""What is read back is all there is: also while Kafka still writes the markers of a commit.

A transaction left open stands for one that is committed and of which the markers are missing: to a
reader of what is committed they look the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from threading import Timer
from typing import Final

import pytest
from confluent_kafka import Producer

from gateway.broker import BrokerInfo
from schemas.topics import RECEIPT_TOPICS
from simulator.agencies import collect
from tests.kafka.live import Installation, installation

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics")]

TOPIC: Final = RECEIPT_TOPICS[0]
OPEN_S: Final = 1.0


@pytest.fixture(scope="module")
def live(kafka: BrokerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(kafka, tmp_path_factory.mktemp("reading")) as made:
        yield made


def by_the_harness(live: Installation) -> int:
    return sum(map(len, live.log().values()))


def by_the_simulator(live: Installation) -> int:
    return len(asyncio.run(collect(live.bootstrap, RECEIPT_TOPICS)))


@pytest.mark.parametrize("count", [by_the_harness, by_the_simulator])
def test_a_reader_waits_for_a_transaction_that_is_being_committed(
    live: Installation, count: Callable[[Installation], int]
) -> None:
    before = count(live)
    producer = Producer(
        {"bootstrap.servers": live.bootstrap, "transactional.id": count.__name__, "log_level": 0}
    )
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(TOPIC, b"written", partition=0)
    assert producer.flush(10) == 0
    commit = Timer(OPEN_S, producer.commit_transaction)
    commit.start()
    try:
        assert count(live) == before + 1
    finally:
        commit.join()
