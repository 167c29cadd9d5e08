"""The guards: each shows itself in a metric, in /ready and in the runbook."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from gateway.agreement import Agreement
from gateway.agreement import load as load_agreement
from gateway.shell import guards
from gateway.shell.guards import GUARDS, Measured, Wait, Watched, alarms, blocking, publish, watch
from gateway.shell.observe import waits
from gateway.shell.settings import Settings, UserError
from gateway.shell.task import Input, Task
from gateway.shell.telemetry import REGISTRY
from schemas.record import Record
from tests.dsl import AGREEMENT

RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
LOCAL = Settings(profile="local")
PRODUCTION = Settings(profile="production")
#: Guard -> a measurement in which it has an alarm.
TRIPPED: dict[str, tuple[Measured, dict[str, Any]]] = {
    "state-size": (Measured(state_bytes=5 * 1024**3), {}),
    "lag": (Measured(lag=100_001), {}),
    "oldest-undecided": (Measured(oldest_s=601.0), {}),
    "service-level": (Measured(waits=(Wait("fk", "plan", 60.5, 60),)), {}),
    "topic-settings": (Measured(), {"deviations": ["The topic x is weak."]}),
    "log-start": (Measured(), {"margin": -1}),
    "brokers": (Measured(silent_s=15.1), {}),
    "room": (Measured(crowded=2), {}),
    "failing-record": (Measured(failing=1), {}),
    "parked-person": (Measured(parked=1, kept=4), {}),
}
#: These end the process; there is nothing left to be asked.
ENDING = {"receipt-per-record", "monotone-offsets", "standstill"}


def watched(**of: Any) -> Watched:
    found = Watched()
    for name, value in of.items():
        setattr(found, name, value)
    return found


def metric(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_every_guard_has_a_section_of_the_runbook_with_its_metrics(guard: guards.Guard):
    section = SECTIONS[guard.name]
    for name in guard.metrics:
        assert f"`{name}`" in section
    for word in ("**Means**", "**Look at**", "**Do**"):
        assert word in section


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_every_metric_of_a_guard_is_one(guard: guards.Guard):
    publish(Measured(waits=(Wait("fk", "plan", 0.0, 60),)), Watched(), LOCAL)
    found = {sample.name for family in REGISTRY.collect() for sample in family.samples}
    assert set(guard.metrics) <= found


def test_the_runbook_has_no_section_of_a_guard_that_is_none():
    more = {
        "audit-end", "general", "installation", "no-offsets", "topic-made-anew", "transactional-id",
        "taken-over", "rights",
    }  # fmt: skip
    assert set(SECTIONS) == {guard.name for guard in GUARDS} | more
    assert set(TRIPPED) | ENDING == {guard.name for guard in GUARDS}


@pytest.mark.parametrize("name", TRIPPED)
def test_an_alarm_is_told_by_its_guard_alone_and_blocks_only_where_it_must(name: str):
    measured, heard = TRIPPED[name]
    found = publish(measured, watched(**heard), PRODUCTION)
    assert set(found) == {name}
    assert metric("samverkan_alarm", guard=name) == 1
    assert blocking(found) == (name in {"oldest-undecided", "log-start", "brokers"})
    assert publish(Measured(), Watched(), PRODUCTION) == {}
    assert metric("samverkan_alarm", guard=name) == 0


def test_a_missed_service_level_names_agency_and_family_and_both_times():
    waits = (Wait("fk", "plan", 75.2, 60), Wait("af", "sgi", 10.0, 10), Wait("af", "plan", 61, 60))
    told = dict(alarms(Measured(waits=waits), Watched(), PRODUCTION))["service-level"]
    assert told == (
        "fk.out.plan has waited 75 s, 60 s are agreed; af.out.plan has waited 61 s, 60 s are agreed"
    )
    publish(Measured(waits=waits), Watched(), PRODUCTION)
    assert metric("samverkan_undecided_age_seconds", agency="fk", family="plan") == 75.2
    assert metric("samverkan_receipt_within_seconds", family="sgi") == 10


def test_each_family_has_the_age_of_its_own_oldest_record_and_its_own_agreed_time():
    tp = TopicPartition("fk.out.plan", 0)
    source = Input(tp, 0, 2)
    task = Task(0, None, None, [source])  # type: ignore[arg-type]  # nothing is decided
    agreement = load_agreement()

    def age(now_s: float) -> float:
        source.waits_s(now_s, now_s)
        return source.waits_s(now_s, now_s)

    assert age(100.0) == 0.0
    assert age(107.5) == 7.5
    task.buffer(tp, [Record("fk.out.plan", 0, 0, 90_000, None, b"", ())], 1)
    assert age(107.5) == 17.5
    found = {(wait.agency, wait.family): wait for wait in waits([task], agreement)}
    assert found["fk", "plan"].oldest_s > found["af", "plan"].oldest_s == 0.0
    assert found["fk", "sgi"].agreed_s == agreement.families["sgi"].receipt_within_seconds
    assert len(found) == 12


def test_at_the_limit_nothing_is_told():
    calm = Measured(state_bytes=4 * 1024**3, lag=100_000, oldest_s=600.0, silent_s=15.0)
    assert dict(alarms(calm, watched(margin=0), PRODUCTION)) == {}


def test_ages_mean_nothing_where_senders_set_the_time():
    assert dict(alarms(Measured(oldest_s=1e9), Watched(), LOCAL)) == {}


async def test_the_brokers_are_asked_again_and_again_and_their_silence_is_no_finding(
    monkeypatch: pytest.MonkeyPatch,
):
    answers: list[Any] = [UserError("nobody"), KafkaConnectionError(), (["weak"], 6), ([], 6)]
    seen = []

    async def asked(_: Settings, agreement: Agreement) -> Any:
        assert agreement is AGREEMENT
        seen.append(list(engine.watched.deviations))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    class Engine:
        watched = Watched()
        agreement = AGREEMENT

        async def log_start_margin(self) -> float:
            if not answers:
                done.set()
                await asyncio.sleep(0)
            return 3.0

    engine, done = Engine(), asyncio.Event()
    monkeypatch.setattr(guards, "deviations", asked)
    watching = asyncio.create_task(watch(engine, LOCAL, every_s=0))
    await asyncio.wait_for(done.wait(), 5)
    watching.cancel()
    assert seen[:4] == [[], [], [], ["weak"]]
    assert (engine.watched.deviations, engine.watched.margin) == ([], 3.0)
