"""An installation has several brokers, named with commas; FastStream wants them as a list."""

from __future__ import annotations

import pytest

from gateway.followup.sink import Sink
from gateway.followup.store import FactStore

SERVERS = "one:9092,two:9092,three:9092"


def addresses(broker) -> list[str]:
    return list(broker.specification.url)


def test_the_sink_knows_every_broker(tmp_path):
    sink = Sink(FactStore.open(tmp_path, "t"), SERVERS, "t", "g", pytest.fail)
    assert addresses(sink.broker) == SERVERS.split(",")
