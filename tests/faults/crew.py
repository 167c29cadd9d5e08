"""Gateways of one run: through the proxy, of a version of the code, each at a place of its own.

A supervisor starts again whoever ended, as systemd or Kubernetes would: after a fault (70), a kill,
an orderly end, "no Kafka answers" (69), and "the topic takes no record of this size" (1), which
faults bring about here. Any other end is a failure of the run.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from gateway.shell.connection import stop
from gateway.shell.faults import EXIT_FAULT
from gateway.shell.settings import Settings
from gateway.shell.task import READ_TOPICS
from gateway.silence import EXIT_AWAY
from tests.faults.harness import RESTARTED, SETTINGS, Team
from tests.faults.plan import Topology
from tests.faults.proxy import Proxy
from tests.kafka.live import Installation, Place, shared_out, wait_until
from tests.kafka.process import ROOT, Process

#: Besides the session: a commit that hangs is given up sooner, as everything here is shorter.
TIMES: Final = {**SETTINGS, "COMMIT_TIMEOUT_MS": "6000", "REBALANCE_TIMEOUT_MS": "20000"}
#: A machine may be busy with other things.
START_LIMIT_S: Final = 150.0
#: The engine waits up to 40 s for an answer that a fault has swallowed, to its leaving too.
END_LIMIT_S: Final = 60.0
HARMED: Final = (sys.executable, str(ROOT / "tests" / "faults" / "harmed.py"))
#: A supervisor waits a moment before it starts again what ended by itself, longer for a broker.
_AGAIN_S: Final = {"killed": 0.0, "stopped": 0.0, "no broker": 3.0}
T = TypeVar("T")
#: What a start says that meets a topic which takes only small records.
_NARROW: Final = "raise max.message.bytes"
#: What a start says that finds another end of the audit than its state knows.
_AUDIT_END: Final = "runbook: audit-end"


class AuditEndError(AssertionError):
    """A gateway does not go on, since the state and the end of the audit differ."""


@dataclass
class Site(Installation):
    """An installation on the harness's own cluster: three copies of everything where it can."""

    topology: Topology = "one"

    def settings(self) -> Settings:
        """Settings of the topics' declaration."""
        profile = "production" if self.topology == "three" else "local"
        return Settings(
            bootstrap_servers=self.bootstrap,
            group=self.group,
            profile=profile,
            allow_plaintext="yes",
        )

    def lister(self) -> AdminClient:
        """A client of one's own: librdkafka's goes on naming epochs of leaders that are gone."""
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})


@dataclass
class Crew(Team):
    """Processes at places; what a place's next process is told beyond the settings."""

    proxy: Proxy | None = None
    engine: str | None = None
    code: dict[int, Path] = field(default_factory=dict)
    once: dict[int, list[str]] = field(default_factory=dict)
    starved: list[Process] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    jumps: list[float] = field(default_factory=list)
    _due: dict[int, float] = field(default_factory=dict)

    def start(self) -> None:
        """Start all and wait until they share the partitions."""
        self.start_unready()
        wait_until(lambda: shared_out(self.members), "sharing the partitions", START_LIMIT_S)

    def _start(self, place: int) -> Process:
        extra = self.once.pop(place, [])
        options = list(extra)
        if self.proxy is not None:
            options += ["--ways", *(f"{a}={b}" for a, b in self.proxy.ports(place).items())]
        if place in self.code:
            options += ["--code", str(self.code[place])]
        if self.jumps:
            options += ["--jumps", *(str(jump) for jump in self.jumps)]
        if self.engine is not None:
            options += ["--engine", self.engine]
        made = self.live.start((*HARMED, *options), **{**TIMES, **self.env})
        if "--memory" in extra:
            self.starved.append(made)
        return made

    def supervise(self) -> None:
        """Start again whoever has ended, a moment later unless it was ended from here.

        Raises:
            AssertionError: one ended in a way that no fault explains.
        """
        for place, process in enumerate(self.members):
            code = process.code
            if code is None:
                continue
            if place not in self._due:
                name = self._named(process, code)
                self.ends[name] += 1
                self.exits.append(code)
                self._due[place] = time.monotonic() + _AGAIN_S.get(name, 1.0)
            if time.monotonic() >= self._due[place]:
                del self._due[place]
                self.members[place] = self._start(place)

    def stop(self) -> None:
        """End them all as an operator would, once they serve.

        Who has lost its partitions without knowing it yet is fenced by its last commit, and ends
        as after any fault. Who still starves ends as libraries do that get no memory.
        """

        def serving() -> bool:
            self.supervise()
            return not self._due and all(process.events("ops") for process in self.members)

        wait_until(serving, "serving", START_LIMIT_S)
        for process in self.members:
            process.terminate()
        for process in self.members:
            code = _ended(process)
            well = code in {0, EXIT_FAULT} or process in self.starved
            assert well, f"{process.name} ended with {code}: {process.said()}"
            self.ends["fenced at the end"] += code == EXIT_FAULT
        self.ends = +self.ends

    def _named(self, process: Process, code: int) -> str:
        if process in self.starved:
            begun, done = len(process.events("starved")), len(process.events("restored"))
            return "starved" if begun > done else "spared"
        if code == EXIT_AWAY:
            return "no broker"
        if code == 1 and _NARROW in process.said():
            return "narrow topic"
        if code == 1 and _AUDIT_END in process.said():
            raise AuditEndError(f"{process.name}: {process.said()}")
        assert code in RESTARTED, f"{process.name} ended with {code}: {process.said()}"
        return {0: "stopped", -9: "killed"}.get(code, "fault")


