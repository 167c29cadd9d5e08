"""The log that a gateway makes, made by the fold alone: no broker, no processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from schemas.codec import Codec, Record
from schemas.partition import partition_of
from simulator.wire import SimRecord
from tests.dsl import AGREEMENT, KEYS
from tests.kafka.live import PARTITIONS, Log
from tests.twin import TwinFold


def folded(records: Iterable[SimRecord]) -> Log:
    """Inputs and everything written because of them, each record committed by itself."""
    codec = Codec(KEYS, PARTITIONS)
    folds = [TwinFold(n, codec, AGREEMENT, KEYS, PARTITIONS) for n in range(PARTITIONS)]
    log: Log = defaultdict(list)
    for record in records:
        n = record.partition
        n = partition_of(record.key or b"", PARTITIONS) if n is None else n
        place = (record.topic, n)
        taken = Record(
            *place, len(log[place]), record.timestamp_ms, record.key, record.value, record.headers
        )
        log[place].append(taken)
        folds[n].take(taken)
        for out in folds[n].drain():
            there = log[out.topic, n]
            there.append(
                Record(out.topic, n, len(there), out.timestamp_ms, out.key, out.value, out.headers)
            )
    return dict(log)
