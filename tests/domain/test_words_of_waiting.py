"""What a receipt says about a wait, to the word: what is missing, where, and how the wait ended.

Mutants of the core could change these unseen (docs/mutation.md); a case officer reads them.
"""

from __future__ import annotations

from typing import Any

import pytest

from schemas.reasons import Finding, render
from tests.dsl import Answer, Gateway


def consented(**data: Any) -> Gateway:
    gateway = Gateway()
    gateway.consented(**data)
    return gateway


def reasons(answer: Answer, message_id: str | None = None) -> list[Any]:
    """The reasons in the receipt of a message, by default of the one just sent."""
    wanted = message_id or answer.message_id
    (found,) = (r["reasons"] for r in answer.receipts if r["message_id"] == wanted)
    return list(found)


@pytest.mark.parametrize(
    ("name", "path", "what"),
    [
        ("referral.called", "data.case_id", "case"),
        ("plan.intervention_started", "data.insats_id", "intervention"),
        ("sgi.enrolment_answered", "data.sgi_case_id", "sgi_case"),
    ],
)
def test_it_is_said_in_words_what_a_message_waits_for(name: str, path: str, what: str):
    gateway = consented()
    if what == "intervention":
        gateway.send("referral.initiated")
    assert reasons(gateway.send(name)) == [
        render(Finding("case.awaited", "hold", path, what)),
    ]


def test_an_answer_waits_for_its_own_sgi_case_also_when_another_is_open():
    gateway = consented()
    assert gateway.send("sgi.opened", sgi_case_id="G-1").status == "ACCEPTED"
    assert gateway.send("sgi.enrolment_answered", sgi_case_id="G-2").status == "HELD"


def test_it_is_said_where_the_consent_is_named_that_a_message_waits_for():
    gateway = Gateway()
    gateway.consent = gateway.event("consent.recorded")["id"]
    assert reasons(gateway.send("referral.initiated")) == [
        render(Finding("consent.awaited", "hold", "data.consent_ref")),
    ]


def test_it_is_said_that_a_consent_is_not_valid_yet():
    gateway = consented(valid_from="2024-02-01")
    assert reasons(gateway.send("referral.initiated")) == [
        render(Finding("consent.missing", "error", "data.consent_ref", "not_yet_valid")),
    ]


def test_a_consent_that_is_not_named_is_named_in_the_receipt():
    gateway = consented()
    consent = gateway.consent
    gateway.consent = None
    answer = gateway.send("referral.initiated")
    assert answer.receipt["ground"] == {"kind": "consent", "reference": consent}


def test_it_is_said_where_the_consent_stood_that_was_withdrawn_in_the_meantime():
    gateway = consented()
    held = gateway.send("referral.called")
    ended = gateway.later(days=1).consents("withdrawn")
    assert ended.released == [(held.message_id, "WITHHELD")]
    assert reasons(ended, held.message_id) == [
        render(Finding("consent.withdrawn", "error", "data.consent_ref")),
    ]


def test_it_is_said_where_that_stood_for_which_a_message_waited_in_vain():
    gateway = consented()
    held = gateway.send("sgi.enrolment_answered")
    ended = gateway.later(days=14).tick()
    assert ended.released == [(held.message_id, "ACCEPTED_WITH_WARNING")]
    found = reasons(ended, held.message_id)
    assert render(Finding("hold.expired", "warning", "data.sgi_case_id")) in found


def test_a_fact_says_the_sex_and_the_month_of_birth_of_its_own_message():
    """Another message may say otherwise; each is told as it was said."""
    gateway = consented()
    first = gateway.send("referral.initiated", sex="kvinna", birth_year_month="1981-04")
    later = gateway.later(days=1)
    second = later.send("status.benefit_decided", sex="man", birth_year_month="1981-05")
    third = later.send("status.benefit_decided", sex="kvinna", birth_year_month="1981-04")
    said = [(a.facts[0]["sex"], a.facts[0]["birth_year_month"]) for a in (first, second, third)]
    assert said == [("kvinna", "1981-04"), ("man", "1981-05"), ("kvinna", "1981-04")]


def test_what_waits_for_two_things_is_told_both_again_when_it_is_sent_again():
    gateway = Gateway()
    gateway.consent = gateway.event("consent.recorded")["id"]
    held = gateway.send("referral.called")
    assert [reason["code"] for reason in reasons(held)] == ["consent.awaited", "case.awaited"]
    again = gateway.later(hours=1).again(held)
    assert again.duplicate
    assert again.receipt_bytes == held.receipt_bytes
