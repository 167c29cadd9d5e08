"""Follow-up facts: what statistics may know of an accepted message (contract section 7)."""

from __future__ import annotations

import datetime as dt
import types
import typing
from typing import Any

import pytest

from gateway.domain.facts import FIELDS, LINKS
from schemas.registry import BY_NAME
from tests.defaults import DEFAULTS
from tests.dsl import KEYS, Gateway

FIELDS_OF_A_FACT = [
    "fact", "fact_id", "revision", "voided", "unit_key", "unit_case", "round_no", "sex",
    "birth_year_month", "benefits", "employment", "unit", "region", "event_at", "registered_at",
    "delay_days", "capture", "source_system", "flags", "fields",
]  # fmt: skip


def everything() -> Gateway:
    """A person in the midst of the cooperation."""
    gateway = Gateway().assessed_case()
    gateway.send("plan.intervention_decided")
    gateway.send("sgi.opened")
    return gateway


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_every_accepted_message_is_one_fact_with_all_its_fields(name: str):
    gateway = everything().on("2024-04-02")
    answer = gateway.send(name, unit="fk-0180", region="stockholm")
    assert answer.status.startswith("ACCEPTED"), answer.receipt
    fact = answer.fact
    assert list(fact) == FIELDS_OF_A_FACT
    assert (fact["fact"], fact["fact_id"]) == (name, answer.fact_id)
    assert (fact["revision"], fact["voided"]) == (1, False)
    assert (fact["unit"], fact["region"]) == ("fk-0180", "stockholm")
    assert (fact["capture"], fact["source_system"]) == ("harvested", "arende")
    assert fact["event_at"] == "2024-04-02"
    assert fact["delay_days"] == 0
    assert fact["registered_at"] == answer.receipt["decided_at"]


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_no_id_of_an_agency_and_no_number_stands_in_a_fact(name: str):
    gateway = everything().on("2024-04-02")
    text = str(gateway.send(name, day="2024-04-02").facts)
    for secret in ("S-1", "GK-1", "I-1", "P-1", "G-1", "U-1", "K-1", "O-1", "198104129815"):
        assert f"'{secret}'" not in text
    assert KEYS.person_key("198104129815") not in text


def test_links_are_pseudonyms_of_their_own_kind():
    """The same id of an assessment and of a plan must not look the same."""
    gateway = everything()
    met = gateway.send("meeting.assessment_completed", gk_id="X", plan_id="X")
    fields = met.fact["fields"]
    assert fields["gk_key"] == KEYS.statistics_pseudonym("gk_key", "X")
    assert fields["plan_key"] == KEYS.statistics_pseudonym("plan_key", "X")
    assert fields["gk_key"] != fields["plan_key"]


def assessed(gateway: Gateway, **data: Any) -> dict[str, Any]:
    """What the case tells of an assessment."""
    fields = gateway.send("meeting.assessment_completed", **data).fact["fields"]
    told = ("need_days", "benefit_days", "first_in_round", "inside_benefit_period")
    return {name: fields[name] for name in told if name in fields}


def test_an_assessment_says_how_old_need_and_benefit_case_are():
    """Also of a person who is not followed, since an anonymous fact leads to no case."""
    gateway = Gateway().on("2024-01-05").opened_case()
    told = assessed(gateway.on("2024-01-10"))
    assert told == {
        "need_days": 5,
        "benefit_days": 253,
        "first_in_round": True,
        "inside_benefit_period": True,
    }


def test_only_the_first_assessment_of_a_round_is_the_first():
    gateway = Gateway().on("2024-01-05").opened_case()
    assert assessed(gateway.on("2024-01-10"))["first_in_round"]
    assert not assessed(gateway.on("2024-02-12"), gk_id="GK-2")["first_in_round"]


def test_an_assessment_after_the_benefit_lies_outside_its_period():
    gateway = Gateway().on("2024-01-05")
    gateway.consented()
    ended = {"benefit": "sjukersattning", "extent": 1, "from": "2023-01-01", "to": "2024-01-06"}
    later = {"benefit": "annan", "extent": 1, "from": "2024-03-01"}
    gateway.send("referral.initiated", benefits=[ended, later], benefit_case_start="2023-01-01")
    assert not assessed(gateway.on("2024-01-10"))["inside_benefit_period"]
    assert assessed(gateway.on("2024-03-10"))["inside_benefit_period"]


def test_without_a_benefit_case_there_are_no_days_of_it():
    gateway = Gateway().on("2024-01-05")
    gateway.consented()
    benefits = [{"benefit": "forsorjningsstod", "extent": 1, "from": "2023-01-01"}]
    gateway.send(
        "referral.initiated",
        benefits=benefits,
        benefit_case_start=None,
        initiating_path="individual_application",
        application_at="2024-01-04",
        certificate_present=True,
    )
    told = assessed(gateway.on("2024-01-10"))
    assert "benefit_days" not in told
    assert told["inside_benefit_period"]


