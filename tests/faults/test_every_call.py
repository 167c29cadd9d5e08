"""Law 1, 3 and 5 at every single broker call: whatever call fails, the committed log is the same.

The engine is the real one, the broker a model (see `model`), so that a run takes milliseconds and
each of its calls can be refused, left unanswered, or be the one at which the partitions are taken
and given back, or the process is killed, or frozen while another takes over. Wrong engines show
that the check can fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from gateway.shell import committer
from gateway.shell import engine as engine_module
from schemas.topics import ALL_TOPICS, INPUT_TOPICS, STATE
from simulator.wire import SimRecord
from tests.dsl import AGREEMENT, ANNA, KEYS
from tests.faults import wrong
from tests.faults.checker import violations
from tests.faults.folded import folded
from tests.faults.model import OWNER, Kind
from tests.faults.modelled import PARTITIONS, Model, committed_bytes
from tests.faults.story import story

pytestmark = pytest.mark.unmeasured

OUTPUTS = [topic for topic in ALL_TOPICS if topic not in INPUT_TOPICS and topic != STATE]
KINDS: tuple[Kind, ...] = ("refused", "unanswered", "killed", "rebalanced")


@cache
def records() -> tuple[SimRecord, ...]:
    """One person's case with everything that can become of a message."""
    return tuple(story(ANNA))


@cache
def undisturbed() -> Mapping[Any, Any]:
    """What the fold alone makes of the records, each committed by itself."""
    return committed_bytes(folded(records()), OUTPUTS)


@cache
def calls() -> tuple[str, ...]:
    """The calls of a run in which nothing goes wrong."""
    with pytest.MonkeyPatch.context() as patch:
        model = Model(patch, records())
        made = tuple(model.run())
        assert committed_bytes(model.log, OUTPUTS) == undisturbed()
        assert violations(model.log) == []
        return made


def test_an_undisturbed_run_makes_every_kind_of_call() -> None:
    assert set(calls()) == {
        "consumer.start", "init_producer", "metadata", "committed", "beginning_offsets",
        "end_offsets", "fetch", "produce", "add_offsets", "txn_offset_commit", "end_txn",
        "consumer.stop",
    }  # fmt: skip
    assert calls().count("end_txn") > 4


@pytest.mark.parametrize("express", ["auto", "off"])
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_call_fails_the_committed_log_is_the_same(kind: Kind, express: Any) -> None:
    for at in range(1, len(calls()) + 1):
        with pytest.MonkeyPatch.context() as patch:
            model = Model(patch, records(), express=express)
            model.run(at, kind)
            found = committed_bytes(model.log, OUTPUTS)
            assert found == undisturbed(), f"call {at} ({calls()[at - 1]}) {kind}"
            assert violations(model.log) == [], f"call {at} ({calls()[at - 1]}) {kind}"


def overtaken(make: Any = None, setup: Any = None) -> Iterator[str]:
    """Freeze one process before a call of a transaction, let another take over, thaw the first.

    Yields:
        At which calls of both the committed log came out different.
    """
    second = [i for i, name in enumerate(calls(), 1) if name == "end_txn"][1]
    third = [i for i, name in enumerate(calls(), 1) if name == "end_txn"][2]
    for at in range(second + 1, third + 2):
        for until in (1, *range(2, 30, 3), 45, 10_000):
            with pytest.MonkeyPatch.context() as patch:
                model = Model(patch, records(), *([] if make is None else [make]))
                if setup is not None:
                    setup(patch)
                model.overtaken(at, until)
                if committed_bytes(model.log, OUTPUTS) != undisturbed():
                    yield f"frozen at {at}, thawed at {until}"


def test_a_frozen_owner_that_wakes_up_beside_its_successor_changes_nothing() -> None:
    assert list(overtaken()) == []


# -- engines that are wrong on purpose


def test_a_transactional_id_per_process_is_caught() -> None:
    """The tutorial's way: nobody fences the frozen owner (decision 0001)."""
    producer = wrong.id_per(lambda: OWNER.get().name)
    assert any(
        overtaken(setup=lambda patch: patch.setattr(engine_module, "task_producer", producer))
    )


def test_offsets_asked_for_before_the_old_owner_is_fenced_are_caught() -> None:
    made = wrong.seeks_before_start()
    assert any(overtaken(lambda settings: made(settings, AGREEMENT, KEYS, PARTITIONS)))


def broken(commit: Any, kind: Kind) -> Iterator[int]:
    """At which failed calls an engine with another way to commit comes out different."""
    for at in range(1, len(calls()) + 1):
        with pytest.MonkeyPatch.context() as patch:
            model = Model(patch, records())
            patch.setattr(committer, "commit", commit)
            model.run(at, kind)
            if committed_bytes(model.log, OUTPUTS) != undisturbed():
                yield at


def test_a_commit_that_does_not_await_its_sends_is_caught() -> None:
    """Aiokafka commits although a produce has failed: a receipt would be lost."""
    assert any(broken(wrong.unawaited, "refused"))


def test_offsets_committed_before_the_outputs_are_caught() -> None:
    assert any(broken(wrong.acknowledged_first(), "killed"))


def test_a_memory_of_ids_outside_the_transaction_is_caught() -> None:
    assert any(broken(wrong.remembered_apart(), "killed"))
