"""Any registered message on any reachable state gets an answer, and the laws hold after each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.migrate import load
from gateway.domain.state import encode
from schemas.keys import NO_PERSON_KEY
from tests.properties.messages import Draft, histories, played

pytestmark = pytest.mark.unmeasured

FINAL = {"ACCEPTED", "ACCEPTED_WITH_WARNING", "REJECTED", "EXPIRED", "WITHHELD"}


@given(histories())
@settings(max_examples=120)
def test_every_message_is_answered_and_every_wait_ends(history: list[Draft]):
    """The invariants are checked at each step by the test language; nothing raises."""
    gateway, answers = played(history)
    for answer in answers:
        assert answer.status in FINAL | {"HELD"}
    gateway.later(days=500).tick()
    assert gateway.state().held == ()


@given(histories())
@settings(max_examples=60)
def test_what_is_stored_is_what_is_known(history: list[Draft]):
    """Encode and decode are each other's inverse, and an unchanged state is the same bytes."""
    gateway, _ = played(history)
    for (_, key), out in gateway.stored.items():
        if key is not None and len(key) >= len(NO_PERSON_KEY) and out.value:
            state = load(out.value)
            assert encode(state) == out.value
            assert load(encode(state)) == state


@given(histories(), st.lists(st.integers(0, 20), max_size=8))
@settings(max_examples=60)
def test_repeating_any_of_the_messages_changes_nothing(history: list[Draft], places: list[int]):
    """Laws 2 and 3: repeated accepted ones give the original receipt, refused ones are judged.

    What a late message left due behind stream time happens first: it is not the repetition's doing.
    """
    gateway, answers = played(history)
    gateway.tick()
    before = gateway.state()
    for place in places:
        if place >= len(answers):
            continue
        known = any(
            entry.message_id.hex() == answers[place].message_id.replace("-", "")
            for entry in (*before.entries, *before.held)
        )
        repeated = gateway.again(answers[place])
        if known:
            assert repeated.duplicate
            assert gateway.state() == before
        elif repeated.status == "REJECTED":
            assert gateway.state() == before
        gateway.tick()
        before = gateway.state()
