"""A record that cannot be decided parks its person: order is kept, everybody else flows."""

from __future__ import annotations

import pytest

from gateway.domain import room
from gateway.shell.parking import PARK_AFTER, Poison
from schemas.topics import STATE
from tests.dsl import ANNA, BO, KEYS, Gateway
from tests.parked_dsl import ANNAS_KEY, Troubled, outcome, quarantined


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Troubled:
    return Troubled.at_a_call(monkeypatch)


def test_the_record_and_all_that_comes_after_it_of_the_person_is_held(gateway: Troubled):
    called = gateway.send("referral.called")
    assert (called.status, called.codes) == ("HELD", ["gateway.parked"])
    assert called.receipt["held_until"] is None
    assert gateway.parked == [ANNAS_KEY]
    before = gateway.state()
    for name in ("referral.answered", "status.enrolled", "plan.set"):
        later = gateway.later(hours=1).send(name)
        assert (later.status, later.codes) == ("HELD", ["gateway.parked"])
        assert (later.deliveries, later.facts) == ([], [])
        assert [fact["fact"] for fact in later.quality] == ["quality.held"]
    assert gateway.state() == before


def test_everybody_else_flows(gateway: Troubled):
    gateway.send("referral.called")
    gateway.person = BO
    gateway.opened_case()
    assert gateway.send("referral.called").status == "ACCEPTED"


def test_quarantine_says_where_it_stands_and_how_it_failed_and_nothing_of_what_it_says(
    gateway: Troubled,
):
    called = gateway.send("referral.called")
    (entry,) = quarantined(called)
    assert entry["codes"] == ["gateway.parked"]
    assert (entry["problem"], entry["failures"]) == ("BrokenError", PARK_AFTER)
    assert f"{entry['topic']}/{entry['partition']}/{entry['offset']}" == gateway.place(called)
    assert ANNA not in str(entry)


def test_a_released_person_gets_everything_in_the_order_in_which_it_came(gateway: Troubled):
    line = ("referral.called", "referral.answered", "meeting.assessment_completed", "plan.set")
    sent = [gateway.later(hours=1).send(name) for name in line]
    undisturbed = Gateway().opened_case()
    names = [answer.message_id for answer in sent]
    freed = gateway.mended().later(days=1).command("release")
    assert outcome(freed)["verdict"] == "done"
    assert [r["message_id"] for r in freed.receipts] == names
    assert {r["status"] for r in freed.receipts} == {"ACCEPTED"}
    assert len(freed.deliveries) == len(freed.facts) == len(names)
    assert gateway.parked == []
    assert len(gateway.state().entries) == len(undisturbed.state().entries) + len(names)
    assert gateway.send("referral.handed_over").status == "ACCEPTED"


def test_release_leaves_no_body_behind(gateway: Troubled):
    gateway.send("referral.called")
    gateway.send("plan.set")
    assert any(ANNA.encode() in out.value for out in gateway.stored.values())
    gateway.mended().command("release")
    assert not any(ANNA.encode() in out.value for out in gateway.stored.values())
    gateway.restart()
    assert gateway.parked == []
    assert gateway.folds[0].lot.kept == 0


def test_a_restart_changes_nothing_for_a_parked_person(gateway: Troubled):
    first = gateway.send("referral.called")
    gateway.restart()
    later = gateway.send("plan.set")
    gateway.restart().mended()
    freed = gateway.command("release")
    assert [r["message_id"] for r in freed.receipts] == [first.message_id, later.message_id]


def test_what_is_sent_again_gets_its_receipt_again_and_waits_once(gateway: Troubled):
    called = gateway.send("referral.called")
    answered = gateway.send("referral.answered")
    again = gateway.later(hours=1).again(answered)
    assert again.duplicate
    assert again.receipt_bytes == answered.receipt_bytes
    assert gateway.again(answered, unit="fk-0180").codes == ["id.conflict"]
    freed = gateway.mended().command("release")
    names = [called.message_id, answered.message_id]
    assert [r["message_id"] for r in freed.receipts] == names


def test_what_was_decided_before_is_still_answered(gateway: Troubled):
    enrolled = gateway.send("status.enrolled")
    gateway.send("referral.called")
    again = gateway.again(enrolled)
    assert again.duplicate
    assert again.receipt_bytes == enrolled.receipt_bytes


def test_what_is_no_message_is_refused_as_ever(gateway: Troubled):
    gateway.send("referral.called")
    key = ANNAS_KEY.encode()
    refused = gateway.take("fk.out.plan", b"{", key)
    assert refused.receipts[0]["status"] == "REJECTED"


