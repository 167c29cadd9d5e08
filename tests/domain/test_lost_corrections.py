"""A correction or void that can never find its target is refused at once (contract-2 A 10)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.test_corrections import problem
from tests.dsl import BO, KEYS, Answer, Gateway


@pytest.mark.parametrize("how", ["correct", "void"])
def test_an_amendment_in_another_family_is_refused_at_once(how: str):
    gateway = Gateway().opened_case()
    met = gateway.send("meeting.assessment_completed")
    answer = amend(gateway, "plan", how, met.message_id)
    path = "data.corrects" if how == "correct" else "data.voids"
    assert problem(answer) == ("REJECTED", [("correction.unknown_message", path)])
    assert "familj" in answer.receipt["reasons"][0]["text_sv"]


def amend(gateway: Gateway, family: str, how: str, target: str, **envelope: Any) -> Answer:
    """An amendment in a family, of a message of any other."""
    if how == "void":
        data: dict[str, Any] = {"voids": target, "reason": "dubblett"}
    else:
        name = {"plan": "plan.set", "referral": "referral.called", "consent": "consent.recorded"}
        replacement = gateway.event(name[family])["data"]
        data = {"corrects": target, "reason": "fel_uppgift", "replacement": replacement}
    event = "voided" if how == "void" else "corrected"
    return gateway.send(f"{family}.{event}", "fk", envelope=envelope, **data)


@pytest.mark.parametrize("how", ["correct", "void"])
def test_an_amendment_of_what_waits_in_another_family_is_refused_at_once(how: str):
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    assert held.status == "HELD"
    assert amend(gateway, "plan", how, held.message_id).codes == ["correction.unknown_message"]
    assert [one.type_name for one in gateway.state().held] == ["referral.called"]


@pytest.mark.parametrize("how", ["correct", "void"])
def test_an_amendment_of_itself_is_refused_at_once(how: str):
    gateway = Gateway().opened_case()
    own = "22222222-2222-4222-8222-222222222222"
    answer = amend(gateway, "referral", how, own, id=own)
    assert (answer.status, answer.codes) == ("REJECTED", ["correction.unknown_message"])
    assert "eget id" in answer.receipt["reasons"][0]["text_sv"]


def test_a_void_of_what_waits_waits_too_and_an_amendment_of_the_void_is_refused():
    gateway = Gateway()
    gateway.consented()
    called = gateway.send("referral.called")
    voided = gateway.void(called)
    assert voided.status == "HELD"
    answer = amend(gateway, "referral", "void", voided.message_id)
    assert (answer.status, answer.codes) == ("REJECTED", ["correction.unknown_message"])
    assert "originalmeddelandet" in answer.receipt["reasons"][0]["text_sv"]


def test_an_amendment_of_what_waits_of_the_other_agency_is_refused_at_once():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.answered", "af")
    answer = gateway.void(held, "fk")
    assert (answer.status, answer.codes) == ("REJECTED", ["BR-43"])


def test_when_both_agencies_messages_of_an_id_wait_an_amendment_waits_for_its_own():
    gateway = Gateway()
    gateway.consented()
    fk = gateway.send("referral.answered")
    event = {**gateway.event("referral.answered", "af"), "id": fk.message_id}
    assert gateway.put("af.out.referral", event).status == "HELD"
    answer = gateway.send("referral.voided", "af", voids=fk.message_id, reason="dubblett")
    assert answer.status == "HELD"


def test_an_amendment_that_waits_is_refused_when_its_target_comes_in_another_family():
    gateway = Gateway()
    gateway.consented()
    event = gateway.event("referral.initiated")
    waiting = amend(gateway, "plan", "void", event["id"])
    assert waiting.status == "HELD"
    came = gateway.put("fk.out.referral", event)
    assert came.released == [(waiting.message_id, "REJECTED")]


def test_a_correction_whose_replacement_fits_no_type_of_the_family_waits_for_nothing():
    """A refusal counter is about nobody, and what would correct it fits no person's message."""
    gateway = Gateway().on("2024-04-02")
    counted = gateway.send("consent.refusal_counted")
    body = gateway.sent[counted.message_id][1]["data"]
    corrects = {"corrects": counted.message_id, "reason": "fel_uppgift", "replacement": body}
    answer = gateway.send("consent.corrected", **corrects)
    assert (answer.status, answer.codes) == ("REJECTED", ["correction.unknown_message"])
    assert "refusal_counted" in answer.receipt["reasons"][0]["text_sv"]


UNKNOWN = "33333333-3333-4333-8333-333333333333"


@pytest.mark.parametrize("target", ["known", "unknown", "waits"])
def test_a_correction_to_another_person_is_told_to_void_and_send_anew(target: str):
    gateway = Gateway()
    gateway.consented()
    if target == "known":
        gateway.send("referral.initiated")
    called = gateway.send("referral.called")
    what = {"corrects": UNKNOWN} if target == "unknown" else {}
    changes = {"person": {"personal_number": BO}}
    answer = gateway.correct(called, changes=changes, reason="fel_person", **what)
    assert answer.status == "REJECTED"
    assert answer.details["envelope.key_mismatch"] == ("error", "data.replacement.person")
    texts = [r["text_sv"] for r in answer.receipt["reasons"]]
    assert any("Makulera originalet" in text for text in texts)
    assert not any("Beräkna personnyckeln" in text for text in texts)


def test_a_correction_for_the_wrong_person_under_the_other_key_is_told_the_same():
    """Case 08: it used to wait fourteen days under the right person's key."""
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    gateway.person = BO
    replacement = gateway.event("referral.called")["data"]
    data = {"corrects": called.message_id, "reason": "fel_person", "replacement": replacement}
    answer = gateway.send("referral.corrected", **data)
    assert (answer.status, answer.codes) == ("REJECTED", ["correction.unknown_message"])
    assert "Makulera originalet" in answer.receipt["reasons"][0]["text_sv"]


@pytest.mark.parametrize("reason", ["fel_person", "fel_uppgift"])
def test_a_correction_under_a_key_of_another_person_is_told_the_same(reason: str):
    """The number of one person, the key of the other, whichever it is."""
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    original = gateway.sent[called.message_id][1]["data"]
    replacement = {**original, "person": {"personal_number": BO}}
    key = KEYS.person_key(BO)
    answer = gateway.send(
        "referral.corrected",
        corrects=called.message_id,
        reason=reason,
        replacement=replacement,
        envelope={"partitionkey": key},
    )
    assert "envelope.key_mismatch" in answer.codes
    texts = [r["text_en"] for r in answer.receipt["reasons"] if "key_mismatch" in r["code"]]
    assert all("Void the original" in text for text in texts)


def test_a_correction_with_the_wrong_key_alone_is_told_to_compute_it():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    envelope = {"partitionkey": KEYS.person_key(BO)}
    answer = gateway.correct(called, envelope=envelope)
    assert "Compute the person key" in answer.receipt["reasons"][0]["text_en"]
