"""Rules on closing and SGI answers: BR-22, 23, 30, 34, 46."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dsl import Answer, Gateway

LAST = "2024-03-01"


def closing(day: str, agency: str = "fk", **data: Any) -> Answer:
    return Gateway().on(day).opened_case().send("plan.closed", agency, **data)


# -- BR-30: an outcome


@pytest.mark.parametrize(
    ("day", "outcome", "severity"),
    [
        ("2024-01-01", None, "error"),
        ("2023-12-31", None, "warning"),
        ("2024-01-01", "ingen_uppgift", "warning"),
        ("2024-01-01", "registrering_saknas", "warning"),
        ("2023-12-31", "ingen_uppgift", None),
        ("2023-12-31", "registrering_saknas", None),
        ("2024-01-01", "kvar_sp", None),
    ],
)
def test_from_2024_a_closing_needs_an_outcome(day: str, outcome: str | None, severity: str | None):
    """Acceptance check 7."""
    answer = closing(day, outcome=outcome)
    assert answer.details == ({} if severity is None else {"BR-30": (severity, "data.outcome")})
    assert answer.status == (
        "REJECTED" if severity == "error" else "ACCEPTED_WITH_WARNING" if severity else "ACCEPTED"
    )


def test_a_late_registration_of_a_closing_is_judged_by_its_day():
    gateway = Gateway().on("2024-01-10").opened_case()
    answer = gateway.send("plan.closed", day="2023-12-31", outcome=None)
    assert answer.status == "ACCEPTED_WITH_WARNING"


# -- BR-34: both agencies' outcomes


@pytest.mark.parametrize(
    ("second", "outcome", "disputed"),
    [("af", "studies", False), ("af", "program", True), ("fk", "program", False)],
)
def test_the_agencies_outcomes_agree_or_are_disputed(second: str, outcome: str, disputed: bool):
    gateway = Gateway().on("2024-03-01").opened_case()
    gateway.send("plan.closed", "fk", outcome="studies")
    answer = gateway.send("plan.closed", second, outcome=outcome)
    assert answer.details == ({"BR-34": ("warning", "data.outcome")} if disputed else {})
    assert bool(answer.told("closing_disputed")) is disputed
    assert "confirms" in answer.fact["fields"]


@pytest.mark.parametrize(
    ("agreed", "disputed"),
    [("both_agree", False), ("af_disputes", True), ("fk_disputes", True), (None, False)],
)
def test_a_closing_may_itself_say_that_it_is_disputed(agreed: str | None, disputed: bool):
    assert closing("2024-03-01", agreed=agreed).codes == (["BR-34"] if disputed else [])


# -- BR-46: extent before and after

PART = {"benefit": "sjukpenning", "extent": 0.5, "from": "2024-01-01"}


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({"left_extent": None}, ["data.left_extent"]),
        ({"left_extent": "helt"}, []),
        ({"left_extent": "delvis"}, ["data.benefits_before", "data.benefits_after"]),
        ({"left_extent": "delvis", "benefits_before": [PART]}, ["data.benefits_after"]),
        ({"left_extent": "delvis", "benefits_before": [PART], "benefits_after": [PART]}, []),
        ({"left_extent": None, "outcome": "kvar_sp"}, []),
    ],
)
def test_leaving_in_part_tells_how_much(data: dict[str, Any], paths: list[str]):
    answer = closing("2024-01-01", **data)
    assert [r["path"] for r in answer.receipt["reasons"]] == paths
    assert {r["code"] for r in answer.receipt["reasons"]} <= {"BR-46"}
    assert closing("2023-12-31", **data).codes == []


# -- BR-22, BR-23: the answer on SGI


def answered(day: str, last: str = LAST, **data: Any) -> Answer:
    gateway = Gateway().on(min(day, last))
    gateway.consented()
    gateway.send("sgi.opened", last_day_with_sp=last, insured_time={"percent": 75})
    whole = {"active_seeking": {"value": True}, "willing_extent_percent": 75}
    return gateway.on(day).send("sgi.enrolment_answered", **{**whole, **data})


@pytest.mark.parametrize(
    ("enrolled", "codes"),
    [("2024-01-15", []), ("2024-03-26", []), ("2024-03-27", ["BR-22"])],
)
def test_enrolment_is_in_time_up_to_25_days_after_the_last_day(enrolled: str, codes: list[str]):
    """Acceptance check 5: late is flagged, never refused."""
    answer = answered("2024-03-28", enrolled_at=enrolled)
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-22"] == ("warning", "data.enrolled_at")


def test_without_a_last_day_nothing_is_late():
    gateway = Gateway().on("2024-03-28")
    gateway.consented()
    gateway.send("sgi.opened", has_sgi=False, last_day_with_sp=None)
    assert "BR-22" not in gateway.send("sgi.enrolment_answered").codes


def test_an_answer_whose_case_was_never_opened_is_not_late():
    gateway = Gateway().on("2024-03-28")
    gateway.consented()
    gateway.send("sgi.enrolment_answered")
    (receipt,) = gateway.later(days=14).tick().receipts
    assert {r["code"] for r in receipt["reasons"]} == {"hold.expired", "BR-23"}


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({}, []),
        ({"willing_extent_percent": 100}, []),
        ({"willing_extent_percent": 74.9}, ["data.willing_extent_percent"]),
        ({"willing_extent_percent": None}, ["data.willing_extent_percent"]),
        ({"active_seeking": {"value": False}}, ["data.active_seeking"]),
        ({"active_seeking": None}, ["data.active_seeking"]),
    ],
)
def test_from_2024_the_protection_needs_seeking_and_will(data: dict[str, Any], paths: list[str]):
    answer = answered("2024-03-05", **data)
    assert [(r["code"], r["path"]) for r in answer.receipt["reasons"]] == [
        ("BR-23", path) for path in paths
    ]
    assert answered("2023-12-31", last="2023-12-20", **data).codes == []
