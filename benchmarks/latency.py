"""Time from an agency's send to its receipt, at steady rates.

Method: one gateway process; messages of the reconstructed year, each id once, go out at fixed
moments (a late sender counts as waiting time), by producers with the options that the SDK gives an
agency. A read_committed consumer with the SDK's options reads the receipts; the clock stops when
it hands over the first receipt that names the message. Sender and reader share one process.
Unmeasured messages go first, a minute of them at 1,000 a second: a broker that has just begun
takes most of a core to compile itself. Half of the maximum is half of what the throughput
measurement had.

`python -m benchmarks.latency [--seconds S] [--rates 10,100,1000] [--out FILE.json]`
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from rich.table import Table

from benchmarks.child import ChildError, children
from benchmarks.kafka import PARTITIONS, Place, declare, place
from benchmarks.machine import Sample, between, sample
from benchmarks.output import demand, loaded, number, percentile, screen, write_json
from gateway.sdk import consumer_options, producer_options
from schemas.partition import partition_of
from schemas.topics import AGENCIES, RECEIPT_TOPICS
from simulator.wire import SimRecord
from simulator.year import generate

RATES: Final = (10, 100, 1_000)
#: What is demanded, in milliseconds: at 100 messages a second, and at half of the most.
_DEMANDED_RATE: Final = 100
MEDIAN_MS, P99_MS, HALF_P99_MS = 15.0, 100.0, 250.0
_SEED: Final = 2024
#: Fewer messages than the printed year has.
_YEAR: Final = 150_000
_WARM_UP_SECONDS: Final = 60.0
_WARM_UP_RATE: Final = 1_000
_BETWEEN_S: Final = 1.0
_LAST_RECEIPT_S: Final = 30.0

Result = dict[str, Any]


@dataclass(slots=True)
class _Book:
    """When each message, named by the hash of its value, went out; and what came back."""

    sent: dict[str, float] = field(default_factory=dict)
    taken: list[float] = field(default_factory=list)

    def received(self, content: str, at: float) -> None:
        """Note the first receipt of a message; later ones (a message was held) are passed over."""
        sent = self.sent.pop(content, None)
        if sent is not None:
            self.taken.append(at - sent)


def measure(
    rates: Sequence[int] = RATES, seconds: float = 20.0, half: float | None = None
) -> list[Result]:
    """Latencies in milliseconds at each rate (messages per second), each kept for `seconds`.

    `half` is half of the most that one process was measured to decide; it comes last.
    """
    if half is not None:
        rates = [*rates, int(half)]
    count = int(_WARM_UP_RATE * _WARM_UP_SECONDS) + sum(int(rate * seconds) for rate in rates)
    records = distinct(count)
    with place() as where, children() as running:
        asyncio.run(declare(where))
        running.append(where.gateway("latency"))
        running[0].wait_event("assigned")
        return asyncio.run(_measure(where, running[0].pid, records, rates, seconds))


def distinct(count: int) -> Iterator[SimRecord]:
    """That many messages of the year in its order, each value once.

    Raises:
        ChildError: the year has too few.
    """
    records: list[SimRecord] = []
    # A smaller year is enough for few, and sooner made.
    for scale in (min(1.0, 0.02 + count / _YEAR), 1.0):
        records = _different(generate(_SEED, scale=scale).records)
        if len(records) >= count:
            return iter(records[:count])
    raise ChildError(f"The year has {len(records)} different messages, {count} are needed.")


def _different(records: Sequence[SimRecord]) -> list[SimRecord]:
    seen: set[bytes] = set()
    found = []
    for record in records:
        if record.value is not None and record.value not in seen:
            seen.add(record.value)
            found.append(record)
    return found


async def _measure(
    where: Place, pid: int, records: Iterator[SimRecord], rates: Sequence[int], seconds: float
) -> list[Result]:
    producers = {
        agency: AIOKafkaProducer(**producer_options(where.bootstrap, f"bench-{agency}"))
        for agency in AGENCIES
    }
    options = consumer_options(where.bootstrap, "bench-reader", None)
    consumer = AIOKafkaConsumer(*RECEIPT_TOPICS, **options)
    book = _Book()
    results = []
    async with contextlib.AsyncExitStack() as stack:
        for client in (*producers.values(), consumer):
            await client.start()
            stack.push_async_callback(client.stop)
        reading = asyncio.create_task(_read(consumer, book))
        stack.callback(reading.cancel)
        await _send(producers, records, book, _WARM_UP_RATE, _WARM_UP_SECONDS)
        for rate in rates:
            await asyncio.sleep(_BETWEEN_S)
            book.taken.clear()
            first = sample([pid], where.pids)
            sent = await _send(producers, records, book, rate, seconds)
            results.append(_result(rate, sent, book.taken, first, sample([pid], where.pids)))
    return results


async def _read(consumer: AIOKafkaConsumer, book: _Book) -> None:
    while True:
        polled = await consumer.getmany(timeout_ms=1_000)
        at = time.perf_counter()
        for records in polled.values():
            for record in records:
                book.received(orjson.loads(record.value)["data"]["content_sha256"], at)


async def _send(
    producers: dict[str, AIOKafkaProducer],
    records: Iterator[SimRecord],
    book: _Book,
    rate: int,
    seconds: float,
) -> int:
    """Send at the given rate, wait for all receipts; how many were sent.

    Raises:
        TimeoutError: a receipt is missing.
    """
    count = int(rate * seconds)
    confirmed = []
    begin = time.perf_counter() + 0.1
    for place_in_time in range(count):
        record = next(records)
        due = begin + place_in_time / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        assert record.value is not None, "tombstones have been left out"
        book.sent[sha256(record.value).hexdigest()] = due
        confirmed.append(
            await producers[record.topic[:2]].send(
                record.topic,
                record.value,
                key=record.key,
                partition=partition_for(record),
                timestamp_ms=record.timestamp_ms,
                headers=list(record.headers),
            )
        )
    await asyncio.gather(*confirmed)
    async with asyncio.timeout(_LAST_RECEIPT_S):
        while book.sent:  # noqa: ASYNC110 - the reader counts receipts, it does not wake anybody
            await asyncio.sleep(0.05)
    return count


def partition_for(record: SimRecord) -> int:
    """Where an agency would write it."""
    if record.partition is not None:
        return record.partition
    return partition_of(record.key or b"", PARTITIONS)


def _result(rate: int, sent: int, taken: list[float], first: Sample, last: Sample) -> Result:
    milliseconds = sorted(1000 * seconds for seconds in taken)
    return {
        "rate": rate,
        "messages": sent,
        "median_ms": percentile(milliseconds, 0.5),
        "p99_ms": percentile(milliseconds, 0.99),
        "max_ms": milliseconds[-1],
        **between(first, last, sent),
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
    for title in ("msg/s", "messages", "median ms", "p99 ms", "max ms", "CPU µs/msg", "others"):
        made.add_column(title, justify="right")
    for result in results:
        names = ("median_ms", "p99_ms", "max_ms", "engine_cpu_us", "others_cores")
        made.add_row(
            number(result["rate"]),
            number(result["messages"]),
            *(number(result[name]) for name in names),
        )
    return made


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.latency", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
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
