"""Controls over rows: each holds on sound rows and is seen to fail on broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.followup.controls import CONTROL_MEASURE, control_sums, failed_rows
from gateway.followup.report import Row, report
from tests.followup.extract_dsl import by_sex, cell, small_year

SOUND = {"women": 6, "men": 4, "total": 10}


def failing(rows: list[Row]) -> list[str]:
    return [one.name for one in control_sums(rows) if one.fails]


def test_all_controls_of_a_table_hold(tmp_path: Path) -> None:
    """Women + men + unknown = total, and the parts less the overlap make the total."""
    controls = control_sums(report(small_year(tmp_path), "2024-T1", "2024"))
    assert sum("women + men" in one.name for one in controls) >= 5
    assert sum("overlap" in one.name for one in controls) >= 3
    assert [one for one in controls if not one.holds] == []


def test_a_broken_figure_is_seen(tmp_path: Path) -> None:
    """A control that cannot fail controls nothing: one by sex and one by benefit."""
    rows = report(small_year(tmp_path), "2024-T1", "2024")
    cell = ("gk_count", "sjukpenning", "women")
    broken = next(row for row in rows if (row["measure"], row["benefit"], row["sex"]) == cell)
    broken["numerator"] = 7
    assert {name.split(": ")[1] for name in failing(rows)} == {
        "women + men + unknown = total",
        "parts - overlap + other = total",
    }


def test_unknown_sex_is_part_of_the_total() -> None:
    """BR-44: never dropped."""
    assert failing(by_sex("n", {**SOUND, "total": 11, "unknown": 1})) == []
    assert failing(by_sex("n", {**SOUND, "total": 11})) == [
        "X-T1 n, total: women + men + unknown = total"
    ]


@pytest.mark.parametrize(
    ("total", "holds", "kind"), [(10, 1, "note"), (9, 0, "rule"), (12, 0, "note")]
)
def test_the_parts_of_a_breakdown_make_the_row_without_it(
    total: int, holds: int, kind: str
) -> None:
    """By unit, say: more than all is a fault, less is told (some have no unit)."""
    counts = {"a": 4, "b": 6}
    parts = [cell("n", "total", "total", n, group={"unit": unit}) for unit, n in counts.items()]
    found = control_sums([*parts, cell("n", "total", "total", total)])
    assert [(one.left, one.right, one.kind) for one in found if "by unit" in one.name] == [
        (holds, 1, kind)
    ]


@pytest.mark.parametrize(
    ("number", "whole", "value"), [(11, 10, 110.0), (5, 10, 51.0), (-1, 10, -10.0), (0, 0, 0.0)]
)
def test_a_share_is_a_quotient_between_nought_and_one(
    number: int, whole: int, value: float
) -> None:
    """More than all, something else than the quotient, less than nothing, of nobody."""
    row = cell("s", "total", "total", number, of=whole or 1, value=value)
    row["denominator"] = whole
    assert failing([row]) == [
        "X-T1 s: 0 <= numerator <= denominator, and the value is their quotient"
    ]


def test_shares_that_leave_a_rest_are_a_note_and_no_fault() -> None:
    """2022-2023: the denominator holds persons without a registered result."""
    rows = [
        cell("outcome_share", "total", "total", n, of=100, group={"outcome": outcome})
        for outcome, n in (("regained", 40), ("remaining", 57))
    ]
    notes = [one for one in control_sums(rows) if one.kind == "note"]
    assert [(one.left, one.right, one.fails) for one in notes] == [(97, 100, False)]


def test_rows_of_two_times_are_seen() -> None:
    """One extract per publication (P9)."""
    late = by_sex("m", SOUND, as_of="2025-02-28T22:59:59.999Z")
    assert failing([*by_sex("n", SOUND), *late]) == ["every row is of the same time of extraction"]


def test_what_fails_becomes_a_row_of_the_contract() -> None:
    """For JSON and CSV: by how much, and both sides."""
    controls = control_sums(by_sex("n", {**SOUND, "total": 12}))
    assert [
        (row["measure"], row["value"], row["numerator"], row["denominator"], row["table"])
        for row in failed_rows(controls, "2025-01-31T22:59:59.999Z", "2024")
    ] == [(CONTROL_MEASURE, -2, 10, 12, "X-T1")]
