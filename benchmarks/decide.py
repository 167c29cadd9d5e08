"""The cost of a decision without Kafka: the reconstructed year through codec and fold alone.

Method: one process with six folds takes the records in the order of their timestamps, and encodes
the states after every 1 000 records, as a commit would. The first pass fills the caches. The second
times each message. The third times the parts with wrappers, which slow it down, so only the shares
come from it. The fourth measures the size of the stored states.

`python -m benchmarks.decide [--scale S] [--out FILE.json] [--profile FILE]`
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from unittest import mock

from rich.table import Table

from benchmarks.kafka import PARTITIONS, partition_for
from benchmarks.output import figures, number, percentile, tell
from gateway.agreement import load
from gateway.domain.decide import decide
from gateway.shell.fold import Fold
from gateway.shell.outputs import Outgoing, outgoing
from schemas.codec import Codec, Decoded, Record
from schemas.keys import KeyRing
from simulator.wire import SimRecord
from simulator.year import generate

_SEED: Final = 2024
_COMMIT_EVERY: Final = 1_000

Result = dict[str, Any]


def numbered(records: Iterable[SimRecord]) -> list[Record]:
    """The year as it would stand in the log."""
    offsets: dict[tuple[str, int], int] = defaultdict(int)
    found = []
    for record in records:
        partition = partition_for(record)
        offset = offsets[record.topic, partition]
        offsets[record.topic, partition] = offset + 1
        found.append(
            Record(
                record.topic,
                partition,
                offset,
                record.timestamp_ms,
                record.key,
                record.value,
                record.headers,
            )
        )
    return found


class Folds:
    """The folds of all partition numbers."""

    def __init__(self, codec: type[Codec] = Codec) -> None:
        keys = KeyRing.published_test_keys()
        agreement = load(None)
        self._folds = [Fold(n, codec(keys, PARTITIONS), agreement, keys) for n in range(PARTITIONS)]

    def take(self, record: Record) -> None:
        """Decide one record."""
        self._folds[record.partition].take(record)

    @property
    def persons(self) -> int:
        """How many persons are known."""
        return sum(fold.persons for fold in self._folds)

    @property
    def stored_bytes(self) -> int:
        """Size of all their states as they are stored."""
        return sum(fold.stored_bytes for fold in self._folds)

    def drain(self) -> Iterator[Outgoing]:
        """Everything to be written since last time."""
        for fold in self._folds:
            if fold.pending:
                yield from fold.drain()


def fold_year(records: Sequence[Record]) -> Iterator[Outgoing]:
    """Everything that comes of the records."""
    folds = Folds()
    for start in range(0, len(records), _COMMIT_EVERY):
        for record in records[start : start + _COMMIT_EVERY]:
            folds.take(record)
        yield from folds.drain()


class _Clock:
    """Nanoseconds spent in each part; a part within a part counts only for the inner one."""

    def __init__(self) -> None:
        self.spent: dict[str, int] = defaultdict(int)
        self._inner = [0]

    def timed(self, part: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Do the work and book its time."""
        self._inner.append(0)
        started = time.perf_counter_ns()
        result = work(*arguments)
        took = time.perf_counter_ns() - started
        self.spent[part] += took - self._inner.pop()
        self._inner[-1] += took
        return result


def _each(records: Sequence[Record]) -> tuple[list[float], list[float]]:
    """Microseconds of each message, and of the encoding of states per message of each commit."""
    folds = Folds()
    taken, drained = [], []
    for start in range(0, len(records), _COMMIT_EVERY):
        chunk = records[start : start + _COMMIT_EVERY]
        for record in chunk:
            started = time.perf_counter_ns()
            folds.take(record)
            taken.append((time.perf_counter_ns() - started) / 1000)
        started = time.perf_counter_ns()
        for _ in folds.drain():
            pass
        drained.append((time.perf_counter_ns() - started) / 1000 / len(chunk))
    return taken, drained


