"""A generated year through the gateway's fold, without Kafka: what the gateway wrote for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.agreement import load
from gateway.shell.fold import Fold
from gateway.shell.outputs import Outgoing
from schemas.codec import Codec, Record
from schemas.keys import KeyRing
from schemas.partition import partition_of
from simulator.days import DAY_MS
from simulator.wire import SimRecord
from simulator.year import DEFAULT_PARTITIONS, Year

_AFTER_THE_YEAR_MS = 60 * DAY_MS


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


def folded(year: Year) -> Run:
    """The year through one fold per partition, in the order of the timestamps."""
    keys, agreement = KeyRing.published_test_keys(), load()
    codec = Codec(keys, DEFAULT_PARTITIONS)
    folds = [Fold(n, codec, agreement, keys) for n in range(DEFAULT_PARTITIONS)]
    offsets: Counter[tuple[str, int]] = Counter()
    result = Run()

    def drained(fold: Fold) -> list[dict[str, Any]]:
        written = list(fold.pending)
        fold.drain()
        return result.take(written)

    for record in year.records:
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
        fold.advance(year.records[-1].timestamp_ms + _AFTER_THE_YEAR_MS)
        result.later.update(receipt["status"] for receipt in drained(fold))
    return result
