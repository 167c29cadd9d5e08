"""Time from an agency's send to its receipt, at steady rates.

Method: one gateway process decides messages of the reconstructed year, each id once. Messages are
due at fixed moments, so a late sender counts as waiting time. Producers have the SDK's settings. Up
to 1,000 messages/s each message is sent at once. Above that, messages due within 20 ms are sent
together, as a bulk sender does, and that wait counts. A read_committed consumer fetches the
receipts. The clock stops when the first receipt that names the message has arrived.

Sender and reader share one process, and the two cores with broker and gateway. They represent
agencies with machines of their own, so requests are encoded before a round, receipts are parsed
after it, and Python's garbage collector is off meanwhile.

A broker compiles its code after the start, and again when requests become much larger. So messages
are sent unmeasured first: a minute at 1,000 messages/s, a minute of repeats at 2,000, and one turn
of every rate. Then every rate has one turn in each of five rounds. A median or percentile in the
table is the median over the rounds. The highest rate is half of the measured throughput.

`python -m benchmarks.latency [--seconds S] [--rates 10,100,1000] [--out FILE.json]`
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain, cycle, islice, product
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.table import Table

from benchmarks.child import children
from benchmarks.kafka import Place, declare, place
from benchmarks.machine import Sample, between, sample
from benchmarks.output import demand, loaded, number, percentile, screen, write_json
from benchmarks.traffic import Answer, Traffic
from simulator.wire import SimRecord
from simulator.year import generate

RATES: Final = (10, 100, 1_000)
ROUNDS: Final = 5
#: Of a rate in a round.
SECONDS: Final = 6.0
#: What is demanded, in milliseconds: at 100 messages a second, and at half of the most.
_DEMANDED_RATE: Final = 100
MEDIAN_MS, P99_MS, HALF_P99_MS = 15.0, 100.0, 250.0
HEADS: Final = (
    "messages/s", "messages", "median ms", "p99 ms", "p99 of the worst round", "max ms",
    "CPU µs per message", "cores used by others",
)  # fmt: skip
_SEED: Final = 2024
#: Fewer messages than the printed year has.
_YEAR: Final = 150_000
_WARM_UP_SECONDS: Final = 60.0
_WARM_UP_RATE: Final = 1_000
_REPEATS_RATE: Final = 2_000
_BETWEEN_S: Final = 1.0
#: Above this rate a message waits so long for company.
_ALONE_MAX: Final = 1_000
_COMPANY_S: Final = 0.02
_LAST_RECEIPT_S: Final = 30.0

Result = dict[str, Any]


def measure(
    rates: Sequence[int] = RATES, seconds: float = SECONDS, half: float | None = None
) -> list[Result]:
    """Latencies in milliseconds at each rate (messages per second), `seconds` in each round.

    `half` is half of the most that one process was measured to decide; it comes last.
    """
    if half is not None:
        rates = [*rates, int(half)]
    turns = (1 + ROUNDS) * sum(int(rate * seconds) for rate in rates)
    count = int(_WARM_UP_RATE * _WARM_UP_SECONDS) + turns
    records = distinct(count)
    with place(for_latency=True) as where, children() as running:
        asyncio.run(declare(where))
        running.append(where.gateway("latency"))
        running[0].wait_event("assigned")
        return _measure(where, running[0].pid, records, rates, seconds)


def distinct(count: int) -> Iterator[SimRecord]:
    """That many messages of the year in its order, each value once.

    Where one year has too few, other years go side by side with it, as in a larger country: one
    after the other they would take the time back to January, and all at once fall due.
    """
    years = -(-count // _YEAR)
    # A smaller year is enough for few, and sooner made.
    scale = min(1.0, count / (years * _YEAR) + 0.02)
    made = [generate(_SEED + number, scale=scale).records for number in range(years)]
    records = _different(sorted(chain(*made), key=lambda record: record.timestamp_ms))
    if len(records) < count:
        raise ValueError(f"{years} years have {len(records)} messages, but {count} are wanted.")
    return iter(records[:count])


def _different(records: Sequence[SimRecord]) -> list[SimRecord]:
    seen: set[bytes] = set()
    found = []
    for record in records:
        if record.value is not None and record.value not in seen:
            seen.add(record.value)
            found.append(record)
    return found


def _measure(
    where: Place, pid: int, records: Iterator[SimRecord], rates: Sequence[int], seconds: float
) -> list[Result]:
    rounds: dict[int, list[Result]] = {rate: [] for rate in rates}
    with Traffic(where) as traffic:
        warm_up = list(islice(records, int(_WARM_UP_RATE * _WARM_UP_SECONDS)))
        _answered(traffic, iter(warm_up), _WARM_UP_RATE, _WARM_UP_SECONDS)
        _answered(traffic, cycle(warm_up), _REPEATS_RATE, _WARM_UP_SECONDS)
        for rate in rates:
            _answered(traffic, records, rate, seconds)
        for _, rate in product(range(ROUNDS), rates):
            time.sleep(_BETWEEN_S)
            first = sample([pid], where.pids)
            answers = _answered(traffic, records, rate, seconds)
            rounds[rate].append(_round(answers, first, sample([pid], where.pids)))
    return [_result(rate, found) for rate, found in rounds.items()]


def _answered(
    traffic: Traffic, records: Iterator[SimRecord], rate: int, seconds: float
) -> list[Answer]:
    """The answers to what is sent at a rate.

    Raises:
        TimeoutError: a receipt is missing.
    """
    linger_s = _COMPANY_S if rate > _ALONE_MAX else 0.0
    requests = list(traffic.encoded(islice(records, int(rate * seconds)), rate, linger_s))
    traffic.taken()
    traffic.send(requests)
    traffic.wait_answered(_LAST_RECEIPT_S)
    return traffic.taken()


def _round(answers: Sequence[Answer], first: Sample, last: Sample) -> Result:
    milliseconds = sorted(1000 * answer.delay for answer in answers)
    return {
        "messages": len(answers),
        "median_ms": percentile(milliseconds, 0.5),
        "p99_ms": percentile(milliseconds, 0.99),
        "max_ms": milliseconds[-1],
        **between(first, last, len(answers)),
    }


def _result(rate: int, rounds: Sequence[Result]) -> Result:
    """What the rounds of a rate say together."""
    return {
        "rate": rate,
        **{name: median(found[name] for found in rounds) for name in rounds[0]},
        "messages": sum(found["messages"] for found in rounds),
        "max_ms": max(found["max_ms"] for found in rounds),
        "p99_of_rounds_ms": [found["p99_ms"] for found in rounds],
    }


def demands(results: Sequence[Result], half: float | None) -> list[Result]:
    """What is demanded of the latency, as far as it was measured."""
    found = []
    for result in results:
        if result["rate"] == _DEMANDED_RATE:
            at = f"at {_DEMANDED_RATE} messages a second"
            found.append(demand(f"ms median {at}", MEDIAN_MS, result["median_ms"], at_most=True))
            found.append(demand(f"ms 99th percentile {at}", P99_MS, result["p99_ms"], at_most=True))
        if half is not None and result["rate"] == int(half):
            what = f"ms 99th percentile at half of the maximum ({int(half)} a second)"
            found.append(demand(what, HALF_P99_MS, result["p99_ms"], at_most=True))
    return found


def table(results: Sequence[Result]) -> Table:
    """The latencies for people."""
    made = Table(title="send → receipt seen by a read_committed consumer")
    for title in HEADS:
        made.add_column(title, justify="right")
    for row in rows(results):
        made.add_row(*row)
    return made


def rows(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    """The figures of each rate, below `HEADS`."""
    for result in results:
        figures = (
            *(result[name] for name in ("rate", "messages", "median_ms", "p99_ms")),
            max(result["p99_of_rounds_ms"]),
            *(result[name] for name in ("max_ms", "engine_cpu_us", "others_cores")),
        )
        yield tuple(number(figure) for figure in figures)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.latency", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rates", default=",".join(map(str, RATES)))
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args(arguments)
    console = screen()
    loaded(console)
    results = measure([int(rate) for rate in wanted.rates.split(",")], wanted.seconds)
    console.print(table(results))
    if wanted.out is not None:
        write_json(wanted.out, {"latency": results})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
