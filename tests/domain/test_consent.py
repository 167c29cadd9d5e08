"""Consent decides what may pass, and the receipt names it (contract section 6)."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from tests.dsl import Answer, Gateway

UNSEEN = str(uuid5(NAMESPACE_URL, "a consent that nobody has sent"))
NEEDING_CONSENT = ("referral.initiated", "meeting.contact_offered", "sgi.opened")


def refused_for(answer: Answer, code: str) -> None:
    """Refused for one reason about consent, and no body is left anywhere."""
    assert (answer.status, answer.codes) == ("REJECTED", [code])
    assert answer.details[code] == ("error", "data.consent_ref")
    assert answer.receipt["ground"] is None
    assert answer.deliveries == answer.facts == []
    assert [fact["fields"]["codes"] for fact in answer.quality] == [[code]]


@pytest.mark.parametrize("name", NEEDING_CONSENT)
def test_a_given_consent_lets_a_message_pass_and_is_named(name: str):
    gateway = Gateway()
    consent = gateway.consented()
    answer = gateway.send(name)
    assert answer.status == "ACCEPTED"
    assert answer.receipt["ground"] == {"kind": "consent", "reference": consent}
    headers = dict(answer.deliveries[0].headers)
    assert headers["gw-ground"] == f"consent:{consent}".encode()


@pytest.mark.parametrize("name", NEEDING_CONSENT)
def test_without_any_consent_a_message_is_refused_at_once(name: str):
    refused_for(Gateway().send(name), "consent.missing")


def test_consent_itself_needs_no_ground():
    answer = Gateway().send("consent.recorded")
    assert answer.receipt["ground"] == {"kind": "none", "reference": None}
    assert answer.deliveries[0].topic == "af.in.consent"


def test_status_passes_on_statute_whatever_the_person_says_of_consent():
    gateway = Gateway()
    gateway.consents("refused")
    answer = gateway.send("status.benefit_decided", sex="kvinna", birth_year_month="1981-04")
    assert answer.status == "ACCEPTED"
    assert answer.receipt["ground"]["kind"] == "statute"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("refused", "consent.refused"),
        ("withdrawn", "consent.withdrawn"),
        ("not_asked", "consent.missing"),
        ("not_required", "consent.missing"),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_consent_that_is_not_given_carries_nothing(said: str, code: str, named: bool):
    """`not_required` is for the agreement to say, not for a message."""
    gateway = Gateway()
    answer = gateway.consents(said)
    assert answer.status == "ACCEPTED"
    gateway.consent = answer.message_id if named else None
    refused_for(gateway.send("referral.initiated"), code)


def test_a_consent_is_valid_on_its_last_day_and_expired_at_the_next_swedish_midnight():
    gateway = Gateway().on("2024-06-01")
    gateway.consented(valid_to="2024-06-30")
    gateway.send("referral.initiated")
    assert gateway.on("2024-06-30T23:59:59").send("referral.called").status == "ACCEPTED"
    refused_for(gateway.on("2024-07-01T00:00").send("referral.called"), "consent.expired")


def test_a_consent_is_valid_from_its_first_swedish_day():
    gateway = Gateway().on("2024-06-01")
    gateway.consented(valid_from="2024-06-10", event_at="2024-06-01")
    early = gateway.on("2024-06-09T23:59:59").send("referral.initiated", day="2024-06-09")
    refused_for(early, "consent.missing")
    assert gateway.on("2024-06-10T00:00").send("referral.initiated").status == "ACCEPTED"


def test_a_consent_is_judged_on_the_day_of_the_decision_not_of_the_event():
    gateway = Gateway().on("2024-06-01")
    gateway.consented(valid_to="2024-06-30")
    late = gateway.on("2024-07-02").send("referral.initiated", day="2024-06-20")
    refused_for(late, "consent.expired")


@pytest.mark.parametrize(
    "scope",
    [
        {"families": ["meeting"]},
        {"parties": ["fk"]},
        {"purposes": [{"purpose": "survey", "status": "given"}]},
    ],
    ids=lambda scope: next(iter(scope)),
)
@pytest.mark.parametrize("named", [True, False])
def test_a_consent_carries_only_what_it_covers(scope: dict[str, Any], named: bool):
    gateway = Gateway()
    gateway.consented(**scope)
    code = "consent.out_of_scope"
    if not named:
        gateway.consent = None
        if "purposes" in scope:
            code = "consent.missing"  # nothing was said of exchanging information
    refused_for(gateway.send("referral.initiated"), code)


def test_a_message_waits_for_the_consent_it_names():
    gateway = Gateway()
    consent = gateway.event("consent.recorded")
    gateway.consent = consent["id"]
    held = gateway.send("referral.initiated")
    assert (held.status, held.codes) == ("HELD", ["consent.awaited"])
    assert held.deliveries == held.facts == []
    came = gateway.later(days=2).put("fk.out.consent", consent)
    assert came.released == [(held.message_id, "ACCEPTED")]
    assert [out.topic for out in came.deliveries] == ["af.in.consent", "af.in.referral"]


def test_a_message_that_waits_for_a_refusal_is_refused_when_it_comes():
    gateway = Gateway()
    consent = gateway.event(
        "consent.recorded", purposes=[{"purpose": "information_exchange", "status": "refused"}]
    )
    gateway.consent = consent["id"]
    held = gateway.send("referral.initiated")
    came = gateway.put("fk.out.consent", consent)
    assert came.released == [(held.message_id, "REJECTED")]
    assert b"consent.refused" in came.receipt_of(held.message_id)


def test_an_unseen_consent_is_awaited_also_where_statute_would_do():
    """Only the consent can tell whether the fact may carry a person key."""
    held = Gateway(consent=UNSEEN).send("status.enrolled")
    assert (held.status, held.codes) == ("HELD", ["consent.awaited"])


def test_a_named_consent_counts_even_if_a_newer_one_says_less():
    gateway = Gateway()
    first = gateway.consented()
    gateway.later(days=1).consented(families=["meeting"])
    gateway.consent = first
    assert gateway.send("referral.initiated").receipt["ground"]["reference"] == first


def test_with_none_named_the_newest_consent_that_covers_the_message_is_taken():
    gateway = Gateway()
    gateway.consented()
    wide = gateway.later(days=1).consented()
    gateway.later(days=1).consented(families=["meeting"])
    gateway.consent = None
    assert gateway.send("referral.initiated").receipt["ground"]["reference"] == wide


def test_with_none_named_the_reason_is_that_of_the_newest_that_speaks_of_the_message():
    gateway = Gateway().on("2024-06-01")
    gateway.consented(valid_to="2024-06-05")
    gateway.later(days=1).consented(families=["meeting"])
    gateway.consent = None
    refused_for(gateway.on("2024-06-10").send("referral.initiated"), "consent.expired")


def test_a_later_refusal_ends_an_earlier_consent():
    """The latest word counts, whatever consent a message names."""
    gateway = Gateway()
    gateway.consented()
    gateway.later(days=1).consents("refused")
    refused_for(gateway.send("referral.initiated"), "consent.refused")
    gateway.consent = None
    refused_for(gateway.send("referral.initiated"), "consent.refused")


def test_a_refusal_that_comes_late_does_not_end_a_consent_given_after_it():
    gateway = Gateway().on("2024-06-20")
    gateway.consented()
    gateway.consents("refused", day="2024-06-10", agency="af")
    assert gateway.send("referral.initiated").status == "ACCEPTED"


def test_a_refusal_for_one_family_leaves_the_others():
    gateway = Gateway()
    gateway.consented()
    gateway.later(days=1).consents("refused", families=["sgi"])
    refused_for(gateway.send("sgi.opened"), "consent.refused")
    assert gateway.send("referral.initiated").status == "ACCEPTED"


def test_a_voided_consent_is_not_awaited_but_missing():
    gateway = Gateway()
    consent = gateway.send("consent.recorded")
    gateway.consent = consent.message_id
    gateway.void(consent)
    refused_for(gateway.send("referral.initiated"), "consent.missing")


def test_a_corrected_consent_counts_as_corrected():
    gateway = Gateway()
    consent = gateway.send("consent.recorded", families=["meeting"])
    gateway.consent = consent.message_id
    refused_for(gateway.send("referral.initiated"), "consent.out_of_scope")
    gateway.correct(consent, changes={"families": ["meeting", "referral"]})
    assert gateway.send("referral.initiated").status == "ACCEPTED"


def test_problems_of_consent_and_of_rules_are_told_together():
    answer = Gateway().send("plan.closed", outcome=None)
    assert answer.codes == ["consent.missing", "BR-30"]