def _shares(records: Sequence[Record]) -> dict[str, float]:
    """The share of each part in the whole; the rest is the fold's own bookkeeping."""
    clock = _Clock()

    class Timed(Codec):
        def decode(self, record: Record) -> Decoded:
            decoded: Decoded = clock.timed("codec", super().decode, record)
            return decoded

    def timed_decide(*arguments: Any) -> Any:
        return clock.timed("decide", decide, *arguments)

    def timed_outgoing(*arguments: Any) -> Any:
        return clock.timed("outputs", lambda: list(outgoing(*arguments)))

    with (
        mock.patch("gateway.shell.fold.decide", timed_decide),
        mock.patch("gateway.shell.fold.outgoing", timed_outgoing),
    ):
        folds = Folds(Timed)
        for start in range(0, len(records), _COMMIT_EVERY):
            for record in records[start : start + _COMMIT_EVERY]:
                clock.timed("fold", folds.take, record)
            clock.timed("state encode", lambda: list(folds.drain()))
    whole = sum(clock.spent.values())
    return {part: clock.spent[part] / whole for part in sorted(clock.spent)}


def _growth(records: Sequence[Record]) -> list[Result]:
    """Persons known, and stored bytes of each, after every quarter of the messages."""
    folds = Folds()
    found: list[Result] = []
    for quarter in range(4):
        for record in records[len(records) * quarter // 4 : len(records) * (quarter + 1) // 4]:
            folds.take(record)
        for _ in folds.drain():
            pass
        share = folds.stored_bytes / max(1, folds.persons)
        found.append({"persons": folds.persons, "bytes_per_person": share})
    return found


def measure(scale: float = 1.0, profile: Path | None = None) -> Result:
    """Microseconds per message, and where they go.

    Args:
        scale: share of the printed year.
        profile: where to write cProfile's statistics of one further pass.
    """
    records = numbered(generate(_SEED, scale=scale).records)
    # The records themselves are no garbage to look for.
    gc.collect()
    gc.freeze()
    try:
        written = sum(1 for _ in fold_year(records))
        taken, drained = _each(records)
        shares = _shares(records)
        growth = _growth(records)
        if profile is not None:
            profiler = cProfile.Profile()
            profiler.runcall(lambda: sum(1 for _ in fold_year(records)))
            profiler.dump_stats(profile)
    finally:
        gc.unfreeze()
    ordered = sorted(taken)
    encode = percentile(sorted(drained), 0.5)
    median = percentile(ordered, 0.5) + encode
    return {
        "messages": len(records),
        "records_written_per_message": written / len(records),
        "median_us": median,
        "mean_us": sum(taken) / len(taken) + sum(drained) / len(drained),
        "p99_us": percentile(ordered, 0.99) + encode,
        "messages_per_second_at_median": 1e6 / median,
        "shares": shares,
        "state": growth,
    }


def rows(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each figure with its name and unit."""
    for name, key in (("median", "median_us"), ("mean", "mean_us"), ("99th percentile", "p99_us")):
        yield f"{name} per message", f"{number(result[key])} µs"
    yield "messages per second at the median", number(result["messages_per_second_at_median"])
    yield "records written per message", number(result["records_written_per_message"])
    for part, share in result["shares"].items():
        yield f"share of {part}", f"{100 * share:.0f} %"
    for quarter, state in enumerate(result["state"], 1):
        name = f"state per person after {quarter} of 4 parts of the messages"
        yield name, f"{number(state['bytes_per_person'])} bytes, {number(state['persons'])} persons"


def table(result: Mapping[str, Any]) -> Table:
    """The figures for people."""
    return figures(f"deciding {result['messages']} messages without Kafka", rows(result))


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.decide", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--profile", type=Path)
    wanted = parser.parse_args(arguments)
    return tell(lambda: measure(wanted.scale, wanted.profile), table, wanted.out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
