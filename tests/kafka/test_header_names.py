"""Header names that are no text: their record is read, answered and delivered like any other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from gateway.broker import BrokerInfo
from gateway.shell.header_names import _Records
from tests.kafka.agencies import example_record
from tests.kafka.header_name import send_strange, strange
from tests.kafka.live import OUTPUT_TOPICS, installation


def _batch(*names: str) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 100_000)
    for offset, name in enumerate(names):
        assert builder.append(offset, 1_000 + offset, b"k", b"v%d" % offset, [(name, b"x")])
    return bytes(builder.build())


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_record_and_those_around_it_are_read(place: int) -> None:
    names = ["a", "å", "c"]
    names[place] = "QQQQ"
    records = _Records(bytes(strange(_batch(*names))) + _batch("next"))
    read = []
    while records.has_next():
        batch = records.next_batch()
        assert batch.validate_crc()
        read += [(record.offset, record.value, record.headers) for record in batch]
    names[place] = r"\xff\xfe\xff\xfe"
    expected = [(n, b"v%d" % n, [(name, b"x")]) for n, name in enumerate(names)]
    assert [(n, v, list(headers)) for n, v, headers in read] == [
        *expected,
        (0, b"v0", [("next", b"x")]),
    ]


def test_a_batch_without_anything_strange_is_read_fast_and_whole() -> None:
    records = _Records(_batch("a", "b"))
    assert [list(record.headers) for record in records.next_batch()] == [
        [("a", b"x")],
        [("b", b"x")],
    ]
    assert not records.has_next()
    assert records.next_batch() is None


@pytest.mark.kafka
@pytest.mark.xdist_group("topics")
def test_it_is_delivered_under_a_name_that_everybody_can_read(
    kafka: BrokerInfo, tmp_path: Path
) -> None:
    """And the process that met it goes on; librdkafka's Python cannot read that input either."""
    with installation(kafka, tmp_path) as live:
        live.start_ready(1)
        sent = example_record("accepted/01-consent-recorded")
        asyncio.run(send_strange(live.bootstrap, sent))
        live.wait_drained()
        assert live.stop() == [0]
        log = live.log(OUTPUT_TOPICS)
    (delivered,) = [record for n in range(6) for record in log["af.in.consent", n]]
    assert delivered.value == sent.value
    assert delivered.headers[: len(sent.headers) + 1] == (
        *sent.headers,
        (r"\xff\xfe\xff\xfe", b"x"),
    )
