"""Gateways under a supervisor, fed with the simulated year, while somebody kills or freezes them.

Each function here does one harm while there is work in hand; runs in which a seed chooses among all
harms are driven by `tests.faults.drive`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Final

from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from gateway.domain.days import DAY_MS
from gateway.shell.faults import EXIT_FAULT
from simulator.wire import SimRecord
from simulator.year import generate
from tests.faults.proxy import Proxy
from tests.kafka.agencies import closing_records
from tests.kafka.live import Installation, shared_out, wait_until
from tests.kafka.process import GATEWAY, Process

#: Exits after which a supervisor starts a gateway again; 0 is that of a SIGTERM from here.
RESTARTED: Final = frozenset({EXIT_FAULT, -9, 0})
#: As quick as this broker allows, so that a frozen process loses its partitions soon.
SETTINGS: Final = {"SESSION_TIMEOUT_MS": "2000", "TRANSACTION_TIMEOUT_MS": "10000"}

#: Records that are written at a time while others are decided.
_PIECE: Final = 20


@cache
def year(seed: int, scale: float = 0.03) -> tuple[SimRecord, ...]:
    """A year of more than 5 000 messages, and time enough after it for everything to end."""
    records = generate(seed, scale).records
    return (*records, *closing_records(records[-1].timestamp_ms + 120 * DAY_MS))


@dataclass
class Team:
    """Processes that are started again when they end; every exit is remembered."""

    live: Installation
    size: int
    launcher: Sequence[str] = GATEWAY
    env: dict[str, str] = field(default_factory=dict)
    members: list[Process] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start all and wait until they share the partitions."""
        self.start_unready()
        wait_until(lambda: shared_out(self.members), "sharing the partitions")

    def start_unready(self) -> None:
        """Start all and wait for nothing."""
        self.members = [self._start(place) for place in range(self.size)]

    def _start(self, _place: int) -> Process:
        return self.live.start(self.launcher, **SETTINGS, **self.env)

    def supervise(self) -> None:
        """Start again whoever has ended.

        Raises:
            AssertionError: one ended with a code that no supervisor would answer with a restart.
        """
        for place, process in enumerate(self.members):
            code = process.code
            if code is None:
                continue
            assert code in RESTARTED, f"{process.name} ended with {code}: {process.said()}"
            self.exits.append(code)
            self.members[place] = self._start(place)

    def owner(self, partition: int) -> tuple[Process, list[int]]:
        """Who holds a partition now, and what else it holds."""

        def found() -> tuple[Process, list[int]] | None:
            owned = ((process, process.partitions) for process in self.members)
            return next((pair for pair in owned if partition in pair[1]), None)

        owner: tuple[Process, list[int]] = wait_until(found, "finding an owner")
        return owner

    def supervise_until_drained(self, limit_s: float = 120.0) -> None:
        """Go on until everything is decided."""

        def done() -> bool:
            self.supervise()
            return self.live.drained()

        wait_until(done, "deciding everything", limit_s)

    def stop(self) -> None:
        """End them all as an operator would, once they serve."""
        wait_until(lambda: all(p.events("ops") for p in self.members), "serving")
        for process in self.members:
            process.terminate()
        for process in self.members:
            code = process.wait(20)
            assert code == 0, f"{process.name} ended with {code}: {process.said()}"


def kill_at_work(team: Team, seed: int, kills: int, later_s: float = 0.0) -> None:
    """Start on a complete log and kill somebody each time a random share of it has been decided.

    What is seen to be decided has just been committed; `later_s` is how much later it may strike.
    """
    rng = random.Random(seed)
    total = sum(team.live.ends().values())
    marks = sorted(rng.uniform(0.05, 0.85) * total for _ in range(kills))
    team.start_unready()

    def at_work(mark: float) -> list[Process]:
        team.supervise()
        if sum(team.live.committed().values()) <= mark:
            return []
        return [process for process in team.members if process.events("assigned")]

    for mark in marks:
        working = wait_until(lambda mark=mark: at_work(mark), "getting on", 120)
        victim = rng.choice(working)
        time.sleep(rng.uniform(0.0, later_s))
        victim.kill()
        victim.wait(10)
        team.supervise()
    team.supervise_until_drained()


def freeze_at_work(team: Team, records: Sequence[SimRecord], seconds: float) -> Process:
    """Freeze the owner of partition 0 in the middle of a backlog, and wake it when it has lost.

    It is woken no sooner than `seconds`, and not before the others have gone on with what it was
    deciding: whatever it still holds is then decided twice, unless it is fenced.
    """
    live = team.live
    frozen, lost = team.owner(0)

    def decided() -> int:
        return sum(offset for (_, n), offset in live.committed().items() if n in lost)

    before = decided()
    live.prefill(records)
    wait_until(lambda: decided() > before, "beginning with a backlog")
    frozen.freeze()
    try:
        began, before = time.monotonic(), decided()
        wait_until(
            lambda: time.monotonic() - began > seconds and (decided() > before or live.drained()),
            "taking over from a frozen process",
            30,
        )
    finally:
        frozen.thaw()
    return frozen


def estrange_at_work(team: Team, proxy: Proxy, records: Sequence[SimRecord]) -> None:
    """Let the group hear no more of the owner of partition 0, until another has what it had.

    It goes on reading, deciding and committing as if nothing were, and records come all the while:
    only its successor can stop it.
    """
    live = team.live
    unheard, _ = team.owner(0)
    left = iter(records)

    def given_away() -> bool:
        team.supervise()
        live.prefill(tuple(islice(left, _PIECE)))
        return any(0 in process.partitions for process in team.members if process is not unheard)

    proxy.estrange(team.members.index(unheard))
    try:
        wait_until(given_away, "giving away what the one had that is not heard", 60)
    finally:
        proxy.heal()
    live.prefill(tuple(left))


def refuse_at_work(
    team: Team,
    records: Sequence[SimRecord],
    topic: str,
    seconds: float,
    met: Callable[[], bool],
) -> None:
    """Let the broker refuse writes to one topic when half of the records are still to come.

    For so many seconds, and until it has been met in the way that is wanted.
    """
    live = team.live
    first = len(records) // 2
    live.prefill(records[:first])

    def begun() -> bool:
        team.supervise()
        return sum(live.committed().values()) > first // 5

    wait_until(begun, "beginning", 120)
    _limit(live, topic, 100)
    try:
        end = time.monotonic() + seconds
        live.prefill(records[first:])

        def over() -> bool:
            team.supervise()
            return time.monotonic() >= end and met()

        wait_until(over, "meeting the refusal")
    finally:
        _limit(live, topic, 1_048_588)


def _limit(live: Installation, topic: str, bytes_max: int) -> None:
    entry = ConfigEntry(
        "max.message.bytes", str(bytes_max), incremental_operation=AlterConfigOpType.SET
    )
    wanted = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    for done in live.admin.incremental_alter_configs([wanted]).values():
        done.result()
