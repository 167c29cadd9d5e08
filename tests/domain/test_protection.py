"""How the SGI protection stands, day by day, by what is known (MF13)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rich.console import Console

from gateway.cli.case import Page, print_case
from gateway.domain.days import day_of
from gateway.domain.person import Person
from gateway.domain.sgi import days_of_interest, protection
from tests.dsl import AGREEMENT, KEYS, Gateway

MET: dict[str, Any] = {"active_seeking": {"value": True}, "willing_extent_percent": 100}


def opened(**data: Any) -> Gateway:
    """An SGI case opened on 1 March 2024, the last day with sickness benefit."""
    gateway = Gateway().on("2024-03-01")
    gateway.consented()
    assert gateway.send("sgi.opened", **data).status == "ACCEPTED"
    return gateway


def on(gateway: Gateway, *days: str) -> list[str]:
    """How the protection stood on days."""
    person = Person(gateway.state())
    return [protection(person, "G-1", day_of(date.fromisoformat(d)), 25) for d in days]


def test_without_enrolment_it_is_open_to_day_25_and_missed_from_day_26():
    assert on(opened(), "2024-03-01", "2024-03-26", "2024-03-27") == ["open", "open", "missed"]


@pytest.mark.parametrize("name", ["sgi.enrolment_answered", "status.enrolled"])
def test_enrolment_in_time_protects_from_its_day(name: str):
    gateway = opened().on("2024-03-26")
    gateway.send(name, **(MET if name.startswith("sgi") else {}))
    assert on(gateway, "2024-03-25", "2024-03-26", "2024-04-30") == [
        "open",
        "protected",
        "protected",
    ]


def test_enrolment_on_day_26_protects_no_more():
    gateway = opened().on("2024-03-27")
    gateway.send("sgi.enrolment_answered", **MET)
    assert on(gateway, "2024-03-27") == ["missed"]


def test_a_missing_condition_is_a_risk_until_it_is_met():
    """BR-23."""
    gateway = opened().on("2024-03-05")
    gateway.send("sgi.enrolment_answered")
    gateway.on("2024-03-20").send("sgi.enrolment_answered", enrolled_at="2024-03-05", **MET)
    assert on(gateway, "2024-03-04", "2024-03-05", "2024-03-19", "2024-03-20") == [
        "open",
        "at_risk",
        "at_risk",
        "protected",
    ]


def test_a_category_of_risk_is_one_as_long_as_it_lasts():
    """BR-24."""
    gateway = opened().on("2024-03-05")
    gateway.send("status.enrolled")
    gateway.on("2024-03-10").send(
        "status.category_changed", af_category="arbetssokande_med_forhinder"
    )
    gateway.on("2024-03-15").send("status.category_changed", af_category="i_program")
    assert on(gateway, "2024-03-09", "2024-03-10", "2024-03-14", "2024-03-15") == [
        "protected",
        "at_risk",
        "at_risk",
        "protected",
    ]


def test_fks_own_decision_goes_before_what_is_known():
    gateway = opened().on("2024-04-10")
    gateway.send("sgi.closed", protection_state="protected")
    gateway.on("2024-04-12").send("sgi.closed", protection_state="missed")
    assert on(gateway, "2024-04-09", "2024-04-10", "2024-04-12") == [
        "missed",
        "protected",
        "missed",
    ]


def test_a_case_that_is_opened_again_is_watched_again():
    """FK has decided, and then the person gets sickness benefit for another while."""
    gateway = opened().on("2024-04-10")
    gateway.send("sgi.closed", protection_state="missed")
    gateway.on("2024-05-01").tick()
    gateway.send("sgi.opened")
    assert on(gateway, "2024-04-09", "2024-04-10", "2024-04-30", "2024-05-01", "2024-05-27") == [
        "missed",
        "missed",
        "missed",
        "open",
        "missed",
    ]
    told = gateway.on("2024-05-27").tick()
    assert told.told("sgi_reminder") == ["fk", "af"] * 3
    assert told.told("sgi_missed") == ["fk", "af"]


def test_a_decision_on_the_day_of_the_opening_is_on_that_opening():
    gateway = opened()
    gateway.send("sgi.closed", protection_state="protected")
    assert gateway.on("2024-05-01").tick().notices == []
    assert on(gateway, "2024-03-01") == ["protected"]


def test_a_closing_for_a_case_that_was_never_opened_opens_none():
    gateway = Gateway().on("2024-03-01")
    gateway.consented()
    gateway.send("sgi.closed")
    gateway.later(days=15).tick()
    assert on(gateway, "2024-03-20") == ["unknown"]


def test_without_sgi_it_is_not_applicable_and_without_an_opening_unknown():
    gateway = opened(has_sgi=False, last_day_with_sp=None)
    assert on(gateway, "2024-03-01") == ["not_applicable"]
    person = Person(gateway.state())
    assert protection(person, "G-2", 19_800, 25) == "unknown"
    assert days_of_interest(person, "G-2", 25, (10,)) == []


def test_a_corrected_last_day_moves_everything():
    gateway = Gateway().on("2024-03-01")
    gateway.consented()
    first = gateway.send("sgi.opened")
    gateway.correct(first, changes={"last_day_with_sp": "2024-03-10"})
    assert on(gateway, "2024-04-04", "2024-04-05") == ["open", "missed"]


def shown(gateway: Gateway) -> list[str]:
    """`samverkan case`, in lines."""
    console = Console(width=200, record=True, file=None, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        key = KEYS.person_key(gateway.person)
        print_case(key, gateway.state(), gateway.case_id, AGREEMENT.limits, Page(console))
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_a_case_is_shown_day_by_day():
    gateway = opened().on("2024-03-12")
    gateway.send("sgi.enrolment_answered", **MET)
    gateway.on("2024-03-14").send("status.enrolled", day="2024-02-01")
    gateway.send("status.category_changed", af_category="arbetssokande_med_forhinder")
    lines = shown(gateway)
    assert not any(line.startswith("2024-02-01 dag") for line in lines), "before the watch"
    assert (
        "2024-03-14 dag / day 13 i fara, ett villkor saknas / at risk, a condition is not met"
        in lines
    )
    assert "SGI G-1" in lines
    assert (
        "2024-03-01 dag / day 0 öppet, tid finns att skriva in sig / open, time to enrol is left"
        in lines
    )
    assert any(
        line.startswith("2024-03-11 dag / day 10 öppet") and "reminder" in line for line in lines
    )
    assert "2024-03-12 dag / day 11 skyddat / protected" in lines


def test_another_cases_sgi_is_not_shown_and_one_without_sgi_has_no_day_numbers():
    gateway = opened(has_sgi=False, last_day_with_sp=None)
    assert "2024-03-01 ej tillämpligt / not applicable" in shown(gateway)
    gateway.case_id = "S-9"
    assert not any("SGI" in line for line in shown(gateway))


def test_the_last_day_with_sickness_benefit_is_shown_also_when_the_case_is_opened_later():
    gateway = Gateway().on("2024-03-05")
    gateway.consented()
    gateway.send("sgi.opened", last_day_with_sp="2024-03-01")
    days = days_of_interest(Person(gateway.state()), "G-1", 25, (10, 18, 23))
    assert [day - day_of(date(2024, 3, 1)) for day in days] == [0, 4, 10, 18, 23, 25, 26]


def test_a_last_day_without_sgi_has_nothing_to_protect():
    """BR-25; the last day is told all the same."""
    gateway = opened(has_sgi=False, last_day_with_sp="2024-03-01")
    assert on(gateway, "2024-03-01", "2024-05-01") == ["not_applicable", "not_applicable"]
