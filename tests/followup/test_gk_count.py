"""N1, number of joint assessments: what counts, once, where, and as of when."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.followup.periods import parse_as_of
from tests.followup.followup_dsl import (
    AE,
    AE_SCHOOL,
    ANONYMOUS,
    SE,
    SP,
    assessment,
    gk_counts,
    store_of,
    voided,
)

ONE_WOMAN_SP = {"sjukpenning women": 1, "sjukpenning total": 1, "total women": 1, "total total": 1}


def total(root: Path, period: str = "2024", as_of: str | None = None) -> int:
    return gk_counts(root, period, as_of).get("total total", 0)


def test_one_assessment_is_counted_by_its_benefit_and_sex(tmp_path: Path) -> None:
    """A woman with sjukpenning stands in two rows and two columns."""
    assert gk_counts(store_of(tmp_path, [assessment("a")])) == ONE_WOMAN_SP


@pytest.mark.parametrize("benefit", [AE, AE_SCHOOL])
def test_both_forms_of_aktivitetsersattning_are_one_row(tmp_path: Path, benefit: str) -> None:
    """The report prints them together."""
    root = store_of(tmp_path, [assessment("a", benefits=[benefit], sex="man")])
    assert gk_counts(root) == {
        "aktivitetsersattning men": 1,
        "aktivitetsersattning total": 1,
        "total men": 1,
        "total total": 1,
    }


def test_both_forms_at_once_count_once_in_their_row(tmp_path: Path) -> None:
    """A person is not two for having had both forms at the assessment."""
    counted = gk_counts(store_of(tmp_path, [assessment("a", benefits=[AE, AE_SCHOOL])]))
    assert counted["aktivitetsersattning total"] == 1


def test_overlapping_benefits_count_in_each_row_and_once_in_the_total(tmp_path: Path) -> None:
    """The overlap row says by how much the parts exceed the total (footnote 8)."""
    counted = gk_counts(store_of(tmp_path, [assessment("a", benefits=[SP, AE])]))
    assert counted["sjukpenning total"] == 1
    assert counted["aktivitetsersattning total"] == 1
    assert counted["sjukpenning_and_aktivitetsersattning total"] == 1
    assert counted["total total"] == 1


@pytest.mark.parametrize("benefits", [[SE], []])
def test_other_benefits_and_none_count_in_the_total(tmp_path: Path, benefits: list[str]) -> None:
    """The total holds other benefits too (footnote 8)."""
    counted = gk_counts(store_of(tmp_path, [assessment("a", benefits=benefits)]))
    assert counted == {"other women": 1, "other total": 1, "total women": 1, "total total": 1}


@pytest.mark.parametrize("sex", ["okant", None])
def test_a_missing_sex_is_a_category_of_its_own(tmp_path: Path, sex: str | None) -> None:
    """Never dropped (BR-44): women + men + unknown = total."""
    counted = gk_counts(store_of(tmp_path, [assessment("a", sex=sex), assessment("b")]))
    assert counted["total total"] == 2
    assert counted["total women"] == 1
    assert counted["total unknown"] == 1


def test_without_consent_to_statistics_it_counts_like_the_others(tmp_path: Path) -> None:
    """Of n persons r refuse: the total is n (acceptance check 8)."""
    root = store_of(tmp_path, [assessment("a"), *(assessment(n, **ANONYMOUS) for n in "bcd")])
    assert total(root) == 4


def test_a_void_takes_it_away(tmp_path: Path) -> None:
    """What did not happen is not counted, as of after the void."""
    root = store_of(tmp_path, [assessment("a"), voided("a", "2024-03-01T12:00:00.000Z")])
    assert total(root) == 0
    assert total(root, as_of="2024-02-28") == 1


def test_a_correction_moves_it_to_its_right_year_and_row(tmp_path: Path) -> None:
    """Only the greatest revision counts; as of before, the first one does."""
    correction = assessment(
        "a", "2023-12-30", registered="2024-05-01T12:00:00.000Z", revision=2, benefits=[AE]
    )
    root = store_of(tmp_path, [assessment("a", "2024-01-02"), correction])
    assert gk_counts(root) == {}
    assert gk_counts(root, "2023")["aktivitetsersattning women"] == 1
    assert gk_counts(root, as_of="2024-04-30") == ONE_WOMAN_SP


def test_a_late_registration_counts_in_the_year_of_the_event(tmp_path: Path) -> None:
    """By event date, not registration date; an earlier extract does not see it."""
    late = assessment("a", "2024-12-31", registered="2025-02-01T12:00:00.000Z")
    root = store_of(tmp_path, [late, assessment("b", "2025-01-01")])
    assert total(root) == 1
    assert total(root, "2025") == 1
    assert total(root, as_of="2025-01-31") == 0


def test_as_of_includes_its_own_millisecond(tmp_path: Path) -> None:
    """`registered_at <= as_of`."""
    root = store_of(tmp_path, [assessment("a", registered="2024-02-05T12:00:00.123Z")])
    assert total(root, as_of="2024-02-05T12:00:00.123Z") == 1
    assert total(root, as_of="2024-02-05T12:00:00.122Z") == 0
    assert parse_as_of("2024-02-05T13:00:00.123+01:00") == 1_707_134_400_123


def test_the_other_agencys_report_is_no_second_count(tmp_path: Path) -> None:
    """A confirmation (BR-35) changes no figure, whatever it says of the day."""
    root = store_of(tmp_path, [assessment("a"), assessment("b", "2024-02-06", confirms="a")])
    assert gk_counts(root) == ONE_WOMAN_SP


def test_the_confirmation_counts_when_the_first_report_is_voided(tmp_path: Path) -> None:
    """One agency takes its report back; the other's still stands, so the meeting was held."""
    values = [
        assessment("a"),
        assessment("b", confirms="a"),
        voided("a", "2024-03-01T12:00:00.000Z"),
    ]
    assert total(store_of(tmp_path, values)) == 1


