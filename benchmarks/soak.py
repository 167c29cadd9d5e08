"""Growth of a gateway process's memory at a steady rate, over an hour by default.

Method: one gateway process receives the messages of the reconstructed year repeatedly at a steady
rate. In the first pass every message is new, so the states grow. After that every message is a
repeat: it is read, checked, looked up, answered, audited and committed, and adds nothing to the
states. Memory that grows from then on is a leak.

Memory and the stored bytes of all states are sampled several times a minute. Growth is the median
of the last quarter of the samples minus that of the second quarter, without the growth of the
stored states. The slope is that of a straight line through the samples from the second quarter on.

`make soak` (`python -m benchmarks --only soak [--minutes M] [--soak-rate R]`)
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich.table import Table

from benchmarks.child import Child, ChildError, children
from benchmarks.kafka import Place, declare, place
from benchmarks.latency import distinct
from benchmarks.machine import between, resident_bytes, sample
from benchmarks.output import demand, figures, number, percentile
from benchmarks.traffic import Traffic
from simulator.wire import SimRecord

MINUTES: Final = 60.0
RATE: Final = 1_000.0
#: Messages sent over and over: new ones for the first three minutes at the full rate.
_MESSAGES: Final = 170_000
_SAMPLES: Final = 240
#: Growth of memory between the second and the last quarter that is still none.
NONE_MIB: Final = 16.0
_STATE_BYTES: Final = b"samverkan_state_bytes "

Result = dict[str, Any]


def measure(
    minutes: float = MINUTES, rate: float = RATE, say: Callable[[str], None] = print
) -> Result:
    """Samples of memory over time, and what follows from them."""
    seconds = minutes * 60
    # Half of the time at most is for what is new.
    records = list(distinct(min(_MESSAGES, int(rate * seconds / 4))))
    with place(for_latency=True) as where, children() as running:
        asyncio.run(declare(where))
        child = where.gateway("soak")
        running.append(child)
        child.wait_event("assigned")
        first = sample([child.pid], where.pids)
        samples, answered, delays = _run(where, child, records, (seconds, rate), say)
        costs = between(first, sample([child.pid], where.pids), answered)
    return {
        "minutes": minutes,
        "rate": rate,
        "messages": answered,
        "different_messages": len(records),
        "answered_per_s": answered / samples[-1]["at_s"],
        "p99_ms": 1000 * percentile(sorted(delays), 0.99) if delays else None,
        **costs,
        "samples": samples,
        **_growth(samples),
    }


def _run(
    where: Place,
    child: Child,
    records: Sequence[SimRecord],
    wanted: tuple[float, float],
    say: Callable[[str], None],
) -> tuple[list[Result], int, list[float]]:
    seconds, rate = wanted
    again: Iterator[SimRecord] = itertools.cycle(records)
    samples: list[Result] = []
    answered = 0
    delays: list[float] = []
    started = time.monotonic()
    with Traffic(where) as traffic:
        traffic.start(traffic.encoded(again, rate))
        while (now := time.monotonic() - started) < seconds:
            time.sleep(min(seconds / _SAMPLES, seconds - now))
            traffic.check()
            child.check()
            # The answers themselves must not fill the memory of an hour.
            answers = traffic.taken()
            answered += len(answers)
            delays = [answer.delay for answer in answers] or delays
            samples.append(_sampled(child, time.monotonic() - started))
            if len(samples) % 20 == 0:
                say(", ".join(f"{name} {number(value)}" for name, value in samples[-1].items()))
    return samples, answered, delays


def _sampled(child: Child, at: float) -> Result:
    lines = child.ask("/metrics").splitlines()
    stored = next(float(line.split()[1]) for line in lines if line.startswith(_STATE_BYTES))
    resident = resident_bytes(child.pid)
    if resident is None:
        raise ChildError("The memory of a process can only be read on Linux.")
    return {"at_s": at, "resident_mib": resident / 2**20, "stored_mib": stored / 2**20}


def _growth(samples: Sequence[Result]) -> Result:
    """What the last quarter has more than the second, and the slope from the second on."""
    quarter = len(samples) // 4
    if not quarter:
        raise ChildError(f"{len(samples)} samples are too few to see growth in.")
    second, last = samples[quarter : 2 * quarter], samples[-quarter:]
    resident, stored = (
        statistics.median(one[name] for one in last)
        - statistics.median(one[name] for one in second)
        for name in ("resident_mib", "stored_mib")
    )
    hours = [one["at_s"] / 3600 for one in samples[quarter:]]
    slope, _ = statistics.linear_regression(
        hours, [one["resident_mib"] - one["stored_mib"] for one in samples[quarter:]]
    )
    return {
        "grown_mib": resident,
        "stored_grown_mib": stored,
        "grown_above_stored_mib": resident - stored,
        "slope_mib_per_hour": slope,
    }


def demands(result: Mapping[str, Any]) -> list[Result]:
    """That memory does not grow."""
    grown = result["grown_above_stored_mib"]
    return [demand("MiB grown between second and last quarter", NONE_MIB, grown, at_most=True)]


def rows(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each figure with its name and unit."""
    yield "length", f"{number(result['minutes'])} minutes"
    yield "rate wanted", f"{number(result['rate'])} messages/s"
    yield "rate answered", f"{number(result['answered_per_s'])} messages/s"
    yield "different messages", number(result["different_messages"])
    yield "99th percentile of the latency at the end", f"{number(result['p99_ms'])} ms"
    for name, place_in_time in (("a quarter through", 1), ("half through", 2), ("at the end", 4)):
        at = result["samples"][len(result["samples"]) * place_in_time // 4 - 1]
        shown = f"{number(at['resident_mib'])} MiB, of these {number(at['stored_mib'])} states"
        yield f"memory {name}", shown
    yield "grown between second and last quarter", _signed(result["grown_mib"])
    yield "without what the states have grown by", _signed(result["grown_above_stored_mib"])
    yield "slope from the second quarter on", f"{_signed(result['slope_mib_per_hour'])} an hour"


def _signed(mib: float) -> str:
    return f"{mib:+.1f} MiB"


def table(result: Mapping[str, Any]) -> Table:
    """The figures for people."""
    return figures("memory over time", rows(result))
