"""`docs/scale.md`: a plan on paper for ten thousand messages a second and ten million persons.

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
    """What follows from the basis for the wanted rate and persons."""

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

Generated with the [benchmarks](benchmarks.md), whose figures it rests on. A plan on paper: nothing
of this size was run. Wanted are {number(RATE)} messages a second and {number(PERSONS)} persons.
For comparison, the whole country's cooperation of 2024 is some 180 000 messages a year.
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
        ("one process decides at most, a second", number(basis.rate)),
        ("processor time per message, gateway", f"{number(basis.engine_us)} µs"),
        (
            "processor time per message, one broker without replicas",
            f"{number(basis.broker_us)} µs",
        ),
        ("two processes with the broker on two cores", f"{basis.second:.2f} times one"),
        ("a message", f"{number(basis.message_bytes)} bytes"),
        (
            "what is written for it",
            f"{basis.written_records:.2f} records, {number(basis.written_bytes)} bytes",
        ),
        ("stored state of a person", f"{number(basis.stored_bytes)} bytes"),
        ("memory per person", f"{number(basis.bytes_per_person)} bytes"),
        ("persons restored a second by one process", number(basis.restore_rate)),
        ("receipts flow again after a kill, slowest", f"{number(basis.recovery_s)} s"),
    ]
    return f"## Measured\n\n{_lines(('figure', 'value'), rows)}"


def _planned(basis: Basis, plan: Plan) -> str:
    rows = [
        (
            f"gateway processes, each at {_LOAD:.0%} of its most",
            f"{plan.processes}, a core each",
        ),
        ("partitions of every topic", f"{plan.partitions}"),
        ("messages a second and partition", number(RATE / plan.partitions)),
        ("persons per process", number(plan.persons_each)),
        ("memory per process, without states kept decoded", f"{number(plan.memory_gib)} GiB"),
        ("the same with one process gone", f"{number(plan.after_loss_gib)} GiB"),
        ("restore with one process gone", f"{number(plan.restore_s)} s"),
        ("pause after a kill: session's timeout and restore", f"{number(plan.pause_s)} s"),
        ("decided after that, until nothing waits", f"{number(plan.caught_up_s)} s"),
        ("messages to the brokers", f"{number(plan.in_mib_s)} MiB/s"),
        ("all that is written, each copy", f"{number(plan.out_mib_s)} MiB/s"),
        ("disk a day, three copies, no compression", f"{number(plan.disk_gib_day)} GiB"),
        ("processor time of the leaders", f"{number(plan.broker_cores)} cores"),
        ("`gateway.state` when compacted, each copy", f"{number(plan.state_gib)} GiB"),
    ]
    text = f"## Planned\n\n{_lines(('what', 'figure'), rows)}"
    return text + (
        f"\nProcesses: {number(RATE)} / ({number(basis.rate)} × {_LOAD:g}), and never less than"
        " three. Partitions: the first even count with two per process or more, so that a process"
        " more or less still divides them evenly.\n"
    )


def _means(basis: Basis, plan: Plan) -> str:
    return _filled(f"""## What follows

- **Processes, not threads.** A process uses one core. Tasks share nothing, so they are divided by
  adding processes up to one per partition; two on this machine's two cores gave {basis.second:.2f}
  times one, since the broker wants its share of them.
- **Partitions are chosen once.** A person's history lies in the partition of the key; another count
  is another set of topics and a migration. {plan.partitions} are enough for
  {plan.partitions} processes, that is {number(plan.partitions * basis.rate * _LOAD)} messages a
  second at the same load. More partitions than that cost: each has a transaction of its own, with
  four to five round trips.
- **Memory is the persons.** {number(PERSONS)} × {number(basis.bytes_per_person)} bytes are
  {number(PERSONS * basis.bytes_per_person / 2**30)} GiB over all processes, to be held by one
  process less than planned: {number(plan.after_loss_gib)} GiB each, and the
  states kept decoded on top.
- **A rebalance stops the whole group.** Every process drops its states and restores what it is
  given, {number(plan.restore_s)} s at {number(basis.restore_rate)} persons a second; after a kill
  the session's timeout of {number(basis.timeout_s)} s comes first. Static members and states kept
  over a rebalance for partitions that come back would shorten this; both are open.
- **Brokers.** Three or more with replication 3: {number(plan.out_mib_s)} MiB/s arrive at every
  copy, {number(plan.disk_gib_day)} GiB a day with all copies. Retention of the messages and a
  compression of the topics decide the disks; the state alone needs little. The processor time above
  is of one broker that leads everything and replicates nothing; with followers and TLS plan for
  three times as much.
- **A backlog.** At half load as much again can be decided as comes in: an hour of standstill takes
  an hour to catch up with.
""")


def _filled(text: str) -> str:
    """The lines of each point as long as they may be, however long the figures are."""
    heading, *points = text.split("\n- ")
    filled = [fill("- " + " ".join(point.split()), 100, subsequent_indent="  ") for point in points]
    return "\n".join([heading, *filled]) + "\n"


_OPEN: Final = """## Not measured

A network between gateways and brokers, replication, TLS and SASL, more than two cores, more than a
million persons in one process, days of running, brokers whose logs do not fit into their memory.
The first step is therefore three brokers and two processes on machines of their own, at a tenth of
the rate, measured with the same commands.
"""
