"""A report: rows as the contract names them, the same bytes each time, errors in one sentence."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from gateway.followup.errors import FollowupError, ReportError, StoreError
from gateway.followup.periods import Period, parse_as_of, parse_period
from gateway.followup.printed_values import PrintedCell, compare_with_printed, printed_table
from gateway.followup.report import report
from gateway.followup.store import FactStore
from tests.followup.followup_dsl import AE, SE, SP, TOPIC, assessment, log, store_of

CONTRACT_KEYS = [
    "table", "measure", "benefit", "sex", "period", "group",
    "value", "unit", "numerator", "denominator", "as_of", "definition",
]  # fmt: skip


@pytest.fixture
def year(tmp_path: Path) -> Path:
    """A store with 12 assessments of women and 3 of men, one of each overlapping."""
    values = [assessment(f"w{number}", benefits=[SP]) for number in range(10)]
    values += [assessment("w10", benefits=[SP, AE]), assessment("w11", benefits=[SE])]
    values += [assessment(f"m{number}", benefits=[AE], sex="man") for number in range(3)]
    return store_of(tmp_path / "store", values)


def test_the_rows_have_the_keys_of_the_contract_and_the_printed_cells_first(year: Path) -> None:
    """Nine printed cells by benefit and sex, then the control rows, marked as such."""
    table = report(year, "2024-T1", "2024")
    assert all(list(row) == CONTRACT_KEYS for row in table)
    assert [row["group"] for row in table] == [{}] * 18 + [{"control": "benefit"}] * 12
    rows = [row for row in table if row["measure"] == "gk_count"]
    printed = [row for row in rows if row["group"] == {}]
    assert [(row["benefit"], row["sex"], row["value"]) for row in printed] == [
        ("aktivitetsersattning", "women", 1),
        ("aktivitetsersattning", "men", 3),
        ("aktivitetsersattning", "total", 4),
        ("sjukpenning", "women", 11),
        ("sjukpenning", "men", 0),
        ("sjukpenning", "total", 11),
        ("total", "women", 12),
        ("total", "men", 3),
        ("total", "total", 15),
    ]
    assert rows[: len(printed)] == printed
    assert all(row["measure"] == "gk_count" for row in rows)
    assert all(row["unit"] == "count" for row in rows)
    assert all(row["definition"] == "gk_count/2024" for row in rows)
    assert all(row["numerator"] == row["value"] for row in rows)


def test_as_of_none_is_the_newest_registration(year: Path) -> None:
    """No clock: the same store gives the same extract tomorrow."""
    assert {row["as_of"] for row in report(year, "2024-T1", "2024")} == {"2024-02-05T12:00:00.000Z"}


def test_as_of_as_date_is_the_end_of_that_swedish_day(year: Path) -> None:
    """As text or as an object."""
    for as_of in (
        "2025-01-31",
        date(2025, 1, 31),
        datetime.fromisoformat("2025-01-31T22:59:59.999Z"),
    ):
        rows = report(year, "2024-T1", "2024", as_of=as_of)
        assert rows[0]["as_of"] == "2025-01-31T22:59:59.999Z"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"table": "2024-T9"}, "There is no table '2024-T9': choose .*2024-T1, 2024-T2, .*N25"),
        ({"period": "last year"}, "'last year' is no period: write a year"),
        ({"period": "2024-13"}, "'2024-13' is no period"),
        ({"period": "2031"}, "nothing for the period 2031 .* choose one of, .* 2022, 2023, 2024"),
        ({"period": "2019"}, "not defined for the period 2019: .* gk_count/2024 from 2022-01-01"),
        ({"definition": "1999"}, "has no definition '1999': choose 2024"),
        ({"as_of": "yesterday"}, "'yesterday' is no time of extraction"),
        ({"as_of": "2024-02-05T12:00:00"}, "has no offset"),
    ],
)
def test_what_does_not_exist_is_said_in_one_sentence(
    year: Path, arguments: dict[str, str], sentence: str
) -> None:
    """The sentence names what exists."""
    with pytest.raises(ReportError, match=sentence) as refused:
        report(year, **{"table": "2024-T1", "period": "2024", **arguments})
    assert "\n" not in str(refused.value)


def test_a_period_within_a_year_can_be_asked_for(year: Path) -> None:
    """Months and half-years with facts need not be printed ones."""
    for period, total in (("2024-02", 15), ("2024H1", 15), ("2024H2", 0), ("2024-01/2024-03", 15)):
        rows = report(year, "2024-T1", period)
        assert [row["value"] for row in rows if row["benefit"] == "total"][-1] == total


def test_a_missing_or_empty_store_says_what_to_do(tmp_path: Path) -> None:
    """Both errors are of the kind that the command line prints."""
    with pytest.raises(StoreError, match=r"There is no fact store in .*samverkan followup"):
        report(tmp_path / "none", "2024-T1", "2024")
    FactStore.open(tmp_path / "empty", TOPIC)
    with pytest.raises(FollowupError, match="holds no facts yet"):
        report(tmp_path / "empty", "2024-T1", "2024")


def test_periods_are_whole_days() -> None:
    """First and last day, both included."""
    assert parse_period("2014H2") == Period("2014H2", date(2014, 7, 1), date(2014, 12, 31))
    assert parse_period("2024-02") == Period("2024-02", date(2024, 2, 1), date(2024, 2, 29))
    assert parse_period("2013-10/2014-03").last == date(2014, 3, 31)
    with pytest.raises(ReportError):
        parse_period("2014-03/2013-10")


def test_a_time_beyond_the_calendar_is_refused() -> None:
    """The day after 9999-12-31 does not exist."""
    with pytest.raises(ReportError, match="is no time of extraction"):
        parse_as_of("9999-12-31")


def test_printed_cells_are_compared_one_by_one(year: Path) -> None:
    """Eighteen cells of the year, with line and verdict; here none is equal."""
    compared = compare_with_printed(report(year, "2024-T1", "2024"))
    assert len(compared) == 18
    counts = [one for one in compared if one.measure == "gk_count"]
    total = next(one for one in counts if (one.benefit, one.sex) == ("total", "total"))
    assert (total.printed, total.computed, total.line, total.equal) == (8886, 15, 181, False)


def test_printed_figures_that_contradict_each_other_have_a_tolerance(tmp_path: Path) -> None:
    """2022, sjukpenning: 4 503 women and 2 543 men make 7 046; printed is 7 045."""
    values = [
        assessment(f"{sex}{number}", "2022-05-02", sex=sex)
        for sex, count in (("kvinna", 4503), ("man", 2543))
        for number in range(count)
    ]
    FactStore.open(tmp_path, TOPIC).append(log(values))
    compared = compare_with_printed(report(tmp_path, "2024-T1", "2022"))
    counts = [one for one in compared if one.measure == "gk_count"]
    sjukpenning = [one for one in counts if one.benefit == "sjukpenning"]
    assert [one.computed for one in sjukpenning] == [4503, 2543, 7046]
    assert all(one.accepted for one in sjukpenning)
    assert [one.equal for one in sjukpenning] == [True, True, False]
    assert not any(one.rounded for one in sjukpenning)


def test_a_share_that_the_report_rounded_is_accepted_but_not_equal() -> None:
    """2024-T5: 1 025 of 1 315 is 77.9, the report prints 78.0; a tenth more is neither."""
    cell = PrintedCell("m", "b", "total", "2024", 77.9, 78.0, 0.1, 1, unit="percent")
    assert (cell.equal, cell.accepted, cell.rounded) == (False, True, True)
    other = cell._replace(computed=77.8)
    assert (other.equal, other.accepted, other.rounded) == (False, False, False)


def test_the_printed_table_reconciles_as_printed() -> None:
    """The kept values have their source, and the totals are those of the report."""
    printed = printed_table("2024-T1")
    assert printed["source"]["lines"]
    assert len(printed["cells"]) == 54
    with pytest.raises(ReportError, match="No printed values"):
        printed_table("2024-T9")
