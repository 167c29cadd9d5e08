"""`docs/scale.md`: the capacity plan for ten thousand messages a second and ten million persons.

Rule: every number in it is either a demand, named at the top, or computed from measured figures, so
that the plan changes when the figures do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from textwrap import fill
from typing import Any, Final

from benchmarks.output import number

RATE: Final = 10_000
PERSONS: Final = 10_000_000
#: Of what a process can do at most; the rest is for catching up, and latency is promised at half.
_LOAD: Final = 0.5
#: Counts that can be divided evenly in many ways; one is chosen once and never changed.
_PARTITIONS: Final = (12, 24, 48, 96, 192, 384)
_REPLICAS: Final = 3
#: Key, lengths and timestamps of a record besides value and headers.
_RECORD_BYTES: Final = 22 + 15
_DAY_S: Final = 86_400
_NEEDED: Final = ("throughput", "memory", "members")

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Basis:
    """The measured figures that the plan rests on."""

    rate: float
    engine_us: float
    broker_us: float
    second: float
    message_bytes: float
    written_bytes: float
    written_records: float
    stored_bytes: float
    bytes_per_person: float
    base_bytes: float
    restore_rate: float
    timeout_s: float
    recovery_s: float

    @classmethod
    def of(cls, figures: Figures) -> Basis:
        """From the figures of the benchmarks."""
        throughput, memory, members = (figures[name] for name in _NEEDED)
        one, two = (throughput["engines"][name] for name in ("gateway_1", "gateway_2"))
        outputs = throughput["outputs"].values()
        return cls(
            rate=one["rate"],
            engine_us=one["engine_cpu_us"],
            broker_us=one["broker_cpu_us"],
            second=two["rate"] / one["rate"],
            message_bytes=throughput["message_bytes"],
            written_bytes=sum(
                out["per_message"] * (out["value_bytes"] + out["header_bytes"] + _RECORD_BYTES)
                for out in outputs
            ),
            written_records=sum(out["per_message"] for out in outputs),
            stored_bytes=memory["stored_bytes_per_person"],
            bytes_per_person=memory["bytes_per_person"],
            base_bytes=memory["base_bytes"],
            restore_rate=memory["persons_per_second"],
            timeout_s=members["session_timeout_s"],
            recovery_s=members["slowest_recovery_s"],
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from the basis for the planned rate and persons."""

    processes: int
    partitions: int
    persons_each: float
    memory_gib: float
    after_loss_gib: float
    restore_s: float
    pause_s: float
    caught_up_s: float
    in_mib_s: float
    out_mib_s: float
    disk_gib_day: float
    broker_cores: float
    state_gib: float

    @classmethod
    def of(cls, basis: Basis) -> Plan:
        """Processes by the rate, partitions by the processes, the rest by both."""
        processes = max(3, ceil(RATE / (basis.rate * _LOAD)))
        partitions = next(count for count in _PARTITIONS if count >= 2 * processes)
        each, alone = PERSONS / processes, PERSONS / (processes - 1)
        restore = alone / basis.restore_rate
        pause = basis.timeout_s + restore
        spare = (processes - 1) * basis.rate - RATE
        written = RATE * (basis.message_bytes + _RECORD_BYTES + basis.written_bytes) / 2**20
        return cls(
            processes=processes,
            partitions=partitions,
            persons_each=each,
            memory_gib=(basis.base_bytes + each * basis.bytes_per_person) / 2**30,
            after_loss_gib=(basis.base_bytes + alone * basis.bytes_per_person) / 2**30,
            restore_s=restore,
            pause_s=pause,
            caught_up_s=RATE * pause / spare,
            in_mib_s=RATE * basis.message_bytes / 2**20,
            out_mib_s=written,
            disk_gib_day=written * _REPLICAS * _DAY_S / 1024,
            broker_cores=RATE * basis.broker_us / 1e6,
            state_gib=PERSONS * (basis.stored_bytes + _RECORD_BYTES) / 2**30,
        )


_HEAD: Final = f"""# Ten thousand messages a second, ten million persons

This capacity plan is for {number(RATE)} messages/s and {number(PERSONS)} persons. It is computed
from the [benchmarks](benchmarks.md); nothing of this size was run. For comparison, the cooperation
in the whole country is about 180 000 messages a year (2024).
"""


def page(figures: Figures) -> str:
    """The whole document."""
    throughput = figures.get("throughput", {})
    missing = [name for name in _NEEDED if name not in figures]
    if missing or "outputs" not in throughput or "gateway_2" not in throughput["engines"]:
        return f"{_HEAD}\nNot all that it needs is measured yet: {', '.join(_NEEDED)}.\n"
    basis = Basis.of(figures)
    plan = Plan.of(basis)
    return "\n".join([_HEAD, _measured(basis), _planned(basis, plan), _means(basis, plan), _OPEN])


