"""Refusal counters are remembered by id for a bounded time, and never refused for room."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain import counters
from gateway.domain.counters import COUNTED_DAYS, COUNTED_MAX, slot_of
from gateway.domain.state import decode
from tests.dsl import Answer, Gateway

SLOT = slot_of("00000000-0000-4000-8000-000000000000")


def remembered(gateway: Gateway) -> list[int]:
    """How many counters each slot remembers."""
    return [len(decode(out.value).entries) for (_, key), out in gateway.stored.items()
            if key is not None and b":" in key]  # fmt: skip


def in_one_slot(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway in Python alone, all of whose counters share a slot."""
    monkeypatch.setattr("gateway.shell.whose.slot_of", lambda _: SLOT)
    monkeypatch.setattr("tests.twin._tables", lambda *_: None)
    return Gateway().on("2024-04-02")


def count(gateway: Gateway, **data: Any) -> Answer:
    answer = gateway.send("consent.refusal_counted", **data)
    assert answer.status == "ACCEPTED", answer.receipt
    return answer


def test_years_of_counters_are_all_counted_and_a_slot_stays_small(
    monkeypatch: pytest.MonkeyPatch,
):
    gateway = in_one_slot(monkeypatch)
    facts = [count(gateway.later(seconds=1)).fact["fact_id"] for _ in range(COUNTED_MAX * 2)]
    assert len(set(facts)) == COUNTED_MAX * 2
    assert remembered(gateway) == [COUNTED_MAX]


def test_a_repeat_is_known_until_the_days_are_over(monkeypatch: pytest.MonkeyPatch):
    gateway = in_one_slot(monkeypatch)
    first = count(gateway)
    count(gateway.later(days=COUNTED_DAYS), month="2025-04")
    assert gateway.again(first).duplicate
    count(gateway.later(seconds=1), month="2025-04")
    assert remembered(gateway) == [2]
    again = gateway.again(first)
    assert (again.duplicate, again.codes) == (False, ["BR-36"])
    assert again.fact["fact_id"] == first.fact["fact_id"]


def test_an_id_of_both_agencies_is_two_counters():
    gateway = Gateway().on("2024-04-02")
    first = count(gateway)
    event = gateway.event("consent.refusal_counted", "af", envelope={"id": first.message_id})
    second = gateway.put("af.out.consent", event)
    assert (second.status, second.duplicate) == ("ACCEPTED", False)
    assert second.fact["fact_id"] != first.fact["fact_id"]
    assert gateway.again(first).duplicate


def test_the_same_id_with_other_content_is_a_conflict():
    gateway = Gateway().on("2024-04-02")
    assert gateway.again(count(gateway), count=9).codes == ["id.conflict"]


def test_a_counter_past_its_expiry_is_remembered_as_expired():
    gateway = Gateway().on("2024-04-02")
    over = {"expirytime": "2024-04-01T00:00:00Z"}
    answer = gateway.send("consent.refusal_counted", envelope=over)
    assert answer.status == "EXPIRED"
    assert gateway.again(answer).duplicate


def test_slots_are_named_by_the_key_of_nobody_and_three_digits():
    names = {slot_of(f"00000000-0000-4000-8000-{n:012}") for n in range(2_000)}
    assert len(names) > 1_000
    assert all(len(name) == 26 and name.startswith("0" * 22 + ":") for name in names)
    assert counters.slot_of("a") == counters.slot_of("a")
