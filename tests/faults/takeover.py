"""How soon receipts flow again for the partitions of a gateway that was killed.

`python -m tests.faults.takeover --kills 5 --session-ms 10000` feeds a year's messages steadily to
three supervised gateways and kills one of them again and again. Printed is, for every kill, the
time from SIGKILL until each of its partitions has answered a message that was written after it; the
demand is at most the session timeout and 3 s more.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from schemas.topics import RECEIPT_TOPICS
from simulator.wire import SimRecord
from tests.faults.cluster import Cluster
from tests.faults.crew import Crew, Site
from tests.faults.harness import year
from tests.faults.plan import GATEWAYS
from tests.kafka.agencies import Agencies
from tests.kafka.live import PARTITIONS, shared_out, wait_until

MARGIN_S: Final = 3.0
_RATE_PER_S: Final = 100
_LIMIT_S: Final = 90.0
Coordinates = tuple[str, int, int]


class Flow:
    """Messages at a steady rate, and the receipts that come back."""

    def __init__(self, live: Site, records: tuple[SimRecord, ...]) -> None:
        self._left: Iterator[SimRecord] = iter(records)
        self._agencies = Agencies(live.bootstrap)
        self._due = time.monotonic()
        self._receipts = Consumer(
            {
                "bootstrap.servers": live.bootstrap,
                "group.id": "takeover",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 20,
            }
        )
        self._receipts.assign(
            [TopicPartition(t, n, OFFSET_END) for t in RECEIPT_TOPICS for n in range(PARTITIONS)]
        )
        self.written: set[Coordinates] = set()

    def step(self) -> list[Coordinates]:
        """Write what is due; what has been answered since the last step."""
        while self._due <= time.monotonic():
            self._due += 1 / _RATE_PER_S
            self._agencies.post(next(self._left), self._told)
        answered = []
        for message in self._receipts.consume(200, 0.02):
            if message.error() is None:
                data = orjson.loads(message.value())["data"]
                answered.append((data["topic"], data["partition"], data["offset"]))
        return answered

    def _told(self, _: Any, message: Any) -> None:
        self.written.add((message.topic(), message.partition(), message.offset()))

    def close(self) -> None:
        """Disconnect."""
        self._agencies.close()
        self._receipts.close()


def takeover(crew: Crew, flow: Flow, place: int) -> float:
    """Kill the gateway at a place; seconds until all its partitions answer again."""
    silent = set(crew.members[place].partitions)
    assert silent, "it has nothing to lose"
    flow.written.clear()
    crew.members[place].kill()
    killed = time.monotonic()
    while silent and time.monotonic() < killed + _LIMIT_S:
        crew.supervise()
        after = {place[1] for place in flow.step() if place in flow.written}
        silent -= after
    assert not silent, f"{silent} were silent for {_LIMIT_S} s"
    return time.monotonic() - killed


def measure(kills: int, session_ms: int, folder: Path) -> list[float]:
    """Seconds of each kill."""
    cluster = Cluster("one")
    live = Site(cluster.bootstrap, folder)
    found = []
    try:
        live.renew()
        env = {"SESSION_TIMEOUT_MS": str(session_ms)}
        crew = Crew(live, GATEWAYS, env=env)
        crew.start()
        flow = Flow(live, year(1, 0.2))
        rng = random.Random(1)
        for _ in range(kills):
            found.append(round(takeover(crew, flow, rng.randrange(GATEWAYS)), 2))

            def steady() -> bool:
                crew.supervise()
                flow.step()
                return shared_out(crew.members)

            wait_until(steady, "sharing the partitions again", _LIMIT_S)
        flow.close()
    finally:
        live.kill()
        cluster.end()
    return found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--session-ms", type=int, default=10_000)
    parser.add_argument("--results", type=Path, help="file to which the result is added as JSON")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = measure(args.kills, args.session_ms, Path(folder))
    limit = args.session_ms / 1000 + MARGIN_S
    line = {"session_ms": args.session_ms, "seconds": seconds, "limit_s": limit}
    sys.stdout.write(json.dumps(line) + "\n")
    if args.results is not None:
        with args.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return 0 if max(seconds) <= limit else 1


if __name__ == "__main__":
    sys.exit(main())
