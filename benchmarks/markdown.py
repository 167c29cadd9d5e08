"""`docs/benchmarks.md` from the figures: demands, hardware, tables, methods and limitations.

Rule: everything in it comes from the figures or from the docstrings of the measurements; nothing is
typed in by hand, and a figure that was not measured is said to be missing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from benchmarks import (
    decide,
    latency,
    members,
    memory,
    replay,
    soak,
    statistics,
    throughput,
    writes,
)
from benchmarks.output import number

Figures = Mapping[str, Any]

_HEAD = """# Benchmarks

`make bench` (`python -m benchmarks`) writes this page. [benchmarks.json](benchmarks.json) has the
same figures. No test depends on them. [The capacity plan](scale.md) applies them to ten thousand
messages a second.
"""
_CAVEATS = """## What limits the figures

- Broker, gateway, senders and readers share one machine. On two cores a second gateway process
  competes with the broker, so it adds less than on a machine of its own.
- One broker with replication 1 shows neither durability nor the cost of a network. With three
  brokers every commit waits for two more machines.
- The raw copy writes one record per message. The gateway writes receipt, delivery, follow-up fact,
  audit and state, so it also writes several times as many bytes.
- Java continues to compile during a run of the Kafka Streams application. Its second half is faster
  than the first, and has a column of its own.
- The FastStream handler commits the offsets of all its partitions after every message. With batches
  it would be faster, and would write more duplicates after a crash.
- At a steady rate (latency, processes that join and leave, memory over time) the broker has 2
  request threads and 1 network thread, and compacts at 30 MB/s at most. With a backlog it has
  Kafka's defaults. With the fewer threads a backlog takes 5 % longer; the replay was measured so.
- At half of the maximum rate almost all of the two cores is used. The 99th percentile then comes
  from the seconds in which the broker compacts `gateway.state` or its files are written to disk
  ([0017](decisions/0017-what-stands-beside-the-gateway.md)).
- A sender with one request per partition (librdkafka) makes thousands of requests a second at half
  of the maximum rate. The broker then takes the processor time of the gateway, and the median
  latency was 764 ms.
- Figures from before 2026-11-23 06:30 UTC are from another machine (two cores of an AMD EPYC
  instead of an Intel Xeon). The same code had 0.207 of the copy's rate there and 0.18 here, and a
  median of 5.9 ms and 9.5 ms at ten messages a second.
