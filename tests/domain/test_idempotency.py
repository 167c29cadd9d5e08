"""The same message again: its original receipt, and no other effect (law 3, contract section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.agreement import Agreement
from tests.dsl import AGREEMENT, BO, Answer, Gateway, instant, local


def only_the_original(answer: Answer, original: bytes) -> None:
    """One receipt, byte for byte, marked as a duplicate, and beside it nothing but its audit."""
    assert answer.receipt_bytes == original
    assert answer.duplicate
    assert [out.topic for out in answer.records if not out.topic.endswith(".receipts")] == [
        "gateway.audit"
    ]


def test_a_repeated_message_gets_its_first_receipt_and_nothing_else_happens():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    only_the_original(gateway.later(days=3).again(called), called.receipt_bytes)


def test_a_warned_message_is_repeated_with_its_warnings():
    gateway = Gateway().opened_case()
    closed = gateway.send("plan.closed", outcome="ingen_uppgift")
    assert closed.status == "ACCEPTED_WITH_WARNING"
    only_the_original(gateway.later(hours=1).again(closed), closed.receipt_bytes)


def test_a_repeated_message_keeps_its_receipt_after_it_was_corrected_and_voided():
    """The receipt tells what was answered then, not what has become of the message since."""
    gateway = Gateway().opened_case()
    met = gateway.send("meeting.assessment_completed")
    gateway.later(days=1).correct(
        met, changes={"case_id": "S-2", "round_no": 2, "conclusion": "fler_moten"}
    )
    gateway.later(days=1).send("referral.initiated", case_id="S-2", round_no=2)
    only_the_original(gateway.again(met), met.receipt_bytes)
    gateway.void(met)
    only_the_original(gateway.again(met), met.receipt_bytes)


def test_a_waiting_message_is_repeated_as_waiting():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    assert held.status == "HELD"
    only_the_original(gateway.later(days=1).again(held), held.receipt_bytes)


def test_a_released_message_is_repeated_with_its_final_receipt():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    opened = gateway.later(days=1).send("referral.initiated")
    final = opened.receipt_of(held.message_id)
    only_the_original(gateway.later(days=1).again(held), final)


def test_a_message_that_outlived_its_time_is_repeated_as_expired():
    gateway = Gateway().opened_case()
    expired = gateway.send("referral.called", envelope={"expirytime": local(gateway.now - 1)})
    assert expired.status == "EXPIRED"
    only_the_original(gateway.later(days=1).again(expired), expired.receipt_bytes)


def test_a_withheld_message_is_repeated_as_withheld():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    withdrawal = gateway.later(days=1).consents("withdrawn")
    final = withdrawal.receipt_of(held.message_id)
    assert withdrawal.released == [(held.message_id, "WITHHELD")]
    only_the_original(gateway.later(days=1).again(held), final)


def test_a_correction_and_a_void_are_repeated_like_any_message():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    corrected = gateway.correct(called, changes={"channel": "video"})
    voided = gateway.void(called)
    only_the_original(gateway.again(corrected), corrected.receipt_bytes)
    only_the_original(gateway.again(voided), voided.receipt_bytes)


def test_a_counted_refusal_is_counted_once():
    gateway = Gateway()
    counted = gateway.on("2024-04-02").send("consent.refusal_counted")
    only_the_original(gateway.again(counted), counted.receipt_bytes)


def renamed(version: str) -> Agreement:
    return AGREEMENT.model_copy(update={"version": version})


@pytest.mark.parametrize("how", ["accepted", "held"])
def test_a_repeated_message_keeps_its_receipt_over_a_restart_with_a_newer_agreement(how: str):
    """The receipt names the agreement by which it was decided."""
    gateway = Gateway().opened_case()
    case: dict[str, Any] = {} if how == "accepted" else {"case_id": "S-2"}
    called = gateway.send("referral.called", **case)
    gateway.restart(renamed("2027.1"))
    only_the_original(gateway.later(days=1).again(called), called.receipt_bytes)
    later = gateway.send("referral.answered")
    assert later.receipt["rules_version"] == renamed("2027.1").rules_version


def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    other = gateway.again(called, channel="video")
    assert (other.status, other.codes) == ("REJECTED", ["id.conflict"])
    assert other.details["id.conflict"] == ("error", "id")
    assert other.deliveries == other.facts == other.notices == []
    only_the_original(gateway.again(called), called.receipt_bytes)


def test_the_same_id_with_other_content_is_a_conflict_also_while_it_waits():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    assert gateway.again(held, channel="video").codes == ["id.conflict"]
    only_the_original(gateway.again(held), held.receipt_bytes)


def test_the_id_of_a_refused_message_is_free():
    """The sender puts it right and uses the same id again."""
    gateway = Gateway().opened_case()
    refused = gateway.send("plan.closed", outcome=None)
    assert refused.codes == ["BR-30"]
    assert gateway.again(refused).codes == ["BR-30"]
    assert not gateway.again(refused).duplicate
    accepted = gateway.again(refused, outcome="studies")
    assert (accepted.status, accepted.message_id) == ("ACCEPTED", refused.message_id)


def test_the_id_of_a_message_refused_after_waiting_is_free():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    assert gateway.later(days=14).tick().receipt_of(held.message_id)
    gateway.send("referral.initiated")
    assert gateway.again(held).status == "ACCEPTED"


def test_two_systems_may_use_the_same_id():
    """The idempotency key is source and id together."""
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    topic, event = gateway.sent[called.message_id]
    again = gateway.put(topic, {**event, "source": "urn:samverkan:fk:manual"})
    assert (again.status, again.duplicate) == ("ACCEPTED", False)


def test_two_persons_may_have_the_same_id():
    """Ids are remembered per person, who is part of the content."""
    gateway = Gateway()
    anna = gateway.send("status.enrolled")
    event = gateway.event("status.enrolled", person=BO)
    bo = gateway.put("af.out.status", {**event, "id": anna.message_id})
    assert (bo.status, bo.duplicate) == ("ACCEPTED", False)


def test_every_copy_of_an_unreadable_record_gets_a_receipt_of_its_own():
    """It has no id to recognise it by; its place in the log is its id."""
    gateway = Gateway()
    first, second = (gateway.take("fk.out.plan", b"{", b"?" * 22) for _ in range(2))
    ids = {answer.receipts[0]["message_id"] for answer in (first, second)}
    assert len(ids) == 2
    assert {out.topic for out in first.records} == {
        "fk.receipts",
        "gateway.audit",
        "gateway.quarantine",
        "followup.events",
    }


def test_a_repetition_is_counted_once_in_the_statistics_of_quality():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    assert [fact["fact"] for fact in held.quality] == ["quality.held"]
    assert gateway.again(held).quality == []


def test_a_message_repeated_at_an_earlier_timestamp_is_the_same_message():
    """Clocks of producers differ; identity is id, source and content."""
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    gateway.now = instant("2024-01-01T00:00")
    only_the_original(gateway.again(called), called.receipt_bytes)
