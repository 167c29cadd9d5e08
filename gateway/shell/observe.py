"""What is seen of an engine at one moment, by whoever asks; nothing is counted in between."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer

from gateway.agreement import Agreement
from gateway.shell.guards import Measured, Wait
from gateway.shell.task import Task
from schemas.topics import INPUT_TOPICS


def waits(tasks: Iterable[Task], agreement: Agreement) -> tuple[Wait, ...]:
    """The oldest undecided record of each agency's family in all tasks; 0 where nothing waits."""
    wall, clock = time.time(), time.monotonic()
    oldest = dict.fromkeys(INPUT_TOPICS, 0.0)
    for task in tasks:
        for tp, source in task.inputs.items():
            if tp.topic in oldest:
                oldest[tp.topic] = max(oldest[tp.topic], source.waits_s(wall, clock))
    found = []
    for topic, age in oldest.items():
        agency, _, family = topic.split(".")
        agreed = agreement.families[family].receipt_within_seconds
        found.append(Wait(agency, family, age, agreed))
    return tuple(found)


def measured(tasks: Iterable[Task], silent_s: float, agreement: Agreement) -> Measured:
    """The state of all tasks."""
    tasks = list(tasks)
    heads = [task.oldest for task in tasks]
    oldest = min((head for head in heads if head is not None), default=None)
    return Measured(
        persons=sum(task.fold.persons for task in tasks),
        state_bytes=sum(task.fold.stored_bytes for task in tasks),
        buffered=sum(task.buffered for task in tasks),
        lag=sum(task.lag for task in tasks),
        oldest_s=0.0 if oldest is None else max(0.0, time.time() - oldest / 1000),
        parked=sum(len(task.fold.lot.parked) for task in tasks),
        kept=sum(task.fold.lot.kept for task in tasks),
        crowded=sum(len(task.fold.crowded) for task in tasks),
        failing=sum(len(task.fold.lot.failed) for task in tasks),
        silent_s=silent_s,
        waits=waits(tasks, agreement),
    )


async def log_start_margin(consumer: AIOKafkaConsumer, tasks: Iterable[Task]) -> float:
    """Records kept before the next one to decide, least of all inputs that lost any."""
    inputs = [source for task in tasks for source in task.inputs.values()]
    if not inputs:
        return float("inf")
    starts = await consumer.beginning_offsets([source.tp for source in inputs])
    margins = (s.position - starts[s.tp] for s in inputs if starts[s.tp] > 0)
    return min(margins, default=float("inf"))


async def ask_brokers(consumer: AIOKafkaConsumer, tasks: Iterable[Task]) -> Any:
    """Something small of every broker that leads an input; without inputs, of any broker."""
    inputs = [tp for task in tasks for tp in task.inputs]
    return await (consumer.end_offsets(inputs) if inputs else consumer.topics())