- Other work on the machine lowers all figures. The tables show how many cores it used.
"""


def page(figures: Figures) -> str:
    """The whole document; what was not measured is left out."""
    parts = [_HEAD]
    demands = [one for part in figures.values() for one in part.get("demands", ())]
    if demands:
        parts.append("## Demands\n\n" + _demands(demands) + "\n")
    parts.append(_machine(figures["machine"]))
    sections: dict[str, Callable[[Figures], str]] = {
        "throughput": _throughput,
        "latency": _latency,
        "members": _members,
        "memory": lambda found: _rows("Memory", memory, found),
        "replay": lambda found: _rows("Backlog and replay", replay, found),
        "soak": lambda found: _rows("Memory over time", soak, found),
        "writes": lambda found: _rows("Written to the state", writes, found),
        "statistics": _statistics,
        "decide": lambda found: _rows("Deciding alone", decide, found),
    }
    parts += [write(figures[name]) for name, write in sections.items() if name in figures]
    return "\n".join([*parts, _CAVEATS])


def _machine(machine: Figures) -> str:
    libraries = ", ".join(f"{name} {text}" for name, text in machine["libraries"].items())
    return (
        "## Machine\n\n"
        f"{machine['cores']} cores of {machine['processor']}, {machine['memory_gib']} GiB,"
        f" {machine['system']}, Python {machine['python']}, Kafka {machine['kafka']};"
        f" {libraries}.\n"
    )


def _section(title: str, module: ModuleType, figures: Figures, *tables: str) -> str:
    """Heading, subject, tables, date and load, and the method from the module's docstring."""
    subject, *method, _usage = inspect.cleandoc(module.__doc__ or "").split("\n\n")
    when = (
        f"Measured {figures['measured']}. The load before was {figures['load_per_core_before']} per"
        " core."
    )
    return "\n\n".join([f"## {title}", subject, *tables, when, *method]) + "\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [" | ".join(heads), " | ".join(["---", *["--:"] * (len(heads) - 1)])]
    lines += [" | ".join(row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _demands(found: Sequence[Figures]) -> str:
    rows = [
        [
            one["demand"],
            f"{one.get('limit', 'at least')} {one['wanted']:g}",
            f"{one['reached']:.3g}" if one["reached"] < 1000 else number(one["reached"]),
            "holds" if one["holds"] else "**does not hold**",
        ]
        for one in found
    ]
    return _table(("demand", "limit", "measured", ""), rows)


def _throughput(figures: Figures) -> str:
    engines = figures["engines"]
    rows = [
        [
            engine["title"],
            number(engine["rate"]),
            throughput.beside_copy(engine, engines),
            f"{number(min(engine['rates']))} – {number(max(engine['rates']))}",
            number(engine["second_half_rate"]),
            number(engine["engine_cpu_us"]),
            number(engine["broker_cpu_us"]),
            number(engine["others_cores"]),
        ]
        for engine in engines.values()
    ]
    heads = (
        "engine", "messages/s", "of the copy", "lowest – highest", "second half of the messages",
        "CPU µs per message", "broker µs", "cores used by others",
    )  # fmt: skip
    share = figures["handler_messages"]
    shown = (
        f"{figures['messages']} messages of {figures['message_bytes']} bytes on average, median of"
        f" {figures['rounds']} rounds. The copy reads them {figures['copy_laps']} times in one run."
        f" The FastStream handlers decide {share['one']} messages one by one, and"
        f" {share['together']} with all outputs of a message at once."
    )
    tables = [_table(heads, rows), _outputs(figures), _scaling(engines)]
    return _section("Throughput", throughput, figures, shown, *(text for text in tables if text))


def _outputs(figures: Figures) -> str:
    """What the gateway wrote, and so the Kafka Streams application."""
    if "outputs" not in figures:
        return ""
    rows = [
        [name, f"{one['per_message']:.3f}", number(one["value_bytes"]), number(one["header_bytes"])]
        for name, one in figures["outputs"].items()
    ]
    heads = ("written by the gateway", "per message", "bytes", "bytes of headers")
    entry = (
        f"The Kafka Streams application stores {figures['state_entry_bytes']} bytes per message, so"
        " that a person's state has the same size as the gateway's."
    )
    return f"{_table(heads, rows)}\n\n{entry}"


def _scaling(engines: Figures) -> str:
    """What a second process adds on this machine, in cores."""
    one, two = engines.get("gateway_1"), engines.get("gateway_2")
    if one is None or two is None or one["broker_cpu_us"] is None:
        return ""
    used, beside = (
        [engine["rate"] * engine[name] / 1e6 for name in ("engine_cpu_us", "broker_cpu_us")]
        for engine in (one, two)
    )
    return (
        f"Scaling: one process used {number(used[0])} cores and the broker {number(used[1])}."
        f" Two processes used {number(beside[0])} and the broker {number(beside[1])}, for"
        f" {two['rate'] / one['rate']:.2f} times the messages. The gateways took"
        f" {number(one['engine_cpu_us'])} µs per message with one process and"
        f" {number(two['engine_cpu_us'])} µs with two, because they share no lock and no state."
        " The machine has two cores, so the broker leaves less than one for the second process."
    )


def _latency(figures: Figures) -> str:
    rows = [list(row) for row in latency.rows(figures["rates"])]
    return _section("Latency", latency, figures, _table(latency.HEADS, rows))


def _members(figures: Figures) -> str:
    shown = (
        f"The rate was {number(figures['rate'])} messages/s. After a kill receipts flowed again"
        f" within {number(figures['recovery_s'])} s (median of {len(figures['recoveries_s'])};"
        f" {number(figures['slowest_recovery_s'])} s at most). The session timeout was"
        f" {number(figures['session_timeout_s'])} s."
    )
    rows = _table(members.HEADS, [list(row) for row in members.rows(figures)])
    return _section("Processes that join, leave and are killed", members, figures, shown, rows)


def _statistics(figures: Figures) -> str:
    rows = [list(row) for row in statistics.rows(figures)]
    heads = ("step", "seconds", "CPU s", "peak MiB", "came to")
    shown = f"{statistics.heading(figures)}."
    return _section("Statistics", statistics, figures, shown, _table(heads, rows))


def _rows(title: str, module: Any, figures: Figures) -> str:
    """A section of names and values, by the module's own `rows`."""
    rows = [list(row) for row in module.rows(figures)]
    return _section(title, module, figures, _table(("figure", "value"), rows))
