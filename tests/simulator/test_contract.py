"""The year against the contract: what is meant to be right is right, what is wrong is wrong so."""

from __future__ import annotations

from collections import Counter

import pytest

from schemas.codec import Codec, Decoded, Record
from schemas.keys import KeyRing
from schemas.partition import partition_of
from simulator.wire import SimRecord
from simulator.wrong import KINDS
from simulator.year import DEFAULT_PARTITIONS, Year

pytestmark = pytest.mark.unmeasured

DOMAIN = ("BR-", "id.")


def _decoded(records: list[SimRecord]) -> list[Decoded]:
    codec = Codec(KeyRing.published_test_keys(), DEFAULT_PARTITIONS)
    return [
        codec.decode(
            Record(
                record.topic,
                partition_of(record.key or b"", DEFAULT_PARTITIONS)
                if record.partition is None
                else record.partition,
                offset,
                record.timestamp_ms,
                record.key,
                record.value,
                record.headers,
            )
        )
        for offset, record in enumerate(records)
    ]


def test_every_right_message_decodes_without_problems(full_year: Year, small_year: Year) -> None:
    """All that the codec can judge: envelope, schema, key, partition, identity.

    The small year in full, and every tenth record of the large one.
    """
    records = [*small_year.records, *full_year.records[::10]]
    right = [record for record in records if not record.kind.startswith("wrong:")]
    problems = Counter(
        (finding.code, finding.path) for decoded in _decoded(right) for finding in decoded.problems
    )
    assert not problems
    assert len(right) > 20_000


def test_every_wrong_message_is_wrong_as_it_says(full_year: Year) -> None:
    """The codec finds just the named problems; those of the domain it lets pass."""
    wrong = [record for record in full_year.records if record.kind.startswith("wrong:")]
    assert {record.kind for record in wrong} == {f"wrong:{kind}" for kind in KINDS}
    for record, decoded in zip(wrong, _decoded(wrong), strict=True):
        expected = Counter(code for code in record.codes if not code.startswith(DOMAIN))
        assert Counter(finding.code for finding in decoded.problems) == expected, record.kind
        assert record.expect == "REJECTED"


def test_unreadable_records_are_counted(small_year: Year) -> None:
    """What goes to quarantine is what the codec cannot read as a message."""
    unreadable = sum(not decoded.readable for decoded in _decoded(small_year.records))
    assert unreadable == small_year.truth.quarantined > 0


def test_both_modes_are_used(small_year: Year) -> None:
    """Structured mostly, binary now and then."""
    modes = Counter(
        any(name == "ce_id" for name, _ in record.headers) for record in small_year.records
    )
    assert 0 < modes[True] < modes[False]
