"""Bytes written to `gateway.state` per byte received, under attack and in ordinary traffic.

Method: one gateway process on a broker of its own. Ordinary traffic is a part of the reconstructed
year, as a backlog. An attack sends each message when the receipt of the previous one has arrived,
so that each message is a transaction of its own. Messages that prepare an attack are not counted.
Keys and values count, both of records of `gateway.state` and of messages. The worst message is the
largest mean over the messages of one attack.

`python -m benchmarks.writes [--out FILE.json]`
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from rich.table import Table
from stdnum import luhn

from benchmarks.child import children
from benchmarks.kafka import PARTITIONS, Place, declare, follow, partition_for, place
from benchmarks.output import (
    demand,
    figures,
    number,
    tell,
)
from gateway.sdk import Writer
from gateway.sdk.options import bulk_producer_options
from schemas.keys import KeyRing
from schemas.topics import RECEIPT_TOPICS, STATE
from simulator.agencies import prefill
from simulator.days import rfc3339
from simulator.wire import SimRecord
from simulator.year import generate

#: What one message may write at most, in the mean of an attack, above its own bytes.
ABOVE_ITS_OWN_BYTES: Final = 40_000
_SCALE: Final = 0.02
_LIMIT_S: Final = 600.0
_START_MS: Final = 1_748_851_200_000
_PERSONS: Final = 100
_SMALL: Final = 20
_BLANKS: Final = b" " * 138_000
_PERIOD: Final = {"benefit": "rehabiliteringspenning_sarskilda_fall", "extent": 0.25}
_UNKNOWN: Final = str(UUID(int=1, version=4))

Result = dict[str, Any]
Attack = tuple[list[SimRecord], list[SimRecord]]


class _Sender:
    """Messages of both agencies, a second apart."""

    def __init__(self) -> None:
        keys = KeyRing.published_test_keys()
        self._writers = {agency: Writer(agency, keys) for agency in ("fk", "af")}
        self._number = count(1)

    def message(
        self, agency: str, type_: str, person: str, padding: bytes = b"", **data: Any
    ) -> SimRecord:
        """A message of a type."""
        number = next(self._number)
        at = _START_MS + number * 1_000
        about = {
            "person": {"personal_number": person},
            "case_id": "S-1",
            "event_at": "2025-06-02",
            **data,
        }
        writer = self._writers[agency]
        own_id = str(UUID(int=number, version=4))
        made = writer.record(writer.envelope(type_, about, message_id=own_id, time=rfc3339(at)))
        value = bytes(made.value) + padding
        return SimRecord(made.topic, None, made.key, value, made.headers, at, None, "plain")

    def answered(self, agency: str, person: str) -> SimRecord:
        """A padded message that waits for a consent."""
        said = {"answered_at": "2025-06-02", "answer": "accepterat", "consent_ref": _UNKNOWN}
        return self.message(agency, "referral.answered", person, _BLANKS, **said)

    def small(self, person: str) -> list[SimRecord]:
        """A few small messages."""
        said = {"enrolled_at": "2025-06-02", "af_category": "oppet_arbetssokande"}
        return [self.message("af", "status.enrolled", person, **said) for _ in range(_SMALL)]

    def decided(self, person: str) -> SimRecord:
        """A message of which much is remembered."""
        periods = [{**_PERIOD, "from": "2023-05-02"}] * 100
        said = {"benefit": "sjukpenning", "decision": "bevilja", "decided_at": "2025-06-02"}
        return self.message("fk", "status.benefit_decided", person, periods=periods, **said)


def attacks() -> dict[str, Attack]:
    """Name -> what is sent beforehand, and what is counted."""
    send, persons = _Sender(), list(_persons(_PERSONS + 3))
    padded = [send.answered(agency, who) for who in persons[3:] for agency in ("fk", "af") * 2]
    held = [send.answered(agency, persons[0]) for agency in ("fk", "af") * 2]
    beside = send.small(persons[0])
    long = [send.decided(persons[1]) for _ in range(64)]
    short = [one for _ in range(6) for one in send.small(persons[2])]
    return {
        f"{len(padded)} padded messages that wait, of {_PERSONS} persons": ([], padded),
        f"{_SMALL} small messages beside 550 kB that wait": (held, beside),
        f"{_SMALL} small messages beside 64 long ones that are remembered": (
            long,
            send.small(persons[1]),
        ),
        f"{_SMALL} small messages beside 120 others: not yet in pieces": (
            short,
            send.small(persons[2]),
        ),
    }


def _persons(number: int) -> Iterator[str]:
    """Personal numbers of nobody: birth numbers from 980 on."""
    for ordinal in range(number):
        born = f"85{1 + ordinal // 28 % 12:02d}{1 + ordinal % 28:02d}{980 + ordinal // 336}"
        yield f"19{born}{luhn.calc_check_digit(born)}"


def measure() -> Result:
    """Bytes taken in and written, for ordinary traffic and each attack."""
    with place() as where:
        asyncio.run(declare(where))
        found = {"ordinary traffic": _ordinary(where)}
        with children() as running:
            child = where.gateway("writes")
            running.append(child)
            child.wait_event("assigned", _LIMIT_S)
            for name, (before, counted) in attacks().items():
                found[name] = asyncio.run(_attacked(where, before, counted))
    return {"attacks": found}


def _ordinary(where: Place) -> Result:
    records = generate(2024, scale=_SCALE).records
    total = asyncio.run(prefill(where.bootstrap, records))
    with children() as running:
        child = where.gateway("writes")
        running.append(child)
        # Before that the broker may not know the group.
        child.wait_event("assigned", _LIMIT_S)
        asyncio.run(follow(where, "writes", total, running, _LIMIT_S))
    written, _ = asyncio.run(_written(where, {}))
    return _figures(records, written)


async def _attacked(
    where: Place, before: Sequence[SimRecord], counted: Sequence[SimRecord]
) -> Result:
    producer = AIOKafkaProducer(**bulk_producer_options(where.bootstrap, "bench-writes"))
    reader = AIOKafkaConsumer(
        *RECEIPT_TOPICS,
        bootstrap_servers=where.bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="latest",
    )
    await producer.start()
    await reader.start()
    try:
        await reader.seek_to_end()
        for partition in reader.assignment():
            await reader.position(partition)
        for record in before:
            await _answered(producer, reader, record)
        _, ends = await _written(where, {})
        for record in counted:
            await _answered(producer, reader, record)
        written, _ = await _written(where, ends)
    finally:
        await reader.stop()
        await producer.stop()
    return _figures(counted, written)


async def _answered(
    producer: AIOKafkaProducer, reader: AIOKafkaConsumer, record: SimRecord
) -> None:
    """Send a message, and wait for a receipt."""
    await producer.send_and_wait(
        record.topic,
        record.value,
        record.key,
        partition=partition_for(record),
        timestamp_ms=record.timestamp_ms,
        headers=list(record.headers),
    )
    async with asyncio.timeout(_LIMIT_S):
        await reader.getone()


async def _written(
    where: Place, begin: Mapping[TopicPartition, int]
) -> tuple[int, dict[TopicPartition, int]]:
    """Bytes of the state topic from these offsets on, and where it ends."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=where.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        places = [TopicPartition(STATE, number) for number in range(PARTITIONS)]
        consumer.assign(places)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        for at in places:
            consumer.seek(at, begin.get(at, 0))
        size, open_ = 0, {at for at in places if ends[at] > begin.get(at, 0)}
        while open_:
            for records in (await consumer.getmany(timeout_ms=50)).values():
                size += sum(len(one.key or b"") + len(one.value or b"") for one in records)
            open_ = {at for at in open_ if await consumer.position(at) < ends[at]}
        return size, ends
    finally:
        await consumer.stop()


