"""What the machine is and what processes cost on it; nothing here names the machine.

Rule: figures of a loaded machine are still figures, so every measurement also says how many cores
others kept busy meanwhile. Processor time and memory come from Linux' /proc; elsewhere they are
left out (None).
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from gateway.broker.info import KAFKA_VERSION

_PROC: Final = Path("/proc")
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_LIBRARIES: Final = ("aiokafka", "faststream", "pydantic", "orjson", "msgspec")


def describe() -> dict[str, Any]:
    """Cores, processor model, memory, system, and the versions that the figures depend on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "processor": _model(),
        "memory_gib": round(pages / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "kafka": f"{KAFKA_VERSION}, one node, replication 1, no compression, on the same machine",
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _model() -> str:
    try:
        lines = (_PROC / "cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def cpu_seconds(pids: Iterable[int]) -> float | None:
    """Processor time of living processes since their start; None where it cannot be read."""
    total = 0.0
    found = False
    for pid in pids:
        try:
            text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8")
        except OSError:
            return None
        fields = text.rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) * _TICK_S
        found = True
    return total if found else None


def resident_bytes(pid: int) -> int | None:
    """Memory that a process really holds; None where it cannot be read."""
    try:
        lines = (_PROC / str(pid) / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def _busy_seconds() -> float | None:
    """Processor time of everything on the machine since it was started."""
    try:
        first = (_PROC / "stat").read_text(encoding="utf-8").partition("\n")[0]
    except OSError:
        return None
    user, nice, system, _idle, _wait, irq, soft, steal = map(int, first.split()[1:9])
    return (user + nice + system + irq + soft + steal) * _TICK_S


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment: the wall clock, and the processor time used up to it."""

    at: float
    engine: float | None
    broker: float | None
    own: float
    everything: float | None


def sample(engine: Iterable[int], broker: Iterable[int]) -> Sample:
    """Take a sample of an engine's processes and of the broker's."""
    return Sample(
        time.time(), cpu_seconds(engine), cpu_seconds(broker), time.process_time(), _busy_seconds()
    )


def between(first: Sample, last: Sample, messages: int) -> dict[str, float | None]:
    """Processor time per message in microseconds, and the cores that others kept busy."""
    seconds = last.at - first.at
    engine = _difference(first.engine, last.engine)
    broker = _difference(first.broker, last.broker)
    everything = _difference(first.everything, last.everything)
    others = None
    if everything is not None and engine is not None:
        others = everything - engine - (broker or 0.0) - (last.own - first.own)
    return {
        "engine_cpu_us": _per(engine, messages),
        "broker_cpu_us": _per(broker, messages),
        "others_cores": None if others is None else round(max(0.0, others / seconds), 2),
    }


def _difference(first: float | None, last: float | None) -> float | None:
    return None if first is None or last is None else last - first


def _per(seconds: float | None, messages: int) -> float | None:
    return None if seconds is None else round(seconds * 1e6 / messages, 1)


def peak_bytes() -> int | None:
    """The most memory that this process has held; None where it cannot be read.

    Of this program alone: `ru_maxrss` would begin with what the parent held when it was started.
    """
    try:
        lines = (_PROC / "self" / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    kib = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), None)
    return None if kib is None else int(kib) * 1024
