"""Time to decide a backlog of 48 hours, and the whole year from its beginning.

Method: the reconstructed year has the volume of the whole country, so its two busiest days in a row
are a national backlog of 48 hours. Everything before them is decided, the gateway is stopped, the
two days are written, and a gateway process is started. The clock runs from the start of the
process, including Python's start and the restore, to the last commit.

For the replay all topics are new, the whole year is written, and one process decides it from the
beginning. The clock runs from the opening of its gate to the last commit.

`python -m benchmarks.replay [--scale S] [--out FILE.json]`
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from benchmarks.child import children
from benchmarks.kafka import Place, admin_of, declare, follow, place
from benchmarks.output import figures, number, tell
from schemas.topics import INPUT_TOPICS
from simulator.agencies import prefill
from simulator.wire import SimRecord
from simulator.year import generate

_SEED: Final = 2024
_WINDOW_MS: Final = 48 * 3_600_000
_LIMIT_S: Final = 1_200.0

Result = dict[str, Any]


def busiest(moments: Sequence[int], window: int = _WINDOW_MS) -> tuple[int, int]:
    """The first and the last but one place of the most moments within a window of time."""
    ends = [bisect_left(moments, moment + window) for moment in moments]
    begin = max(range(len(moments)), key=lambda place: ends[place] - place)
    return begin, ends[begin]


def measure(scale: float = 1.0) -> Result:
    """Seconds and messages a second of both."""
    records = generate(_SEED, scale=scale).records
    begin, end = busiest([record.timestamp_ms for record in records])
    with place() as where:
        drain = _drain(where, records[:begin], records[begin:end])
        asyncio.run(_emptied(where))
        asyncio.run(declare(where))
        year = _replay(where, records)
    return {"scale": scale, "drain": drain, "year": year}


def _drain(where: Place, before: Sequence[SimRecord], backlog: Sequence[SimRecord]) -> Result:
    asyncio.run(declare(where))
    written = asyncio.run(prefill(where.bootstrap, before))
    _decided(where, "drain", written)
    total = written + asyncio.run(prefill(where.bootstrap, backlog))
    started = time.time()
    opened, done = _decided(where, "drain", total)
    return {
        "messages": len(backlog),
        "seconds": done - started,
        "seconds_from_gate": max(0.0, done - opened),
        "messages_before": written,
    }


def _replay(where: Place, records: Sequence[SimRecord]) -> Result:
    total = asyncio.run(prefill(where.bootstrap, records))
    opened, done = _decided(where, "replay", total)
    return {"messages": total, "seconds": done - opened, "rate": total / (done - opened)}


def _decided(where: Place, group: str, total: int) -> tuple[float, float]:
    """Let one process decide everything; when its gate opened, and when the last was committed."""
    with children() as running:
        child = where.gateway(group)
        running.append(child)
        # Before that the broker may not know the group.
        opened = float(child.wait_event("assigned", _LIMIT_S)["at"])
        seen = asyncio.run(follow(where, group, total, running, _LIMIT_S))
    return opened, next(progress.at for progress in seen if progress.committed >= total)


async def _emptied(where: Place) -> None:
    """The inputs as well are made anew, which `declare` does only with what is no input."""
    async with admin_of(where) as admin:
        await admin.delete_topics(list(INPUT_TOPICS))
        while set(await admin.list_topics()) & set(INPUT_TOPICS):  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(0.1)


def rows(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each figure with its name and unit."""
    drain, year = result["drain"], result["year"]
    share = "" if result["scale"] == 1 else f", of a year of {result['scale']:g} of the size"
    yield f"messages of the two busiest days in a row{share}", number(drain["messages"])
    yield "drained after the start of the process", f"{number(drain['seconds'])} s"
    yield "of this after its gate was open", f"{number(drain['seconds_from_gate'])} s"
    hundred = 100 * drain["messages"] / year["rate"]
    yield "a backlog a hundred times as large, at the replay's rate", f"{number(hundred)} s"
    yield f"messages of the whole year{share}", number(year["messages"])
    yield "replayed by one process", f"{number(year['seconds'])} s"
    yield "messages a second", number(year["rate"])
    days = 365 / year["seconds"] * 60
    yield "days of the country's cooperation replayed a minute", number(days)


def table(result: Mapping[str, Any]) -> Table:
    """The figures for people."""
    return figures("backlog and replay", rows(result))


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.replay", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args(arguments)
    return tell(lambda: measure(wanted.scale), table, wanted.out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
