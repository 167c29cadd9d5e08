"""What an operator can see of parked persons, and how a command reaches the task that owns one.

Nothing shown here is of a message: persons are keys, records are places.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, NamedTuple

import orjson
from aiokafka import AIOKafkaProducer, TopicPartition

from gateway.domain.state import Kept
from gateway.shell.commands import Command, command_bytes
from gateway.shell.connection import client_options
from gateway.shell.parking import Lot, Parked
from gateway.shell.reading import committed_reader, read_to
from gateway.shell.settings import Settings, UserError
from schemas.topics import AUDIT, COMMANDS, STATE

_POLL_MS: Final = 200


class ParkedPerson(NamedTuple):
    """A parked person, why, and what is kept in line."""

    key: str
    partition: int
    parked: Parked
    line: list[Kept]


async def parked_persons(settings: Settings) -> list[ParkedPerson]:
    """Everybody who is parked, by partition and key, as committed now."""
    lots: dict[int, Lot] = {}
    async with committed_reader(settings, STATE) as consumer:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        async for tp, records in read_to(consumer, ends):
            lot = lots.setdefault(tp.partition, Lot())
            for record in records:
                lot.restore(record.key.decode("ascii"), record.value or b"")
    return [
        ParkedPerson(key, number, parked, lot.line(key))
        for number, lot in sorted(lots.items())
        for key, parked in sorted(lot.parked.items())
    ]


async def find_parked(settings: Settings, key: str) -> ParkedPerson:
    """The parked person of a key.

    Raises:
        UserError: nobody of that key is parked.
    """
    for person in await parked_persons(settings):
        if person.key == key:
            return person
    raise UserError(f"No person {key} is parked; `samverkan parked list` prints those who are.")


async def carry_out(
    settings: Settings, person: ParkedPerson, command: Command, wait_s: float
) -> dict[str, Any]:
    """Send a command to the task of a person and wait for its answer in the audit.

    Raises:
        UserError: no gateway has answered in time; the command stands and will be answered.
    """
    place = TopicPartition(AUDIT, person.partition)
    async with committed_reader(settings) as consumer:
        consumer.assign([place])
        await consumer.seek_to_end(place)
        await consumer.position(place)
        await _send(settings, person, command)
        try:
            async with asyncio.timeout(wait_s):
                while True:
                    for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                        for record in records:
                            entry: dict[str, Any] = orjson.loads(record.value)
                            if entry.get("command_id") == command.id:
                                return entry
        except TimeoutError:
            raise UserError(
                f"The command {command.id} was sent, but no gateway has answered it in"
                f" {wait_s:g} s; see whether one runs, and then look into `samverkan parked list`."
            ) from None


async def _send(settings: Settings, person: ParkedPerson, command: Command) -> None:
    producer = AIOKafkaProducer(
        **client_options(settings),
        client_id=f"{settings.group}-operator",
        acks="all",
        enable_idempotence=True,
    )
    try:
        await producer.start()
        await producer.send_and_wait(
            COMMANDS,
            value=command_bytes(command),
            key=person.key.encode(),
            partition=person.partition,
        )
    finally:
        await producer.stop()
