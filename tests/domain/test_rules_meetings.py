"""Rules on contact and transition meetings: BR-14 to BR-17, BR-21."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dsl import Gateway

SP = "sjukpenning"
AE = "aktivitetsersattning_nedsatt_arbetsformaga"
SUPPORT = {"enrol_support_offered": True}


def consented(day: str) -> Gateway:
    gateway = Gateway().on(day)
    gateway.consented()
    return gateway


def granted(gateway: Gateway, benefit: str) -> None:
    gateway.send("status.benefit_decided", benefit=benefit, birth_year_month="2000-01")


# -- BR-15: the form follows the date


@pytest.mark.parametrize(
    ("day", "form", "right"),
    [
        ("2018-05-31", "overlamningsmote", True),
        ("2018-05-31", "omstallningsmote", False),
        ("2018-06-01", "overlamningsmote", False),
        ("2018-06-01", "omstallningsmote", True),
    ],
)
@pytest.mark.parametrize("name", ["meeting.transition_offered", "meeting.transition_held"])
def test_the_form_of_a_transition_meeting_follows_its_date(
    day: str, form: str, right: bool, name: str
):
    gateway = consented(day)
    answer = gateway.send(name, meeting_form=form)
    assert answer.details == ({} if right else {"BR-15": ("error", "data.meeting_form")})
    migrated = gateway.send(name, meeting_form=form, capture="migrated")
    assert migrated.details == ({} if right else {"BR-15": ("warning", "data.meeting_form")})


def test_the_date_is_that_of_the_meeting_not_of_the_message():
    gateway = consented("2018-06-01")
    old = {"meeting_form": "overlamningsmote", "held_at": "2018-05-31"}
    assert gateway.send("meeting.transition_held", **old).status == "ACCEPTED"


# -- BR-14: contact meetings


@pytest.mark.parametrize(
    ("day", "chain_day", "codes"),
    [
        ("2024-01-10", 90, ["BR-14"]),
        ("2024-01-10", 91, []),
        ("2024-01-10", 180, []),
        ("2024-01-10", 181, ["BR-14"]),
        ("2019-12-31", 89, ["BR-14"]),
        ("2019-12-31", 90, []),
        ("2020-01-01", 90, ["BR-14"]),
        ("2017-06-01", 90, []),
    ],
)
def test_a_contact_meeting_is_offered_from_day_91_to_180(
    day: str, chain_day: int, codes: list[str]
):
    answer = consented(day).send(
        "meeting.contact_offered", rehab_chain_day=chain_day, no_reduced_ability_normal_work=True
    )
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-14"] == ("warning", "data.rehab_chain_day")


def test_a_contact_meeting_that_was_held_is_judged_by_its_chain_day_if_told():
    gateway = consented("2024-01-10")
    assert gateway.send("meeting.contact_held", rehab_chain_day=200).codes == ["BR-14"]
    assert gateway.send("meeting.contact_held", meeting_id="K-2").codes == []


@pytest.mark.parametrize(("has", "codes"), [(False, ["BR-14"]), (True, []), (None, [])])
@pytest.mark.parametrize("name", ["meeting.contact_offered", "meeting.contact_held"])
def test_a_contact_meeting_is_for_somebody_with_an_employer(
    has: bool | None, codes: list[str], name: str
):
    answer = consented("2024-01-10").send(name, has_employer=has)
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-14"] == ("warning", "data.has_employer")


def test_a_contact_meeting_is_not_offered_to_somebody_known_to_be_without_sickness_benefit():
    gateway = consented("2024-01-10")
    assert gateway.send("meeting.contact_offered").status == "ACCEPTED"
    granted(gateway, AE)
    offered = gateway.send("meeting.contact_offered")
    assert offered.details == {"BR-14": ("error", "data.meeting_id")}
    held = gateway.send("meeting.contact_held")
    assert held.details == {"BR-14": ("warning", "data.meeting_id")}
    granted(gateway, SP)
    assert gateway.send("meeting.contact_offered").status == "ACCEPTED"


@pytest.mark.parametrize(
    ("day", "asked"),
    [("2017-12-31", False), ("2018-01-01", True), ("2019-12-31", True), ("2020-01-01", False)],
)
def test_in_2018_and_2019_the_ability_for_normal_work_was_asked_for(day: str, asked: bool):
    gateway = consented(day)
    answer = gateway.send("meeting.contact_offered")
    path = "data.no_reduced_ability_normal_work"
    assert answer.details == ({"BR-14": ("warning", path)} if asked else {})
    told = gateway.send("meeting.contact_offered", no_reduced_ability_normal_work=False)
    assert told.codes == []


# -- BR-16: the order of offer, meeting and decision


def told(name: str, day: str, benefit: str, refused: str | None, when: str) -> dict[str, Any]:
    """Reasons for a message about a meeting, given the day of the refusal."""
    gateway = consented(day)
    dates = {"offered_at" if name.endswith("offered") else "held_at": when}
    form = "omstallningsmote" if when >= "2018-06-01" else "overlamningsmote"
    answer = gateway.send(
        name,
        benefit=benefit,
        refusal_decided_at=refused,
        meeting_form=form,
        birth_year_month="1996-01" if benefit == AE else None,
        **SUPPORT if name.endswith("held") else {},
        **dates,
    )
    return answer.details


AFTER_DECISION = {"BR-16": ("warning", "data.offered_at")}
WRONG = {"BR-16": ("warning", "data.held_at")}


@pytest.mark.parametrize("benefit", [SP, AE, "sjukersattning"])
@pytest.mark.parametrize(
    ("offered", "expected"), [("2024-01-05", {}), ("2024-01-06", AFTER_DECISION)]
)
def test_a_meeting_is_offered_before_the_decision(
    benefit: str, offered: str, expected: dict[str, Any]
):
    name = "meeting.transition_offered"
    assert told(name, "2024-01-10", benefit, "2024-01-05", offered) == expected
    assert told(name, "2024-01-10", benefit, None, offered) == {}


@pytest.mark.parametrize(
    ("benefit", "refused", "held", "expected"),
    [
        (SP, "2024-01-05", "2024-01-05", {}),
        (SP, "2024-01-05", "2024-01-06", WRONG),
        (SP, None, "2024-01-06", {}),
        (AE, "2024-01-05", "2024-01-05", {}),
        (AE, "2024-01-05", "2024-01-04", WRONG),
        (AE, None, "2024-01-04", WRONG),
        ("sjukersattning", "2024-01-05", "2024-01-04", WRONG),
    ],
)
def test_with_sp_the_meeting_is_held_before_the_decision_else_after_it(
    benefit: str, refused: str | None, held: str, expected: dict[str, Any]
):
    """Acceptance check 4: warned, and counted all the same."""
    name = "meeting.transition_held"
    assert told(name, "2024-01-10", benefit, refused, held) == expected


@pytest.mark.parametrize(
    ("name", "when", "benefit", "expected"),
    [
        ("meeting.transition_offered", "2018-05-30", SP, {}),
        ("meeting.transition_held", "2018-05-30", SP, {}),
        ("meeting.transition_offered", "2018-05-30", AE, AFTER_DECISION),
    ],
)
def test_before_june_2018_the_order_held_only_for_ae_and_se(
    name: str, when: str, benefit: str, expected: dict[str, Any]
):
    assert told(name, "2018-05-31", benefit, "2018-05-20", when) == expected


def test_the_decision_may_be_known_from_fks_own_message():
    gateway = consented("2024-01-10")
    refusal = {"decision": "avslag", "decided_at": "2024-01-05", "birth_year_month": "2000-01"}
    gateway.send("status.benefit_decided", benefit=SP, case_id="S-2", **refusal)
    gateway.send("status.benefit_decided", benefit="sjukersattning", **refusal)
    gateway.send("status.benefit_decided", benefit=SP, decision="minska", decided_at="2024-01-01")
    held = {"held_at": "2024-01-08", **SUPPORT}
    assert gateway.send("meeting.transition_held", **held).codes == []
    gateway.send("status.benefit_decided", benefit=SP, **refusal)
    assert gateway.send("meeting.transition_held", **held).codes == ["BR-16"]


# -- BR-17, BR-21


@pytest.mark.parametrize(
    ("day", "benefit", "first", "codes"),
    [
        ("2024-01-01", SP, True, ["BR-17"]),
        ("2023-12-31", SP, True, []),
        ("2024-01-01", SP, False, []),
        ("2024-01-01", SP, None, []),
        ("2024-01-01", "sjukersattning", True, []),
    ],
)
def test_no_meeting_is_offered_on_a_first_application(
    day: str, benefit: str, first: bool | None, codes: list[str]
):
    answer = consented(day).send(
        "meeting.transition_offered", benefit=benefit, first_application=first
    )
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-17"] == ("warning", "data.first_application")


@pytest.mark.parametrize(
    ("day", "offered", "codes"),
    [
        ("2024-01-01", None, ["BR-21"]),
        ("2024-01-01", False, ["BR-21"]),
        ("2024-01-01", True, []),
        ("2023-12-31", None, []),
    ],
)
def test_af_offers_support_to_enrol_to_all_who_take_part(
    day: str, offered: bool | None, codes: list[str]
):
    answer = consented(day).send("meeting.transition_held", enrol_support_offered=offered)
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-21"] == ("warning", "data.enrol_support_offered")