def test_what_still_waits_for_something_else_goes_on_waiting_without_a_second_word(
    gateway: Troubled,
):
    gateway.send("referral.called")
    early = gateway.send("plan.intervention_started", insats_id="I-9")
    freed = gateway.mended().command("release")
    assert [r["message_id"] for r in freed.receipts if r["message_id"] == early.message_id] == []
    again = gateway.again(early)
    assert again.receipt_bytes == early.receipt_bytes
    ended = gateway.later(days=15).tick()
    assert (early.message_id, "ACCEPTED_WITH_WARNING") in ended.released


def test_a_withdrawal_in_line_goes_before_what_was_not_decided_yet(gateway: Troubled):
    called = gateway.send("referral.called")
    answered = gateway.send("referral.answered")
    withdrawal = gateway.consents("withdrawn")
    assert withdrawal.status == "HELD"
    freed = gateway.mended().command("release")
    assert [(r["message_id"], r["status"]) for r in freed.receipts] == [
        (withdrawal.message_id, "ACCEPTED"),
        (called.message_id, "WITHHELD"),
        (answered.message_id, "WITHHELD"),
    ]
    assert [out.topic for out in freed.deliveries] == ["af.in.consent"]


def test_consents_keep_their_order_and_a_voided_one_is_voided_first(gateway: Troubled):
    called = gateway.send("referral.called")
    given = gateway.consents("given")
    voided = gateway.void(given)
    last = gateway.consents("given")
    freed = gateway.mended().command("release")
    names = [given.message_id, voided.message_id, called.message_id, last.message_id]
    assert [r["message_id"] for r in freed.receipts] == names


def test_what_passed_its_own_time_in_line_is_expired(gateway: Troubled):
    gateway.send("referral.called")
    late = {"expirytime": "2024-01-10T20:00:00+01:00"}
    short = gateway.send("referral.answered", envelope=late)
    gateway.mended().later(days=2).tick()
    freed = gateway.command("release")
    assert (short.message_id, "EXPIRED") in freed.released


