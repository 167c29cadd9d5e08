"""Messages per second of the complete gateway, compared with three reference applications.

Method: the reconstructed year is written once. In every round each engine reads it from the start,
as a process of its own, with its own group and output topics. The rounds are interleaved, every
second one in reverse order, and the medians are compared.

A gateway's clock runs from the opening of its gate (partitions assigned, state restored) until the
last input offset is seen committed. The offsets are checked ten times a second, which counts
against the gateway. The references measure themselves, from their first record to their last
commit. Before the first round the raw copy runs twice and a gateway four times, because a broker
takes about a minute to compile what it needs.

The Kafka Streams application (benchmarks/kafka_streams) has one process and one thread. It reads,
checks and writes as much as the gateway: the number and size of its records are those that the
first gateway wrote, counted in the topics. It has no rules, deadlines, person keys or audit chain.
It reads all messages once in the same process under another id before its clock starts, so that
its code is compiled. Python needs no such warm-up.

`python -m benchmarks.throughput [--scale S] [--rounds N] [--engines NAME,...] [--out FILE.json]
[--profile FILE]`
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from benchmarks.child import Child, ChildError, children
from benchmarks.kafka import Place, Progress, declare, end_offsets, follow, place
from benchmarks.machine import Sample, between, sample
from benchmarks.output import demand, loaded, number, print_demands, screen, write_json
from benchmarks.peer_shape import Shape, outputs_of, shape_of
from benchmarks.streams import SHAPE, built, peer
from simulator.agencies import prefill
from simulator.wire import SimRecord
from simulator.year import generate

SEED: Final = 2024
#: What is demanded of the gateway in one process, beside each reference in the same run.
DEMANDS: Final = (
    ("streams", 1.0, "times the Kafka Streams application's rate"),
    ("copy", 0.2, "of the raw transactional copy's rate"),
    ("handler_one", 20.0, "times the confirmed FastStream handler's rate"),
)
_COPY_LAPS: Final = 5
#: Runs of a gateway before the first round, besides the one whose outputs are counted.
_WARMING: Final = 3
#: The handlers are slow: this many messages of the same input tell their rate.
_HANDLER_MESSAGES: Final = {"one": 1_000, "together": 1_000}
_LIMIT_S: Final = 900.0
#: A cache before the store writes a person's state once per commit, as the gateway does.
_STREAMS: Final = {"cache": "true"}

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Engine:
    """One of the things compared: its name in results, what it is, and one run of it."""

    name: str
    title: str
    run: Callable[[Place, str, int], Result]


def _module(module: str, *options: str) -> Callable[[Place, str, int], Result]:
    """A reference: a process that measures itself and prints what it found."""

    def run(where: Place, group: str, total: int) -> Result:  # noqa: ARG001 - as the gateway's
        pids = map(str, where.pids)
        with children() as running:
            arguments = ["-m", f"benchmarks.{module}", *options, *pids]
            child = Child(group, arguments, where.env(group), where.folder)
            running.append(child)
            result = child.result(_LIMIT_S)
        return {**result, "rate": result["messages"] / result["seconds"]}

    return run


def _gateways(
    count: int, options: tuple[str, ...] = (), settings: Mapping[str, str] | None = None
) -> Callable[[Place, str, int], Result]:
    """`count` gateway processes of one group; `options` are Python's own."""

    def run(where: Place, group: str, total: int) -> Result:
        with children() as running:
            for n in range(1, count + 1):
                running.append(where.gateway(group, f"{group}-{n}", options, settings))
            return _followed(where, group, total, running)

    return run


def _streams(options: Mapping[str, str]) -> Callable[[Place, str, int], Result]:
    """The Kafka Streams application; `options` as its starter takes them."""

    def run(where: Place, group: str, total: int) -> Result:
        with children() as running:
            running.append(peer(where, group, total, {**_STREAMS, **options}))
            return _followed(where, group, total, running)

    return run


def _followed(where: Place, group: str, total: int, running: list[Child]) -> Result:
    """From the opening of the gate to the last commit."""
    opened, first = _opened(running, where)
    seen = asyncio.run(follow(where, group, total, running, _LIMIT_S))
    last = sample([child.pid for child in running], where.pids)
    return _rates(opened, first, last, seen, total)


