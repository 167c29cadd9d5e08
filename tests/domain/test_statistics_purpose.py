"""The statistics purpose is asked for apart; without it a fact counts and links to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.keys import NO_PERSON_KEY
from tests.dsl import KEYS, Answer, Gateway

STATISTICS = "statistics_personal_data"
EXCHANGE_ONLY = [{"purpose": "information_exchange", "status": "given"}]


def is_anonymous(answer: Answer) -> bool:
    """No key, no case and no link; True or False never in part."""
    fact = answer.fact
    (out,) = [out for out in answer.records if out.topic == "followup.events"]
    links = [name for name in fact["fields"] if name.endswith("_key")]
    signs = {
        fact["unit_key"] is None,
        fact["unit_case"] is None,
        out.key == NO_PERSON_KEY.encode(),
    }
    assert len(signs) == 1, fact
    assert not links or signs == {False}
    return signs == {True}


def with_statistics(**said: Any) -> Gateway:
    gateway = Gateway()
    gateway.consented(**said)
    assert gateway.send("referral.initiated").status == "ACCEPTED"
    return gateway


def test_with_the_purpose_a_fact_carries_the_statistics_pseudonym_and_links():
    gateway = with_statistics()
    answer = gateway.send("meeting.assessment_completed")
    fact = answer.fact
    assert not is_anonymous(answer)
    assert fact["unit_key"] == KEYS.statistics_key(gateway.person)
    assert fact["unit_case"] == KEYS.statistics_pseudonym("case", "S-1")
    assert fact["fields"]["gk_key"] == KEYS.statistics_pseudonym("gk_key", "GK-1")
    assert KEYS.person_key(gateway.person) not in str(answer.facts)


@pytest.mark.parametrize("status", [None, "refused", "not_asked", "withdrawn"])
def test_without_the_purpose_the_message_passes_and_the_fact_is_anonymous(status: str | None):
    said = [] if status is None else [{"purpose": STATISTICS, "status": status}]
    gateway = with_statistics(purposes=EXCHANGE_ONLY + said, withdrawn_at="2024-01-10")
    answer = gateway.send("meeting.assessment_completed")
    assert answer.status == "ACCEPTED"
    assert is_anonymous(answer)
    assert answer.fact["sex"] == "kvinna"
    assert answer.fact["benefits"] == ["sjukpenning"]


def test_a_message_on_statute_counts_anonymously_when_no_consent_is_known():
    answer = Gateway().send("status.enrolled")
    assert (answer.status, is_anonymous(answer)) == ("ACCEPTED", True)


@pytest.mark.parametrize("purpose", [STATISTICS, "information_exchange"])
def test_a_withdrawal_of_either_purpose_ends_facts_with_a_key(purpose: str):
    gateway = with_statistics()
    withdrawal = gateway.later(days=1).consents("withdrawn", purpose)
    assert is_anonymous(withdrawal)
    assert is_anonymous(gateway.send("status.enrolled"))


def test_a_later_word_on_another_purpose_changes_nothing():
    gateway = with_statistics()
    gateway.later(days=1).consents("refused", "survey")
    assert not is_anonymous(gateway.send("status.enrolled"))


def test_a_later_refusal_ends_facts_with_a_key():
    gateway = with_statistics()
    gateway.later(days=1).consents("refused", STATISTICS)
    assert is_anonymous(gateway.send("status.enrolled"))


def test_consent_given_again_starts_facts_with_a_key_again():
    gateway = with_statistics()
    gateway.later(days=1).consents("withdrawn", STATISTICS)
    gateway.later(days=1).consents("given", STATISTICS, valid_from="2024-01-12")
    assert not is_anonymous(gateway.send("status.enrolled"))


def test_exchange_given_again_does_not_give_statistics_again():
    gateway = with_statistics()
    gateway.later(days=1).consents("withdrawn")
    gateway.later(days=1).consented(purposes=EXCHANGE_ONLY)
    assert is_anonymous(gateway.send("status.enrolled"))


def test_a_yes_from_before_a_no_does_not_count_by_arriving_late():
    gateway = Gateway().on("2024-06-20")
    gateway.consents("refused", STATISTICS)
    gateway.send("consent.recorded", "af", day="2024-06-10")
    assert is_anonymous(gateway.send("status.enrolled"))


@pytest.mark.parametrize(
    ("day", "anonymous"),
    [("2024-06-09", True), ("2024-06-10", False), ("2024-06-30", False), ("2024-07-01", True)],
)
def test_the_purpose_holds_on_its_days(day: str, anonymous: bool):
    gateway = Gateway().on("2024-06-01")
    gateway.send("consent.recorded", valid_from="2024-06-10", valid_to="2024-06-30")
    assert is_anonymous(gateway.on(day).send("status.enrolled")) is anonymous


def test_a_correction_after_the_withdrawal_is_anonymous():
    gateway = with_statistics()
    enrolled = gateway.send("status.enrolled")
    gateway.consents("withdrawn", STATISTICS)
    corrected = gateway.correct(enrolled, changes={"af_category": "i_program"})
    assert corrected.fact["revision"] == 2
    assert is_anonymous(corrected)
    assert is_anonymous(gateway.void(enrolled))


def test_a_refusal_is_counted_without_identity():
    answer = (
        Gateway()
        .on("2024-04-02")
        .send("consent.refusal_counted", event_at=None, region="stockholm")
    )
    assert answer.status == "ACCEPTED"
    assert is_anonymous(answer)
    fact = answer.fact
    assert (fact["sex"], fact["benefits"], fact["unit"]) == ("kvinna", ["sjukpenning"], "fk-0180")
    assert fact["fields"] == {"month": "2024-03", "benefit": "sjukpenning", "count": 2}
    assert fact["event_at"] == "2024-03-31"
    assert answer.deliveries[0].topic == "af.in.consent"


@pytest.mark.parametrize(
    ("day", "status"), [("2024-02-29", "REJECTED"), ("2024-03-01", "ACCEPTED")]
)
def test_refusals_are_counted_from_the_first_day_of_their_month_on(day: str, status: str):
    """The count so far of a month that is not over lies not in the future; the next month does."""
    answer = Gateway().on(day).send("consent.refusal_counted", event_at=None, month="2024-03")
    assert answer.status == status
    assert answer.codes == ([] if status == "ACCEPTED" else ["BR-37"])


def test_every_refusal_message_counts_and_none_touches_a_person():
    gateway = Gateway().on("2024-04-02")
    answers = [gateway.send("consent.refusal_counted", count=n) for n in (1, 2)]
    assert [answer.fact["fields"]["count"] for answer in answers] == [1, 2]
    assert gateway.state().entries == ()
