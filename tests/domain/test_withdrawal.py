"""A withdrawal takes effect at once: nothing more is let through, and what was is recalled."""

from __future__ import annotations

import pytest

from tests.dsl import Answer, Gateway

ALL = ["referral", "plan", "meeting", "sgi"]


def recalled(answer: Answer, agency: str) -> list[str]:
    return [m["message_id"] for m in answer.notice("consent_withdrawn", agency)["delivered"]]


def test_after_a_withdrawal_nothing_passes_on_the_consent():
    gateway = Gateway().opened_case()
    assert gateway.later(days=1).consents("withdrawn").status == "ACCEPTED"
    for consent in (gateway.consent, None):
        gateway.consent = consent
        answer = gateway.send("referral.called")
        assert (answer.status, answer.codes) == ("REJECTED", ["consent.withdrawn"])


def test_each_receiver_is_told_what_it_got_on_the_consent():
    gateway = Gateway()
    consent = gateway.consented()
    opened = gateway.send("referral.initiated")
    answered = gateway.send("referral.answered", "af")
    gateway.send("status.enrolled")
    gateway.send("plan.closed", outcome=None)
    withdrawal = gateway.later(days=1).consents("withdrawn")
    assert withdrawal.notice("consent_withdrawn", "af") == {
        "case_id": "S-1",
        "withdrawal": withdrawal.message_id,
        "families": ALL,
        "purposes": ["information_exchange"],
        "delivered": [
            {
                "message_id": opened.message_id,
                "message_type": "se.samverkan.referral.initiated.v1",
                "consent": consent,
            }
        ],
    }
    assert recalled(withdrawal, "fk") == [answered.message_id]


def test_nobody_is_told_of_a_withdrawal_on_which_nothing_was_delivered():
    gateway = Gateway()
    gateway.consented()
    gateway.send("status.enrolled")
    assert gateway.consents("withdrawn").notices == []


def test_a_withdrawal_for_some_families_recalls_and_stops_only_those():
    gateway = Gateway().opened_case()
    offered = gateway.send("meeting.contact_offered")
    withdrawal = gateway.later(days=1).consents("withdrawn", families=["meeting"])
    assert recalled(withdrawal, "af") == [offered.message_id]
    assert gateway.send("referral.called").status == "ACCEPTED"
    assert gateway.send("meeting.contact_answered").codes == ["consent.withdrawn"]


def test_a_correction_and_its_original_are_both_recalled():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    corrected = gateway.correct(called, changes={"channel": "video"})
    withdrawal = gateway.consents("withdrawn")
    assert recalled(withdrawal, "af")[1:] == [called.message_id, corrected.message_id]


def test_withdrawing_statistics_recalls_nothing_and_stops_no_message():
    gateway = Gateway().opened_case()
    withdrawal = gateway.later(days=1).consents("withdrawn", "statistics_personal_data")
    assert withdrawal.notices == []
    assert gateway.send("referral.called").status == "ACCEPTED"


def test_a_second_withdrawal_recalls_only_what_came_on_the_second_consent():
    gateway = Gateway().opened_case()
    gateway.later(days=1).consents("withdrawn")
    gateway.later(days=1).consented()
    called = gateway.send("referral.called")
    assert recalled(gateway.later(days=1).consents("withdrawn"), "af") == [called.message_id]


def test_a_consent_given_again_carries_and_the_old_one_does_not():
    gateway = Gateway().opened_case()
    old = gateway.consent
    gateway.later(days=1).consents("withdrawn")
    new = gateway.later(days=1).consented()
    assert gateway.send("referral.called").receipt["ground"]["reference"] == new
    gateway.consent = None
    assert gateway.send("referral.called").receipt["ground"]["reference"] == new
    gateway.consent = old
    assert gateway.send("referral.called").codes == ["consent.withdrawn"]