def _opened(running: Sequence[Child], where: Place) -> tuple[float, Sample]:
    """When the first gate opened, and the costs up to then.

    Raises:
        ChildError: the processes did not get equal shares at once, so this is no fair run.
    """
    first = None
    assigned = []
    for child in running:
        assigned.append(child.wait_event("assigned", _LIMIT_S))
        if first is None:
            first = sample([other.pid for other in running], where.pids)
    shares = [len(event["partitions"]) for event in assigned]
    if first is None or max(shares) != min(shares):
        raise ChildError(f"{running[0].name}: the processes did not start together: {shares}")
    return min(float(event["at"]) for event in assigned), first


def _rates(
    opened: float, first: Sample, last: Sample, seen: Sequence[Progress], total: int
) -> Result:
    done = next(progress for progress in seen if progress.committed >= total)
    half = next(progress for progress in seen if 2 * progress.committed >= total)
    result: Result = {"messages": total, "seconds": done.at - opened}
    if done.at > half.at:
        result["second_half_rate"] = (total - half.committed) / (done.at - half.at)
    costs = between(first, last, total)
    return {**result, **costs, "rate": total / result["seconds"]}


ENGINES: Final = (
    Engine("copy", "raw transactional copy", _module("raw_copy", str(_COPY_LAPS))),
    Engine("gateway_1", "the gateway, 1 process", _gateways(1)),
    Engine("gateway_2", "the gateway, 2 processes", _gateways(2)),
    Engine("streams", "Kafka Streams, store in memory", _streams({"store": "memory"})),
    Engine("streams_rocksdb", "Kafka Streams, RocksDB", _streams({"store": "rocksdb"})),
    Engine(
        "streams_1s",
        "Kafka Streams, store in memory, a commit per second",
        _streams({"store": "memory", "commit.interval.ms": "1000"}),
    ),
    *(
        Engine(
            f"handler_{form}",
            f"FastStream handler, {shown}",
            _module("faststream_handler", str(_HANDLER_MESSAGES[form]), form),
        )
        for form, shown in (
            ("one", "confirmed one by one"),
            ("together", "all of a message at once"),
        )
    ),
)

#: Settings of the gateway to be tried beside its own; run only when they are named.
TRIALS: Final = tuple(
    Engine(
        f"gateway_{name}", f"the gateway, 1 process, {shown}", _gateways(1, (), {setting: value})
    )
    for name, shown, setting, value in (
        ("zstd", "zstd", "SAMVERKAN_COMPRESSION", "zstd"),
        ("snappy", "snappy", "SAMVERKAN_COMPRESSION", "snappy"),
        ("1000", "1 000 records at most", "SAMVERKAN_BATCH_RECORDS_MAX", "1000"),
        ("200", "200 records at most", "SAMVERKAN_BATCH_RECORDS_MAX", "200"),
    )
)


def measure(
    scale: float = 1.0,
    rounds: int = 5,
    only: Sequence[str] = (),
    profile: Path | None = None,
    say: Callable[[str], None] = print,
) -> Result:
    """Run all engines; every run, and the medians.

    Args:
        scale: share of the printed year that is the input (1.0 is about 180 000 messages).
        rounds: how often each engine runs.
        only: names of engines and trials; none are all engines.
        profile: where to write cProfile's statistics of one further gateway run.
        say: told what has been measured.
    """
    engines = _named(only) or list(ENGINES)
    built()
    with place() as where:
        year = generate(SEED, scale=scale).records
        total, size = _fill(where, year)
        say(f"{total} messages of {size} bytes are written; warming up")
        for number_of in (1, 2):
            _run(_module("raw_copy", "2"), where, f"warm-up-{number_of}", total)
        shape = _shaped(where, year, total)
        for number_of in range(_WARMING):
            _run(_gateways(1), where, f"warm-up-gateway-{number_of}", total)
        say(f"a state entry is {shape['state_entry_bytes']} bytes, outputs are {shape['outputs']}")
        runs = _rounds(where, total, engines, rounds, say)
        if profile is not None:
            options = ("-m", "cProfile", "-o", str(profile.absolute()))
            _run(_gateways(1, options), where, "profiled", total)
    return {
        "messages": total,
        "message_bytes": size,
        "rounds": rounds,
        "copy_laps": _COPY_LAPS,
        "handler_messages": _HANDLER_MESSAGES,
        "outputs": shape["outputs"],
        "state_entry_bytes": shape["state_entry_bytes"],
        "engines": {
            engine.name: {"title": engine.title, **_medians(runs[engine.name])}
            for engine in engines
            if runs[engine.name]
        },
    }


