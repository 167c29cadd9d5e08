"""Laws of the store: however the topic is cut into batches and repeated, the rows are the same."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.followup import store as store_module
from gateway.followup.facts import RawFact
from gateway.followup.store import FactStore
from tests.followup.followup_dsl import ANONYMOUS, TOPIC, assessment, gk_counts, log, stored, voided

pytestmark = pytest.mark.unmeasured

VALUES: list[bytes | None] = [
    assessment("a"),
    assessment("b", "2023-12-31", registered="2024-01-10T12:00:00.000Z", sex="man"),
    assessment("c", confirms="a"),
    b"no fact",
    assessment("a", "2024-02-06", revision=2),
    assessment("d", **ANONYMOUS),
    None,
    voided("b", "2024-06-01T12:00:00.000Z"),
    assessment("e", benefits=[]),
    voided("e", "2024-06-01T12:00:00.000Z"),
    assessment("f", sex="okant"),
]
PARTITIONS = 3
LOG = [
    RawFact(number % PARTITIONS, number // PARTITIONS * 2, 1_700_000_000_000, value)
    for number, value in enumerate(VALUES * 2)
]


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name) / "store"


def undisturbed(records: Sequence[RawFact]) -> list[tuple[object, ...]]:
    with folder() as root:
        FactStore.open(root, TOPIC).append(records)
        return stored(root)


WANTED = undisturbed(LOG)

# A run: where the log is cut, and how many records each new process reads again.
cuts = st.lists(st.integers(0, len(LOG)), max_size=8).map(sorted)
repeats = st.lists(st.integers(0, 12), min_size=10, max_size=10)


@settings(max_examples=60, deadline=None)
@given(cuts=cuts, repeats=repeats, small=st.integers(2, 4))
def test_any_batches_with_any_replays_and_merges_give_the_same_rows(
    cuts: list[int], repeats: list[int], small: int
) -> None:
    """Every batch is read by a new process that goes back some records."""
    bounds = [0, *cuts, len(LOG)]
    with folder() as root, patch.object(store_module, "SMALL_SEGMENTS_MAX", small):
        for back, first, last in zip(repeats, bounds, bounds[1:], strict=False):
            FactStore.open(root, TOPIC).append(LOG[max(0, first - back) : last])
        assert stored(root) == WANTED


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 6)), min_size=1, max_size=12))
def test_two_sinks_that_take_turns_give_the_same_rows(steps: list[tuple[bool, int]]) -> None:
    """Two processes on one folder, each reading on from its own place, overlap as they like."""
    with folder() as root, patch.object(store_module, "SMALL_SEGMENTS_MAX", 3):
        sinks = [FactStore.open(root, TOPIC), FactStore.open(root, TOPIC)]
        at = [0, 0]
        for second, length in [*steps, (False, len(LOG))]:
            records = LOG[at[second] : at[second] + length]
            at[second] += len(records)
            sinks[second].append(records)
        assert stored(root) == WANTED


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(len(VALUES))))
def test_the_order_of_arrival_does_not_change_the_counts(order: list[int]) -> None:
    """Law 4: counts come from what the facts say, not from when they came (two partitions)."""
    with folder() as root:
        sink = FactStore.open(root, TOPIC)
        sink.append(log([VALUES[number] for number in order]))
        assert gk_counts(root) == {
            "sjukpenning women": 2,
            "sjukpenning total": 3,
            "sjukpenning unknown": 1,
            "total women": 2,
            "total total": 3,
            "total unknown": 1,
        }
