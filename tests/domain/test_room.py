"""Whatever one agency has sent, the other's withdrawal, void and correction are taken.

Contract-2 A 8, with rooms made small enough to try the limits with every kind of message.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import room
from gateway.domain.state import HeldMessage
from tests.dsl import Answer, Gateway

PART = 40
RESERVE = 6
TAKEN = {"ACCEPTED", "ACCEPTED_WITH_WARNING"}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty messages of each agency, six in reserve, and four that wait."""
    monkeypatch.setattr(room, "ENTRIES_PART", PART)
    monkeypatch.setattr(room, "ENTRIES_RESERVE", RESERVE)
    monkeypatch.setattr(room, "HELD_PART", 4)
    monkeypatch.setattr(room, "HELD_RESERVE", 2)


def filled(gateway: Gateway) -> Gateway:
    """A gateway to which AF has sent messages until its part was full."""
    for _ in range(PART):
        gateway.send("status.enrolled")
    assert gateway.send("status.enrolled").codes == ["gateway.full"]
    return gateway


def remembered(gateway: Gateway, agency: str) -> int:
    return len([entry for entry in gateway.state().entries if entry.agency == agency])


def test_one_agency_cannot_fill_what_is_remembered_for_the_other():
    gateway = filled(Gateway().opened_case())
    assert gateway.send("referral.called").status == "ACCEPTED"


def test_a_withdrawal_is_taken_and_recalls_whatever_the_other_agency_has_sent():
    gateway = Gateway().opened_case()
    answered = gateway.send("referral.answered", "af")
    waiting = gateway.send("plan.intervention_started", insats_id="I-9")
    withdrawal = filled(gateway).consents("withdrawn")
    assert withdrawal.status == "ACCEPTED"
    recalled = withdrawal.notice("consent_withdrawn", "fk")["delivered"]
    assert [one["message_id"] for one in recalled] == [answered.message_id]
    assert (waiting.message_id, "WITHHELD") in withdrawal.released


def test_what_waits_of_one_agency_leaves_the_others_room_to_wait():
    gateway = Gateway()
    gateway.consented()
    held = [gateway.send("referral.answered", "af") for _ in range(5)]
    assert [answer.status for answer in held] == ["HELD"] * 4 + ["REJECTED"]
    assert gateway.send("referral.called").status == "HELD"


def test_the_senders_own_full_part_still_takes_withdrawal_void_and_correction():
    gateway = Gateway().opened_case()
    called = [gateway.send("referral.called") for _ in range(PART - 2)]
    assert gateway.send("referral.called").codes == ["gateway.full"]
    assert gateway.correct(called[0], changes={"unit": "fk-0180"}).status in TAKEN
    assert gateway.void(called[1]).status == "ACCEPTED"
    assert gateway.consents("withdrawn").status == "ACCEPTED"
    assert gateway.consents("refused").status == "ACCEPTED"


def test_a_correction_that_waits_has_a_reserve_of_its_own():
    gateway = Gateway()
    gateway.consented()
    first = gateway.send("referral.answered")
    for _ in range(3):
        gateway.send("referral.answered")
    assert gateway.send("referral.answered").codes == ["gateway.full"]
    assert gateway.void(first).status == "HELD"


@pytest.mark.parametrize("kind", ["correction", "withdrawal"])
def test_what_the_reserve_takes_is_bounded_and_only_its_own_sender_can_fill_it(kind: str):
    gateway = filled(Gateway().opened_case())
    called = gateway.send("referral.called")
    for _ in range(PART + RESERVE - 3):
        if kind == "correction":
            assert gateway.correct(called, changes={"unit": "fk-0180"}).status in TAKEN
        else:
            assert gateway.consents("withdrawn").status == "ACCEPTED"
    assert gateway.consents("withdrawn").codes == ["gateway.full"]
    assert len(gateway.state().entries) == 2 * PART + RESERVE


def test_a_correction_that_outgrows_the_reserve_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(room, "BYTES_PART", 100)
    monkeypatch.setattr(room, "BYTES_RESERVE", 100)
    gateway = Gateway().opened_case()
    called = [gateway.send("referral.called") for _ in range(31)]
    refused = gateway.correct(called[0], changes={"unit": "fk-0180"})
    assert refused.codes == ["gateway.full"]
    assert "driften" in refused.receipt["reasons"][0]["text_sv"]


_KINDS = ("enrolled", "benefit", "answered", "early", "withdrawn", "refused", "void", "correct")


def _does(gateway: Gateway, kind: str, own: list[Answer]) -> Answer:
    if kind in {"void", "correct"} and own:
        if kind == "void":
            return gateway.void(own[-1])
        return gateway.correct(own[-1], changes={"unit": "af-0180"})
    if kind in {"withdrawn", "refused"}:
        return gateway.consents(kind, "survey", agency="af")
    if kind == "early":
        return gateway.send("plan.intervention_started", insats_id="I-9")
    names = {"benefit": "status.category_changed", "answered": "referral.answered"}
    return gateway.send(names.get(kind, "status.enrolled"), "af")


@pytest.mark.unmeasured
@given(kinds=st.lists(st.sampled_from(_KINDS), min_size=1, max_size=12), times=st.integers(4, 12))
def test_whatever_one_agency_sends_the_others_last_word_has_its_effect(
    kinds: list[str], times: int
):
    """FK's correction and void of its own message, and its withdrawal, after anything of AF."""
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    voided = gateway.send("referral.called")
    own: list[Answer] = []
    for kind in kinds * times:
        answer = _does(gateway, kind, own)
        if kind in {"enrolled", "benefit"} and answer.status in TAKEN:
            own.append(answer)
    assert gateway.correct(called, changes={"unit": "fk-0180"}).status in TAKEN
    assert gateway.void(voided).status == "ACCEPTED"
    withdrawal = gateway.consents("withdrawn")
    assert withdrawal.status == "ACCEPTED"
    assert [held for held in gateway.state().held if _needs_consent(held)] == []
    assert gateway.send("referral.called").codes == ["consent.withdrawn"]


def _needs_consent(held: HeldMessage) -> bool:
    return not held.type_name.startswith(("status.", "consent."))
