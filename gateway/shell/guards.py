"""The guards of a running gateway: each monitors metrics and raises an alarm.

Each has a section in docs/runbook.md. An alarm is visible in `samverkan_alarm{guard=...}` and in
the body of `/ready`. A *blocking* alarm also makes `/ready` answer 503, because messages are not
decided in time. If continuing could do harm, the process ends (exit 70, or 1 at the start).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from aiokafka.errors import KafkaError

from gateway.agreement import Agreement
from gateway.shell import telemetry
from gateway.shell.settings import Settings, UserError
from gateway.shell.topics import deviations
from gateway.silence import sentence

_MIB: Final = 1024 * 1024
#: How often the brokers are asked for what the engine does not see by itself.
WATCH_S: Final = 60.0


class Guard(NamedTuple):
    """One invariant: its name is that of its section in the runbook."""

    name: str
    metrics: tuple[str, ...]
    effect: str
    blocking: bool = False


_ENDS: Final = "the process ends with 70 before anything wrong is committed"
_TOLD: Final = "an alarm in the body; ready stays 200"
GUARDS: Final = (
    Guard("receipt-per-record", ("samverkan_first_answers_total",), _ENDS),
    Guard("monotone-offsets", ("samverkan_offsets_advanced_total",), _ENDS),
    Guard("state-size", ("samverkan_state_bytes", "samverkan_persons"), _TOLD),
    Guard("lag", ("samverkan_lag_records",), _TOLD),
    Guard(
        "oldest-undecided", ("samverkan_oldest_undecided_seconds",),
        "503 while it lasts (production)", blocking=True,
    ),
    Guard(
        "service-level",
        ("samverkan_undecided_age_seconds", "samverkan_receipt_within_seconds"), _TOLD,
    ),
    Guard("topic-settings", ("samverkan_topic_deviations",), f"no start (exit 1); later {_TOLD}"),
    Guard(
        "log-start", ("samverkan_log_start_margin_records",),
        "503, and the process ends with 70 rather than go on elsewhere", blocking=True,
    ),
    Guard(
        "brokers", ("samverkan_brokers_silent_seconds",), "503 while it lasts", blocking=True,
    ),
    Guard("standstill", ("samverkan_standing_inputs",), "the process ends with 70 within 40 s"),
    Guard("room", ("samverkan_crowded_persons",), _TOLD),
    Guard("failing-record", ("samverkan_failing_persons",), _TOLD),
    Guard("parked-person", ("samverkan_parked_persons", "samverkan_parked_records"), _TOLD),
)  # fmt: skip


class Wait(NamedTuple):
    """How long the oldest undecided record of an input waits, and what is agreed, in seconds."""

    agency: str
    family: str
    oldest_s: float
    agreed_s: int


class Measured(NamedTuple):
    """What an engine is found to be at one moment."""

    persons: int = 0
    state_bytes: int = 0
    buffered: int = 0
    lag: int = 0
    oldest_s: float = 0.0
    parked: int = 0
    kept: int = 0
    failing: int = 0
    crowded: int = 0
    silent_s: float = 0.0
    waits: tuple[Wait, ...] = ()


class Watched:
    """What was last heard of the brokers; `margin` is infinite while nothing was ever removed."""

    def __init__(self) -> None:
        self.deviations: list[str] = []
        self.margin = float("inf")


class Observed(Protocol):
    """The part of the engine that is watched."""

    watched: Watched

    @property
    def agreement(self) -> Agreement:
        """By what topics are to be kept."""
        ...

    async def log_start_margin(self) -> float:
        """Records kept before the next one to decide, least of all inputs."""
        ...


def alarms(now: Measured, watched: Watched, settings: Settings) -> Iterator[tuple[str, str]]:
    """(guard, one sentence) of each alarm. Ages mean something where the broker sets the time."""
    if now.state_bytes > settings.alarm_state_mib * _MIB:
        yield "state-size", f"the states take {now.state_bytes // _MIB} MiB of memory"
    if now.lag > settings.alarm_lag_records:
        yield "lag", f"{now.lag} records are undecided"
    if settings.profile == "production":
        yield from _too_old(now, settings)
    if watched.deviations:
        yield "topic-settings", watched.deviations[0]
    if watched.margin < 0:
        yield "log-start", "retention has removed undecided records"
    if told := sentence(now.silent_s):
        yield "brokers", told
    if now.crowded:
        yield "room", f"an agency has filled most of its part of {now.crowded} persons"
    if now.failing:
        yield "failing-record", f"{now.failing} persons have a record that has failed"
    if now.parked:
        yield "parked-person", f"{now.parked} persons are parked, {now.kept} records wait"


def _too_old(now: Measured, settings: Settings) -> Iterator[tuple[str, str]]:
    if now.oldest_s > settings.alarm_oldest_s:
        yield "oldest-undecided", f"the oldest undecided record is {now.oldest_s:.0f} s old"
    if late := _late(now.waits):
        yield "service-level", late


def _late(waits: tuple[Wait, ...]) -> str:
    """Each family of an agency that waits for longer than agreed, empty when none does."""
    return "; ".join(
        f"{wait.agency}.out.{wait.family} has waited {wait.oldest_s:.0f} s,"
        f" {wait.agreed_s} s are agreed"
        for wait in waits
        if wait.oldest_s > wait.agreed_s
    )


def publish(now: Measured, watched: Watched, settings: Settings) -> dict[str, str]:
    """Set every gauge as of this moment; the alarms by guard."""
    telemetry.PERSONS.set(now.persons)
    telemetry.STATE_BYTES.set(now.state_bytes)
    telemetry.HELD.set(now.buffered)
    telemetry.LAG.set(now.lag)
    telemetry.OLDEST.set(now.oldest_s)
    telemetry.PARKED.set(now.parked)
    telemetry.KEPT.set(now.kept)
    telemetry.FAILING.set(now.failing)
    telemetry.CROWDED.set(now.crowded)
    for wait in now.waits:
        telemetry.UNDECIDED.labels(wait.agency, wait.family).set(wait.oldest_s)
        telemetry.AGREED.labels(wait.family).set(wait.agreed_s)
    telemetry.SILENT.set(now.silent_s)
    telemetry.DEVIATIONS.set(len(watched.deviations))
    telemetry.MARGIN.set(watched.margin)
    found = dict(alarms(now, watched, settings))
    for guard in GUARDS:
        telemetry.ALARM.labels(guard.name).set(guard.name in found)
    return found


def blocking(found: dict[str, str]) -> bool:
    """Whether an alarm says that records are not decided as they have to be."""
    return any(guard.blocking and guard.name in found for guard in GUARDS)


async def watch(engine: Observed, settings: Settings, every_s: float = WATCH_S) -> None:
    """Ask the brokers now and then what the engine does not see; for ever.

    A broker that does not answer is no finding: then nothing is decided either, and that shows.
    """
    while True:
        await asyncio.sleep(every_s)
        with contextlib.suppress(UserError, KafkaError):
            engine.watched.deviations, _ = await deviations(settings, engine.agreement)
            engine.watched.margin = await engine.log_start_margin()
