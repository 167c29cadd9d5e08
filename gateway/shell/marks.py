"""Marks of failed records: written before the process ends, restored with the states.

A process writes only marks outside its task's transaction, because that transaction can no longer
be committed. A mark counts how often deciding a record has failed, and changes no decision of a
record that can be decided. So it may be written late, twice, or by a former owner of the partition.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from gateway.shell.connection import client_options
from gateway.shell.parking import FAILED, Failure, Poison
from gateway.shell.settings import Settings, UserError
from gateway.shell.telemetry import log
from schemas.topics import STATE

#: Whoever cannot write it in this time ends without.
_LIMIT_S: Final = 5.0


async def mark(settings: Settings, poison: Poison, failure: Failure) -> None:
    """Write what has failed beside the state of its partition; left out when that cannot be."""
    try:
        async with asyncio.timeout(_LIMIT_S):
            producer = AIOKafkaProducer(
                **client_options(settings),
                client_id=f"{settings.group}-marks",
                acks="all",
                enable_idempotence=True,
            )
            await producer.start()
            await producer.send_and_wait(
                STATE,
                value=msgspec.msgpack.encode(failure),
                key=f"{FAILED}{poison.key}".encode(),
                partition=poison.partition,
            )
    except (KafkaError, UserError, TimeoutError, OSError) as problem:
        log("mark", level="WARNING", problem=type(problem).__name__, text="not written")
        return
    log(
        "mark",
        level="WARNING",
        problem=failure.problem,
        partition=poison.partition,
        failures=failure.count,
    )
