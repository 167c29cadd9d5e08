"""One seed from the first message to the verdict: feed, harm, heal, drain, judge.

One loop feeds, harms and starts again who has ended, so the seed says everything that is chosen
here; what the operating system makes of it differs from run to run, and shall.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from gateway.domain.days import DAY_MS
from schemas.topics import INPUT_TOPICS
from simulator.rates import Rates
from simulator.truth import Truth
from simulator.wire import SimRecord
from simulator.year import generate
from tests.comparable import comparable
from tests.dsl import AGREEMENT, KEYS, PARTITIONS
from tests.faults.checker import Log, violations
from tests.faults.cluster import Cluster
from tests.faults.crew import Crew, Site, Storm, Watch, next_version
from tests.faults.plan import GATEWAYS, Fault, Plan
from tests.faults.proxy import Proxy
from tests.faults.replay import Again, complete, orders, refusals, same_bytes
from tests.faults.statistics import books, stock
from tests.kafka.agencies import Agencies, closing_records
from tests.kafka.live import wait_until

#: Many duplicates, corrections and voids; wrong messages of every kind come by themselves.
RATES: Final = Rates(duplicated=0.05, assessment_corrected=0.04, assessment_voided=0.03)
#: A backlog is decided in small turns, so that there is work in hand whenever harm is done.
BACKLOG_TURN: Final = {"BATCH_RECORDS_MAX": "5"}
DRAIN_LIMIT_S: Final = 150.0
_STRIKE_LIMIT_S: Final = 120.0
_PAUSE_S: Final = 0.02
_SHOWN: Final = 5


@dataclass(frozen=True)
class Size:
    """How large the year is, and in how many seconds it comes while the gateways work."""

    scale: float
    live_s: float


FULL: Final = Size(0.02, 9.0)
#: For every change; with less than half the messages.
SHORT: Final = Size(0.008, 4.0)


@cache
def lane_here() -> bool:
    """Whether a gateway of this checkout takes the express lane if nobody says anything else."""
    return comparable("auto", AGREEMENT, KEYS, PARTITIONS) is not None


@dataclass
class Result:
    """One line of the table: what was done, what it led to, what the checker says."""

    seed: int
    topology: str
    feeding: str
    faults: list[str]
    records: int = 0
    resent: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list)
    #: Whether the gateways, which have the setting's default, took the express lane.
    express: bool = field(default_factory=lane_here)

    def line(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


def messages(plan: Plan, size: Size) -> tuple[list[SimRecord], Truth]:
    """A small year, time enough after it for everything to end, and its books."""
    year = generate(plan.seed, size.scale, RATES)
    closing = closing_records(year.records[-1].timestamp_ms + 120 * DAY_MS)
    records = [*year.records]
    for fault in plan.faults:
        if fault.kind == "agency_clock":
            records = _at_other_times(records, fault)
    return [*records, *closing], year.truth


def _at_other_times(records: Sequence[SimRecord], fault: Fault) -> list[SimRecord]:
    """One agency's clock jumps, and jumps back after an eighth of all messages."""
    agency = ("fk", "af")[fault.place % 2]
    first = int(len(records) * fault.at)
    span = range(first, first + len(records) // 8)
    return [
        r._replace(timestamp_ms=r.timestamp_ms + int(fault.amount * 1000))
        if i in span and r.topic.startswith(agency)
        else r
        for i, r in enumerate(records)
    ]


def resent(records: Sequence[SimRecord], log: Log) -> int:
    """How many messages the agencies' client wrote once more when it lost an answer.

    Raises:
        AssertionError: one of the messages was not written at all, or something else was.
    """
    sent = Counter((r.topic, r.key, r.value, r.timestamp_ms) for r in records)
    found = Counter(
        (r.topic, r.key, r.value, r.timestamp_ms)
        for (topic, _), there in log.items()
        if topic in INPUT_TOPICS
        for r in there
    )
    assert not sent - found, f"{(sent - found).total()} messages were never written"
    assert found.keys() == sent.keys(), "the inputs hold what no agency sent"
    return (found - sent).total()


class Run:
    """The state of one run."""

    def __init__(self, plan: Plan, cluster: Cluster, folder: Path, size: Size = FULL) -> None:
        self.plan = plan
        self.size = size
        self.cluster = cluster
        self.folder = folder
        self.live = Site(cluster.bootstrap, folder, topology=plan.topology)
        self.proxy = Proxy(GATEWAYS, cluster.ports)
        env = BACKLOG_TURN if plan.feeding == "backlog" else {}
        self.crew = Crew(self.live, GATEWAYS, env=env, proxy=self.proxy)
        self.crew.jumps = [
            jump for f in plan.faults if f.kind == "clock" for jump in (f.amount, -f.amount)
        ]
        self.left = list(plan.faults)
        self.undo: list[tuple[float, Callable[[], None]]] = []
        self.storms: list[Storm] = []
        self.watch: Watch | None = None

    def end(self) -> None:
        """Leave no process, no connection, no thread."""
        if self.watch is not None:
            self.watch.end()
        self.live.kill()
        for storm in self.storms:
            storm.join(30)
        self.proxy.end()

    # -- the course of a run

    def go(self) -> Result:
        """Feed, harm, drain; then judge what stands in the topics."""
        records, truth = messages(self.plan, self.size)
        self.live.renew()
        result = Result(
            self.plan.seed,
            self.plan.topology,
            self.plan.feeding,
            [str(f) for f in self.plan.faults],
        )
        if self.plan.feeding == "live":
            self.crew.start()
        else:
            self.live.prefill(records)
            self.crew.start_unready()
        self.watch = Watch(self.live)
        began = time.monotonic()
        self._harm(records)
        self._drain()
        result.seconds = round(time.monotonic() - began, 1)
        self.crew.stop()
        log = self.live.log()
        result.records = len(records)
        result.ends = dict(self.crew.ends)
        result.resent = resent(records, log)
        result.violations = judge(self.plan, log, truth, self.folder)
        return result

    def _harm(self, records: Sequence[SimRecord]) -> None:
        """Feed evenly, or watch a backlog shrink, until all harm is done and undone."""
        live = self.plan.feeding == "live"
        agencies = Agencies(self.live.bootstrap)
        began = time.monotonic()
        sent = 0 if live else len(records)
        try:
            while sent < len(records) or self.left or self.undo or self.cluster.busy:
                now = time.monotonic()
                due = int(len(records) * (now - began) / self.size.live_s) + 1
                for record in records[sent:due]:
                    agencies.post(record)
                sent = max(sent, min(due, len(records)))
                assert self.watch is not None
                done = sent if live else self.watch.decided
                late = now - began > _STRIKE_LIMIT_S
                self._strike(1.0 if late else done / len(records))
                self.crew.supervise()
                time.sleep(_PAUSE_S)
            agencies.flush()
        finally:
            agencies.close()

    def _drain(self) -> None:
        """Everything is well again; wait until all is decided and committed."""
        self.proxy.heal()
        assert self.watch is not None
        watch = self.watch
        watch.forget()

        def done() -> bool:
            self.crew.supervise()
            return watch.drained

        try:
            wait_until(done, "deciding everything", DRAIN_LIMIT_S)
        except TimeoutError as problem:
            raise TimeoutError(f"{problem}: {watch.behind()}") from None

    # -- harm

    def _strike(self, share: float) -> None:
        """Undo what has lasted long enough, and do what is due."""
        now = time.monotonic()
        for item in [item for item in self.undo if item[0] <= now]:
            self.undo.remove(item)
            item[1]()
        while self.left and self.left[0].at <= share:
            of_the_broker = self.left[0].kind in {
                "broker_kill", "disk_full", "leader_move", "coordinator_move",
            }  # fmt: skip
            if of_the_broker and self.cluster.busy:
                return  # One node at a time: two of three hold what must not be lost.
            fault = self.left.pop(0)
            back = getattr(self, f"_{fault.kind}")(fault)
            if back is not None:
                self.undo.append((now + fault.seconds, back))

    def _kill(self, fault: Fault) -> None:
        self.crew.members[fault.place].kill()

    def _stop(self, fault: Fault) -> None:
        """SIGTERM only to a process that serves: while Python imports, nobody handles it."""
        victim = self.crew.members[fault.place]
        if victim.events("ops"):
            victim.terminate()
        else:
            victim.kill()

    def _freeze(self, fault: Fault) -> Callable[[], None]:
        victim = self.crew.members[fault.place]
        victim.freeze()
        return victim.thaw

    def _clock(self, fault: Fault) -> Callable[[], None]:
        """The wall clock of one process jumps, and jumps back."""
        victim = self.crew.members[fault.place]
        jump = partial(victim.send_signal, signal.SIGUSR1)
        jump()
        return jump

    def _agency_clock(self, _: Fault) -> None:
        """Done already: the messages carry it."""

    def _starve(self, fault: Fault) -> None:
        """The next process at this place gets too little memory for its restore."""
        self.crew.once[fault.place] = ["--memory", f"{fault.amount:.0f}"]
        self.crew.members[fault.place].kill()

    def _version(self, fault: Fault) -> Callable[[], None]:
        """One gateway runs the next version of the code; some seconds later all of them do."""
        code = next_version(self.folder)
        self.crew.code[fault.place] = code
        self._stop(fault)

        def others() -> None:
            for place, member in enumerate(self.crew.members):
                if place != fault.place:
                    self.crew.code[place] = code
                    member.kill()

        return others

    def _storm(self, fault: Fault) -> Callable[[], None]:
        storm = Storm(self.live, int(fault.amount), fault.seconds)
        self.storms.append(storm)
        return storm.join

    def _drop(self, fault: Fault) -> Callable[[], None]:
        """Connections end in the middle; those of all gateways when none shall be made anew."""
        place = None if fault.seconds else fault.place
        self.proxy.cut(place, refusing=fault.seconds > 0)
        return self.proxy.heal

    def _slow(self, fault: Fault) -> Callable[[], None]:
        self.proxy.slow(None, self.cluster.ports[fault.node - 1], fault.amount)
        return self.proxy.heal

    def _stall(self, fault: Fault) -> Callable[[], None]:
        self.proxy.stall(fault.place, self.cluster.ports[fault.node - 1])
        return self.proxy.heal

    def _broker_kill(self, fault: Fault) -> None:
        self.cluster.kill(fault.node, fault.seconds)

    def _disk_full(self, fault: Fault) -> None:
        self.cluster.fill_disk(fault.node, fault.seconds)

    def _leader_move(self, fault: Fault) -> None:
        self.cluster.move_leaders(fault.at)

    def _coordinator_move(self, _: Fault) -> None:
        self.cluster.move_coordinators()


def judge(plan: Plan, log: Log, truth: Truth, folder: Path) -> list[str]:
    """Every way in which the topics break a law, a few of each; empty when all hold."""
    found = violations(log)
    again = Again(log)
    laws = [same_bytes, refusals, complete if plan.feeding == "backlog" else orders]
    named = [(law.__name__, law(again)) for law in laws]
    if plan.feeding == "backlog":
        named += [("books", books(log, truth)), ("stock", stock(log, folder))]
    for name, texts in named:
        found += [f"{name}: {text}" for text, _ in zip(texts, range(_SHOWN), strict=False)]
    return found