def test_no_more_than_the_limit_is_kept_of_one_person(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(room, "KEPT_PART", 2)
    gateway.send("referral.called")
    assert gateway.send("referral.answered").status == "HELD"
    full = gateway.send("plan.set")
    assert (full.status, full.codes) == ("REJECTED", ["gateway.full"])


def test_one_agency_cannot_fill_the_others_part_of_the_line(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    """What the sender's own part has no room for either: a void, which has a reserve."""
    monkeypatch.setattr(room, "KEPT_PART", 2)
    called = gateway.send("referral.called")
    gateway.send("referral.answered")
    assert gateway.send("plan.set").codes == ["gateway.full"]
    assert gateway.send("status.enrolled").status == "HELD"
    assert gateway.void(called).status == "HELD"


# -- deadlines


def test_what_falls_due_meanwhile_is_said_at_the_release(gateway: Troubled):
    waiting = gateway.send("plan.intervention_started", insats_id="I-9")
    gateway.send("referral.called")
    gateway.later(days=20).tick()
    assert gateway.parked == [ANNAS_KEY]
    freed = gateway.mended().command("release")
    assert (waiting.message_id, "ACCEPTED_WITH_WARNING") in freed.released
    later = gateway.later(days=400).tick()
    assert later.told("follow_up_overdue")


def test_a_deadline_that_cannot_be_told_parks_its_person_too(gateway: Troubled):
    waiting = gateway.send("plan.intervention_started", insats_id="I-9")
    gateway.broken = {"tick"}
    gateway.later(days=20)
    other = Gateway(person=BO).event("consent.recorded", person=BO)
    bo = gateway.put("fk.out.consent", {**other, "time": "2024-01-30T09:00:00+01:00"})
    for _ in range(PARK_AFTER + 1):
        try:
            told = gateway.tick()
        except Poison as poison:
            gateway.failed(poison)
    assert bo.status == "ACCEPTED"
    assert gateway.parked == [ANNAS_KEY]
    assert [entry["topic"] for entry in quarantined(told)] == [None]
    assert gateway.send("referral.called").codes == ["gateway.parked"]
    freed = gateway.mended().command("release")
    assert (waiting.message_id, "ACCEPTED_WITH_WARNING") in freed.released


# -- redrive and expire


def test_redrive_decides_the_first_alone(gateway: Troubled):
    called = gateway.send("referral.called")
    gateway.send("plan.set")
    tried = gateway.mended().command("redrive", record=gateway.place(called))
    assert [(r["message_id"], r["status"]) for r in tried.receipts] == [
        (called.message_id, "ACCEPTED")
    ]
    assert gateway.parked == [ANNAS_KEY]
    assert gateway.send("status.enrolled").status == "HELD"


def test_expire_gives_the_first_its_final_answer_and_the_rest_goes_on(gateway: Troubled):
    called = gateway.send("referral.called")
    later = gateway.send("plan.set")
    ended = gateway.command("expire", record=gateway.place(called))
    (receipt,) = ended.receipts
    assert (receipt["message_id"], receipt["status"]) == (called.message_id, "REJECTED")
    assert receipt["reasons"][0]["code"] == "gateway.parked"
    assert "driften har avslutat" in receipt["reasons"][0]["text_sv"]
    assert ended.deliveries == []
    freed = gateway.command("release")
    assert freed.released == [(later.message_id, "ACCEPTED")]
    gateway.mended()
    assert gateway.again(called).status == "ACCEPTED"


def test_a_record_that_cannot_even_be_read_is_kept_unread(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    event = gateway.event("plan.set")
    codec = type(gateway._codec)
    decode = codec.decode

    def broken(self, record):
        if record.topic == "fk.out.plan":
            raise KeyError(record.value)
        return decode(self, record)

    monkeypatch.setattr(codec, "decode", broken)
    unread = gateway.put("fk.out.plan", event)
    (receipt,) = unread.receipts
    assert (receipt["status"], receipt["message_type"]) == ("HELD", None)
    assert receipt["message_id"] != event["id"]
    assert gateway.parked == [ANNAS_KEY]
    # Given up unread it is counted, but not by a type.
    assert unread.quality[0]["fields"]["message_type"] is None
    monkeypatch.setattr(codec, "decode", decode)
    freed = gateway.command("release")
    assert freed.released == [(event["id"], "ACCEPTED")]


def test_a_record_that_turns_out_to_be_no_message_is_refused_at_the_release(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    codec = type(gateway._codec)
    decode = codec.decode

    def broken(self, record):
        if record.value == b"{":
            raise KeyError
        return decode(self, record)

    monkeypatch.setattr(codec, "decode", broken)
    gateway.take("fk.out.plan", b"{", ANNAS_KEY.encode())
    monkeypatch.setattr(codec, "decode", decode)
    freed = gateway.command("release")
    assert [status for _, status in freed.released] == ["REJECTED"]
    assert quarantined(freed) == []


def test_a_person_nothing_is_known_of_can_be_parked_and_released(monkeypatch: pytest.MonkeyPatch):
    gateway = Troubled(monkeypatch, "consent.recorded")
    first = gateway.send("consent.recorded")
    assert first.status == "HELD"
    assert gateway.send("status.benefit_decided").status == "HELD"
    freed = gateway.mended().command("release")
    assert {status for _, status in freed.released} == {"ACCEPTED"}


def test_a_line_that_is_refused_altogether_leaves_the_state_as_it_was(gateway: Troubled):
    gateway.broken = {"plan.closed"}
    gateway.send("plan.closed", outcome=None)
    before = gateway.state()
    freed = gateway.mended().command("release")
    assert [status for _, status in freed.released] == ["REJECTED"]
    assert gateway.state() == before


def test_what_is_kept_is_stored_beside_the_person_and_nowhere_else(gateway: Troubled):
    gateway.send("referral.called")
    keys = {key for _, key in gateway.stored if key and b":" in key}
    assert keys == {
        f"parked:{ANNAS_KEY}".encode(),
        f"kept:000001:{ANNAS_KEY}".encode(),
        f"failed:{ANNAS_KEY}".encode(),
    }
    (failed,) = [out for out in gateway.stored.values() if (out.key or b"").startswith(b"failed:")]
    assert (failed.topic, failed.value) == (STATE, b"")


def test_two_parked_persons_are_released_one_by_one(gateway: Troubled):
    gateway.send("referral.called")
    gateway.person = BO
    gateway.failing = KEYS.person_key(BO)
    gateway.opened_case()
    called = gateway.send("referral.called")
    assert len(gateway.parked) == 2
    gateway.mended().command("release", KEYS.person_key(BO))
    assert gateway.parked == [ANNAS_KEY]
    assert gateway.again(called).duplicate