def test_a_consent_given_again_on_the_day_of_the_withdrawal_carries():
    gateway = Gateway().opened_case()
    gateway.later(hours=1).consents("withdrawn")
    gateway.later(hours=1).consented()
    assert gateway.send("referral.called").status == "ACCEPTED"


def test_a_consent_from_before_the_withdrawal_does_not_come_back_by_arriving_late():
    """The other agency's older registration, delayed on its own topic."""
    gateway = Gateway().on("2024-06-20")
    gateway.consents("withdrawn")
    late = gateway.later(hours=1).send("consent.recorded", "af", day="2024-06-10")
    for consent in (late.message_id, None):
        gateway.consent = consent
        answer = gateway.send("referral.initiated")
        assert answer.codes == ["consent.withdrawn"]


def test_what_waits_is_withheld_with_one_final_receipt_and_leaves_no_trace_elsewhere():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    withdrawal = gateway.later(days=1).consents("withdrawn")
    assert withdrawal.released == [(held.message_id, "WITHHELD")]
    assert b'"consent.withdrawn"' in withdrawal.receipt_of(held.message_id)
    assert [out.topic for out in withdrawal.deliveries] == ["af.in.consent"]
    assert gateway.state().held == ()
    assert gateway.later(days=20).tick().records == ()


def test_what_waits_on_statute_or_in_another_family_goes_on_waiting():
    gateway = Gateway()
    gateway.consented()
    called = gateway.send("referral.called")
    enrolled = gateway.send("status.enrolled", consent_ref="7bf4d1e0-bbbe-53e7-b251-2bc125612c0c")
    assert [called.status, enrolled.status] == ["HELD", "HELD"]
    assert gateway.consents("withdrawn", families=["sgi"]).released == []
    assert gateway.consents("withdrawn", "statistics_personal_data").released == []
    assert gateway.consents("withdrawn").released == [(called.message_id, "WITHHELD")]
    assert [held.type_name for held in gateway.state().held] == ["status.enrolled"]


@pytest.mark.parametrize("status", ["withdrawn", "refused"])
def test_correcting_a_consent_to_a_no_works_like_a_withdrawal(status: str):
    gateway = Gateway()
    consent = gateway.send("consent.recorded")
    gateway.consent = consent.message_id
    opened = gateway.send("referral.initiated")
    waiting = gateway.send("plan.intervention_started")
    no = [{"purpose": "information_exchange", "status": status}]
    corrected = gateway.correct(consent, changes={"purposes": no, "withdrawn_at": "2024-01-10"})
    assert corrected.status == "ACCEPTED"
    assert recalled(corrected, "af") == [opened.message_id]
    final = "WITHHELD" if status == "withdrawn" else "REJECTED"
    assert corrected.released == [(waiting.message_id, final)]
    assert gateway.send("referral.called").codes == [f"consent.{status}"]


def test_correcting_the_form_of_a_consent_recalls_nothing():
    gateway = Gateway()
    consent = gateway.send("consent.recorded")
    gateway.consent = consent.message_id
    gateway.send("referral.initiated")
    assert gateway.correct(consent, changes={"form": "muntligt"}).notices == []
    assert gateway.send("referral.called").status == "ACCEPTED"


@pytest.mark.parametrize(
    ("reason", "told"), [("hande_inte", ["af"]), ("fel_person", ["af"]), ("dubblett", [])]
)
def test_voiding_a_consent_that_never_was_recalls_what_came_on_it(reason: str, told: list[str]):
    """A consent registered twice was given all the same."""
    gateway = Gateway()
    consent = gateway.send("consent.recorded")
    gateway.consent = consent.message_id
    gateway.send("referral.initiated")
    assert gateway.void(consent, reason=reason).told("consent_withdrawn") == told


def test_refusing_the_other_agencys_withdrawal_is_not_possible():
    """Whoever received it sends it; it counts for both."""
    gateway = Gateway().opened_case()
    assert gateway.later(days=1).consents("withdrawn", agency="af").status == "ACCEPTED"
    assert gateway.send("referral.called").codes == ["consent.withdrawn"]