def _figures(records: Sequence[SimRecord], written: int) -> Result:
    taken = sum(len(one.key or b"") + len(one.value or b"") for one in records)
    return {"messages": len(records), "taken_bytes": taken, "written_bytes": written}


def _worst(result: Mapping[str, Any], name: str) -> float:
    return max(one["written_bytes"] / one[name] for one in result["attacks"].values())


def demands(result: Mapping[str, Any]) -> list[Result]:
    """What is demanded: no message writes much more than itself."""
    above = max(
        (one["written_bytes"] - one["taken_bytes"]) / one["messages"]
        for one in result["attacks"].values()
    )
    what = "bytes written to the state for a message, above its own"
    return [demand(what, ABOVE_ITS_OWN_BYTES, above, at_most=True)]


def rows(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each figure with its name and unit."""
    for name, one in result["attacks"].items():
        factor = one["written_bytes"] / one["taken_bytes"]
        each = one["written_bytes"] / one["messages"]
        yield name, f"{factor:.3g} bytes per byte, {number(each)} bytes per message"
    yield "worst factor", f"{_worst(result, 'taken_bytes'):.3g} bytes per byte"
    yield "worst message", f"{number(_worst(result, 'messages'))} bytes"


def table(result: Mapping[str, Any]) -> Table:
    """The figures for people."""
    return figures("written to gateway.state", rows(result))


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.writes", description=__doc__)
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args(arguments)
    return tell(measure, table, wanted.out, demands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
