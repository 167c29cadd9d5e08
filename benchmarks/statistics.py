"""Time and peak memory for a million facts: loading, all tables, and a restatement.

Method: the facts of the simulated year are written repeatedly under new pseudonyms until there are
enough, into a store of six partitions. Every step runs in a process of its own, so that its peak
memory (`VmHWM`) is its own. Processor time is shown too, because other work on the machine affects
the clock only. pandas computes the counts of three tables from the same files, and both results
must be equal. The memory of the database engine is not limited.

`python -m benchmarks.statistics [--facts N] [--out FILE.json]`
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
from rich.table import Table

from benchmarks import statistics_pandas
from benchmarks.child import ROOT, ChildError
from benchmarks.decide import fold_year, numbered
from benchmarks.kafka import PARTITIONS
from benchmarks.machine import peak_bytes
from benchmarks.output import number, tell
from gateway.followup.extract import take
from gateway.followup.facts import RawFact
from gateway.followup.periods import instant_text
from gateway.followup.query import FactReader
from gateway.followup.report import report
from gateway.followup.restatement import restate
from gateway.followup.segments import all_segments
from gateway.followup.store import FactStore
from schemas.topics import FOLLOWUP
from simulator.year import generate

FACTS: Final = 1_000_000
YEAR: Final = "2024"
TABLES: Final = statistics_pandas.TABLES
#: A restatement of the last weeks: late registrations, corrections, voids.
RESTATED_MS: Final = 45 * 86_400_000
#: What the restatement is of: the tables that the agencies publish.
REPORTED: Final = tuple(f"{YEAR}-T{number}" for number in range(1, 6))
_SEED: Final = 2024
_BATCH: Final = 20_000
_KEYS: Final = ("gk_key", "meeting_key", "insats_key", "sgi_key", "plan_key", "follow_up_key")
_TIMEOUT_S: Final = 1_800

Result = dict[str, Any]


def measure(facts: int = FACTS) -> Result:
    """Seconds, peak memory in bytes and counts of every step."""
    with tempfile.TemporaryDirectory() as folder:
        topic, store = Path(folder) / "topic.jsonl", Path(folder) / "store"
        written = _write_topic(topic, facts)
        steps = {name: _apart(name, store, topic) for name in STEPS}
        size = sum(segment.path.stat().st_size for segment in all_segments(store))
        files = len(all_segments(store))
    ours, theirs = steps["three tables"], steps["three tables, pandas"]
    assert ours["figures"] == theirs["figures"], "both come to the same figures"
    for step in steps.values():
        step.pop("figures", None)
    return {"facts": written, "store_bytes": size, "store_files": files, "steps": steps}


def _write_topic(path: Path, facts: int) -> int:
    """The values of the topic, a line each: the year under new pseudonyms until it is enough."""
    written = fold_year(numbered(generate(_SEED).records))
    year = [orjson.loads(out.value) for out in written if out.topic == FOLLOWUP]
    with path.open("wb") as file:
        for ordinal in range(facts):
            copy, place = divmod(ordinal, len(year))
            file.write(orjson.dumps(_renamed(year[place], copy)) + b"\n")
    return facts


def _renamed(event: dict[str, Any], copy: int) -> dict[str, Any]:
    """The same fact of another person."""
    data = event["data"]

    def new(name: str | None) -> str | None:
        return None if name is None else f"{copy:03x}{name[3:]}"

    fields = dict(data["fields"])
    for key in (*_KEYS, "confirms"):
        if key in fields:
            fields[key] = new(fields[key])
    own = {key: new(data[key]) for key in ("fact_id", "unit_key", "unit_case")}
    return {**event, "data": {**data, **own, "fields": fields}}


def _load(store: Path, topic: Path) -> Result:
    """Takes the topic in as the sink does, a batch at a time, six partitions in turn."""
    sink = FactStore.open(store, FOLLOWUP)
    offsets = [0] * PARTITIONS
    batch: list[RawFact] = []
    with topic.open("rb") as lines:
        for ordinal, line in enumerate(lines):
            partition = ordinal // _BATCH % PARTITIONS
            batch.append(RawFact(partition, offsets[partition], 0, line))
            offsets[partition] += 1
            if len(batch) == _BATCH:
                sink.append(batch)
                batch.clear()
    sink.append(batch)
    return {}


def _all_tables(store: Path, _: Path) -> Result:
    extract = take(store, None, YEAR)
    return {"tables": len({row["table"] for row in extract.rows}), "rows": len(extract.rows)}


def _three_tables(store: Path, _: Path) -> Result:
    rows = [row for table in TABLES for row in report(store, table, YEAR)]
    return {"figures": statistics_pandas.chosen(rows)}


def _pandas(store: Path, _: Path) -> Result:
    return {"figures": statistics_pandas.compute(store, YEAR)}


def _restated(store: Path, _: Path) -> Result:
    with FactReader(store) as reader:
        before = instant_text(reader.latest_registration() - RESTATED_MS)
    found = restate(store, list(REPORTED), YEAR, before, None)
    return {"rows": len(found.changes), "facts": len(found.facts)}


#: In this order: the first makes the store that the others read.
STEPS: Final[Mapping[str, Callable[[Path, Path], Result]]] = {
    "load": _load,
    "all tables": _all_tables,
    "three tables": _three_tables,
    "three tables, pandas": _pandas,
    "restatement": _restated,
}


def _apart(name: str, store: Path, topic: Path) -> Result:
    """A step in a process of its own."""
    arguments = ["-m", "benchmarks.statistics", "--step", name, str(store), str(topic)]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise ChildError(f"The step {name} failed: {done.stderr.decode()[-500:]}")
    return dict(json.loads(done.stdout))


def _step(name: str, store: Path, topic: Path) -> None:
    started, worked = time.perf_counter(), time.process_time()
    found = STEPS[name](store, topic)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    print(json.dumps({"seconds": seconds, "cpu_s": cpu, "peak_bytes": peak_bytes(), **found}))


def rows(result: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Each step: its name, seconds, processor seconds, peak MiB, and what it came to."""
    for name, step in result["steps"].items():
        counts = (f"{step[key]:,} {key}" for key in ("tables", "rows", "facts") if key in step)
        rest = ", ".join(counts).replace(",", " ").replace("  ", ", ")
        peak = None if step["peak_bytes"] is None else step["peak_bytes"] / 2**20
        yield name, number(step["seconds"]), number(step["cpu_s"]), number(peak), rest


def heading(result: Mapping[str, Any]) -> str:
    """What was measured, in a sentence."""
    mib = number(result["store_bytes"] / 2**20)
    return f"{number(result['facts'])} facts, {mib} MiB in {result['store_files']} files"


def table(result: Mapping[str, Any]) -> Table:
    """The figures for people."""
    made = Table(title=heading(result))
    made.add_column("step")
    for column in ("seconds", "CPU s", "peak MiB"):
        made.add_column(column, justify="right")
    made.add_column("came to")
    for row in rows(result):
        made.add_row(*row)
    return made


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.statistics", description=__doc__)
    parser.add_argument("--facts", type=int, default=FACTS)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--step", nargs=3, metavar=("NAME", "STORE", "TOPIC"))
    wanted = parser.parse_args(arguments)
    if wanted.step is not None:
        name, store, topic = wanted.step
        _step(name, Path(store), Path(topic))
        return 0
    return tell(lambda: measure(wanted.facts), table, wanted.out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
