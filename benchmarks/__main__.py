"""All measurements, one after the other: printed, and written to `docs/benchmarks.json` and `.md`.

`python -m benchmarks [--only NAME,...] [--scale S] [--rounds N] [--docs FOLDER]`; what is left out
by `--only` keeps the figures of the last run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks import decide, latency, machine, memory, statistics, throughput
from benchmarks.child import ROOT, ChildError
from benchmarks.markdown import page
from benchmarks.output import loaded, screen, write_json
from gateway.broker import BrokerError

NAMES: Final = ("decide", "throughput", "latency", "memory", "statistics")


def _measure(name: str, wanted: argparse.Namespace, console: Console) -> dict[str, Any]:
    """One measurement, printed; its figures and the load of the machine before it."""
    console.rule(name)
    load = loaded(console)
    figures: Any
    match name:
        case "decide":
            figures = decide.measure(wanted.scale)
            console.print(decide.table(figures))
        case "throughput":
            figures = throughput.measure(wanted.scale, wanted.rounds, say=console.print)
            figures["demands"] = throughput.demands(figures)
            console.print(throughput.table(figures))
            throughput.print_demands(figures["demands"], console)
        case "latency":
            figures = {"rates": latency.measure(seconds=wanted.seconds)}
            console.print(latency.table(figures["rates"]))
        case "statistics":
            figures = statistics.measure(wanted.facts)
            console.print(statistics.table(figures))
        case _:
            figures = memory.measure(wanted.persons)
            console.print(memory.table(figures))
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return {"measured": moment, "load_per_core_before": load, **figures}


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(NAMES):
        raise argparse.ArgumentTypeError(
            f"{', '.join(sorted(unknown))} is none of {', '.join(NAMES)}"
        )
    return names


def main(arguments: Sequence[str]) -> int:
    """Measure what is wanted and write the documents."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", type=_names, default=list(NAMES))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the printed year")
    parser.add_argument("--rounds", type=int, default=3, help="of the throughput comparison")
    parser.add_argument("--seconds", type=float, default=20.0, help="per rate of the latency")
    parser.add_argument("--persons", type=int, default=memory.PERSONS)
    parser.add_argument("--facts", type=int, default=statistics.FACTS)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    wanted = parser.parse_args(arguments)
    console = screen()
    file = wanted.docs / "benchmarks.json"
    figures = json.loads(file.read_bytes()) if file.is_file() else {}
    figures["machine"] = machine.describe()
    try:
        for name in wanted.only:
            figures[name] = _measure(name, wanted, console)
            # Long runs are not lost when a later one fails.
            write_json(file, figures)
    except (BrokerError, ChildError) as problem:
        console.print(str(problem), style="red")
        return 1
    rounded = json.loads(file.read_bytes())
    (wanted.docs / "benchmarks.md").write_text(page(rounded), encoding="utf-8")
    shown = os.path.relpath(wanted.docs)
    console.print(f"Written: {shown}/benchmarks.json and {shown}/benchmarks.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
