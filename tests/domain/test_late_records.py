"""A record with a lower timestamp may be taken later, when it is of another topic (law 4)."""

from __future__ import annotations

from schemas.diagnose import LATEST
from tests.dsl import Gateway, instant


def test_what_an_earlier_record_of_another_topic_releases_is_not_judged_before_it_came():
    gateway = Gateway()
    consent = gateway.event("consent.recorded")
    gateway.consent = consent["id"]
    came = gateway.on("2024-01-11").now
    held = gateway.send("referral.initiated")
    assert held.status == "HELD"
    answer = gateway.on("2024-01-10").put("fk.out.consent", consent)
    assert answer.released == [(held.message_id, "ACCEPTED")]
    final = next(r for r in answer.receipts if r["message_id"] == held.message_id)
    assert instant(final["decided_at"]) == came


def test_a_withdrawal_that_came_before_what_it_ends_does_not_end_it_before_it_came():
    gateway = Gateway()
    gateway.consented()
    came = gateway.later(days=2).now
    held = gateway.send("referral.called")
    assert held.status == "HELD"
    answer = gateway.later(days=-1).consents("withdrawn")
    assert answer.released == [(held.message_id, "WITHHELD")]
    final = next(r for r in answer.receipts if r["message_id"] == held.message_id)
    assert instant(final["decided_at"]) == came


def test_a_message_from_the_last_of_all_instants_waits_and_is_released_like_any_other():
    """A producer may write any timestamp of the years 2000 to 2099."""
    gateway = Gateway()
    gateway.consented()
    referral = gateway.event("referral.initiated")
    called = gateway.event("referral.called")
    held = gateway.put("fk.out.referral", called, timestamp_ms=LATEST - 1)
    assert held.status == "HELD"
    answer = gateway.put("fk.out.referral", referral)
    assert [message_id for message_id, _ in answer.released] == [held.message_id]
