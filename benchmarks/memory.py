"""Memory and restore time of a gateway process that holds the state of a million persons.

Method: two fifths of the year are decided without Kafka, which gives the states of their persons.
These states are written to `gateway.state` under new person keys until there are enough. A process
then starts on all partitions, restores, and reports its memory. The memory of a process without
any state is subtracted. Finally the same messages are written and decided, because states in use
are also held decoded.

`python -m benchmarks.memory [--persons N] [--out FILE.json]`
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaProducer
from rich.table import Table

from benchmarks.child import Child, children
from benchmarks.decide import fold_year, numbered
from benchmarks.kafka import PARTITIONS, Place, declare, end_offsets, follow, place
from benchmarks.machine import resident_bytes
from benchmarks.output import (
    demand,
    figures,
    number,
    tell,
)
from gateway.sdk import bulk_producer_options
from gateway.shell.fold import TASK_KEY
from gateway.shell.outputs import Outgoing
from schemas.partition import partition_of
from schemas.record import Headers
from schemas.topics import STATE
from simulator.agencies import prefill
from simulator.year import generate

PERSONS: Final = 1_000_000
#: What is demanded.
PERSONS_PER_SECOND, ABOVE_STORED_BYTES = 25_000.0, 1_536.0
_SCALE: Final = 0.4
_SEED: Final = 2024
_RESTORE_LIMIT_S: Final = 300.0
_DECIDE_LIMIT_S: Final = 900.0
_SLICE: Final = 2_000

Result = dict[str, Any]


def measure(persons: int = PERSONS) -> Result:
    """Memory in bytes, restore time in seconds, and what follows per person."""
    year = generate(_SEED, scale=_SCALE)
    states = _states(fold_year(numbered(year.records)))
    with place() as where:
        asyncio.run(declare(where))
        base = _base(where)
        stored = asyncio.run(_write(where, states, persons))
        with children() as running:
            child = where.gateway("memory")
            running.append(child)
            child.wait_event("assigned", _RESTORE_LIMIT_S)
            restored = child.event("restored")
            assert restored is not None, "a gate opens only after the restore"
            assert restored["persons"] == persons, "every key is a person"
            resident = _settled(child)
            total = asyncio.run(prefill(where.bootstrap, year.records))
            asyncio.run(follow(where, "memory", total, running, _DECIDE_LIMIT_S))
            used = _settled(child)
            known = orjson.loads(child.ask("/ready"))["persons"]
    per_person = None if base is None or resident is None else (resident - base) / persons
    return {
        "persons": persons,
        "stored_bytes_per_person": stored / persons,
        "base_bytes": base,
        "resident_bytes": resident,
        "bytes_per_person": per_person,
        "above_stored_bytes_per_person": None
        if per_person is None
        else per_person - stored / persons,
        "restore_seconds": restored["seconds"],
        "persons_per_second": persons / restored["seconds"],
        "after_year": {"messages": total, "persons": known, "resident_bytes": used},
    }


def _states(written: Iterator[Outgoing]) -> list[Outgoing]:
    """The last state of every person."""
    last = {out.key: out for out in written if out.topic == STATE and out.key != TASK_KEY.encode()}
    return list(last.values())


def _base(where: Place) -> int | None:
    """What a process holds that knows nobody."""
    with children() as running:
        child = where.gateway("base")
        running.append(child)
        child.wait_event("assigned")
        resident = _settled(child)
    assert sum(asyncio.run(end_offsets(where)).values()) == 0, "the inputs are still empty"
    return resident


def _settled(child: Child) -> int | None:
    """Memory once nothing is going on, such as buffers of the restore being given back."""
    time.sleep(3.0)
    return resident_bytes(child.pid)


def _person_key(ordinal: int) -> bytes:
    """A key as good as any: 22 characters, of no person."""
    return base64.urlsafe_b64encode(sha256(b"%d" % ordinal).digest()[:16])[:22]


async def _write(where: Place, states: Sequence[Outgoing], persons: int) -> int:
    """Write a state for each of so many persons; the bytes of all values."""
    producer = AIOKafkaProducer(**bulk_producer_options(where.bootstrap, "bench-state"))
    await producer.start()
    stored = 0
    sent = []
    try:
        by_partition: dict[int, list[tuple[bytes, bytes, int, Headers]]] = {}
        for ordinal in range(persons):
            state = states[ordinal % len(states)]
            key = _person_key(ordinal)
            fields = (key, state.value, state.timestamp_ms, state.headers)
            by_partition.setdefault(partition_of(key, PARTITIONS), []).append(fields)
            stored += len(state.value)
        for partition, records in by_partition.items():
            batch = producer.create_batch()
            for key, value, timestamp, headers in records:
                while batch.append(
                    timestamp=timestamp, key=key, value=value, headers=list(headers)
                ) is None:  # fmt: skip
                    batch.close()
                    sent.append(await producer.send_batch(batch, STATE, partition=partition))
                    batch = producer.create_batch()
            batch.close()
            sent.append(await producer.send_batch(batch, STATE, partition=partition))
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return stored


def demands(result: Mapping[str, Any]) -> list[Result]:
    """What is demanded of restore and memory."""
    rate = demand("persons restored a second", PERSONS_PER_SECOND, result["persons_per_second"])
    above = result["above_stored_bytes_per_person"]
    if above is None:
        return [rate]
    what = "bytes of memory per person above its stored bytes"
    return [rate, demand(what, ABOVE_STORED_BYTES, above, at_most=True)]


def rows(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each figure with its name and unit."""
    after = result["after_year"]
    for name, value, unit in (
        ("memory of a process that knows nobody", _mib(result["base_bytes"]), "MiB"),
        ("memory after the restore", _mib(result["resident_bytes"]), "MiB"),
        ("per person", result["bytes_per_person"], "bytes"),
        ("stored state per person", result["stored_bytes_per_person"], "bytes"),
        ("above the stored bytes, per person", result["above_stored_bytes_per_person"], "bytes"),
        ("restore", result["restore_seconds"], "s"),
        ("restored per second", result["persons_per_second"], "persons"),
        (f"after {after['messages']} messages on top", _mib(after["resident_bytes"]), "MiB"),
    ):
        yield name, f"{number(value)} {unit}"


def table(result: Mapping[str, Any]) -> Table:
    """The figures for people."""
    return figures(f"{number(result['persons'])} persons in one gateway process", rows(result))


def _mib(value: float | None) -> float | None:
    return None if value is None else value / 2**20


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON where wanted."""
    parser = argparse.ArgumentParser(prog="benchmarks.memory", description=__doc__)
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args(arguments)
    return tell(lambda: measure(wanted.persons), table, wanted.out, demands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
