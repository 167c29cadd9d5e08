"""A fault of the lane is told like any other, and the next process does without it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.express.lane import open_lane
from gateway.shell.express_fold import ExpressFold
from gateway.shell.outputs import Outgoing
from gateway.shell.parking import Lot, Poison
from schemas.codec import Codec, Record
from tests.dsl import AGREEMENT, ANNA, KEYS, PARTITIONS, Gateway
from tests.express.lanes import tables


class Faulty:
    """A lane that fails at what it is asked to decide; all else is the real one."""

    def __init__(self, lane: Any) -> None:
        self._lane = lane

    def take(self, _: Record) -> int:
        """Panic."""
        raise RuntimeError("the express lane has failed")

    def tick(self, _key: str, _due: int) -> list[str]:
        """Panic."""
        raise RuntimeError("the express lane has failed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lane, name)


def consented() -> tuple[Gateway, Record]:
    """A gateway that has taken a consent in Python, and the record of it."""
    gateway = Gateway()
    gateway.consented()
    return gateway, gateway.records[-1]


def fold_of(record: Record, lot: Lot | None = None) -> ExpressFold:
    """A fold with a faulty lane, for the partition of a record."""
    lane: Any = Faulty(open_lane(tables()))
    codec = Codec(KEYS, PARTITIONS)
    return ExpressFold(record.partition, codec, AGREEMENT, KEYS, 100, lot or Lot(), lane=lane)


def test_a_fault_at_a_record_names_the_record_and_its_person_by_key() -> None:
    _, record = consented()
    with pytest.raises(Poison) as found:
        fold_of(record).take(record)
    poison = found.value
    assert (poison.key, poison.problem) == (KEYS.person_key(ANNA), "RuntimeError")
    assert poison.cause == f"{record.topic}/{record.partition}/{record.offset}"


def test_a_fault_at_what_is_due_names_the_person_by_key() -> None:
    gateway, record = consented()
    fold = fold_of(record)
    [stored] = [out for (_, key), out in gateway.stored.items() if key == record.key]
    fold.restore(KEYS.person_key(ANNA), stored.value, 1_000)
    with pytest.raises(Poison) as found:
        fold.advance(2_000)
    assert found.value.key == KEYS.person_key(ANNA)


def test_with_a_mark_of_the_fault_python_decides_the_same() -> None:
    gateway, record = consented()
    with pytest.raises(Poison) as found:
        fold_of(record).take(record)
    lot = Lot()
    failure = lot.after(found.value)
    lot.failed[found.value.key] = failure
    fold = fold_of(record, lot)
    fold.take(record)
    written = [out for out in fold.records() if isinstance(out, Outgoing)]
    assert [out.value for out in written[:4]] == [out.value for out in gateway.log[:4]]