def _lines(heads: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    body = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"| {heads[0]} | {heads[1]} |\n| --- | --: |\n{body}\n"


def _measured(basis: Basis) -> str:
    rows = [
        ("throughput of one process, messages/s", number(basis.rate)),
        ("processor time per message, gateway", f"{number(basis.engine_us)} µs"),
        (
            "processor time per message, one broker without replicas",
            f"{number(basis.broker_us)} µs",
        ),
        ("throughput of two processes on the same two cores", f"{basis.second:.2f} times one"),
        ("size of a message", f"{number(basis.message_bytes)} bytes"),
        (
            "written per message",
            f"{basis.written_records:.2f} records, {number(basis.written_bytes)} bytes",
        ),
        ("stored state of a person", f"{number(basis.stored_bytes)} bytes"),
        ("memory per person", f"{number(basis.bytes_per_person)} bytes"),
        ("persons restored per second by one process", number(basis.restore_rate)),
        ("time until receipts flow again after a kill, slowest", f"{number(basis.recovery_s)} s"),
    ]
    return f"## Measured\n\n{_lines(('figure', 'value'), rows)}"


def _planned(basis: Basis, plan: Plan) -> str:
    rows = [
        (
            f"gateway processes, each at {_LOAD:.0%} of its maximum",
            f"{plan.processes}, a core each",
        ),
        ("partitions of every topic", f"{plan.partitions}"),
        ("messages/s per partition", number(RATE / plan.partitions)),
        ("persons per process", number(plan.persons_each)),
        ("memory per process, without decoded states", f"{number(plan.memory_gib)} GiB"),
        ("memory per process after one was lost", f"{number(plan.after_loss_gib)} GiB"),
        ("restore after one was lost", f"{number(plan.restore_s)} s"),
        ("pause after a kill: session timeout and restore", f"{number(plan.pause_s)} s"),
        ("time until the backlog of the pause is decided", f"{number(plan.caught_up_s)} s"),
        ("messages to the brokers", f"{number(plan.in_mib_s)} MiB/s"),
        ("everything written, each replica", f"{number(plan.out_mib_s)} MiB/s"),
        ("disk per day, three replicas, no compression", f"{number(plan.disk_gib_day)} GiB"),
        ("processor time of the leaders", f"{number(plan.broker_cores)} cores"),
        ("`gateway.state` when compacted, each replica", f"{number(plan.state_gib)} GiB"),
    ]
    text = f"## Planned\n\n{_lines(('what', 'figure'), rows)}"
    return text + (
        f"\nProcesses: {number(RATE)} / ({number(basis.rate)} × {_LOAD:g}), but at least three."
        " Partitions: the first even count with at least two per process, so that one process more"
        " or less can still share them.\n"
    )


def _means(basis: Basis, plan: Plan) -> str:
    return _filled(f"""## What follows

- **Processes, not threads.** A process uses one core. Tasks share nothing, so more processes
  divide the work, up to one per partition. Two processes on the two cores of the benchmark gave
  {basis.second:.2f} times the rate of one, because the broker uses a part of the cores.
- **The number of partitions is final.** A person's history is in the partition of the key. Another
  number means new topics and a migration. {plan.partitions} partitions are enough for
  {plan.partitions} processes, or {number(plan.partitions * basis.rate * _LOAD)} messages/s at the
  same load. More partitions cost more: each has a transaction of its own, with four to five round
  trips.
- **Memory depends on the number of persons.** {number(PERSONS)} ×
  {number(basis.bytes_per_person)} bytes are
  {number(PERSONS * basis.bytes_per_person / 2**30)} GiB over all processes. Plan for one process
  less: {number(plan.after_loss_gib)} GiB each, and in addition the states that are kept decoded.
- **A rebalance stops the whole group.** Every process drops its states and restores its new
  partitions: {number(plan.restore_s)} s at {number(basis.restore_rate)} persons a second. After a
  kill the session timeout of {number(basis.timeout_s)} s comes first. Static members, and states
  that are kept over a rebalance, would shorten this; neither exists yet.
- **Brokers.** Plan three or more with replication 3. {number(plan.out_mib_s)} MiB/s arrive at every
  replica, {number(plan.disk_gib_day)} GiB a day in all replicas. The retention and compression of
  the topics determine the disks; the state alone needs little. The processor time above is that of
  one broker that leads everything and replicates nothing. Plan three times as much with followers
  and TLS.
- **A backlog.** At half load the processes can decide twice the incoming rate. An hour without
  processing takes an hour to catch up.
""")


def _filled(text: str) -> str:
    """The lines of each point as long as they may be, however long the figures are."""
    heading, *points = text.split("\n- ")
    filled = [fill("- " + " ".join(point.split()), 100, subsequent_indent="  ") for point in points]
    return "\n".join([heading, *filled]) + "\n"


_OPEN: Final = """## Not measured

- A network between gateways and brokers, replication, TLS and SASL.
- More than two cores, and more than a million persons in one process.
- Days of running, and brokers whose logs are larger than their memory.

The next step is therefore three brokers and two processes on machines of their own, at a tenth of
the rate, measured with the same commands.
"""
