"""Rules in shadow: they change no byte, and say where they would."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.agreement import Agreement, in_words
from gateway.shell.telemetry import SHADOW
from tests.dsl import AGREEMENT, Gateway, all_examples, example, put_example

#: A rule set with an answer of its own at every turn.
STRICT: dict[str, Any] = {
    "version": "2027.1-draft",
    "dates": {"outcome_required": "2020-01-01", "af_path_closed": "2012-01-01"},
    "limits": {"late_days": 0},
    "families": {"status": {"grounds": ["consent:information_exchange"]}},
    "types": {"sgi.opened": {"senders": ["af"]}},
}


def with_shadow(shadow: dict[str, Any] | None = None) -> Agreement:
    """The default agreement with rules in shadow."""
    return Agreement.model_validate({**AGREEMENT.model_dump(), "shadow": shadow or STRICT})


def differences(gateway: Gateway) -> dict[tuple[str, ...], int]:
    """(code, binding, shadow) -> how often."""
    found: dict[tuple[str, ...], int] = {}
    for fold in gateway.folds:
        for (counter, labels), count in fold.tally.counts.items():
            if counter is SHADOW:
                found[labels] = found.get(labels, 0) + count
    return found


def test_not_a_byte_is_other_with_rules_in_shadow():
    """All examples of the contract, accepted and refused, and what becomes due after them."""
    plain, shadowed = Gateway(), Gateway(agreement=with_shadow())
    for name in all_examples():
        for gateway in (plain, shadowed):
            put_example(gateway, example(name))
    for gateway in (plain, shadowed):
        gateway.later(days=200).tick()
    assert shadowed.log == plain.log
    assert shadowed.stored == plain.stored
    assert differences(plain) == {}
    assert differences(shadowed)


def test_a_stricter_rule_is_counted_with_both_answers():
    gateway = Gateway(agreement=with_shadow()).on("2023-06-01").assessed_case()
    assert gateway.send("plan.closed", outcome=None).status == "ACCEPTED_WITH_WARNING"
    assert differences(gateway) == {("BR-30", "ACCEPTED_WITH_WARNING", "REJECTED"): 1}


def test_a_milder_rule_is_counted_too():
    later = with_shadow({"version": "x", "dates": {"outcome_required": "2030-01-01"}})
    gateway = Gateway(agreement=later).on("2024-06-01").assessed_case()
    assert gateway.send("plan.closed", outcome=None).status == "REJECTED"
    assert differences(gateway) == {("BR-30", "REJECTED", "ACCEPTED_WITH_WARNING"): 1}


def test_senders_grounds_and_limits_can_be_tried():
    gateway = Gateway(agreement=with_shadow()).on("2024-03-02")
    gateway.send("status.enrolled")
    gateway.consented()
    gateway.send("sgi.opened", day="2024-03-01")
    assert differences(gateway) == {
        ("consent.missing", "ACCEPTED", "REJECTED"): 1,
        ("BR-43", "ACCEPTED", "REJECTED"): 1,
        ("BR-36", "ACCEPTED", "REJECTED"): 1,
    }


def test_where_both_agree_nothing_is_counted():
    gateway = Gateway(agreement=with_shadow()).on("2024-03-01").assessed_case()
    held = gateway.send("plan.intervention_started")
    assert held.status == "HELD"
    assert differences(gateway) == {}


@pytest.mark.parametrize("case", ["repeated", "conflict", "expired", "unreadable"])
def test_what_no_rule_answers_is_not_compared(case: str):
    gateway = Gateway(agreement=with_shadow()).on("2024-03-01")
    first = gateway.send("consent.recorded")
    if case == "repeated":
        gateway.later(days=3).again(first)
    elif case == "conflict":
        gateway.later(days=3).again(first, unit="other")
    elif case == "expired":
        past = {"expirytime": "2024-02-01T00:00:00Z"}
        assert gateway.send("status.enrolled", envelope=past).status == "EXPIRED"
    else:
        gateway.take("fk.out.plan", b"{", b"0" * 22)
    assert differences(gateway) == {}


def test_what_is_refused_because_too_much_waits_is_not_compared(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.domain.room.HELD_PART", 0)
    gateway = Gateway(agreement=with_shadow()).on("2024-03-01")
    gateway.consented()
    assert gateway.send("referral.called").status == "REJECTED"
    assert differences(gateway) == {}


def test_a_correction_is_judged_by_both():
    gateway = Gateway(agreement=with_shadow()).on("2023-06-01").assessed_case()
    closed = gateway.send("plan.closed")
    corrected = gateway.correct(closed, changes={"outcome": None})
    assert corrected.status == "ACCEPTED_WITH_WARNING"
    assert differences(gateway) == {("BR-30", "ACCEPTED_WITH_WARNING", "REJECTED"): 1}


def test_the_agreement_says_in_words_what_is_tried():
    said = [line.text for line in in_words(with_shadow())]
    assert "I skugga, binder inte / In shadow, not binding: 2027.1-draft" in said
    assert "outcome_required: 2024-01-01 -> 2020-01-01" in said
    assert "en: From 2020-01-01 a closing needs an outcome." in said
    assert "late_days: 30 -> 0" in said
    assert "sgi.opened: AF" in said, "FK sends it now"
    assert not any("skugga" in line.text for line in in_words(AGREEMENT))


@pytest.mark.parametrize(
    ("shadow", "place"),
    [
        ({"version": "x", "dates": {"no_such_day": "2024-01-01"}}, "dates.no_such_day"),
        ({"version": "x", "limits": {"late_days": -1}}, "limits.late_days"),
        ({"version": "x", "families": {"nothing": {}}}, "families"),
        ({"limits": {}}, "version"),
    ],
)
def test_a_shadow_that_cannot_be_used_is_found_at_the_start(shadow: dict[str, Any], place: str):
    with pytest.raises(ValueError, match=place):
        with_shadow(shadow)


def test_every_status_that_the_shadow_comes_to_is_told():
    lenient = with_shadow(
        {
            "version": "x",
            "limits": {"late_days": 1000},
            "types": {"referral.called": {"senders": ["fk", "af"]}},
        }
    )
    gateway = Gateway(agreement=lenient).on("2024-03-01")
    gateway.consented()
    gateway.send("status.enrolled", day="2024-01-02")
    gateway.send("referral.called", "af")
    assert differences(gateway) == {
        ("BR-36", "ACCEPTED_WITH_WARNING", "ACCEPTED"): 1,
        ("BR-43", "REJECTED", "HELD"): 1,
        ("case.awaited", "REJECTED", "HELD"): 1,
    }
