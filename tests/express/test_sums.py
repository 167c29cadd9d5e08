"""The checksum of a batch from those of its head and of its records."""

from __future__ import annotations

from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from gateway.express.lane import checksum
from tests.express.lanes import tables


@given(st.binary(max_size=80), st.binary(max_size=9), st.integers(0, 20_000))
def test_two_pieces_have_the_sum_of_both(head: bytes, some: bytes, times: int) -> None:
    tables()  # without Rust there is no such sum
    rest = some * times
    assert checksum(head, calc_crc32c(rest), len(rest)) == calc_crc32c(head + rest)
