"""N10-N19 and N27 at their limits: interventions, stock, closings, and the versions of outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.followup.errors import ReportError
from tests.followup.followup_dsl import AE, SE, SP
from tests.followup.history_dsl import Figures, History, confirmation_of, table

REGAINED = {
    "outcome": "utvecklat_eller_aterfatt_arbetsformaga",
    "outcome_h": "regained",
    "insats": "any",
}
REMAINING = {"outcome": "kvar_i_sjukforsakringen", "outcome_h": "remaining", "insats": "any"}


def left(name: str, outcome: str | None, day: str = "2024-05-10", **fields: Any) -> History:
    """A person whose round closed."""
    return History(name).closed(day, outcome, **fields)


def t3(root: Path, *histories: History, period: str = "2024") -> Figures:
    return table(root, "2024-T3", period, *histories)


def test_outcomes_are_regained_or_remaining(tmp_path: Path) -> None:
    """Of all codes; since 2024 those without a result are in no denominator."""
    regained = ("employment_unsubsidised", "employment_subsidised", "studies",
                "oppet_arbetssokande", "program")  # fmt: skip
    remaining = ("kvar_sp", "kvar_ae", "utbyte_till_se", "annan_fk_atgard")
    uncounted = ("ingen_uppgift", "registrering_saknas", None, "closed_after_gk_only",
                 "administrative_close")  # fmt: skip
    people = [left(f"p{n}", code) for n, code in enumerate((*regained, *remaining, *uncounted))]
    found = t3(tmp_path, *people)
    assert found.of("outcome_count", **REGAINED) == 5
    assert found.of("outcome_count", **REMAINING) == 4
    assert found.parts("outcome_share", **REGAINED) == (5, 9)
    assert found.of("outcome_share", **REMAINING) == 44


def test_until_2023_missing_registrations_are_in_the_denominator(tmp_path: Path) -> None:
    """Footnote 13: the shares do not make 100, and a control row says what is missing."""
    people = [left("a", "studies", "2023-05-10"), left("b", "kvar_sp", "2023-05-10")]
    people += [left("c", None, "2023-05-10"), left("d", "ingen_uppgift", "2023-12-31")]
    found = t3(tmp_path, *people, period="2023")
    assert found.parts("outcome_share", **REGAINED) == (1, 4)
    missing = {"outcome": "registrering_saknas", "outcome_h": "unknown", "insats": "any"}
    assert found.of("outcome_count", **missing, control="part") == 2
    assert found.row("outcome_share", **REGAINED)["definition"] == "outcome_share/2022"
    lacking = table(tmp_path / "n", "N27", "2023", *people)
    assert lacking.parts("outcome_registration_missing_share") == (2, 4)
    assert lacking.of("outcome_registration_missing_count") == 2


def test_a_closing_of_both_agencies_counts_once_and_on_its_first_day(tmp_path: Path) -> None:
    """BR-35, over New Year."""
    person = History("p").closed("2023-12-31", "studies", id="first")
    person.closed("2024-01-01", "studies", **confirmation_of("first"))
    assert t3(tmp_path / "a", person).of("outcome_count", **REGAINED) == 0
    assert t3(tmp_path / "b", person, period="2023").of("outcome_count", **REGAINED) == 1


def test_the_benefits_before_the_closing_say_the_row(tmp_path: Path) -> None:
    """Else those at the event; both benefits stand on both rows."""
    before = [{"benefit": AE, "extent": 1.0, "from": "2023-01-01"}]
    after = [{"benefit": SE, "extent": 1.0, "from": "2024-01-01"}]
    a = left("a", "kvar_ae", benefits_before=before, benefits_after=after)
    b = left("b", "kvar_sp", benefits_before=[], benefits_after=after)
    found = t3(tmp_path, a, b)
    assert found.of("outcome_count", "aktivitetsersattning", **REMAINING) == 1
    assert found.of("outcome_count", "sjukpenning", **REMAINING) == 1
    assert found.of("outcome_count", "other", **REMAINING, control="benefit") == 0


OLD = {"outcome": "positivt_utfall", "outcome_h": "regained", "insats": "any"}
ALL_OF_THEM = {"outcome": "totalt", "outcome_h": "total", "insats": "any"}


def test_in_the_change_year_the_same_events_give_two_shares(tmp_path: Path) -> None:
    """Closings after the assessment only: counted until 2017, not from 2018 (check 2, I08)."""
    people = [left("a", "studies", "2017-05-10"), left("b", "kvar_sp", "2017-05-10")]
    people += [left("c", "closed_after_gk_only", "2017-05-10", last_insats_category="none")]
    people += [left("d", "kvar_sp", "2017-05-10", last_insats_category="none")]
    newer = table(tmp_path / "a", "2018-T1", "2017", *people)
    older = table(tmp_path / "b", "2018-T1", "2017", *people, definition="2012")
    assert newer.parts("outcome_share", **OLD) == (1, 2)
    assert older.parts("outcome_share", **OLD) == (1, 4)
    assert (newer.of("outcome_share", **OLD), older.of("outcome_share", **OLD)) == (50, 25)
    assert (newer.of("outcome_count", **ALL_OF_THEM), older.of("outcome_count", **ALL_OF_THEM)) == (
        2,
        4,
    )
    assert newer.row("outcome_share", **OLD)["definition"] == "outcome_share/2018"
    only = {"outcome": "closed_after_gk_only", "outcome_h": "after_gk_only", "insats": "any"}
    assert older.of("outcome_count", **only, control="part") == 1


def test_before_and_after_the_change_year_one_version_is_in_force(tmp_path: Path) -> None:
    """2016 by the older, 2018 by the newer, and neither for the other."""
    people = (left("a", "studies", "2016-05-10"), left("b", "studies", "2018-05-10"))
    before = table(tmp_path / "a", "2018-T1", "2016", *people)
    after = table(tmp_path / "b", "2018-T1", "2018", *people)
    assert before.row("outcome_count", **OLD)["definition"] == "outcome_count/2012"
    assert after.row("outcome_count", **OLD)["definition"] == "outcome_count/2018"
    with pytest.raises(ReportError, match=r"not defined for the period 2018: .*2012 from 2012-01"):
        table(tmp_path / "c", "2018-T1", "2018", *people, definition="2012")


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("2000-05", "18-29"), ("1988-06", "18-29"), ("1988-05", "30-65"), ("1952-06", "30-65"),
        ("1952-05", None), ("2000-06", None), (None, None), ("unknown", None),
    ],
)  # fmt: skip
def test_ages_are_counted_in_birth_months(tmp_path: Path, born: str | None, band: str) -> None:
    """On 2018-05-10: who turns 30 in May is 30; outside the bands and unknown only in the total."""
    person = History("p", birth_year_month=born).closed("2018-05-10", "studies")
    found = table(tmp_path, "2018-T1", "2018", person)
    bands = {age: found.of("outcome_count", **OLD, age=age) for age in ("18-29", "30-65")}
    assert bands == {age: int(age == band) for age in ("18-29", "30-65")}
    assert found.of("outcome_count", **OLD) == 1


def test_the_last_intervention_decides_between_the_tables(tmp_path: Path) -> None:
    """2018-T1 less 2018-T2 are those closed directly after a preparing one (N16)."""
    work = left("a", "studies", "2018-05-10")
    preparing = left("b", "kvar_sp", "2018-05-10", last_insats_category="arbetsforberedande")
    two = table(tmp_path / "a", "2018-T2", "2018", work, preparing)
    rest = table(tmp_path / "b", "N16", "2018", work, preparing)
    whole = {**ALL_OF_THEM, "insats": "arbetslivsinriktad"}
    assert two.of("outcome_count", **whole) == 1
    assert rest.of("outcome_count", **{**whole, "insats": "arbetsforberedande"}) == 1
    assert two.parts("outcome_share", **{**OLD, "insats": "arbetslivsinriktad"}) == (1, 1)


STARTED = "insats_started_count"


@pytest.mark.parametrize(
    ("employment", "benefits", "status"),
    [
        ("anstalld", [SP], "anstalld_sjukskriven_eller_se"),
        ("anstalld", [SE], "anstalld_sjukskriven_eller_se"),
        ("arbetslos", [SE], "arbetslos_med_sjukersattning"),
        ("arbetslos", ["aktivitetsstod"], "arbetslos_med_aktivitetsstod"),
        ("arbetslos", [SP, "aktivitetsstod"], "arbetslos_sjukskriven"),
        ("arbetslos", [SP, AE], "ung_arbetslos_med_aktivitetsersattning"),
        ("anstalld", [AE], None),
        (None, [SP], None),
    ],
)
def test_a_person_is_in_one_status_group(
    tmp_path: Path, employment: str | None, benefits: list[str], status: str | None
) -> None:
    """Employment crossed with benefit; who fits in none is in the sum and in a control row."""
    person = History("p", employment=employment, benefits=benefits).started("2014-02-03")
    found = table(tmp_path, "2014-T1", "2014H1", person)
    groups = [
        row["group"]["status_group"]
        for row in found.rows
        if row["measure"] == STARTED
        and row["value"]
        and set(row["group"]) <= {"status_group", "control"}
        and row["sex"] == "total"
    ]
    assert groups == ([status, "summa"] if status else ["summa", "ovriga"])


def test_a_person_who_starts_twice_counts_once(tmp_path: Path) -> None:
    """Persons in 2014-T1, interventions in N10; arbetslivsintroduktion is reported apart."""
    person = History("p").started("2014-02-03").started("2014-03-03", "ii")
    other = History("o").decided("2014-02-01", program="arbetslivsintroduktion")
    other.started("2014-02-03")
    nobody = History.anonymous("n").started("2014-02-03").started("2014-03-03", "ii")
    people = (person, other, nobody)
    found = table(tmp_path / "a", "2014-T1", "2014H1", *people)
    assert found.of(STARTED, status_group="summa") == 3
    assert table(tmp_path / "b", "N10", "2014H1", *people).of("insats_starts") == 5


def test_the_opening_tells_birth_disability_and_education(tmp_path: Path) -> None:
    """One line for each; unknown only in the total."""
    said = {
        "country_of_birth_group": "utrikes",
        "disability_code": "ja",
        "education_level": "gymnasial",
    }
    person = History("p", birth_year_month="1990-01").opened("2014-01-01", **said)
    found = table(tmp_path, "2014-T1", "2014H1", person.started("2014-02-03"), History("q"))
    told = [
        {key: value for key, value in row["group"].items() if key != "status_group"}
        for row in found.rows
        if (row["measure"], row["group"].get("status_group")) == (STARTED, "summa") and row["value"]
    ]
    assert told == [
        {}, {}, {"age": "18-29"}, {"country_of_birth": "utrikes"}, {"disability": "ja"},
        {"education": "gymnasial"},
    ]  # fmt: skip


def test_the_stock_is_who_is_in_an_intervention_at_the_end_of_the_month(tmp_path: Path) -> None:
    """Started on the last day counts, ended on it not; two at once are one person."""
    people = [
        History("a").started("2014-01-31"),
        History("b").started("2014-01-01").ended("2014-01-31"),
        History("c").started("2014-01-02").started("2014-01-03", "ii").ended("2014-03-05"),
        History.anonymous("n").started("2014-01-02").started("2014-01-02").ended("2014-02-01"),
    ]
    found = table(tmp_path, "2014-T2", "2014H1", *people)
    months = [row["value"] for row in found.rows if row["measure"] == "insats_stock"]
    assert months == [4, 3, 3, 3, 3, 3]
    assert [row["period"] for row in found.rows][-2:] == ["2014-06", "2014H1"]
    assert (found.of("insats_stock_mean"), found.parts("insats_stock_mean")) == (3, (19, 6))


def test_programmes_are_shares_of_the_stock(tmp_path: Path) -> None:
    """N12: at the end of the period."""
    inside = History("a").decided("2014-01-01", program="arbetslivsinriktad_rehabilitering")
    hindered = History("b").started("2014-01-02").enrolled("2014-01-01", af_category="i_program")
    category = {"af_category": "arbetssokande_med_forhinder"}
    hindered.tell("status.category_changed", "2014-05-01", **category)
    hindered.tell("status.category_changed", "2014-07-01", af_category="i_program")
    found = table(tmp_path, "N12", "2014H1", inside.started("2014-01-02"), hindered)
    program = "arbetslivsinriktad_rehabilitering"
    assert found.parts("insats_stock_share", program=program) == (1, 2)
    assert found.parts("insats_stock_share", **category) == (1, 2)


def test_days_to_the_decision_go_from_the_enrolment_in_the_cooperation(tmp_path: Path) -> None:
    """N13: the first decision after it."""
    person = History("p").enrolled("2014-01-01", in_cooperation_at="2014-01-05")
    person.decided("2014-01-04").decided("2014-01-15", "ii").decided("2014-02-15", "iii")
    found = table(tmp_path, "N13", "2014H1", person)
    assert found.parts("decision_days_mean") == (10, 1)
    assert found.of("decision_days_median") == 10


def after_90(status: str | None, name: str = "p", **fields: Any) -> History:
    """Left in November 2013 after an intervention; status three months later."""
    person = History(name).started(fields.pop("began", "2013-05-05"), **fields)
    person.closed("2013-11-11", "studies")
    if status is not None:
        person.tell("plan.status_reported", "2014-02-09", status=status, status_at="2014-02-09")
    return person


def status_table(root: Path, *people: History) -> dict[str, int]:
    """2014-T3 as {outcome: count}, without the zeros."""
    found = table(root, "2014-T3", "2013-10/2014-03", *people)
    return {
        row["group"]["outcome"]: row["value"]
        for row in found.rows
        if (row["measure"], row["sex"]) == ("outcome_count", "total")
        and row["value"]
        and set(row["group"]) == {"outcome", "insats"}
    }


def test_the_status_after_90_days_is_what_counts_in_2014(tmp_path: Path) -> None:
    """Not the outcome at closing; unknown is among the others; an answer beats no answer."""
    people = [
        after_90(status, f"p{number}")
        for number, status in enumerate(
            ("employment_subsidised", "studies", "program", "oppet_arbetssokande", "kvar_sp", None)
        )
    ]
    twice = after_90("ingen_uppgift", "twice")
    twice.tell("plan.status_reported", "2014-02-10", status="program", status_at="2014-02-10")
    assert status_table(tmp_path, *people, twice) == {
        "arbete_utbildning": 2, "program": 2, "oppet_arbetslos": 1, "ovriga": 2, "totalt": 7,
    }  # fmt: skip


def test_who_started_before_february_2012_or_was_introduced_is_not_in_it(tmp_path: Path) -> None:
    """Nor who cannot be followed; who has no known start is."""
    nobody = History.anonymous("n").closed("2013-11-11", "studies")
    unknown = History("u").closed("2013-11-11", "studies")
    people = (
        after_90("studies", "early", began="2012-01-31"),
        after_90("studies", "first", began="2012-02-01"),
        after_90("studies", "introduced", program="arbetslivsintroduktion"),
        nobody,
        unknown,
    )
    assert status_table(tmp_path, *people) == {"arbete_utbildning": 1, "ovriga": 1, "totalt": 2}


def test_occupations_are_shares_of_those_who_regained(tmp_path: Path) -> None:
    """N17: as stated at the closing, else the outcome; sums beside the parts."""
    people = [
        left("a", "employment_subsidised", "2019-05-10"),
        left("b", "program", "2019-05-10", occupation_at_close="studies"),
        left("c", "kvar_sp", "2019-05-10"),
    ]
    found = table(tmp_path, "N17", "2019", *people)
    assert found.parts("occupation_share", occupation="studies") == (1, 2)
    assert found.parts("occupation_share", occupation="employment_or_studies") == (2, 2)
    diagram = table(tmp_path / "d", "2019-D1", "2019", *people)
    assert diagram.of("occupation_share", "sjukpenning", occupation="employment_subsidised") == 50


def test_mean_and_median_are_named_apart(tmp_path: Path) -> None:
    """N18, I07: 10, 20 and 120 days in the insurance; an even number has the mean of the middle."""
    days = ("2018-01-11", "2018-01-21", "2018-05-01")
    people = [
        History(f"p{n}").opened("2018-01-01", since="2018-01-01").closed(day, "studies")
        for n, day in enumerate(days)
    ]
    found = table(tmp_path / "a", "N18", "2018", *people)
    assert found.of("days_in_insurance_at_exit_mean") == 50
    assert found.of("days_in_insurance_at_exit_median") == 20
    assert found.row("days_in_insurance_at_exit_median")["unit"] == "days_median"
    even = table(tmp_path / "b", "N18", "2018", *people[1:])
    assert even.of("days_in_insurance_at_exit_median") == 70
    none = table(tmp_path / "c", "N18", "2018", left("x", "studies", "2018-05-10"))
    assert none.of("days_in_insurance_at_exit_median") is None


def test_days_in_the_cooperation_go_from_the_need_to_the_closing(tmp_path: Path) -> None:
    """N19: of those who were assessed, also when nothing came after it."""
    met = History("a").opened("2018-01-01").assessed("2018-01-20")
    met.closed("2018-03-02", "closed_after_gk_only", last_insats_category="none")
    unmet = History("b").opened("2018-01-01").closed("2018-03-02", "studies")
    found = table(tmp_path, "N19", "2018", met, unmet)
    assert found.parts("days_in_cooperation") == (60, 1)
