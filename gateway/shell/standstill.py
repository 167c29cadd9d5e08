"""The check that new records of an input are still read.

aiokafka fetches in a task of its own. If that task ends, polls return nothing and raise nothing,
the member keeps its partitions, and new records would wait until somebody restarts the process. So
the brokers are asked for their end offsets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from gateway.shell import telemetry
from gateway.shell.faults import Fault, crash

#: How often the brokers are asked.
LOOK_S: Final = 10.0
#: So many looks after the first without a step forward are a standstill; a process that was frozen
#: meanwhile has looked once.
LOOKS: Final = 3

Places = Mapping[TopicPartition, tuple[int, int]]
"""Input -> the next offset to be polled, and where the log ends."""


class Reader(Protocol):
    """The part of the engine that is asked."""

    async def reading(self) -> Places:
        """Where the inputs stand that are fetched at the moment; none around a rebalance."""
        ...


class Standstill:
    """How many looks in a row have found an input with something to read at the same place."""

    def __init__(self) -> None:
        self._stood: dict[TopicPartition, tuple[int, int]] = {}

    def look(self, places: Places) -> int:
        """Take in where the inputs stand; how many stood there before.

        Raises:
            Fault: one of them is no longer read.
        """
        stood = {}
        for tp, (position, end) in places.items():
            if position < end:
                before, looks = self._stood.get(tp, (position, -1))
                stood[tp] = (position, looks + 1 if before == position else 0)
        self._stood = stood
        for tp, (position, looks) in stood.items():
            if looks >= LOOKS:
                raise Fault(
                    f"{tp.topic}/{tp.partition} has stood at {position} for {looks} looks and ends"
                    f" at {places[tp][1]}: it is no longer fetched (runbook: standstill)"
                )
        return sum(looks > 0 for _, looks in stood.values())


async def watch_reading(reader: Reader, every_s: float = LOOK_S) -> None:
    """Look now and then, for ever; a standstill ends the process, and another begins anew.

    Brokers that do not answer are no finding: then there is nothing to be fetched either, and what
    was seen before counts no more.
    """
    standstill = Standstill()
    while True:
        await asyncio.sleep(every_s)
        try:
            places = await asyncio.wait_for(reader.reading(), LOOK_S)
        except (TimeoutError, KafkaError):
            standstill = Standstill()
            continue
        try:
            telemetry.STANDING.set(standstill.look(places))
        except Fault as problem:
            crash("reading", problem)