def _named(names: Sequence[str]) -> list[Engine]:
    known = {engine.name: engine for engine in (*ENGINES, *TRIALS)}
    if unknown := set(names) - known.keys():
        raise ChildError(f"{', '.join(sorted(unknown))} is none of {', '.join(known)}.")
    return [engine for engine in known.values() if engine.name in names]


def _rounds(
    where: Place, total: int, engines: Sequence[Engine], rounds: int, say: Callable[[str], None]
) -> dict[str, list[Result]]:
    """Every run of each engine; a failed one is told and left out, not the whole evening."""
    runs: dict[str, list[Result]] = {engine.name: [] for engine in engines}
    for turn in range(rounds):
        for engine in engines if turn % 2 == 0 else reversed(engines):
            try:
                result = _run(engine.run, where, f"{engine.name}-{turn}", total)
            except ChildError as problem:
                say(f"round {turn + 1}: {engine.title}: FAILED: {problem}")
                continue
            runs[engine.name].append(result)
            say(f"round {turn + 1}: {engine.title}: {result['rate']:.0f}/s")
    return runs


def _fill(where: Place, year: Sequence[SimRecord]) -> tuple[int, int]:
    """Write the input; how many messages, and their mean size in bytes."""
    asyncio.run(declare(where))
    total = asyncio.run(prefill(where.bootstrap, year))
    ends = asyncio.run(end_offsets(where))
    assert sum(ends.values()) == total, "an agency's producer writes nothing but its messages"
    return total, sum(len(record.value or b"") for record in year) // total


def _shaped(where: Place, year: Sequence[SimRecord], total: int) -> Shape:
    """Let a gateway decide everything, and tell the Kafka Streams application what came of it."""
    _run(_gateways(1), where, "shape", total)
    shape = shape_of(asyncio.run(outputs_of(where, total)), year)
    write_json(where.folder / SHAPE, shape)
    return shape


def _run(run: Callable[[Place, str, int], Result], where: Place, group: str, total: int) -> Result:
    asyncio.run(declare(where))
    return run(where, group, total)


def _medians(runs: Sequence[Result]) -> Result:
    """The median of every figure, and all rates."""
    names = ("rate", "second_half_rate", "engine_cpu_us", "broker_cpu_us", "others_cores")
    found: Result = {"rates": [run["rate"] for run in runs]}
    for name in names:
        values = [run[name] for run in runs if run.get(name) is not None]
        found[name] = statistics.median(values) if values else None
    return found


def demands(result: Result) -> list[Result]:
    """What is demanded of the gateway in one process, and what it reached beside the fastest."""
    rates = {name: engine["rate"] for name, engine in result["engines"].items()}
    found = []
    for name, wanted, what in DEMANDS:
        beside = [rate for engine, rate in rates.items() if engine.startswith(name)]
        if beside and "gateway_1" in rates:
            found.append(demand(what, wanted, rates["gateway_1"] / max(beside)))
    return found


def table(result: Result) -> Table:
    """The comparison for people."""
    engines = result["engines"]
    made = Table(title=f"{result['messages']} messages, median of {result['rounds']} rounds")
    made.add_column("engine")
    for title in ("msg/s", "of the copy", "lowest", "highest", "CPU µs/msg", "broker µs/msg"):
        made.add_column(title, justify="right")
    made.add_column("cores used by others", justify="right")
    for engine in engines.values():
        made.add_row(
            engine["title"],
            number(engine["rate"]),
            beside_copy(engine, engines),
            number(min(engine["rates"])),
            number(max(engine["rates"])),
            number(engine["engine_cpu_us"]),
            number(engine["broker_cpu_us"]),
            number(engine["others_cores"]),
        )
    return made


def beside_copy(engine: Result, engines: Mapping[str, Result]) -> str:
    """Its share of the copy's rate, a dash when that was not run."""
    copy = engines.get("copy")
    return "–" if copy is None else f"{engine['rate'] / copy['rate']:.3f}"


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.throughput", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engines", default="", help="names with commas; all by default")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--profile", type=Path)
    wanted = parser.parse_args(arguments)
    console = screen()
    loaded(console)
    only = [name for name in wanted.engines.split(",") if name]
    result = measure(wanted.scale, wanted.rounds, only, wanted.profile)
    console.print(table(result))
    result["demands"] = demands(result)
    print_demands(result["demands"], console)
    if wanted.out is not None:
        write_json(wanted.out, result)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
