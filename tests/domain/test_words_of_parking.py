"""What is said of a parked person's records, to the word; mutants could change it unseen."""

from __future__ import annotations

import pytest

from gateway.domain import room
from schemas.reasons import Finding, render
from tests.dsl import Answer
from tests.parked_dsl import Troubled


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Troubled:
    return Troubled.at_a_call(monkeypatch)


def counted(answer: Answer) -> list[tuple[str, str, str]]:
    """What the quality statistics count of an answer: fact, type of message, status."""
    return [
        (fact["fact"], fact["fields"]["message_type"], fact["fields"]["status"])
        for fact in answer.quality
    ]


def test_the_statistics_count_what_is_held_by_its_type(gateway: Troubled):
    held = gateway.send("referral.called")
    assert counted(held) == [("quality.held", "referral.called", "HELD")]
    assert not held.duplicate


def test_the_same_id_with_other_content_is_told_where_the_conflict_is(gateway: Troubled):
    gateway.send("referral.called")
    answered = gateway.send("referral.answered")
    conflict = gateway.again(answered, unit="fk-0180")
    assert conflict.receipt["reasons"] == [render(Finding("id.conflict", "error", "id"))]


def test_what_is_beyond_the_limit_is_told_so(gateway: Troubled, monkeypatch: pytest.MonkeyPatch):
    gateway.send("referral.called")
    monkeypatch.setattr(room, "KEPT_PART", 1)
    refused = gateway.send("plan.set")
    assert refused.receipt["reasons"] == [render(Finding("gateway.full", "error"))]


def test_the_bytes_of_all_in_line_count_against_the_limit(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    """The limit is between two and three messages of these."""
    gateway.send("referral.called")
    size = sum(len(o.value) for o in gateway.stored.values() if b"referral.called" in o.value)
    monkeypatch.setattr(room, "KEPT_BYTES_PART", size * 2)
    assert gateway.send("referral.called").status == "HELD"
    assert gateway.send("referral.called").status == "REJECTED"


def test_what_is_given_up_is_answered_as_what_it_was(gateway: Troubled):
    called = gateway.send("referral.called")
    given_up = gateway.later(days=1).command("expire", record=gateway.place(called))
    (final,) = given_up.receipts
    held = called.receipt
    assert final["status"] == "REJECTED"
    same = ("message_id", "source", "ce_type", "type", "case_id", "content_sha256", "topic")
    assert {n: final[n] for n in same if n in final} == {n: held[n] for n in same if n in held}
    assert counted(given_up) == [("quality.rejected", "referral.called", "REJECTED")]
    assert final["reasons"] == [render(Finding("gateway.parked", "error", None, "given_up"))]
