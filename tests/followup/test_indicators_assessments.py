"""N1-N9 at their limits: which assessments count, how old each is, and what follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.followup.followup_dsl import AE, SE, SP, fact_id
from tests.followup.history_dsl import Figures, History, facts_of, table

DAYS = "gk_days_to_first"
SHARE = "insats_share_after_gk"


def t1(root: Path, *histories: History, period: str = "2024") -> Figures:
    return table(root, "2024-T1", period, *histories)


def test_days_to_the_first_are_a_mean_rounded_half_up(tmp_path: Path) -> None:
    """100 and 101 days make 100.5, printed 101; the parts are exact."""
    a = History("a").opened("2024-01-01", since="2023-12-01").assessed("2024-03-10")
    b = History("b").opened("2024-01-01", since="2023-12-01").assessed("2024-03-11")
    found = t1(tmp_path, a, b)
    assert found.of(DAYS, "sjukpenning") == 101
    assert found.parts(DAYS, "sjukpenning") == (201, 2)
    assert found.row(DAYS, "sjukpenning")["unit"] == "days_mean"


def test_without_a_person_the_days_that_the_fact_carries_count(tmp_path: Path) -> None:
    """So that those who are not followed are in the mean too; a known opening goes before."""
    nobody = History.anonymous("n").assessed("2024-03-10", benefit_days=300, first_in_round=True)
    known = History("k").opened("2024-01-01", since="2024-02-09")
    known.assessed("2024-03-10", benefit_days=999)
    assert t1(tmp_path, nobody, known).parts(DAYS) == (330, 2)


def test_only_the_first_assessment_of_the_latest_round_with_sickness_benefit(
    tmp_path: Path,
) -> None:
    """Footnote 10: round 1 and a second assessment of round 2 are not in the mean, but count."""
    person = History("p").opened("2024-01-01", since="2024-01-01").assessed("2024-01-11")
    person.tell(
        "referral.initiated", "2024-05-01", need_identified_at="2024-05-01",
        benefit_case_start="2024-01-01", round_no=2,
    )  # fmt: skip
    person.assessed("2024-05-10", gk="b", round_no=2).assessed("2024-06-10", gk="c", round_no=2)
    found = t1(tmp_path, person)
    assert found.of("gk_count") == 3
    assert found.parts(DAYS) == (130, 1)


def test_a_round_after_the_period_changes_nothing_in_it(tmp_path: Path) -> None:
    """The latest round is that of the period, so that a year once closed stays."""
    person = History("p").opened("2023-01-01", since="2023-01-01").assessed("2023-01-11")
    person.assessed("2024-05-10", gk="b", round_no=2, benefit_days=495)
    assert t1(tmp_path / "a", person, period="2023").parts(DAYS) == (10, 1)
    assert t1(tmp_path / "b", person).parts(DAYS) == (495, 1)


@pytest.mark.parametrize("benefit", [AE, SE])
def test_other_benefits_count_from_the_first_assessment_of_the_case(
    tmp_path: Path, benefit: str
) -> None:
    """Footnote 9: the second round of the case is left out."""
    person = History("p", benefits=[benefit]).opened("2024-01-01", since="2024-01-01")
    person.assessed("2024-01-11").assessed("2024-05-10", gk="b", round_no=2, benefit_days=130)
    assert t1(tmp_path, person).parts(DAYS) == (10, 1)


@pytest.mark.parametrize(
    "said",
    [
        {"inside_benefit_period": False, "benefit_days": 50},
        {"benefit_days": -1},
        {"first_in_round": False, "benefit_days": 50},
        {},
        {"benefit_days": "50"},
    ],
)
def test_what_cannot_be_timed_counts_but_is_not_in_the_mean(
    tmp_path: Path, said: dict[str, object]
) -> None:
    """Outside the benefit, before it, not the first, or nothing known: about 5 % of all."""
    found = t1(tmp_path, History.anonymous("n").assessed("2024-03-10", **said))
    assert (found.of("gk_count"), found.parts(DAYS)) == (1, (0, 0))
    assert found.of(DAYS) is None


def test_persons_without_a_benefit_from_fk_are_not_timed(tmp_path: Path) -> None:
    """Whatever their case says."""
    person = History("p", benefits=["forsorjningsstod"]).opened("2024-01-01", since="2023-01-01")
    found = t1(tmp_path, person.assessed("2024-03-10"))
    assert (found.of("gk_count"), found.parts(DAYS)) == (1, (0, 0))


def test_overlap_and_others_make_the_parts_add_up(tmp_path: Path) -> None:
    """Sjukpenning + aktivitetsersättning - overlap + other = total, as control rows."""
    both = History("b", benefits=[SP, AE]).assessed("2024-01-11")
    other = History("o", benefits=[]).assessed("2024-01-11")
    found = t1(tmp_path, both, other)
    overlap = found.of("gk_count", "sjukpenning_and_aktivitetsersattning", control="benefit")
    assert (found.of("gk_count"), overlap) == (2, 1)
    assert found.of("gk_count", "other", control="benefit") == 1


def t2(root: Path, *histories: History, definition: str | None = None) -> Figures:
    return table(root, "2024-T2", "2024", *histories, definition=definition)


def test_an_intervention_of_the_same_round_from_the_day_on_follows(tmp_path: Path) -> None:
    """The day itself counts, the day before not, another round not, years later yes."""
    same_day = History("a").assessed("2024-03-10").started("2024-03-10")
    before = History("b").assessed("2024-03-10").started("2024-03-09")
    other_round = History("c").assessed("2024-03-10").started("2024-04-01", round_no=2)
    late = History("d").assessed("2024-03-10").started("2024-03-01").started("2026-04-01", "ii")
    found = t2(tmp_path, same_day, before, other_round, late)
    assert (found.of(SHARE), found.parts(SHARE)) == (50, (2, 4))


def test_those_who_cannot_be_followed_are_in_neither_part(tmp_path: Path) -> None:
    """And are shown apart."""
    nobody = History.anonymous("n").assessed("2024-03-10").started("2024-04-01")
    found = t2(tmp_path, History("a").assessed("2024-03-10"), nobody)
    assert found.parts(SHARE) == (0, 1)
    assert found.of(f"{SHARE}_unlinked", control="unlinked") == 1
    assert found.row(f"{SHARE}_unlinked", control="unlinked")["unit"] == "count"


def test_by_the_definition_of_2019_the_conclusion_decides(tmp_path: Path) -> None:
    """Both versions of the same events: started, or judged able to (I37)."""
    judged = History("a").assessed("2024-03-10")
    started = History("b").assessed("2024-03-10", conclusion="ej_redo_nu").started("2024-04-01")
    nobody = History.anonymous("n").assessed("2024-03-10")
    found = t2(tmp_path / "a", judged, started, nobody)
    assert (found.parts(SHARE), found.row(SHARE)["definition"]) == ((1, 2), f"{SHARE}/2024")
    older = t2(tmp_path / "b", judged, started, nobody, definition="2019")
    assert (older.parts(SHARE), older.row(SHARE)["definition"]) == ((2, 3), f"{SHARE}/2019")


def test_a_shared_way_in_and_a_benefit_overlap(tmp_path: Path) -> None:
    """2019: from AF is a path, not a benefit; shares are of all and need not make 100 (I05)."""
    from_af = History("a").opened("2019-01-01", path="af_initiated").assessed("2019-02-01")
    other = History("b", benefits=[SE], sex="man").assessed("2019-02-01")
    five = table(tmp_path / "a", "2019-T5", "2019", from_af, other)
    shares = {
        key: five.parts("gk_participant_share", key)
        for key in ("total", "sjukpenning", "aktivitetsersattning", "from_af", "other")
    }
    assert list(shares.values()) == [(2, 2), (1, 2), (0, 2), (1, 2), (1, 2)]
    four = table(tmp_path / "b", "2019-T4", "2019", from_af, other)
    assert four.of("gk_participant_share", sex="women") == 50


UNEMPLOYED, WELFARE = "arbetsloshetsersattning", "forsorjningsstod"


@pytest.mark.parametrize(
    ("benefits", "rows"),
    [
        ([UNEMPLOYED], (1, 0)),
        ([UNEMPLOYED, "ingen_sgi_ingen_ersattning"], (1, 0)),
        ([WELFARE], (1, 1)),
        ([UNEMPLOYED, WELFARE], (1, 1)),
        ([UNEMPLOYED, SE], (1, 1)),
        ([UNEMPLOYED, SP], (1, 0)),
        ([], (1, 1)),
    ],
)
def test_unemployment_benefit_alone_in_a_case_from_af_is_not_among_the_others(
    tmp_path: Path, benefits: list[str], rows: tuple[int, int]
) -> None:
    """2019-T5: "från Arbetsförmedlingen" and "övriga" (sjukersättning, försörjningsstöd ...)."""
    one = History("a", benefits=benefits).opened("2019-01-01", path="af_initiated")
    two = History("b").assessed("2019-02-01")
    five = table(tmp_path, "2019-T5", "2019", one.assessed("2019-02-01"), two)
    assert tuple(five.of("gk_count", key, "total") for key in ("from_af", "other")) == rows
    assert five.of("gk_count", "total", "total") == 2


def test_unemployment_benefit_alone_in_a_case_from_fk_is_among_the_others(tmp_path: Path) -> None:
    one = History("a", benefits=[UNEMPLOYED]).opened("2019-01-01").assessed("2019-02-01")
    five = table(tmp_path, "2019-T5", "2019", one)
    assert tuple(five.of("gk_count", key, "total") for key in ("from_af", "other")) == (0, 1)


def test_days_in_the_insurance_count_every_assessment(tmp_path: Path) -> None:
    """N4, the older measure: not only the first."""
    person = History("p").opened("2018-01-01", since="2018-01-01")
    person.assessed("2018-01-11").assessed("2018-01-31", gk="b")
    assert table(tmp_path, "N4", "2018", person).parts("gk_days_in_insurance") == (40, 2)


def test_the_limits_of_the_days_are_179_180_and_365(tmp_path: Path) -> None:
    """N6: before day 180, within a year, later; only with sickness benefit."""
    people = [
        History.anonymous(f"p{days}").assessed("2024-05-10", benefit_days=days)
        for days in (179, 180, 365, 366)
    ]
    other = History.anonymous("o", benefits=[AE]).assessed("2024-05-10", benefit_days=5)
    found = table(tmp_path, "N6", "2024", *people, other)
    shares = [
        found.parts("gk_timing_share", "sjukpenning", timing=band)
        for band in ("<day180", "day180-365", ">365")
    ]
    assert shares == [(1, 4), (2, 4), (1, 4)]


def test_psychiatric_diagnoses_are_a_share_of_the_known_ones(tmp_path: Path) -> None:
    """N7: several of which one is psychiatric counts; unknown is in neither part."""
    groups = ("psykiatrisk", "flera_varav_psykiatrisk", "annan", "uppgift_saknas", None)
    people = []
    for number, group in enumerate(groups):
        said = {} if group is None else {"diagnosis_group": group}
        people.append(History(f"p{number}").opened("2024-01-01", **said).assessed("2024-02-01"))
    found = table(tmp_path, "N7", "2024", *people)
    assert (found.parts("gk_psychiatric_share"), found.of("gk_psychiatric_share")) == ((2, 3), 67)


def test_the_wait_goes_from_the_need_to_the_assessment_by_reason(tmp_path: Path) -> None:
    """N8: mean and median, and who waits at the end of the period."""
    people = [
        History(f"p{days}").opened("2024-01-01", queue_reason="capacity").assessed(day)
        for days, day in ((10, "2024-01-11"), (20, "2024-01-21"), (60, "2024-03-01"))
    ]
    nobody = History.anonymous("n").opened("2024-01-01").assessed("2024-01-05", need_days=4)
    waiting = History("w").opened("2024-06-01", queue_reason="capacity").assessed("2025-01-02")
    closed = History("c").opened("2024-06-01").closed("2024-07-01", "studies")
    found = table(tmp_path, "N8", "2024", *people, nobody, waiting, closed)
    assert found.parts("gk_waiting_days_mean", queue_reason="capacity") == (90, 3)
    assert found.of("gk_waiting_days_median", queue_reason="capacity") == 20
    assert found.parts("gk_waiting_days_mean", queue_reason="okand") == (4, 1)
    assert found.of("gk_waiting_days_median") == 15
    assert found.of("gk_waiting_count", queue_reason="capacity") == 1
    assert found.of("gk_waiting_count") == 1
    assert found.of("gk_waiting_count", unit="fk-0180") == 1


def test_the_first_opening_of_a_round_tells_the_need(tmp_path: Path) -> None:
    """By the day of the need, whatever came first."""
    person = History("p").opened("2024-01-05").opened("2024-01-01").assessed("2024-01-11")
    assert table(tmp_path, "N8", "2024", person).parts("gk_waiting_days_mean") == (10, 1)


def test_a_confirmation_over_two_steps_is_one_assessment_whatever_its_days(
    tmp_path: Path,
) -> None:
    """Each report names another; unlinked, so that only the confirmations join them."""
    told = History.anonymous("n").assessed("2024-01-11", id="a")
    told.assessed("2024-01-12", id="b", confirms=fact_id("a"), flags=["BR-35"])
    told.assessed("2024-01-13", id="c", confirms=fact_id("b"), flags=["BR-35"])
    told.assessed("2024-01-14", id="d", confirms=fact_id("c"), flags=["BR-35"])
    assert len(facts_of(told)) == 4
    assert t1(tmp_path, told).of("gk_count") == 1
