"""Messages per second of the full gateway, beside a raw copy and a plain FastStream handler.

Method: the reconstructed year is written once; then in every round each engine reads it from the
start with a group and outputs of its own, as a process of its own. Rounds are interleaved, every
second one in reverse order, and medians are compared. The clock of a gateway runs from its gate
opening (partitions assigned, state restored) to the moment the last input offset is seen committed
(looked at ten times a second, which counts against the gateway); the references measure themselves
from their first record to their last commit. Before the first round the raw copy runs twice, so
that Java has compiled what it needs; Python has nothing to warm up.

`python -m benchmarks.throughput [--scale S] [--rounds N] [--out FILE.json] [--profile FILE]`
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.child import Child, ChildError, children
from benchmarks.kafka import Place, Progress, declare, end_offsets, follow, place
from benchmarks.machine import Sample, between, sample
from benchmarks.output import loaded, number, screen, write_json
from simulator.agencies import prefill
from simulator.year import generate

SEED: Final = 2024
#: What issue 3 demands of the gateway in one process.
COPY_SHARE: Final = 0.10
HANDLER_FACTOR: Final = 20.0
_COPY_LAPS: Final = 5
#: The handlers are slow: this many messages of the same input tell their rate.
_HANDLER_MESSAGES: Final = {"one": 1_000, "together": 1_000}
_LIMIT_S: Final = 900.0

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


def _gateways(count: int, options: tuple[str, ...] = ()) -> Callable[[Place, str, int], Result]:
    """`count` gateway processes of one group; `options` are Python's own."""

    def run(where: Place, group: str, total: int) -> Result:
        with children() as running:
            for n in range(1, count + 1):
                running.append(where.gateway(group, f"{group}-{n}", options))
            opened, first = _opened(running, where)
            seen = asyncio.run(follow(where, group, total, running, _LIMIT_S))
            last = sample([child.pid for child in running], where.pids)
        return _rates(opened, first, last, seen, total)

    return run


def _opened(running: Sequence[Child], where: Place) -> tuple[float, Sample]:
    """When the first gate opened, and the costs up to then.

    Raises:
        ChildError: the processes did not get equal shares at once, so this is no fair run.
    """
    first = None
    assigned = []
    for child in running:
        assigned.append(child.wait_event("assigned"))
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


def measure(
    scale: float = 1.0,
    rounds: int = 3,
    profile: Path | None = None,
    say: Callable[[str], None] = print,
) -> Result:
    """Run all engines; every run, and the medians.

    Args:
        scale: share of the printed year that is the input (1.0 is about 180 000 messages).
        rounds: how often each engine runs.
        profile: where to write cProfile's statistics of one further gateway run.
        say: told what has been measured.
    """
    runs: dict[str, list[Result]] = {engine.name: [] for engine in ENGINES}
    with place() as where:
        total, size = _fill(where, scale)
        say(f"{total} messages of {size} bytes are written; warming up")
        for number_of in (1, 2):
            _run(_module("raw_copy", "2"), where, f"warm-up-{number_of}", total)
        for turn in range(rounds):
            for engine in ENGINES if turn % 2 == 0 else reversed(ENGINES):
                result = _run(engine.run, where, f"{engine.name}-{turn}", total)
                runs[engine.name].append(result)
                say(f"round {turn + 1}: {engine.title}: {result['rate']:.0f}/s")
        if profile is not None:
            options = ("-m", "cProfile", "-o", str(profile.absolute()))
            _run(_gateways(1, options), where, "profiled", total)
    return {
        "messages": total,
        "message_bytes": size,
        "rounds": rounds,
        "copy_laps": _COPY_LAPS,
        "handler_messages": _HANDLER_MESSAGES,
        "engines": {
            engine.name: {"title": engine.title, **_medians(runs[engine.name])}
            for engine in ENGINES
        },
    }


def _fill(where: Place, scale: float) -> tuple[int, int]:
    """Write the input; how many messages, and their mean size in bytes."""
    year = generate(SEED, scale=scale)
    asyncio.run(declare(where))
    total = asyncio.run(prefill(where.bootstrap, year.records))
    ends = asyncio.run(end_offsets(where))
    assert sum(ends.values()) == total, "an agency's producer writes nothing but its messages"
    return total, sum(len(record.value or b"") for record in year.records) // total


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
    """What is demanded of the gateway in one process, and what it reached."""
    engines = result["engines"]
    rate = engines["gateway_1"]["rate"]
    found = []
    for name, wanted, what in (
        ("copy", COPY_SHARE, "of the raw transactional copy's rate"),
        ("handler_one", HANDLER_FACTOR, "times the confirmed FastStream handler's rate"),
    ):
        reached = rate / engines[name]["rate"]
        found.append({"demand": what, "wanted": wanted, "reached": reached})
    return [{**demand, "holds": demand["reached"] >= demand["wanted"]} for demand in found]


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
            f"{engine['rate'] / engines['copy']['rate']:.3f}",
            number(min(engine["rates"])),
            number(max(engine["rates"])),
            number(engine["engine_cpu_us"]),
            number(engine["broker_cpu_us"]),
            number(engine["others_cores"]),
        )
    return made


def print_demands(found: Sequence[Result], console: Console) -> None:
    """Whether the ratios are reached."""
    for demand in found:
        holds = "holds" if demand["holds"] else "DOES NOT HOLD"
        console.print(
            f"{demand['reached']:.3f} {demand['demand']}, wanted {demand['wanted']:g}: {holds}",
            style="green" if demand["holds"] else "red",
        )


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.throughput", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--profile", type=Path)
    wanted = parser.parse_args(arguments)
    console = screen()
    loaded(console)
    result = measure(wanted.scale, wanted.rounds, wanted.profile)
    console.print(table(result))
    result["demands"] = demands(result)
    print_demands(result["demands"], console)
    if wanted.out is not None:
        write_json(wanted.out, result)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
