"""Extracts: the id says what went in, the same extract is the same bytes, later facts are later."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.followup.errors import ReportError
from gateway.followup.extract import take
from gateway.followup.render import FORMATS
from gateway.followup.store import FactStore
from tests.followup.extract_dsl import SMALL_YEAR, extract, small_year
from tests.followup.followup_dsl import TOPIC, assessment, log, voided

pytestmark = pytest.mark.unmeasured

BEFORE = "2024-06-30"


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_extract_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    """Twice, and also from a store that was made anew in other batches and partitions."""
    first = FORMATS[form](extract(small_year(tmp_path / "a")))
    assert FORMATS[form](extract(tmp_path / "a")) == first
    again = FactStore.open(tmp_path / "b", TOPIC)
    for number, value in enumerate(reversed(SMALL_YEAR)):
        again.append([log([value], partition=number % 3)[0]._replace(offset=number)])
    assert FORMATS[form](extract(tmp_path / "b")) == first


@pytest.mark.parametrize(
    "later",
    [
        assessment("late", registered="2024-08-01T12:00:00.000Z"),
        assessment("w0", "2024-02-09", registered="2024-08-01T12:00:00.000Z", revision=2),
        voided("w0", "2024-08-01T12:00:00.000Z"),
    ],
    ids=["late", "corrected", "voided"],
)
def test_what_is_registered_later_changes_no_earlier_extract(tmp_path: Path, later: bytes) -> None:
    """Acceptance check 10: extract A run again has the same id and bytes, extract B another."""
    store = small_year(tmp_path)
    before = extract(store, BEFORE)
    FactStore.open(store, TOPIC).append(log([*SMALL_YEAR, later]))
    assert extract(store, BEFORE) == before
    assert {FORMATS[form](extract(store, BEFORE)) for form in FORMATS} == {
        FORMATS[form](before) for form in FORMATS
    }
    assert extract(store).id != before.id
    assert extract(store).inputs != before.inputs


def test_every_part_of_an_extract_is_in_its_id(tmp_path: Path) -> None:
    """Time, period, facts that change no figure, and what is left out."""
    store = small_year(tmp_path / "a")
    base = extract(store)
    ids = {base.id, extract(store, "2025-01-31").id, extract(store, audience="public").id}
    ids.add(take(store, ["2024-T1"], "2024H1").id)
    values = [*SMALL_YEAR[:-1], assessment("m2", "2024-02-05", sex="man", benefits=["annan"])]
    FactStore.open(tmp_path / "b", TOPIC).append(log(values))
    ids.add(extract(tmp_path / "b").id)
    assert len(ids) == 5
    assert all(len(one) == 64 for one in ids)


def test_the_inputs_are_counted_once_each(tmp_path: Path) -> None:
    """A correction is the same fact, a void too."""
    store = small_year(tmp_path)
    more = [assessment("w0", revision=2), voided("w1", "2024-03-01T12:00:00.000Z")]
    FactStore.open(store, TOPIC).append(log([*SMALL_YEAR, *more]))
    assert extract(store).inputs.facts == len(SMALL_YEAR)


def test_all_tables_are_those_that_the_period_has(tmp_path: Path) -> None:
    """The others are named with the reason; none at all is an error in one sentence."""
    taken = take(small_year(tmp_path), None, "2024")
    assert "2024-T1" in {row["table"] for row in taken.rows}
    assert all(why for _, why in taken.skipped)
    with pytest.raises(ReportError, match="No table can be made for the period 1950"):
        take(tmp_path, None, "1950")


def test_a_table_that_was_asked_for_has_to_be_there(tmp_path: Path) -> None:
    """Named tables are not skipped."""
    with pytest.raises(ReportError, match="There is no table '2024-T9'"):
        take(small_year(tmp_path), ["2024-T9"], "2024")


@pytest.mark.parametrize(
    ("audience", "disclosure", "left_out"),
    [
        ("internal", "by_audience", False),
        ("public", "by_audience", True),
        ("public", "off", False),
        ("internal", "on", True),
    ],
)
def test_small_counts_are_left_out_by_audience_or_setting(
    tmp_path: Path, audience: str, disclosure: str, left_out: bool
) -> None:
    """Off, on, or by audience."""
    options = {"audience": audience, "disclosure": disclosure}
    taken = extract(small_year(tmp_path), **options)
    assert any(row["numerator"] is None for row in taken.rows) == left_out
    assert (taken.protected is not None) == left_out


def test_the_limit_is_a_setting(tmp_path: Path) -> None:
    """Below 3 there are fewer small counts than below 10."""
    store = small_year(tmp_path)
    few, many = (extract(store, audience="public", limit=limit) for limit in (2, 10))
    assert few.protected is not None
    assert many.protected is not None
    assert len(few.protected.left_out) < len(many.protected.left_out)
