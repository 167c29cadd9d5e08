"""Pauses while gateway processes join, leave and are killed at a steady rate of messages.

Method: messages of the reconstructed year, each once, are sent at a steady rate, and their receipts
are read (read_committed). One gateway process runs. A second and a third are added. The third is
killed with SIGKILL and restarted several times, and one process ends with SIGTERM. The group
notices a killed gateway by its session timeout, which has its default.

For each event the table shows the longest time without a receipt in one of the affected partitions
(all partitions after a rebalance), the time from the event until receipts flow again, and the
longest wait of a message.

`python -m benchmarks.members [--rate R] [--kills N] [--out FILE.json]`
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from benchmarks.child import Child, ChildError, children
from benchmarks.kafka import PARTITIONS, Place, declare, place
from benchmarks.latency import distinct
from benchmarks.output import demand, number, tell
from benchmarks.traffic import Answer, Traffic
from simulator.wire import SimRecord

RATE: Final = 300
KILLS: Final = 5
#: After a kill receipts have to flow again within the session's timeout and this.
MARGIN_S: Final = 3.0
_GROUP: Final = "members"
_STEADY_S: Final = 4.0
_LIMIT_S: Final = 90.0
#: Longest that all may take, besides what each kill takes; the sender stops when all is done.
_BESIDES_S, _KILL_S = 80.0, 45.0

Result = dict[str, Any]


class _Group:
    """The gateway processes of one group, and what is sent to them meanwhile."""

    def __init__(self, where: Place, running: list[Child], traffic: Traffic) -> None:
        self._where = where
        self._running = running
        self._traffic = traffic
        self.members: dict[str, Child] = {}
        self._started = 0

    def start(self, name: str) -> float:
        """Start a process; when."""
        self._started += 1
        at = time.time()
        self.members[name] = self._where.gateway(_GROUP, f"{name}-{self._started}")
        self._running.append(self.members[name])
        return at

    def kill(self, name: str) -> tuple[float, list[int]]:
        """Kill one; when, and which partitions were its own."""
        child = self.members.pop(name)
        owned = _owned(child)
        return child.kill(), owned

    def end(self, name: str) -> float:
        """End one as operations would; when."""
        at = time.time()
        self.members.pop(name).stop()
        return at

    def settled(self, since: float) -> None:
        """Wait until all partitions are owned anew, and what has waited is answered.

        Raises:
            ChildError: that took too long.
        """
        deadline = time.monotonic() + _LIMIT_S
        while not (self._divided(since) and self._traffic.unanswered < 2 * RATE):
            self._traffic.check()
            for child in self.members.values():
                child.check()
            if time.monotonic() > deadline:
                raise ChildError(f"the group was not settled within {_LIMIT_S:.0f} s")
            time.sleep(0.2)
        time.sleep(_STEADY_S)

    def _divided(self, since: float) -> bool:
        events = [child.event("assigned") for child in self.members.values()]
        owned = [
            n for event in events if event and event["at"] >= since for n in event["partitions"]
        ]
        return sorted(owned) == list(range(PARTITIONS))

    def told(self, what: str, at: float, partitions: Sequence[int]) -> Result:
        """What an event meant to those who wait for receipts."""
        answers = self._traffic.after(at - 1.0)
        pauses = [_pause(answers, n) for n in partitions]
        last = max(answer.at for answer in answers)
        return {
            "event": what,
            "processes": len(self.members),
            "partitions": len(partitions),
            "pause_s": max(end - begin for begin, end in pauses),
            "flowing_after_s": max(end for _, end in pauses) - at,
            "longest_wait_s": max(answer.delay for answer in answers),
            "answered_per_s": len(answers) / (last - at + 1.0),
        }


def _owned(child: Child) -> list[int]:
    event = child.event("assigned")
    assert event is not None, "a process is measured only after it has been assigned something"
    return list(event["partitions"])


def _pause(answers: Sequence[Answer], partition: int) -> tuple[float, float]:
    """The longest time between two receipts of a partition: from when to when."""
    moments = [answer.at for answer in answers if answer.partition == partition]
    if len(moments) < 2:
        raise ChildError(f"partition {partition} had {len(moments)} receipts around an event")
    return max(pairwise(moments), key=lambda pair: pair[1] - pair[0])


def measure(rate: float = RATE, kills: int = KILLS, say: Callable[[str], None] = print) -> Result:
    """Every event with its pauses, and the recoveries from kills together."""
    records = distinct(int(rate * (_BESIDES_S + kills * _KILL_S)))
    with place(for_latency=True) as where, children() as running:
        asyncio.run(declare(where))
        events = _measure(where, running, (records, rate), kills, say)
        timeout = where.settings(_GROUP).session_timeout_ms / 1000
    recoveries = [event["flowing_after_s"] for event in events if event["event"] == "killed"]
    return {
        "rate": rate,
        "events": events,
        "session_timeout_s": timeout,
        "recoveries_s": recoveries,
        "recovery_s": statistics.median(recoveries),
        "slowest_recovery_s": max(recoveries),
    }


def _measure(
    where: Place,
    running: list[Child],
    load: tuple[Iterator[SimRecord], float],
    kills: int,
    say: Callable[[str], None],
) -> list[Result]:
    everything = range(PARTITIONS)
    events: list[Result] = []

    def note(what: str, at: float, partitions: Sequence[int]) -> None:
        events.append(group.told(what, at, partitions))
        say(", ".join(f"{name} {value}" for name, value in events[-1].items()))

    with Traffic(where) as traffic:
        group = _Group(where, running, traffic)
        group_ready(group)
        traffic.start(traffic.encoded(*load))
        time.sleep(_STEADY_S)
        for name in ("second", "third"):
            at = group.start(name)
            group.settled(at)
            note(f"{name} added", at, everything)
        for turn in range(kills):
            at, owned = group.kill("third")
            group.settled(at)
            note("killed", at, owned)
            at = group.start("third")
            group.settled(at)
            if turn == 0:
                note("started again", at, everything)
        at = group.end("second")
        group.settled(at)
        note("ended with SIGTERM", at, everything)
    return events


def group_ready(group: _Group) -> None:
    """Start the first process and wait until it owns everything."""
    group.start("first")
    group.members["first"].wait_event("assigned")


def demands(result: Mapping[str, Any]) -> list[Result]:
    """What is demanded after a kill: of the slowest."""
    limit = result["session_timeout_s"] + MARGIN_S
    what = "s until receipts flow again after a kill, the slowest of all"
    return [demand(what, limit, result["slowest_recovery_s"], at_most=True)]


def rows(result: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Each event with its figures."""
    names = ("processes", "partitions", "pause_s", "flowing_after_s", "longest_wait_s",
             "answered_per_s")  # fmt: skip
    for event in result["events"]:
        yield event["event"], *(number(event[name]) for name in names)


HEADS: Final = (
    "event", "processes after", "partitions looked at", "longest pause s", "flowing again after s",
    "longest wait s", "receipts/s",
)  # fmt: skip


def table(result: Mapping[str, Any]) -> Table:
    """The events for people."""
    made = Table(title=f"{number(result['rate'])} messages a second all the time")
    for head in HEADS:
        made.add_column(head, justify="left" if head == "event" else "right")
    for row in rows(result):
        made.add_row(*row)
    return made


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.members", description=__doc__)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args(arguments)
    return tell(lambda: measure(wanted.rate, wanted.kills), table, wanted.out, demands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
