"""The same expressions on DuckDB and on a real PostgreSQL: every table of a varied store agrees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.followup.controls import control_sums
from gateway.followup.engine import sql_of
from gateway.followup.periods import parse_period
from gateway.followup.report import Reports
from gateway.followup.rows import table_rows
from gateway.followup.snapshot import PLAN, Snapshot
from gateway.followup.tables import TABLES
from tests.followup.followup_dsl import AE, AE_SCHOOL, SE, SP, store_of, voided
from tests.followup.history_dsl import History, confirmation_of, facts_of
from tests.followup.postgres_engine import engine, server

pytestmark = pytest.mark.unmeasured


def _person(number: int, year: int) -> History:
    """A way through the cooperation that differs with the number: outcomes, delays, benefits."""
    outcomes = (
        "employment_unsubsidised", "studies", "program", "oppet_arbetssokande", "kvar_sp",
        "kvar_ae", "ingen_uppgift", "closed_after_gk_only", None, "administrative_close",
    )  # fmt: skip
    outcome = outcomes[number % len(outcomes)]
    person = History(
        f"{year}-{number}",
        sex=("kvinna", "man", "okant")[number % 7 % 3],
        benefits=([SP], [AE], [SP, AE], [SE], [])[number % 5],
        birth_year_month=(f"{1960 + 3 * (number % 14)}-0{1 + number % 9}", None)[number % 11 == 3],
        employment=("arbetslos", "anstalld", None)[number % 3],
        unit=("fk-0180", "af-1480", None)[number % 3],
    )
    if number % 6 == 5:
        person.common |= {"unit_key": None, "unit_case": None}
    day = f"{year}-0{1 + number % 3}-1{number % 9}"
    person.opened(
        f"{year}-01-0{1 + number % 8}",
        since=None if number % 8 == 7 else f"{year - 2}-06-1{number % 9}",
        queue_reason=("none", "capacity", None)[number % 3],
        diagnosis_group=("psykiatrisk", "annan", "uppgift_saknas")[number % 3],
        country_of_birth_group=("inrikes", "utrikes")[number % 2],
        education_level="gymnasial",
        disability_code=("ja", "nej")[number % 2],
        path=("fk_identified", "af_initiated")[number % 4 == 1],
    )
    person.assessed(day, id=f"gk-{year}-{number}", need_days=40, benefit_days=400 + number)
    if number % 2:
        person.assessed(day, **confirmation_of(f"gk-{year}-{number}"))
    if number % 5 == 4:
        person.assessed(f"{year}-04-20", gk="second", round_no=2, first_in_round=True)
    person.enrolled(f"{year}-03-20", in_cooperation_at=f"{year}-03-20")
    person.decided(f"{year}-04-0{1 + number % 9}", program=("none", "annat")[number % 2])
    if number % 4:
        person.started(f"{year}-04-2{number % 9}")
    if number % 3:
        person.ended(f"{year}-05-2{number % 9}")
    category = "none" if outcome == "closed_after_gk_only" else "arbetslivsinriktad"
    if number % 10 == 6:
        category = "arbetsforberedande"
    left = "11" if year == 2013 else "06"
    before = [{"benefit": SP, "extent": 1.0, "from": f"{year}-01-01"}]
    person.closed(
        f"{year}-{left}-1{number % 9}",
        outcome,
        last_insats_category=category,
        id=f"end-{year}-{number}",
        **({"benefits_before": before} if number % 2 else {}),
    )
    if number % 3 == 0:
        again = confirmation_of(f"end-{year}-{number}")
        person.closed(f"{year}-{left}-20", outcome, last_insats_category=category, **again)
    person.tell("plan.status_reported", f"{year}-09-20", status=outcome or "ingen_uppgift")
    return person


def _meeting(number: int, year: int) -> History:
    """A way around a refusal: offers, answers, meetings, enrolment and SGI, each now and then."""
    benefit = (SP, SP, AE, SE, AE_SCHOOL)[number % 5]
    person = History(f"m{year}-{number}", sex=("kvinna", "man")[number % 2], unit_case=None)
    if number % 7 == 6:
        person.common["unit_key"] = None
    held = f"{year}-0{1 + number % 9}-05"
    if number % 3:
        person.offered(f"{year}-0{1 + number % 9}-01", benefit)
        person.answered(f"{year}-0{1 + number % 9}-02", ("ja", "nej")[number % 4 == 3])
    form = "overlamningsmote" if year == 2018 and number % 2 else "omstallningsmote"
    if number % 4 != 3:
        person.met(held, benefit, meeting_form=form, id=f"met-{year}-{number}")
        if number % 2:
            person.met(held, benefit, meeting_form=form, **confirmation_of(f"met-{year}-{number}"))
    chain = {"rehab_chain_day": 100 + 20 * number} if number % 2 else {}
    person.refused(
        f"{year}-0{1 + number % 9}-08", benefit, first_application=number % 9 == 8, **chain
    )
    if number % 3 != 1:
        person.enrolled(f"{year}-0{1 + number % 9}-2{number % 9}")
    if benefit == SP:
        person.sgi(f"{year}-0{1 + number % 9}-0{1 + number % 9}")
        if number % 4 == 0:
            person.sgi_closed(f"{year}-11-01", ("protected", "missed", "at_risk")[number % 3])
    person.tell("meeting.contact_held", held, held_at=held)
    return person


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Years of persons, with voids and corrections among them."""
    years = (2013, 2014, 2018, 2019, 2024)
    people = [_person(number, year) for year in years for number in range(24)]
    people += [_meeting(number, year) for year in years for number in range(16)]
    facts = facts_of(*people)
    facts += [voided(f"gk-2024-{number}", "2024-12-01T12:00:00.000Z") for number in (2, 3)]
    counted = History.anonymous("refusals", benefits=[SP])
    counted.tell("consent.refusal_counted", "2024-05-01", month="2024-05", count=3)
    return store_of(tmp_path_factory.mktemp("engines") / "store", [*facts, *counted.facts])


@pytest.fixture(scope="module")
def both(
    store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Reports, Snapshot]]:
    """The same snapshot on both engines."""
    with (
        server(tmp_path_factory.mktemp("postgres")) as address,
        Reports(store) as reports,
        engine(address, store) as postgres,
    ):
        yield reports, Snapshot(postgres, reports.as_of)


@pytest.mark.parametrize("table_id", TABLES)
def test_every_table_is_the_same_on_both_engines(
    both: tuple[Reports, Snapshot], table_id: str
) -> None:
    """In the year that the report prints, or 2024; there is something in it, and it adds up."""
    reports, postgres = both
    table = TABLES[table_id]
    period = parse_period((*table.printed_periods, "2024")[len(table.printed_periods) - 1])
    definitions = table.definitions_for(period)
    here = table_rows(reports.snapshot, table, definitions, period)
    assert table_rows(postgres, table, definitions, period) == here
    assert any(row["value"] for row in here)
    # Here more meetings are held than refused benefits are: that control is right to fail.
    sums = [one.name for one in control_sums(here) if one.fails and "quotient" not in one.name]
    assert sums == []


def test_nothing_asks_for_what_only_one_engine_has() -> None:
    """Ibis writes every table of the plan also for Trino and Spark."""
    for kept in PLAN.tables.values():
        if kept.expression is not None:
            for dialect in ("trino", "pyspark"):
                assert "SELECT" in sql_of(kept.expression, dialect)
