"""The gateway against the simulator's own books (law 8), without Kafka.

The simulator knows nothing of the gateway's code. Here a small year goes through the gateway's
fold: first receipts, later receipts, quarantine and the joint assessments must come out as booked,
in the end and as of an earlier time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from gateway.agreement import load
from gateway.shell.fold import Fold
from gateway.shell.outputs import Outgoing
from schemas.codec import Codec, Record
from schemas.keys import KeyRing
from schemas.partition import partition_of
from simulator.days import DAY_MS, midnight_ms
from simulator.printed import OTHER, Cell
from simulator.wire import SimRecord
from simulator.year import DEFAULT_PARTITIONS, Year

_AFTER_THE_YEAR_MS = 60 * DAY_MS
_SEX = {"kvinna": "women", "man": "men"}


@dataclass
class Run:
    """What the gateway wrote for a year; `firsts` has the first receipt of every record."""

    firsts: list[tuple[SimRecord, dict[str, Any]]] = field(default_factory=list)
    later: Counter[str] = field(default_factory=Counter)
    facts: list[dict[str, Any]] = field(default_factory=list)
    quarantined: int = 0

    def take(self, written: list[Outgoing]) -> list[dict[str, Any]]:
        """Sort one decision's outputs; returns its receipts."""
        receipts = []
        for out in written:
            if out.topic == "followup.events":
                self.facts.append(orjson.loads(out.value)["data"])
            elif out.topic.endswith(".receipts"):
                receipts.append(orjson.loads(out.value)["data"])
            elif out.topic == "gateway.quarantine":
                self.quarantined += 1
        return receipts

    def assessments(self, as_of: str) -> Counter[Cell]:
        """Joint assessments of 2024 by inner cell, from the facts registered until then."""
        latest: dict[str, dict[str, Any]] = {}
        for fact in self.facts:
            if fact["registered_at"] <= as_of:
                latest[fact["fact_id"]] = fact
        return Counter(
            Cell(_group(fact["benefits"]), _SEX[fact["sex"]])
            for fact in latest.values()
            if fact["fact"] == "meeting.assessment_completed"
            and not fact["voided"]
            and "confirms" not in fact["fields"]
            and fact["event_at"].startswith("2024")
        )


def _group(benefits: list[str]) -> str:
    if "sjukpenning" in benefits:
        return "sjukpenning"
    young = any(benefit.startswith("aktivitetsersattning") for benefit in benefits)
    return "aktivitetsersattning" if young else OTHER


@pytest.fixture(scope="module")
def run(small_year: Year) -> Run:
    """The small year through one fold per partition, in the order of the timestamps."""
    keys, agreement = KeyRing.published_test_keys(), load()
    codec = Codec(keys, DEFAULT_PARTITIONS)
    folds = [Fold(n, codec, agreement, keys) for n in range(DEFAULT_PARTITIONS)]
    offsets: Counter[tuple[str, int]] = Counter()
    result = Run()

    def drained(fold: Fold) -> list[dict[str, Any]]:
        written = list(fold.pending)
        fold.drain()
        return result.take(written)

    for record in small_year.records:
        partition = record.partition
        if partition is None:
            partition = partition_of(record.key or b"", DEFAULT_PARTITIONS)
        place = (record.topic, partition)
        fold = folds[partition]
        fold.advance(record.timestamp_ms)
        result.later.update(receipt["status"] for receipt in drained(fold))
        fold.take(
            Record(
                *place,
                offsets[place],
                record.timestamp_ms,
                record.key,
                record.value,
                record.headers,
            )
        )
        offsets[place] += 1
        first, *released = drained(fold)
        result.firsts.append((record, first))
        result.later.update(receipt["status"] for receipt in released)
    for fold in folds:
        fold.advance(small_year.records[-1].timestamp_ms + _AFTER_THE_YEAR_MS)
        result.later.update(receipt["status"] for receipt in drained(fold))
    return result


def test_first_receipts_are_as_expected(run: Run) -> None:
    """Status of every record whose answer is certain, and the codes of every refusal."""
    surprises = Counter(
        (record.kind, record.expect, first["status"])
        for record, first in run.firsts
        if record.expect not in {None, first["status"]}
        or not set(record.codes) <= {reason["code"] for reason in first["reasons"]}
    )
    assert not surprises


def test_every_held_message_gets_one_more_receipt(run: Run) -> None:
    """Law 1: one first receipt, one final."""
    held = sum(
        first["status"] == "HELD" and record.kind != "duplicate" for record, first in run.firsts
    )
    assert run.later.total() == held
    assert run.later["HELD"] == 0


def test_quarantine_is_as_booked(run: Run, small_year: Year) -> None:
    """Records that are no message at all."""
    assert run.quarantined == small_year.truth.quarantined


@pytest.mark.parametrize(
    "day", [date(2024, 2, 1), date(2024, 7, 1), date(2025, 1, 1), date(2025, 7, 1)]
)
def test_statistics_equal_the_books_as_of(run: Run, small_year: Year, day: date) -> None:
    """Law 8: whoever computes from the stream finds what happened, as known then."""
    moment = midnight_ms(day)
    booked = small_year.truth.assessments(moment)
    found = run.assessments(_utc(moment))
    for cell, count in booked.items():
        if "total" not in cell:
            assert found[cell] == count
    assert sum(found.values()) == booked[Cell("total", "total")]


def _utc(moment_ms: int) -> str:
    """RFC 3339 UTC as the gateway writes it, for comparison as text."""
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