def _ended(process: Process) -> int:
    """Its exit code; if it has none after a while, what it is waiting for.

    Raises:
        AssertionError: it does not end.
    """
    try:
        return process.wait(END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGUSR2)
        time.sleep(1)
        raise AssertionError(f"{process.name} does not end: {process.said()}") from None


class Watch:
    """What the group has decided so far, asked for beside the loop; a broker may not answer."""

    def __init__(self, live: Installation) -> None:
        self._live = live
        self._ended = threading.Event()
        self._found: tuple[dict[Place, int], dict[Place, int]] | None = None
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(0.2):
            found = unless_unreachable(lambda: (self._live.committed(), self._live.ends()))
            if found is not None:
                self._found = found

    def forget(self) -> None:
        """Only what is seen from now on counts."""
        self._found = None

    @property
    def decided(self) -> int:
        """How many records the group has committed, as last seen."""
        return 0 if self._found is None else sum(self._found[0].values())

    @property
    def drained(self) -> bool:
        """Whether the group has committed all there is, as last seen."""
        return self._found is not None and self._found[0] == self._found[1]

    def behind(self) -> str:
        """Which inputs have more than the group has committed, as last seen."""
        if self._found is None:
            return "no broker says how far it is"
        committed, ends = self._found
        return ", ".join(
            f"{topic}/{n} at {committed[topic, n]} of {end}"
            for (topic, n), end in sorted(ends.items())
            if committed[topic, n] != end
        )

    def end(self) -> None:
        """Ask no more."""
        self._ended.set()
        self._thread.join(30)


def unless_unreachable(ask: Callable[[], T]) -> T | None:
    """An answer, or None while no broker gives one."""
    try:
        return ask()
    except KafkaException:
        return None


class Storm(threading.Thread):
    """Guests that join the group, are given partitions, and leave without deciding anything."""

    def __init__(self, live: Installation, guests: int, seconds: float) -> None:
        super().__init__(name="storm", daemon=True)
        self._live = live
        self._guests = guests
        self._seconds = seconds
        self.start()

    def run(self) -> None:
        """One guest after the other."""
        for _ in range(self._guests):
            asyncio.run(self._guest())

    async def _guest(self) -> None:
        consumer = AIOKafkaConsumer(
            *READ_TOPICS,
            bootstrap_servers=self._live.bootstrap,
            client_id=f"guest-{secrets.token_hex(2)}",
            group_id=self._live.group,
            enable_auto_commit=False,
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=2_000,
            heartbeat_interval_ms=300,
            rebalance_timeout_ms=int(TIMES["REBALANCE_TIMEOUT_MS"]),
        )
        try:
            await consumer.start()
            await asyncio.sleep(self._seconds / self._guests)
        except KafkaError:
            pass  # A guest may be turned away; the gateways are the ones that count.
        finally:
            await stop(consumer)


def next_version(folder: Path) -> Path:
    """The code as it stands, in a copy that stores states in a form of one version more.

    The version of before cannot read what this one writes and ends instead of guessing; this one
    migrates what it finds.
    """
    made = folder / "next"
    for package in ("schemas", "gateway", "consumers"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, made / package, ignore=ignored)
    state = made / "gateway" / "domain" / "state.py"
    text = state.read_text(encoding="utf-8")
    before = "STATE_VERSION: Final = "
    number = int(text.partition(before)[2].split()[0])
    state.write_text(text.replace(f"{before}{number}", f"{before}{number + 1}"), encoding="utf-8")
    with (made / "gateway" / "domain" / "migrate.py").open("a", encoding="utf-8") as file:
        file.write(f"\nSTEPS[{number}] = lambda values: [STATE_VERSION, *values[1:]]\n")
    return made
