"""All measurements, one after the other: printed, and written to `docs/benchmarks.json` and `.md`.

`python -m benchmarks [--only NAME,...] [--rounds N] [--scale S] [--docs FOLDER] ...`; what is left
out by `--only` keeps the figures of its last run, so a long evening can be had in pieces. The soak
is only run by its name (`make soak`). `--only ""` writes the pages from the figures that there are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiokafka.errors import KafkaError
from rich.console import Console

from benchmarks import (
    decide,
    latency,
    machine,
    members,
    memory,
    replay,
    scale,
    soak,
    statistics,
    throughput,
    writes,
)
from benchmarks.child import ROOT, ChildError
from benchmarks.markdown import page
from benchmarks.output import loaded, print_demands, screen, write_json
from gateway.broker import BrokerError

NAMES: Final = (
    "throughput", "latency", "memory", "members", "replay", "statistics", "decide", "writes",
    "soak",
)  # fmt: skip
_BY_NAME_ONLY: Final = ("soak",)

Figures = dict[str, Any]


def _measured(
    name: str, wanted: argparse.Namespace, known: Mapping[str, Any], console: Console
) -> Figures:
    """The figures of one measurement, with its demands where it has any; the table is printed."""
    figures: Figures
    match name:
        case "decide":
            figures = decide.measure(wanted.scale)
            console.print(decide.table(figures))
        case "throughput":
            only = [engine for engine in wanted.engines.split(",") if engine]
            figures = throughput.measure(wanted.scale, wanted.rounds, only, say=console.print)
            figures["demands"] = throughput.demands(figures)
            console.print(throughput.table(figures))
        case "latency":
            half = _half_of_the_most(known)
            rates = latency.measure(seconds=wanted.seconds, half=half)
            figures = {"rates": rates, "demands": latency.demands(rates, half)}
            console.print(latency.table(rates))
        case "statistics":
            figures = statistics.measure(wanted.facts)
            console.print(statistics.table(figures))
        case "members":
            figures = members.measure(wanted.rate, wanted.kills, console.print)
            figures["demands"] = members.demands(figures)
            console.print(members.table(figures))
        case "replay":
            figures = replay.measure(wanted.replay_scale)
            console.print(replay.table(figures))
        case "writes":
            figures = writes.measure()
            figures["demands"] = writes.demands(figures)
            console.print(writes.table(figures))
        case "soak":
            figures = soak.measure(wanted.minutes, wanted.soak_rate, console.print)
            figures["demands"] = soak.demands(figures)
            console.print(soak.table(figures))
        case _:
            figures = memory.measure(wanted.persons)
            figures["demands"] = memory.demands(figures)
            console.print(memory.table(figures))
    return figures


def _half_of_the_most(known: Mapping[str, Any]) -> float | None:
    """Half of the rate that one process reached in the last throughput measurement."""
    engines = known.get("throughput", {}).get("engines", {})
    return engines["gateway_1"]["rate"] / 2 if "gateway_1" in engines else None


def _measure(
    name: str, wanted: argparse.Namespace, known: Mapping[str, Any], console: Console
) -> Figures:
    """One measurement, printed; its figures, the load of the machine before it and its length."""
    console.rule(name)
    load = loaded(console)
    begun = time.monotonic()
    figures = _measured(name, wanted, known, console)
    print_demands(figures.get("demands", []), console)
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    took = time.monotonic() - begun
    console.print(f"{name} took {took:.0f} s")
    return {"measured": moment, "took_s": took, "load_per_core_before": load, **figures}


def _names(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    if unknown := set(names) - set(NAMES):
        raise argparse.ArgumentTypeError(
            f"{', '.join(sorted(unknown))} is none of {', '.join(NAMES)}"
        )
    return names


def main(arguments: Sequence[str]) -> int:
    """Measure what is wanted and write the documents."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    by_default = [name for name in NAMES if name not in _BY_NAME_ONLY]
    parser.add_argument("--only", type=_names, default=by_default)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the printed year")
    parser.add_argument("--rounds", type=int, default=5, help="of the throughput comparison")
    parser.add_argument("--engines", default="", help="of the throughput; all by default")
    parser.add_argument(
        "--seconds", type=float, default=latency.SECONDS, help="per round and rate of the latency"
    )
    parser.add_argument("--persons", type=int, default=memory.PERSONS)
    parser.add_argument("--rate", type=float, default=members.RATE, help="while members change")
    parser.add_argument("--kills", type=int, default=members.KILLS)
    parser.add_argument("--replay-scale", type=float, default=1.0, help="share of the year")
    parser.add_argument("--minutes", type=float, default=soak.MINUTES, help="of the soak")
    parser.add_argument("--soak-rate", type=float, default=soak.RATE)
    parser.add_argument("--facts", type=int, default=statistics.FACTS)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    wanted = parser.parse_args(arguments)
    console = screen()
    file = wanted.docs / "benchmarks.json"
    figures = json.loads(file.read_bytes()) if file.is_file() else {}
    figures["machine"] = machine.describe()
    failed = False
    for name in wanted.only:
        try:
            figures[name] = _measure(name, wanted, figures, console)
        except (BrokerError, ChildError, KafkaError, TimeoutError, AssertionError) as problem:
            # The others are measured all the same; this one keeps its last figures.
            console.print(f"{name} failed: {problem or type(problem).__name__}", style="red")
            failed = True
        write_json(file, figures)
        _write_pages(wanted.docs)
    if not wanted.only:
        _write_pages(wanted.docs)
    shown = os.path.relpath(wanted.docs)
    console.print(f"Written: benchmarks.json, benchmarks.md and scale.md in {shown}")
    return 1 if failed else 0


def _write_pages(docs: Path) -> None:
    """The pages for people, from the rounded figures as they stand in the file."""
    rounded = json.loads((docs / "benchmarks.json").read_bytes())
    (docs / "benchmarks.md").write_text(page(rounded), encoding="utf-8")
    (docs / "scale.md").write_text(scale.page(rounded), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
