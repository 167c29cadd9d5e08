"""The reconstructed year: printed counts met exactly, the same bytes for the same seed."""

from __future__ import annotations

from collections import Counter
from datetime import date

import orjson
import pytest

from schemas.identity import is_valid_personal_number
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.registry import BY_NAME
from schemas.topics import INPUT_TOPICS
from simulator.days import LOG_END, day_of, midnight_ms
from simulator.persons import BIRTH_NUMBERS
from simulator.printed import TOTAL, Cell, printed_2024
from simulator.rates import Rates
from simulator.wire import SimRecord
from simulator.year import Year, generate

pytestmark = pytest.mark.unmeasured

RIGHT = {"ACCEPTED", "ACCEPTED_WITH_WARNING", "HELD"}


def _bodies(records: list[SimRecord]) -> list[dict]:
    """The data of every record that is meant to be right."""
    bodies = []
    for record in records:
        if record.expect in RIGHT and not record.kind.startswith("wrong:"):
            value = orjson.loads(record.value)
            bodies.append(value["data"] if "specversion" in value else value)
    return bodies


def test_every_type_and_topic_occurs(full_year: Year) -> None:
    """Nothing of the contract is left out."""
    assert set(full_year.truth.by_type) == set(BY_NAME)
    assert {record.topic for record in full_year.records} == set(INPUT_TOPICS)
    assert 120_000 <= len(full_year.records) <= 190_000