def test_both_reports_voided_count_nothing(tmp_path: Path) -> None:
    """Nothing is left that says it happened."""
    values = [
        assessment("a"),
        assessment("b", confirms="a"),
        voided("a", "2024-03-01T12:00:00.000Z"),
        voided("b", "2024-03-02T12:00:00.000Z"),
    ]
    assert total(store_of(tmp_path, values)) == 0


def test_reports_that_confirm_each_other_count_once(tmp_path: Path) -> None:
    """After a correction of the first report each names the other."""
    values = [
        assessment("a"),
        assessment("b", confirms="a"),
        assessment("a", revision=2, confirms="b", registered="2024-03-01T12:00:00.000Z"),
    ]
    assert total(store_of(tmp_path, values)) == 1


def test_confirmations_over_several_steps_count_once(tmp_path: Path) -> None:
    """A third report that confirms the second one."""
    values = [
        assessment("a"),
        assessment("b", confirms="a"),
        assessment("c", confirms="b"),
        assessment("other"),
    ]
    assert total(store_of(tmp_path, values)) == 2


def test_the_day_of_a_joint_event_does_not_depend_on_who_came_first(tmp_path: Path) -> None:
    """Two reports on both sides of New Year: the earliest day counts, in either order."""
    first = [assessment("a", "2023-12-31"), assessment("b", "2024-01-01", confirms="a")]
    second = [assessment("b", "2024-01-01"), assessment("a", "2023-12-31", confirms="b")]
    for number, values in enumerate((first, second)):
        root = store_of(tmp_path / str(number), values)
        assert (total(root, "2023"), total(root, "2024")) == (1, 0)


def test_a_flagged_confirmation_of_nothing_is_not_counted(tmp_path: Path) -> None:
    """BR-35 without the fact it confirms cannot be a count of its own."""
    root = store_of(tmp_path, [assessment("a"), assessment("b", flags=["BR-35"])])
    assert total(root) == 1


def test_one_assessment_reported_as_going_on_and_then_as_done_counts_once(tmp_path: Path) -> None:
    """However many meetings (BR-39); the final report says when and what."""
    person = {"unit_key": "p", "unit_case": "c", "gk": "g"}
    values = [
        assessment("a", "2023-12-20", conclusion="fler_moten", **person),
        assessment("b", "2024-01-10", **person),
    ]
    root = store_of(tmp_path, values)
    assert (total(root, "2023"), total(root, "2024")) == (0, 1)


def test_a_new_round_counts_again(tmp_path: Path) -> None:
    """Two rounds count twice (acceptance check 11)."""
    person = {"unit_key": "p", "unit_case": "c", "gk": "g"}
    values = [assessment("a", **person), assessment("b", round_no=2, **person)]
    assert total(store_of(tmp_path, values)) == 2


def test_the_day_of_the_event_counts_when_no_completion_day_is_given(tmp_path: Path) -> None:
    """`event_at` stands in, as the Swedish calendar day."""
    value = assessment("a").replace(b'"completed_at":"2024-02-05",', b"")
    assert total(store_of(tmp_path, [value])) == 1
