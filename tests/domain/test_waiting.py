"""Held instead of lost: what comes too early waits, and every wait ends with one final receipt."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from tests.dsl import AGREEMENT, Gateway, agreed, instant, local

UNSEEN = str(uuid5(NAMESPACE_URL, "a message that nobody has sent"))
DAY = 86_400_000

#: Message, what it waits for (code and path), and what ends the wait.
REASONS: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]], str]] = {
    "a call for the case": (
        "referral.called", {}, [("case.awaited", "data.case_id")], "referral.initiated",
    ),
    "an answer for the case": (
        "referral.answered", {}, [("case.awaited", "data.case_id")], "referral.initiated",
    ),
    "a handover for the case": (
        "referral.handed_over", {}, [("case.awaited", "data.case_id")], "referral.initiated",
    ),
    "an assessment for the case": (
        "meeting.assessment_completed", {}, [("case.awaited", "data.case_id")],
        "referral.initiated",
    ),
    "a follow-up for the case": (
        "meeting.follow_up_held", {}, [("case.awaited", "data.case_id")], "referral.initiated",
    ),
    "a plan for the case": (
        "plan.set", {}, [("case.awaited", "data.case_id")], "referral.initiated",
    ),
    "a closing for the case": (
        "plan.closed", {}, [("case.awaited", "data.case_id")], "referral.initiated",
    ),
    "a status report for the case": (
        "plan.status_reported", {}, [("case.awaited", "data.case_id")], "referral.initiated",
    ),
    "an answer on SGI for the SGI case": (
        "sgi.enrolment_answered", {}, [("case.awaited", "data.sgi_case_id")], "sgi.opened",
    ),
    "a decision on SGI for the SGI case": (
        "sgi.closed", {}, [("case.awaited", "data.sgi_case_id")], "sgi.opened",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wait", REASONS)
def test_it_waits_and_is_let_through_when_what_it_builds_on_comes(wait: str):
    name, data, waits, comes = REASONS[wait]
    gateway = Gateway()
    consent = gateway.consented()
    held = gateway.send(name, **data)
    assert held.status == "HELD"
    assert [(r["code"], r["path"]) for r in held.receipt["reasons"]] == waits
    assert {r["severity"] for r in held.receipt["reasons"]} == {"hold"}
    assert held.receipt["delivered_to"] == []
    assert held.deliveries == held.facts == held.notices == []
    came = gateway.later(days=3).send(comes)
    assert came.released == [(held.message_id, came_status(came, held.message_id))]
    assert came.released[0][1].startswith("ACCEPTED")
    assert len(came.deliveries) == len(came.facts) == 2
    assert f"consent:{consent}".encode() in dict(came.deliveries[1].headers).values()
    assert gateway.state().held == ()


def came_status(came: Any, message_id: str) -> str:
    return dict(came.released)[message_id]


def test_the_receipt_says_until_when_it_waits():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    assert instant(held.receipt["held_until"]) == gateway.now + 14 * DAY


def test_the_hold_time_is_what_the_agreement_says():
    gateway = Gateway(agreement=agreed(limits={"hold_days": 3}))
    gateway.consented()
    held = gateway.send("referral.answered")
    assert instant(held.receipt["held_until"]) == gateway.now + 3 * DAY
    assert gateway.later(days=3).tick().released == [(held.message_id, "ACCEPTED_WITH_WARNING")]


def test_what_is_released_is_delivered_byte_for_byte_with_its_headers():
    gateway = Gateway()
    gateway.consented()
    event = gateway.event("referral.called")
    headers = (("content-type", b"application/cloudevents+json"), ("x-own", b"1"), ("x-nil", None))
    held = gateway.put("fk.out.referral", event, headers=headers)
    came = gateway.send("referral.initiated")
    delivered = came.deliveries[1]
    assert delivered.topic == "af.in.referral"
    assert delivered.headers[: len(headers)] == headers
    assert delivered.value == held_value(gateway, held.message_id)


def held_value(gateway: Gateway, message_id: str) -> bytes:
    import json  # noqa: PLC0415 - as the language writes it

    return json.dumps(gateway.sent[message_id][1], ensure_ascii=False).encode()


def test_an_intervention_waits_for_the_assessment_of_its_round_even_if_the_case_is_open():
    gateway = Gateway().opened_case()
    for name in ("plan.intervention_proposed", "plan.intervention_decided"):
        held = gateway.send(name, insats_id=name[-8:])
        assert [r["code"] for r in held.receipt["reasons"]] == ["case.awaited", "BR-06"]
    came = gateway.send("meeting.assessment_completed")
    assert [status for _, status in came.released] == ["ACCEPTED", "ACCEPTED"]


def test_the_assessment_of_another_round_does_not_do():
    gateway = Gateway().opened_case()
    gateway.send("referral.initiated", round_no=2)
    gateway.send("meeting.assessment_completed", round_no=2)
    assert gateway.send("plan.intervention_decided").status == "HELD"
    assert gateway.send("plan.intervention_decided", round_no=2).status == "ACCEPTED"


@pytest.mark.parametrize("name", ["plan.intervention_started", "plan.intervention_ended"])
@pytest.mark.parametrize("comes", ["plan.intervention_proposed", "plan.intervention_decided"])
def test_a_start_and_an_end_wait_for_the_intervention_by_its_id(name: str, comes: str):
    gateway = Gateway().assessed_case()
    held = gateway.send(name)
    assert held.details["case.awaited"] == ("hold", "data.insats_id")
    assert gateway.send(comes, insats_id="I-2").released == []
    assert gateway.send(comes).released == [(held.message_id, "ACCEPTED")]


def test_a_chain_is_released_link_by_link():
    """Consent, case, assessment, intervention, start: everything came in the wrong order."""
    gateway = Gateway()
    consent = gateway.event("consent.recorded")
    gateway.consent = consent["id"]
    names = [
        "plan.intervention_started",
        "plan.intervention_decided",
        "meeting.assessment_completed",
        "referral.initiated",
    ]
    held = [gateway.later(minutes=1).send(name) for name in names]
    assert [answer.status for answer in held] == ["HELD"] * 4
    came = gateway.later(days=1).put("fk.out.consent", consent)
    assert came.released == [(answer.message_id, "ACCEPTED") for answer in reversed(held)]
    assert [fact["fact"] for fact in came.facts] == ["consent.recorded", *reversed(names)]


def test_what_waits_for_the_same_is_released_in_the_order_in_which_it_came():
    gateway = Gateway()
    gateway.consented()
    first = gateway.send("plan.set")
    second = gateway.later(minutes=1).send("referral.answered", "af")
    third = gateway.later(minutes=1).send("referral.called")
    came = gateway.later(minutes=1).send("referral.initiated")
    assert [message for message, _ in came.released] == [
        a.message_id for a in (first, second, third)
    ]


def test_what_comes_may_also_be_the_reason_for_a_refusal():
    """A request that waits for its consent while the round is closed."""
    gateway = Gateway().opened_case()
    called = gateway.later(days=2).send("referral.called", consent_ref=UNSEEN)
    closed = gateway.send("plan.closed", day="2024-01-11")
    assert closed.released == [(called.message_id, "REJECTED")]
    assert b"case.closed" in closed.receipt_of(called.message_id)
    assert b"consent.awaited" not in closed.receipt_of(called.message_id)


def test_a_void_of_the_opening_sends_later_messages_back_to_waiting():
    gateway = Gateway()
    gateway.consented()
    opened = gateway.send("referral.initiated")
    gateway.void(opened)
    assert gateway.send("referral.called").codes == ["case.awaited"]


# -- the end of the wait by time


@pytest.mark.parametrize(("short_of", "fires"), [(1, False), (0, True)])
def test_the_wait_ends_at_exactly_fourteen_days(short_of: int, fires: bool):
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.answered")
    gateway.now += 14 * DAY - short_of
    ended = gateway.tick()
    assert bool(ended.receipts) is fires
    if fires:
        assert instant(ended.receipts[0]["decided_at"]) == gateway.now
        assert ended.released == [(held.message_id, "ACCEPTED_WITH_WARNING")]


def test_the_end_of_the_wait_is_stamped_with_its_own_time_however_late_it_is_noticed():
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.answered")
    end = gateway.now + 14 * DAY
    ended = gateway.later(days=100).tick()
    assert {out.timestamp_ms for out in ended.records} == {end}
    assert instant(ended.receipts[0]["decided_at"]) == end


def test_a_fact_that_waited_in_vain_is_accepted_flagged_and_its_sender_told():
    gateway = Gateway()
    consent = gateway.consented()
    held = gateway.send("referral.answered", "af")
    ended = gateway.later(days=14).tick()
    (receipt,) = ended.receipts
    assert receipt["status"] == "ACCEPTED_WITH_WARNING"
    assert [(r["code"], r["severity"]) for r in receipt["reasons"]] == [("hold.expired", "warning")]
    assert receipt["ground"] == {"kind": "consent", "reference": consent}
    assert [out.topic for out in ended.deliveries] == ["fk.in.referral"]
    assert ended.notices == [("af", "hold_expired")]
    assert ended.notice("hold_expired", "af") == {
        "case_id": "S-1",
        "message_id": held.message_id,
        "waited_for": ["case.awaited"],
    }
    assert [fact["fields"]["status"] for fact in ended.quality] == ["ACCEPTED_WITH_WARNING"]


def test_an_intervention_without_assessment_says_so_when_the_wait_is_over():
    gateway = Gateway().opened_case()
    gateway.send("plan.intervention_decided")
    (receipt,) = gateway.later(days=14).tick().receipts
    codes = [(r["code"], r["severity"]) for r in receipt["reasons"]]
    assert codes == [("hold.expired", "warning"), ("BR-06", "warning")]


@pytest.mark.parametrize("name", ["referral.called", "plan.intervention_proposed"])
def test_a_request_that_waited_in_vain_is_refused(name: str):
    gateway = Gateway()
    gateway.consented()
    held = gateway.send(name)
    ended = gateway.later(days=14).tick()
    assert ended.released == [(held.message_id, "REJECTED")]
    assert [(r["code"], r["severity"]) for r in ended.receipts[0]["reasons"]] == [
        ("case.awaited", "error")
    ]
    assert ended.deliveries == ended.notices == ended.facts == []
    assert gateway.state().held == ()


@pytest.mark.parametrize("name", ["referral.initiated", "sgi.opened", "meeting.contact_held"])
def test_what_waited_in_vain_for_its_consent_is_refused(name: str):
    held = (gateway := Gateway(consent=UNSEEN)).send(name)
    ended = gateway.later(days=14).tick()
    assert ended.released == [(held.message_id, "REJECTED")]
    assert [r["code"] for r in ended.receipts[0]["reasons"]] == ["consent.missing"]


def test_a_status_that_waited_in_vain_for_a_consent_passes_on_its_statute():
    held = (gateway := Gateway(consent=UNSEEN)).send("status.enrolled")
    ended = gateway.later(days=14).tick()
    assert ended.released == [(held.message_id, "ACCEPTED_WITH_WARNING")]
    assert ended.receipts[0]["ground"]["kind"] == "statute"
    assert ended.fact["unit_key"] is None


def test_a_correction_that_waited_in_vain_is_refused():
    gateway = Gateway().opened_case()
    held = gateway.send("referral.voided", "fk", voids=UNSEEN, reason="hande_inte")
    assert (held.status, held.codes) == ("HELD", ["correction.unknown_message"])
    assert held.details["correction.unknown_message"] == ("hold", "data.voids")
    ended = gateway.later(days=14).tick()
    assert ended.released == [(held.message_id, "REJECTED")]
    assert [(r["code"], r["severity"]) for r in ended.receipts[0]["reasons"]] == [
        ("correction.unknown_message", "error")
    ]


def test_a_fact_whose_consent_expired_while_it_waited_is_refused():
    gateway = Gateway()
    gateway.consented(valid_to="2024-01-20")
    held = gateway.send("referral.answered")
    ended = gateway.later(days=14).tick()
    assert ended.released == [(held.message_id, "REJECTED")]
    assert [r["code"] for r in ended.receipts[0]["reasons"]] == ["consent.expired"]


def test_a_case_assumed_because_a_fact_waited_in_vain_lets_the_next_message_pass():
    gateway = Gateway()
    gateway.consented()
    gateway.send("meeting.assessment_completed")
    second = gateway.later(days=1).send("plan.intervention_decided")
    ended = gateway.later(days=13).tick()
    assert [status for _, status in ended.released] == ["ACCEPTED_WITH_WARNING", "ACCEPTED"]
    assert ended.released[1][0] == second.message_id


@pytest.mark.parametrize("name", ["sgi.enrolment_answered", "status.enrolled"])
def test_a_message_that_builds_on_no_case_assumes_none(name: str):
    gateway = Gateway()
    gateway.consented()
    ref = {"consent_ref": UNSEEN} if name == "status.enrolled" else {}
    assert gateway.send(name, **ref).status == "HELD"
    assert gateway.later(days=14).tick().receipts[0]["status"] == "ACCEPTED_WITH_WARNING"
    assert gateway.send("referral.called").codes == ["case.awaited"]


def test_a_start_accepted_in_vain_makes_its_intervention_known():
    gateway = Gateway().assessed_case()
    gateway.send("plan.intervention_started")
    gateway.later(days=14).tick()
    assert gateway.send("plan.intervention_ended").status == "ACCEPTED"


def test_an_sgi_answer_accepted_in_vain_makes_its_sgi_case_known():
    gateway = Gateway()
    gateway.consented()
    gateway.send("sgi.enrolment_answered")
    gateway.later(days=14).tick()
    assert gateway.send("sgi.closed").status == "ACCEPTED"


def test_a_wait_for_a_consent_ends_well_when_the_agreement_has_got_another_ground():
    gateway = Gateway(consent=UNSEEN)
    gateway.send("meeting.contact_offered")
    meeting = {**AGREEMENT.families["meeting"].model_dump(), "grounds": ["none"]}
    gateway.restart(agreed(families={"meeting": meeting}))
    (receipt,) = gateway.later(days=14).tick().receipts
    assert receipt["status"] == "ACCEPTED_WITH_WARNING"
    assert receipt["ground"] == {"kind": "none", "reference": None}


# -- expirytime


@pytest.mark.parametrize(("past", "status"), [(0, "ACCEPTED"), (1, "EXPIRED")])
def test_a_message_may_be_decided_up_to_its_expirytime(past: int, status: str):
    gateway = Gateway().opened_case()
    limit = local(gateway.now - past)
    answer = gateway.send("referral.called", envelope={"expirytime": limit})
    assert (answer.status, answer.codes) == (status, [])
    assert bool(answer.deliveries) is bool(answer.facts) is (status == "ACCEPTED")
    assert answer.receipt["ground"] is None or status == "ACCEPTED"


def test_a_waiting_message_expires_right_after_its_expirytime():
    gateway = Gateway()
    gateway.consented()
    limit = gateway.now + 5 * DAY
    held = gateway.send("referral.answered", envelope={"expirytime": local(limit)})
    assert instant(held.receipt["held_until"]) == limit
    gateway.now = limit
    assert gateway.tick().receipts == []
    gateway.now += 1
    ended = gateway.tick()
    assert ended.released == [(held.message_id, "EXPIRED")]
    assert ended.deliveries == ended.facts == ended.notices == []
    assert gateway.send("referral.initiated").released == []


def test_an_expirytime_after_the_hold_time_changes_nothing():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.answered", envelope={"expirytime": local(gateway.now + 20 * DAY)})
    ended = gateway.later(days=14).tick()
    assert ended.released == [(held.message_id, "ACCEPTED_WITH_WARNING")]


def test_an_expirytime_at_the_very_end_of_the_wait_lets_the_wait_end_first():
    gateway = Gateway()
    gateway.consented()
    end = gateway.now + 14 * DAY
    held = gateway.send("referral.answered", envelope={"expirytime": local(end)})
    gateway.now = end
    assert gateway.tick().released == [(held.message_id, "ACCEPTED_WITH_WARNING")]


def test_deadlines_of_different_persons_fire_in_the_order_of_their_time():
    gateway = Gateway()
    ends = []
    for day, person in (("2024-01-12", "199507039841"), ("2024-01-10", "198104129815")):
        gateway.person = person
        gateway.on(day)
        gateway.consented()
        gateway.send("referral.answered")
        ends.append(gateway.now + 14 * DAY)
    fired = [instant(r["decided_at"]) for r in gateway.on("2024-03-01").tick().receipts]
    assert sorted(fired) == sorted(ends)
