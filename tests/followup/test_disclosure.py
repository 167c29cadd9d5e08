"""Disclosure control: what is left out cannot be computed back from anything that stands.

The reader is played by other code than the one that hides: persons are counted in base cells
(benefits x sex x outcome), every published figure is an equation over them, and a figure that was
left out must not be a combination of those (ranks by numpy).
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.followup.disclosure import protect
from gateway.followup.report import Row

pytestmark = pytest.mark.unmeasured

# Base cells: who has which benefits, of which sex, with which outcome after which intervention.
ATOMS = ("sp", "ae", "both", "other")
SEXES = ("women", "men", "unknown")
OUTCOMES = ("regained", "remaining", "nothing")
BASE = list(product(ATOMS, SEXES, OUTCOMES))
BENEFITS = {
    "sjukpenning": {"sp", "both"},
    "aktivitetsersattning": {"ae", "both"},
    "total": set(ATOMS),
    "sjukpenning_and_aktivitetsersattning": {"both"},
    "other": {"other"},
}
SEX_ROWS = {"women": {"women"}, "men": {"men"}, "unknown": {"unknown"}, "total": set(SEXES)}


def row(measure: str, benefit: str, sex: str, unit: str, **cell: Any) -> Row:
    marked = {"control": "benefit"} if benefit == "other" or "_and_" in benefit else {}
    return Row(
        table=cell.pop("table", "X-T1"),
        measure=measure,
        benefit=benefit,
        sex=sex,
        period=cell.pop("period", "2024"),
        group={**cell.pop("group", {}), **marked},
        value=cell.pop("value"),
        unit=unit,
        numerator=cell.pop("numerator", None),
        denominator=cell.pop("denominator", None),
        as_of="2025-01-31T22:59:59.999Z",
        definition=f"{measure}/2024",
    )


def vector(benefit: str, sex: str, outcomes: set[str]) -> Any:
    """Which base cells a figure counts."""
    return np.array(
        [
            float(atom in BENEFITS[benefit] and s in SEX_ROWS[sex] and outcome in outcomes)
            for atom, s, outcome in BASE
        ]
    )


class Published:
    """A publication, and per row the figures over the base cells that it shows."""

    def __init__(self, counts: list[int], days: list[int]) -> None:
        persons, lengths = np.array(counts), np.array(counts) * np.array(days)
        self.rows: list[Row] = []
        self.of_persons: list[list[Any]] = []
        self.of_days: list[list[Any]] = []
        after = {"regained", "remaining"}
        for benefit, sex in product(BENEFITS, SEX_ROWS):
            everybody, closed = vector(benefit, sex, set(OUTCOMES)), vector(benefit, sex, after)
            n, d = int(persons @ everybody), int(persons @ closed)
            self.add(row("gk_count", benefit, sex, "count", value=n, numerator=n), [everybody])
            mean = float(lengths @ everybody) / n if n else None
            made = row("gk_days", benefit, sex, "days_mean", value=mean, denominator=n)
            self.add(made, [everybody], [everybody])
            share = row(
                "to_insats", benefit, sex, "percent", table="X-T2",
                value=100 * d / n if n else None, numerator=d, denominator=n,
            )  # fmt: skip
            self.add(share, [closed, everybody])
            for outcome in sorted(after):
                part = vector(benefit, sex, {outcome})
                p, group = int(persons @ part), {"outcome": outcome, "outcome_h": outcome}
                counted = row(
                    "outcome_count", benefit, sex, "count", table="X-T3",
                    value=p, numerator=p, group=group,
                )  # fmt: skip
                self.add(counted, [part])
                shared = row(
                    "outcome_share", benefit, sex, "percent", table="X-T3",
                    value=100 * p / d if d else None, numerator=p, denominator=d, group=group,
                )  # fmt: skip
                self.add(shared, [part, closed])

    def add(self, made: Row, persons: list[Any], days: list[Any] | None = None) -> None:
        """One row with the persons and days that its figures count."""
        self.rows.append(made)
        self.of_persons.append(persons)
        self.of_days.append(days or [])


def determined(known: list[Any], wanted: list[Any]) -> list[int]:
    """Numbers of the wanted figures that are combinations of the known ones."""
    matrix = np.array(known) if known else np.zeros((1, len(BASE)))
    rank = np.linalg.matrix_rank(matrix)
    return [
        number
        for number, one in enumerate(wanted)
        if one.any() and np.linalg.matrix_rank(np.vstack([matrix, one])) == rank
    ]


@st.composite
def publications(draw: st.DrawFn) -> Published:
    """Tables with many empty and small cells; days only where persons are."""
    size = st.one_of(st.just(0), st.integers(1, 12), st.integers(0, 400))
    counts = [draw(size) for _ in BASE]
    return Published(counts, [draw(st.integers(1, 2000)) for _ in BASE])


@settings(max_examples=30, deadline=None)
@given(made=publications())
def test_nothing_that_is_left_out_can_be_computed_back(made: Published) -> None:
    """Rows, columns, totals, shares with their denominators, and means, all solved together."""
    kept = protect(made.rows)
    shown = [number for number in range(len(made.rows)) if number not in kept.left_out]
    persons = [figure for number in shown for figure in made.of_persons[number]]
    days = [figure for number in shown for figure in made.of_days[number]]
    for number in kept.left_out:
        figures = made.of_persons[number]
        found = determined(persons, figures)
        if len(figures) > 1:  # a share needs both; one of them may well be known
            assert len(found) < len(figures), made.rows[number]
        elif not made.of_days[number]:
            assert not found, made.rows[number]
        else:  # a mean: by its number and its sum
            assert not (found and determined(days, figures)), made.rows[number]


@settings(max_examples=30, deadline=None)
@given(made=publications(), limit=st.integers(2, 12))
def test_no_small_count_stands_anywhere(made: Published, limit: int) -> None:
    """Neither as figure, nor as a part of one, nor as what is left of a denominator."""
    for kept in protect(made.rows, limit).rows:
        whole, part = kept["denominator"], kept["numerator"]
        for count in (whole, part):
            assert count is None or count == 0 or count >= limit
        if whole is not None and part is not None:
            assert whole == part or whole - part >= limit


@settings(max_examples=20, deadline=None)
@given(made=publications())
def test_the_same_rows_give_the_same_publication(made: Published) -> None:
    """Byte for byte; and what is left out has no figure at all."""
    once = protect(made.rows)
    assert once == protect(made.rows)
    for number, kept in enumerate(once.rows):
        if number in once.left_out:
            assert (kept["value"], kept["numerator"], kept["denominator"]) == (None, None, None)
        else:
            assert kept == made.rows[number]


@pytest.mark.parametrize("limit", [0, 1])
def test_it_can_be_switched_off(limit: int) -> None:
    """A limit of 0 or 1 leaves out nothing."""
    made = Published([1] * len(BASE), [10] * len(BASE))
    assert protect(made.rows, limit).left_out == frozenset()


def two_by_two(women: int, men: int) -> list[Row]:
    counts = {"women": women, "men": men, "total": women + men}
    return [row("n", "total", sex, "count", value=n, numerator=n) for sex, n in counts.items()]


def test_one_small_cell_takes_another_with_it() -> None:
    """3 of 120: either the other part goes as well, or the total would give it back."""
    kept = protect(two_by_two(3, 117))
    assert [one["value"] for one in kept.rows] == [None, None, 120]
    assert (kept.left_out, kept.small) == (frozenset({0, 1}), 1)


def test_two_small_cells_that_make_a_small_total_do_not_protect_each_other() -> None:
    """1 + 1 of 2 says everything, so the total is left out as well."""
    assert [one["value"] for one in protect(two_by_two(1, 1)).rows] == [None, None, None]


def test_two_small_cells_do_not_protect_each_other_when_their_sum_is_small() -> None:
    """1 + 2 = 3 of 203 is known when the third part stands: it goes too."""
    parts = {"a": 1, "b": 2, "c": 200}
    rows = [
        row("n", "total", "total", "count", value=n, numerator=n, group={"unit": unit})
        for unit, n in parts.items()
    ]
    rows.append(row("n", "total", "total", "count", value=203, numerator=203))
    assert [one["value"] for one in protect(rows).rows] == [None, None, None, 203]


def test_small_parts_of_two_benefits_do_not_stand_together() -> None:
    """47 less 40 leaves 7 with two other benefits, whichever sex or benefit it is solved for."""
    counts = {
        "sjukpenning": (40, 24), "aktivitetsersattning": (3, 3), "other": (4, 3), "total": (47, 30),
    }  # fmt: skip
    rows = [
        row("n", benefit, sex, "count", value=n, numerator=n)
        for benefit, (women, men) in counts.items()
        for sex, n in (("women", women), ("men", men), ("total", women + men))
    ]
    kept = {(one["benefit"], one["sex"]): one["value"] for one in protect(rows).rows}
    for sex in ("women", "men"):
        assert None in {kept["sjukpenning", sex], kept["total", sex]}


def test_a_year_does_not_give_back_a_month() -> None:
    """Twelve months and their year: with one small month another one goes."""
    numbers = [30, 40, 4, 50, 60, 70, 80, 90, 100, 110, 120, 130]
    rows = [
        row("n", "total", "total", "count", value=n, numerator=n, period=f"2024-{month:02d}")
        for month, n in enumerate(numbers, 1)
    ]
    rows.append(row("n", "total", "total", "count", value=sum(numbers), numerator=sum(numbers)))
    left_out = protect(rows).left_out
    assert left_out == {0, 2}


def test_a_denominator_in_another_table_does_not_give_back_a_count() -> None:
    """The count of women is left out of table 1, so it may not stand below a share in table 2."""
    shares = [
        row(
            "s", "total", sex, "percent", table="X-T2", value=100 * k / n,
            numerator=k, denominator=n,
        )
        for sex, k, n in (("women", 3, 5), ("men", 80, 160), ("total", 83, 165))
    ]  # fmt: skip
    kept = protect([*two_by_two(5, 160), *shares]).rows
    assert [one["value"] for one in kept[:3]] == [None, None, 165]
    assert [one["denominator"] for one in kept[3:]] == [None, None, 165]


def test_nearly_everybody_is_a_small_count_too() -> None:
    """118 of 120 enrolled says that 2 did not."""
    shares = [
        row("s", "total", "total", "percent", value=98.3, numerator=118, denominator=120),
    ]
    assert protect(shares).left_out == {0}
