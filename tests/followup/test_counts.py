"""What a store holds, in numbers that name nobody."""

from __future__ import annotations

from pathlib import Path

from gateway.followup.counts import FactCount, counts
from gateway.followup.store import FactStore
from tests.followup.followup_dsl import ANONYMOUS, TOPIC, assessment, fact, log, store_of, voided


def test_facts_are_counted_by_type_and_by_whether_a_person_stands_behind(tmp_path: Path) -> None:
    """Latest revisions count; records are the topic's."""
    root = store_of(
        tmp_path,
        [
            assessment("a"),
            assessment("b", **ANONYMOUS),
            assessment("c", confirms="a"),
            assessment("d"),
            voided("d", "2024-03-01T12:00:00.000Z"),
            assessment("b", revision=2, **ANONYMOUS),
            fact("e", "plan.set", registered="2024-01-01T10:00:00.000Z"),
        ],
    )
    found = counts(root)
    assert found.records == 7
    assert found.facts == {
        "meeting.assessment_completed": FactCount(
            records=6, personal=2, anonymous=1, voided=1, corrected=2, confirmations=1
        ),
        "plan.set": FactCount(1, 1, 0, 0, 0, 0),
    }
    assert found.newest_registration == "2024-03-01T12:00:00.000Z"


def test_quality_facts_are_counted_by_code(tmp_path: Path) -> None:
    """One fact may have several codes."""
    at = "2024-01-01T10:00:00.000Z"
    root = store_of(
        tmp_path,
        [
            fact("q1", "quality.rejected", registered=at, fields={"codes": ["BR-30", "BR-37"]}),
            fact("q2", "quality.rejected", registered=at, fields={"codes": ["BR-30"]}),
            fact("q3", "quality.held", registered=at, fields={"codes": ["case.awaited"]}),
            fact("q4", "quality.warned", registered=at, fields={"codes": []}),
        ],
    )
    assert counts(root).quality == {
        ("held", "case.awaited"): 1,
        ("rejected", "BR-30"): 2,
        ("rejected", "BR-37"): 1,
    }


def test_refusals_counted_without_identity_are_summed(tmp_path: Path) -> None:
    """A message says how many; a voided one says none."""
    at = "2024-01-01T10:00:00.000Z"
    kind = "consent.refusal_counted"
    root = store_of(
        tmp_path,
        [
            fact("r1", kind, registered=at, fields={"count": 7}, **ANONYMOUS),
            fact("r2", kind, registered=at, fields={"count": 2}, **ANONYMOUS),
            fact("r2", kind, registered=at, fields={}, revision=2, voided=True, **ANONYMOUS),
        ],
    )
    assert counts(root).consent_refusals == 7


def test_what_is_missing_is_counted_too(tmp_path: Path) -> None:
    """Records that are no facts, and stretches that the topic lost."""
    store = FactStore.open(tmp_path, TOPIC)
    store.append(log([assessment("a"), b"no fact"]))
    store.note_gap(0, 5, 9)
    assert (counts(tmp_path).unreadable, counts(tmp_path).gaps) == (1, 1)
