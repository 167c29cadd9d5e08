"""The checker sees what it is there to see: each kind of damage to a good log, no broker needed.

The log is a small year decided by the fold alone; before it is damaged it keeps all laws.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.shell.fold import TASK_KEY
from schemas.record import Record
from schemas.topics import AUDIT, FOLLOWUP, NOTICE_TOPICS, STATE
from tests.faults.checker import violations
from tests.faults.folded import folded
from tests.faults.harness import year
from tests.kafka.live import Log

REFERRALS = "af.in.referral"
RECEIPTS = "fk.receipts"


@pytest.fixture(scope="module")
def good() -> Log:
    """What a gateway makes of a small year."""
    return folded(year(3, 0.005))


def damaged(log: Log, topic: str, damage: Callable[[list[Record]], object]) -> list[str]:
    """The laws broken after damage to the fullest partition of a topic."""
    place = max((place for place in log if place[0] == topic), key=lambda place: len(log[place]))
    copy = log | {place: list(log[place])}
    damage(copy[place])
    return sorted({text.partition(":")[0] for text in violations(copy)})


def _twice(records: list[Record]) -> None:
    records.append(records[-1])


def _less(records: list[Record]) -> None:
    del records[len(records) // 2]


def _swap(records: list[Record]) -> None:
    records[0], records[1] = records[1], records[0]


def _edit(old: bytes, new: bytes) -> Callable[[list[Record]], None]:
    def edit(records: list[Record]) -> None:
        at = next(i for i, record in enumerate(records) if old in (record.value or b""))
        value = (records[at].value or b"").replace(old, new)
        records[at] = records[at]._replace(value=value)

    return edit


def _header(name: str, value: bytes) -> Callable[[list[Record]], None]:
    def edit(records: list[Record]) -> None:
        records[0] = records[0]._replace(headers=(*records[0].headers, (name, value)))

    return edit


def _old_state(records: list[Record]) -> None:
    records.append(next(record for record in records if record.key == TASK_KEY.encode()))


def test_the_good_log_keeps_the_laws(good: Log) -> None:
    assert violations(good) == []


@pytest.mark.parametrize(
    ("topic", "damage", "laws"),
    [
        (REFERRALS, _twice, {"deliveries", "order"}),
        (REFERRALS, _less, {"deliveries", "order"}),
        (REFERRALS, _swap, {"order"}),
        (REFERRALS, _edit(b"S-2024", b"S-2025"), {"deliveries"}),
        (REFERRALS, _header("note", b"198504129805"), {"numbers"}),
        (RECEIPTS, _twice, {"receipts", "audit"}),
        (RECEIPTS, _less, {"receipts", "audit"}),
        (RECEIPTS, _swap, {"audit"}),
        (RECEIPTS, _edit(b'"ACCEPTED"', b'"REJECTED"'), {"audit", "deliveries", "facts"}),
        (RECEIPTS, _edit(b'"case_id":"', b'"case_id":"19850412-9805 '), {"numbers"}),
        ("fk.out.referral", _less, {"receipts"}),
        ("fk.out.referral", _twice, {"audit"}),
        (FOLLOWUP, _twice, {"facts"}),
        (FOLLOWUP, _less, {"facts"}),
        (FOLLOWUP, _edit(b'"revision":1', b'"revision":2'), {"facts"}),
        (AUDIT, _twice, {"audit", "state"}),
        (AUDIT, _less, {"audit", "state"}),
        (AUDIT, _edit(b"envelope", b"envelops"), {"audit"}),
        (STATE, _old_state, {"state"}),
        (NOTICE_TOPICS[0], _twice, {"notices"}),
    ],
)
def test_damage_is_seen(
    good: Log, topic: str, damage: Callable[[list[Record]], None], laws: set[str]
) -> None:
    assert laws <= set(damaged(good, topic, damage))