def test_every_type_occurs_in_a_small_year_too(small_year: Year) -> None:
    """A test on a small year meets the same messages."""
    assert set(small_year.truth.by_type) == set(BY_NAME)


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Records and books; another seed gives others."""
    assert generate(3, 0.02) == generate(3, 0.02)
    assert generate(3, 0.02).records != generate(4, 0.02).records


def test_another_key_changes_keys_and_nothing_else() -> None:
    """The story does not depend on the secrets."""
    keys = KeyRing({"k1": b"another-exchange-key-of-32-bytes"}, {"s1": b"s" * 32})
    mine, other = generate(3, 0.01), generate(3, 0.01, keys=keys)
    assert mine.truth == other.truth
    assert [r.timestamp_ms for r in mine.records] == [r.timestamp_ms for r in other.records]
    assert {r.key for r in mine.records} & {r.key for r in other.records} <= {
        None,
        NO_PERSON_KEY.encode(),
    }


@pytest.mark.parametrize("scale", [0.004, 0.05, 0.2])
def test_a_smaller_year_is_in_proportion(scale: float) -> None:
    """Every printed cell times the scale, at least one."""
    truth = generate(5, scale, Rates(wrong=0.0)).truth
    found = truth.assessments()
    printed = printed_2024()
    for cell, count in printed.assessments.items():
        both = found[cell] - max(1, round(count * scale))
        young = cell.benefit == "aktivitetsersattning"
        assert 0 <= both <= max(1, round(printed.both[cell.sex] * scale)) * young


@pytest.mark.parametrize(("scale", "partitions"), [(0.0, 6), (1.5, 6), (0.1, 1)])
def test_an_impossible_size_is_refused(scale: float, partitions: int) -> None:
    """With a sentence, not with an odd year."""
    with pytest.raises(ValueError, match=r"got 1|scale is a share"):
        generate(1, scale, partitions=partitions)


def test_records_are_sorted_and_within_their_time(full_year: Year) -> None:
    """Timestamps grow, from the needs behind the first closings to the end of the log."""
    times = [record.timestamp_ms for record in full_year.records]
    assert times == sorted(times)
    assert day_of(times[0]) >= date(2022, 11, 1)
    assert day_of(times[-1]) <= LOG_END


def test_nothing_right_is_reported_before_it_happened(small_year: Year) -> None:
    """event_at lies on or before the day of the record."""
    for record in small_year.records:
        if record.kind.startswith("wrong:"):
            continue
        value = orjson.loads(record.value)
        data = value["data"] if "specversion" in value else value
        assert date.fromisoformat(data["event_at"]) <= day_of(record.timestamp_ms)


def test_all_personal_numbers_are_synthetic_and_belong_to_one_key(full_year: Year) -> None:
    """Birth numbers 980-999, a valid check digit, and one person per key (every third record)."""
    numbers: dict[str, set[str]] = {}
    keys = KeyRing.published_test_keys()
    for data in _bodies(full_year.records[::3]):
        if "person" in data:
            number = data["person"]["personal_number"]
            numbers.setdefault(number, set()).add(data["case_id"])
    assert len(numbers) > 10_000
    for number, cases in numbers.items():
        assert is_valid_personal_number(number)
        assert int(number[8:11]) in BIRTH_NUMBERS
        assert len(cases) == 1, "one number, one person"
    assert len({keys.person_key(number) for number in numbers}) == len(numbers)


def test_the_birth_month_is_that_of_the_number(small_year: Year) -> None:
    """birth_year_month is year and month of the personal number."""
    checked = 0
    for data in _bodies(small_year.records):
        if "birth_year_month" in data:
            number = data["person"]["personal_number"]
            assert data["birth_year_month"] == f"{number[:4]}-{number[4:6]}"
            checked += 1
    assert checked > 500


def test_young_people_have_aktivitetsersattning(small_year: Year) -> None:
    """19 to 29 years at the time of what is reported."""
    ages = [
        date.fromisoformat(data["event_at"]).year - int(data["birth_year_month"][:4])
        for data in _bodies(small_year.records)
        if "birth_year_month" in data
        and any(
            period["benefit"].startswith("aktivitetsersattning")
            for period in data.get("benefits", ())
        )
    ]
    assert ages
    assert min(ages) >= 19
    assert max(ages) <= 30


def test_no_personal_number_outside_the_body(small_year: Year) -> None:
    """Neither in keys nor in headers."""
    numbers = {d["person"]["personal_number"] for d in _bodies(small_year.records) if "person" in d}
    outside = b"\n".join(
        part
        for record in small_year.records
        for part in (record.key or b"", *(value for _, value in record.headers))
    ).decode()
    assert not [number for number in numbers if number in outside]


def test_about_one_in_a_hundred_counts_without_identity(full_year: Year) -> None:
    """The stated share refuses statistics with personal data."""
    assert 0.006 <= full_year.truth.anonymous / 8886 <= 0.014


def test_a_duplicate_is_the_same_record_later(small_year: Year) -> None:
    """Same topic, key, bytes and headers; only the time differs."""
    originals = {
        (r.topic, r.key, r.value, r.headers): r.timestamp_ms
        for r in small_year.records
        if r.kind != "duplicate" and r.value is not None
    }
    duplicates = [r for r in small_year.records if r.kind == "duplicate"]
    assert duplicates
    for record in duplicates:
        first = originals[record.topic, record.key, record.value, record.headers]
        assert first < record.timestamp_ms


def test_without_rates_there_is_no_disorder() -> None:
    """Every disorder has its rate, and none is left when it is zero."""
    calm = Rates(
        assessment_corrected=0.0, assessment_voided=0.0, late_weeks=0.0, late_months=0.0,
        closing_late=0.0, closing_corrected=0.0, refusal_voided=0.0, sgi_late=0.0,
        sgi_at_risk=0.0, early=0.0, corrected=0.0, voided=0.0, duplicated=0.0, wrong=0.0,
        troubled_persons=0.0,
        statistics_refused=0.0, statistics_refused_young=0.0, statistics_refused_elsewhere=0.0,
    )  # fmt: skip
    year = generate(1, 0.02, calm)
    assert set(year.truth.by_kind) == {"plain", "confirmation"}
    assert set(year.truth.first_statuses) == {"ACCEPTED"}
    assert year.truth.anonymous == 0


def test_the_books_know_what_was_registered_when(full_year: Year) -> None:
    """As of an earlier time there are fewer; in the end all; voids count until they come."""
    truth = full_year.truth
    total = Cell(TOTAL, TOTAL)
    known = [
        truth.assessments(midnight_ms(day))[total]
        for day in (date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1), date(2025, 6, 1))
    ]
    assert known == sorted(known)
    assert known[0] == 0
    assert known[2] < 8886, "some are registered only after the year"
    assert known[3] == 8886
    met = [one.assessed for one in truth.ledger.rounds if one.assessed is not None]
    assert any(entry.voided_ms for entry in met)
    assert any(entry.corrected_ms for entry in met)


def test_the_books_count_the_records(small_year: Year) -> None:
    """The counts of Truth are those of the records."""
    truth = small_year.truth
    assert truth.by_kind == Counter(record.kind for record in small_year.records)
    assert sum(truth.first_statuses.values()) == len(small_year.records)
    extra = truth.by_kind["duplicate"] + sum(
        count for kind, count in truth.by_kind.items() if kind.startswith("wrong:")
    )
    assert sum(truth.by_type.values()) + extra == len(small_year.records)


def test_late_registrations_lie_in_2024_by_event(full_year: Year) -> None:
    """Registered long after, still of the year."""
    met = [one.assessed for one in full_year.truth.ledger.rounds if one.assessed is not None]
    late = [entry for entry in met if day_of(entry.registered_ms).year == 2025]
    assert late
    assert all(entry.held.year == 2024 for entry in late)
    assert all((day_of(entry.registered_ms) - entry.held).days >= 0 for entry in met)