def test_a_list_of_parts_keeps_its_codes_and_dates():
    answer = Gateway().opened_case().send("meeting.assessment_completed")
    assert answer.fact["fields"]["meetings"] == [{"held_at": "2024-01-10", "channel": "fysiskt"}]
    gateway = Gateway()
    gateway.consented()
    done = [{"method": "sassam", "at": "2023-11-20"}, {"method": "fkr"}]
    answer = gateway.send("referral.initiated", investigations=done)
    assert answer.fact["fields"]["investigations"] == done


def test_demography_and_benefits_are_those_of_the_message_else_of_the_case():
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.initiated", sex="man", birth_year_month="1981-04", employment="anstalld")
    called = gateway.send("referral.called").fact
    assert (called["sex"], called["birth_year_month"]) == ("man", "1981-04")
    assert (called["benefits"], called["employment"]) == (["sjukpenning"], "anstalld")
    own = gateway.send("meeting.contact_held", sex="kvinna", employment="studerande").fact
    assert (own["sex"], own["employment"]) == ("kvinna", "studerande")
    offered = gateway.send("meeting.transition_offered", benefit="sjukersattning").fact
    assert offered["benefits"] == ["sjukersattning"]


def test_the_demography_registered_for_the_latest_day_counts():
    gateway = Gateway().on("2024-01-10")
    gateway.consented()
    gateway.send("status.benefit_decided", sex="man", day="2024-01-09")
    gateway.send("status.benefit_decided", sex="kvinna", day="2024-01-08")
    gateway.send("status.benefit_decided", sex=None, day="2024-01-10")
    assert gateway.send("status.enrolled").fact["sex"] == "man"


@pytest.mark.parametrize(
    ("day", "benefits"),
    [
        ("2024-01-01", ["sjukpenning"]),
        ("2024-02-15", ["aktivitetsstod", "sjukpenning"]),
        ("2024-03-15", ["aktivitetsstod"]),
        ("2025-01-01", ["aktivitetsstod", "sjukpenning"]),
    ],
)
def test_benefits_are_those_that_run_on_the_day_else_all_of_the_case(day: str, benefits: list[str]):
    """Overlaps are allowed (BR-38)."""
    gateway = Gateway().on("2024-01-01")
    gateway.consented()
    periods = [
        {"benefit": "sjukpenning", "extent": 1, "from": "2023-05-02", "to": "2024-02-29"},
        {"benefit": "aktivitetsstod", "extent": 1, "from": "2024-02-01", "to": "2024-12-31"},
    ]
    gateway.send("referral.initiated", benefits=periods)
    assert gateway.on(day).send("referral.answered").fact["benefits"] == benefits


def test_without_a_case_the_benefits_are_those_that_fk_has_decided():
    gateway = Gateway()
    gateway.send("status.benefit_decided", benefit="sjukersattning", decision="bevilja")
    gateway.send("status.benefit_decided", benefit="annan", decision="avslag")
    assert gateway.send("status.enrolled").fact["benefits"] == ["sjukersattning"]


def test_of_two_openings_of_a_round_the_first_by_event_day_tells_the_benefits():
    gateway = Gateway()
    gateway.consented()
    later = [{"benefit": "sjukersattning", "extent": 1, "from": "2020-01-01"}]
    gateway.send("referral.initiated", day="2024-01-10", benefits=later)
    gateway.send("referral.initiated", day="2024-01-09")
    assert gateway.send("referral.answered").fact["benefits"] == ["sjukpenning"]


def test_only_rule_numbers_are_flags():
    gateway = Gateway().on("2024-03-01").opened_case()
    gateway.send("plan.closed", day="2024-01-01", outcome="studies")
    answer = gateway.send("plan.set")
    assert answer.codes == ["case.closed"]
    assert answer.fact["flags"] == []


#: Statistical fields are codes, dates, numbers and yes or no; these are left out on purpose.
LEFT_OUT = {
    "person", "case_id", "round_no", "event_at", "unit", "region", "handler_role", "capture",
    "consent_ref", "sex", "birth_year_month", "employment", "benefits",
    "decision_state",  # says what the type says
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_field_that_a_fact_copies_is_one_of_the_message(name: str):
    """A misspelt name would be left out in silence."""
    assert set(FIELDS[name]) <= set(BY_NAME[name].model.model_fields)


def test_every_type_but_the_amendments_has_its_fact():
    amendments = {name for name in BY_NAME if name.endswith((".corrected", ".voided"))}
    assert set(FIELDS) == set(BY_NAME) - amendments
    assert set(FIELDS) == set(DEFAULTS)


def statistical(annotation: Any) -> bool:
    """Whether a field's values are codes, dates, numbers or yes and no, or lists of them."""
    if annotation in {int, float, bool, dt.date, dt.datetime, type(None)}:
        return True
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return True
    if origin is typing.Annotated:
        return statistical(typing.get_args(annotation)[0])
    if origin in {typing.Union, types.UnionType}:
        return all(statistical(part) for part in typing.get_args(annotation))
    return False


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_coded_or_dated_field_of_a_message_is_in_its_fact(name: str):
    model = BY_NAME[name].model
    wanted = {
        field
        for field, info in model.model_fields.items()
        if statistical(info.annotation) and field not in LEFT_OUT and field not in LINKS
    }
    assert wanted - set(FIELDS[name]) == set()
