"""Prepared batches beside aiokafka's own: the same records, the same producer, the same bytes.

White-box: what is called here is what aiokafka's accumulator calls, underscores and all.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder, MessageBatch
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.shell.batches import HEADER_BYTES, PreparedBatch
from gateway.shell.outputs import Outgoing
from tests.encoded import prepared

CODECS = {
    None: DefaultRecordBatch.CODEC_NONE,
    "gzip": DefaultRecordBatch.CODEC_GZIP,
    "snappy": DefaultRecordBatch.CODEC_SNAPPY,
    "lz4": DefaultRecordBatch.CODEC_LZ4,
    "zstd": DefaultRecordBatch.CODEC_ZSTD,
}
STATE = (4711, 3, 12)
RECORD = Outgoing("t", 1_700_000_000_000, b"key", b"value", (("h", None), ("ö", b"")))

some_bytes = st.binary(max_size=40) | st.builds(
    bytes.__mul__, st.binary(min_size=1, max_size=8), st.integers(1, 3_000)
)
headers = st.lists(st.tuples(st.text(max_size=9), st.none() | some_bytes), max_size=4).map(tuple)
records = st.builds(
    Outgoing,
    st.just("t"),
    st.integers(0, 2**62),
    st.none() | some_bytes,
    st.none() | some_bytes,
    headers,
)
states = st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 2**15 - 1), st.integers(0, 2**31 - 1))


def aiokafkas(batch: Sequence[Outgoing], compression: str | None) -> BatchBuilder:
    builder = BatchBuilder(2**30, CODECS[compression], is_transactional=True)
    for record in batch:
        said = record._asdict()
        del said["topic"], said["timestamp_ms"]
        said["headers"] = list(record.headers)
        assert builder.append(timestamp=record.timestamp_ms, **said) is not None
    builder.close()
    return builder


def built(builder: Any, state: tuple[int, int, int]) -> bytes:
    builder._set_producer_state(*state)
    # gzip puts the time into its bytes.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gzip, "time", SimpleNamespace(time=lambda: 0.0))
        return bytes(builder._build())


@pytest.mark.parametrize("compression", CODECS)
@given(batch=st.lists(records, min_size=1, max_size=12), state=states)
@example(batch=[RECORD], state=STATE)
@example(batch=[RECORD._replace(timestamp_ms=time) for time in (9, 8, 2**40, 0)], state=STATE)
@example(batch=[RECORD._replace(value=b"x" * size) for size in (63, 64, 8_192)], state=STATE)
@example(batch=[RECORD] * 300, state=STATE)
def test_the_bytes_are_those_of_aiokafkas_own_builder(compression, batch, state):
    ours, theirs = prepared(batch, compression), aiokafkas(batch, compression)
    assert (ours.size(), ours.record_count()) == (theirs.size(), theirs.record_count())
    assert built(ours, state) == built(theirs, state)
    assert ours.size() == theirs.size()


@pytest.mark.parametrize("compression", CODECS)
@given(batch=st.lists(records, min_size=1, max_size=12))
def test_a_reader_finds_the_records(compression, batch):
    ours = MemoryRecords(built(prepared(batch, compression), STATE)).next_batch()
    assert ours.validate_crc()
    assert ours.is_transactional
    assert (ours.producer_id, ours.producer_epoch, ours.base_sequence) == STATE
    found = [(r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in ours]
    assert found == [(n, *record[1:]) for n, record in enumerate(batch)]


async def test_the_accumulator_treats_it_as_a_closed_batch() -> None:
    """A batch that lingers or that somebody adds to would be sent late, or not as it was made."""
    batch = MessageBatch(TopicPartition("t", 0), prepared([RECORD] * 2), 60.0, 60.0)
    assert batch.remaining_linger() is None
    assert batch.append(b"key", b"value", 0) is None
    batch._builder.close()
    assert batch.record_count == 2
    assert not batch.is_empty()


async def test_a_repeated_request_sends_the_same_bytes() -> None:
    batch = MessageBatch(TopicPartition("t", 0), prepared([RECORD], "zstd"), 60.0, 0.0)
    batch.set_producer_state(*STATE)
    batch.drain_ready()
    first = bytes(batch.get_data_buffer())
    batch.reset_drain()
    batch.drain_ready()
    assert batch.get_data_buffer() == first


def test_a_built_batch_takes_no_other_producer():
    batch = prepared([RECORD])
    built(batch, STATE)
    with pytest.raises(AssertionError, match="belongs to its producer"):
        batch._set_producer_state(1, 1, 1)


def test_the_size_before_building_is_what_goes_out_uncompressed():
    batch = prepared([RECORD] * 9)
    before = batch.size()
    assert before == len(built(batch, STATE)) > HEADER_BYTES


@pytest.mark.parametrize("count", [0, -1])
def test_a_batch_without_records_is_none(count):
    with pytest.raises(ValueError, match="without any record"):
        PreparedBatch(bytearray(100), count, 0, 0, None)
    with pytest.raises(ValueError, match="without any record"):
        PreparedBatch(b"", 1, 0, 0, None)


def test_an_unknown_codec_is_told_at_once():
    with pytest.raises(ValueError, match="no such codec: brotli"):
        PreparedBatch(bytearray(100), 1, 0, 0, "brotli")
