"""A consent given again after the other agency's withdrawal is flagged and told to it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dsl import Answer, Gateway

BOTH = ["information_exchange", "statistics_personal_data"]


def withdrawn(agency: str = "fk", *purposes: str, **data: Any) -> tuple[Gateway, Answer]:
    """A consent and its withdrawal a day later."""
    gateway = Gateway()
    gateway.send("consent.recorded")
    return gateway, gateway.later(days=1).consents("withdrawn", *purposes, agency=agency, **data)


@pytest.mark.parametrize(("by", "again"), [("fk", "af"), ("af", "fk")])
def test_the_agency_that_recorded_the_withdrawal_is_told_of_the_new_consent(by: str, again: str):
    gateway, withdrawal = withdrawn(by)
    answer = gateway.later(days=1).send("consent.recorded", again)
    assert (answer.status, answer.codes) == ("ACCEPTED_WITH_WARNING", ["consent.reopened"])
    assert answer.details["consent.reopened"] == ("warning", "data.purposes")
    assert answer.told("consent_reopened") == [by]
    notice = answer.notice("consent_reopened", by)
    families = notice.pop("families")
    assert notice == {
        "case_id": "S-1",
        "consent": answer.message_id,
        "withdrawal": withdrawal.message_id,
        "purposes": BOTH,
    }
    assert families == gateway.sent[answer.message_id][1]["data"]["families"]
    assert gateway.send("referral.initiated").status == "ACCEPTED"


@pytest.mark.parametrize("agency", ["fk", "af"])
def test_the_agencys_own_withdrawal_may_be_answered_without_a_word(agency: str):
    gateway, _ = withdrawn(agency)
    answer = gateway.later(days=1).send("consent.recorded", agency)
    assert (answer.status, answer.notices) == ("ACCEPTED", [])


def test_a_consent_given_again_twice_is_told_once():
    gateway, _ = withdrawn("fk")
    gateway.later(days=1).send("consent.recorded", "af")
    assert gateway.later(days=1).send("consent.recorded", "af").status == "ACCEPTED"


def test_of_two_withdrawals_that_of_the_other_agency_is_told():
    gateway, first = withdrawn("fk")
    gateway.later(days=1).consents("withdrawn", agency="af")
    answer = gateway.later(days=1).send("consent.recorded", "af")
    assert answer.notice("consent_reopened", "fk")["withdrawal"] == first.message_id


def test_what_the_agency_itself_gave_again_is_not_told_later():
    gateway, _ = withdrawn("fk")
    gateway.later(days=1).send("consent.recorded", "fk")
    gateway.later(days=1).consents("withdrawn", agency="af")
    assert gateway.later(days=1).send("consent.recorded", "af").status == "ACCEPTED"


def test_a_consent_of_an_earlier_day_than_the_withdrawal_reopens_nothing():
    gateway, _ = withdrawn("fk")
    answer = gateway.later(days=1).send("consent.recorded", "af", day="2024-01-10")
    assert answer.status == "ACCEPTED"
    assert gateway.send("referral.initiated").codes == ["consent.withdrawn"]
    again = gateway.send("consent.recorded", "af")
    assert again.codes == ["consent.reopened"]


def test_a_withdrawal_that_comes_after_the_consent_ends_it_and_was_not_reopened():
    gateway = Gateway()
    assert gateway.send("consent.recorded", "af").status == "ACCEPTED"
    assert gateway.later(days=1).consents("withdrawn", agency="fk").status == "ACCEPTED"


@pytest.mark.parametrize("status", ["refused", "not_asked"])
def test_only_what_is_given_reopens(status: str):
    gateway, _ = withdrawn("fk")
    answer = gateway.later(days=1).consents(status, agency="af")
    assert answer.status == "ACCEPTED"


def test_only_the_purposes_and_families_that_were_withdrawn_are_told():
    gateway, _ = withdrawn("fk", families=["plan", "sgi"])
    given = [{"purpose": "survey", "status": "given"}]
    assert gateway.send("consent.recorded", "af", purposes=given).status == "ACCEPTED"
    assert gateway.send("consent.recorded", "af", families=["referral"]).status == "ACCEPTED"
    answer = gateway.send("consent.recorded", "af", families=["referral", "sgi"])
    assert answer.notice("consent_reopened", "fk")["families"] == ["sgi"]


def test_statistics_given_again_answer_a_withdrawal_of_the_exchange():
    """A withdrawal of the exchange ends the statistics too, so this opens them again."""
    gateway, _ = withdrawn("fk")
    given = [{"purpose": "statistics_personal_data", "status": "given"}]
    answer = gateway.later(days=1).send("consent.recorded", "af", purposes=given)
    assert answer.notice("consent_reopened", "fk")["purposes"] == ["statistics_personal_data"]


def test_a_withdrawal_that_is_void_is_not_reopened():
    gateway, withdrawal = withdrawn("fk")
    gateway.void(withdrawal)
    assert gateway.later(days=1).send("consent.recorded", "af").status == "ACCEPTED"


def test_a_withdrawal_that_is_corrected_to_a_no_is_not_reopened():
    gateway, withdrawal = withdrawn("fk")
    said = [{"purpose": "information_exchange", "status": "refused"}]
    gateway.correct(withdrawal, changes={"purposes": said, "withdrawn_at": None})
    assert gateway.later(days=1).send("consent.recorded", "af").status == "ACCEPTED"


def test_a_correction_that_gives_the_consent_again_is_flagged_and_told():
    gateway, withdrawal = withdrawn("fk")
    refused = [{"purpose": "information_exchange", "status": "refused"}]
    no = gateway.later(days=1).send("consent.recorded", "af", purposes=refused, valid_from=None)
    given = [{"purpose": "information_exchange", "status": "given"}]
    yes = {"purposes": given, "valid_from": "2024-01-12"}
    answer = gateway.correct(no, changes=yes)
    assert answer.codes == ["consent.reopened"]
    notice = answer.notice("consent_reopened", "fk")
    assert (notice["consent"], notice["withdrawal"]) == (answer.message_id, withdrawal.message_id)


def test_a_correction_of_a_consent_that_reopened_is_told_for_what_is_new_only():
    gateway, _ = withdrawn("fk")
    again = gateway.later(days=1).send("consent.recorded", "af", families=["plan"])
    same = gateway.correct(again, changes={"valid_to": "2025-01-01"})
    assert (same.codes, same.told("consent_reopened")) == (["consent.reopened"], [])
    more = gateway.correct(again, changes={"families": ["plan", "sgi"]})
    assert more.told("consent_reopened") == ["fk"]


def test_a_correction_of_a_consent_from_before_the_withdrawal_reopens_nothing():
    gateway = Gateway()
    first = gateway.send("consent.recorded", "af")
    gateway.later(days=1).consents("withdrawn", agency="fk")
    assert gateway.correct(first, changes={"valid_to": "2025-01-01"}).status == "ACCEPTED"


@pytest.mark.parametrize(("agency", "asked_by"), [("fk", "af"), ("af", "fk")])
@pytest.mark.parametrize("status", ["given", "withdrawn", "refused"])
def test_an_agency_records_only_what_it_has_asked_for_itself(
    agency: str, asked_by: str, status: str
):
    gateway = Gateway()
    days = {"valid_from": "2024-01-10"} if status == "given" else {"valid_from": None}
    answer = gateway.consents(status, agency=agency, asked_by=asked_by, **days)
    assert (answer.status, answer.codes) == ("REJECTED", ["BR-43"])
    assert answer.details["BR-43"] == ("error", "data.asked_by")
    assert "asked_by" in answer.receipt["reasons"][0]["text_en"]
    assert gateway.consents(status, agency=agency, **days).status == "ACCEPTED"


def test_a_correction_may_not_name_the_other_agency_either():
    gateway = Gateway()
    consent = gateway.send("consent.recorded")
    answer = gateway.correct(consent, changes={"asked_by": "af"})
    assert answer.codes == ["BR-43"]
