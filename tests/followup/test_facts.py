"""A record is a whole fact or unreadable with a reason; it never raises and never leaks."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.followup.facts import SCHEMA, RawFact, Unreadable, event_time, read_fact, to_table
from tests.followup.followup_dsl import assessment, fact_id

SECRET = "hemlighet"


def row_of(value: bytes | None) -> dict[str, Any]:
    row = read_fact(RawFact(3, 41, 1_700_000_000_000, value))
    assert not isinstance(row, Unreadable), row.reason
    return dict(zip(SCHEMA.names, row, strict=True))


def changed(**data: Any) -> bytes:
    event = json.loads(assessment("a"))
    event["data"].update(data)
    return json.dumps(event).encode()


def test_a_fact_becomes_a_row_with_both_its_times() -> None:
    """Event day and registration are kept apart, to the millisecond."""
    row = row_of(assessment("a", "2024-02-05", registered="2024-02-07T09:30:00.123Z"))
    assert row["partition"] == 3
    assert row["offset"] == 41
    assert row["fact_id"] == fact_id("a")
    assert row["event_day"] == date(2024, 2, 5)
    assert row["event_at"] == datetime(2024, 2, 4, 23, 0, tzinfo=UTC)  # midnight in Sweden
    assert row["registered_at"] == datetime(2024, 2, 7, 9, 30, 0, 123000, tzinfo=UTC)
    assert json.loads(row["fields"])["completed_at"] == "2024-02-05"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-12-31T23:30:00Z", date(2025, 1, 1)),  # half past midnight in Sweden
        ("2024-12-31T23:30:00+01:00", date(2024, 12, 31)),
        ("2024-07-01", date(2024, 7, 1)),
    ],
)
def test_the_day_of_an_event_is_the_swedish_calendar_day(text: str, day: date) -> None:
    """A time near midnight belongs to the day that it is in Sweden."""
    assert event_time(text)[1] == day


def test_fields_a_newer_gateway_adds_are_no_reason_to_refuse() -> None:
    """A new minor version of the contract may add fields."""
    assert row_of(changed(brand_new=1))["fact"] == "meeting.assessment_completed"


DAMAGED = {
    "no value": None,
    "empty": b"",
    "no object": b"[]",
    "not UTF-8": b'{"type": "\xff"}',
    "truncated": assessment("a")[:-30],
    "another type": assessment("a").replace(b"followup.v1", b"followup.v2"),
    "no fact id": changed(fact_id=None),
    "revision 0": changed(revision=0),
    "revision beyond 32 bits": changed(revision=2**40),
    "revision as text": changed(revision=SECRET),
    "no offset": changed(registered_at="2024-01-01T00:00:00"),
    "no such day": changed(event_at="2024-02-30"),
    "text for a day": changed(event_at=SECRET),
    "before year 1 in UTC": changed(event_at="0001-01-01T00:00:00+14:00"),
    "fields no object": changed(fields=[SECRET]),
    "lone surrogate": changed(fields={SECRET: "\ud800"}),
    "number beyond JSON": changed(fields={SECRET: float("inf")}),
    "benefits no list": changed(benefits=SECRET),
    "nested too deeply": b'{"type":"x","data":{"fields":' + b"[" * 100_000,
}


@pytest.mark.parametrize("value", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_record_is_unreadable_for_a_reason_without_payload(value: bytes | None) -> None:
    """Whatever is wrong is said without a word of the record's content."""
    row = read_fact(RawFact(0, 0, 0, value))
    assert isinstance(row, Unreadable)
    assert row.reason
    assert SECRET not in row.reason


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise(value: bytes) -> None:
    """Any value gives a row or a reason."""
    assert isinstance(read_fact(RawFact(0, 0, 0, value)), tuple)


@given(st.data())
def test_no_change_of_one_byte_makes_the_reader_raise(data: st.DataObject) -> None:
    """A flipped byte gives a row that the table can hold, or a reason."""
    value = bytearray(assessment("a"))
    value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    row = read_fact(RawFact(0, 0, 0, bytes(value)))
    if not isinstance(row, Unreadable):
        assert to_table([row]).num_rows == 1


def test_a_record_timestamp_may_be_any_number() -> None:
    """Kafka lets a producer write any 64 bits as a timestamp; it must not break the file."""
    row = read_fact(RawFact(0, 0, 2**63 - 1, assessment("a")))
    assert not isinstance(row, Unreadable)
    assert to_table([row]).column("record_timestamp_ms")[0].as_py() == 2**63 - 1
