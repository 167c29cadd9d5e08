"""The gateway against the simulator's own books (law 8), without Kafka.

The simulator knows nothing of the gateway's code. Here a small year goes through the gateway's
fold: first receipts, later receipts, quarantine, reminders and the tables must come out as booked,
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
from simulator.truth import TABLES, Key, figures
from simulator.wire import SimRecord
from simulator.year import DEFAULT_PARTITIONS, Year
from tests.simulator.recount import recount, standing

_AFTER_THE_YEAR_MS = 60 * DAY_MS
#: What `recount` calls the numerator and the denominator of a measure.
_PARTS = {
    "gk_count": ("gk", None),
    "insats_share_after_gk": ("onward", "gk known"),
    "om_meetings_count": ("meetings", None),
    "om_meetings_share_of_refusals": ("meetings", "refusals"),
    "om_enrolled_share": ("enrolled", "meetings"),
}


@dataclass
class Run:
    """What the gateway wrote for a year; `firsts` has the first receipt of every record."""

    firsts: list[tuple[SimRecord, dict[str, Any]]] = field(default_factory=list)
    later: Counter[str] = field(default_factory=Counter)
    facts: list[dict[str, Any]] = field(default_factory=list)
    notices: Counter[str] = field(default_factory=Counter)
    notices_of_the_log: Counter[str] = field(default_factory=Counter)
    quarantined: int = 0

    def take(self, written: list[Outgoing]) -> list[dict[str, Any]]:
        """Sort one decision's outputs; returns its receipts."""
        receipts = []
        for out in written:
            if out.topic == "followup.events":
                self.facts.append(orjson.loads(out.value)["data"])
            elif out.topic.endswith(".receipts"):
                receipts.append(orjson.loads(out.value)["data"])
            elif out.topic.endswith(".notice"):
                self.notices[orjson.loads(out.value)["type"]] += 1
            elif out.topic == "gateway.quarantine":
                self.quarantined += 1
        return receipts


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
    result.notices_of_the_log = result.notices.copy()
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
@pytest.mark.parametrize("table", TABLES)
def test_statistics_equal_the_books_as_of(
    run: Run, small_year: Year, table: str, day: date
) -> None:
    """Law 8: whoever counts the stream finds what happened, as known then, cell by cell."""
    moment = midnight_ms(day)
    found = recount(standing(run.facts, _utc(moment)))
    compared = 0
    for key, figure in figures(small_year.truth, table, moment).items():
        outcome = dict(key.group).get("outcome_h")
        numerator, denominator = (
            (outcome, None) if outcome else _PARTS.get(key.measure, (None,) * 2)
        )
        if numerator is not None:
            assert found[numerator, key.benefit, key.sex] == figure.numerator, key
            compared += 1
        if denominator is not None:
            assert found[denominator, key.benefit, key.sex] == figure.denominator, key
    assert compared >= 6


def test_days_to_the_assessment_are_carried_by_the_facts(run: Run, small_year: Year) -> None:
    """2024-T1, days: the gateway says them of every assessment, also of those without identity."""
    facts = standing(run.facts, "9999")
    days = [
        fact["fields"]["benefit_days"]
        for fact in facts
        if fact["fact"] == "meeting.assessment_completed"
        and fact["event_at"].startswith("2024")
        and fact["fields"]["inside_benefit_period"]
        and "benefit_days" in fact["fields"]
    ]
    booked = figures(small_year.truth, "2024-T1")[Key("gk_days_to_first", "total", (), "total")]
    second_rounds = sum(one.round_no == 2 for one in small_year.truth.ledger.rounds)
    assert booked.denominator == len(days) - second_rounds


def test_reminders_are_the_exception(run: Run, small_year: Year) -> None:
    """Parties that meet regularly are not reminded: few of the open cases are overdue."""
    overdue = run.notices_of_the_log["se.samverkan.notice.follow_up_overdue.v1"] / 2
    assert 0 < overdue < 0.1 * len(small_year.truth.ledger.rounds)
    assert run.notices_of_the_log["se.samverkan.notice.sgi_reminder.v1"] > 0
    assert run.notices_of_the_log["se.samverkan.notice.sgi_missed.v1"] > 0


def _utc(moment_ms: int) -> str:
    """RFC 3339 UTC as the gateway writes it, for comparison as text."""
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
