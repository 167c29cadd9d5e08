"""The audit as it stands on the topic, checked from the first entry to the last.

Whoever asks needs the right to read `gateway.audit` and nothing else. With the right to describe
its settings, entries that time has removed can be told from entries that somebody has deleted.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from gateway.shell.audit_chain import Chain, Earlier, Log
from gateway.shell.reading import committed_reader
from gateway.shell.settings import AwayError, Settings, UserError
from gateway.shell.topics import retention_ms
from gateway.shell.whose import record_of
from schemas.topics import AUDIT

_POLL_MS: Final = 200
#: Seconds without any progress after which the brokers count as away.
_STALLED_S: Final = 30.0
_NONE: Final[Mapping[int, Earlier]] = MappingProxyType({})


class _Last(msgspec.Struct):
    number: int
    sha256: str


class _Partition(msgspec.Struct):
    partition: int
    last: _Last | None


class _Summary(msgspec.Struct):
    partitions: list[_Partition]


def earlier_ends(file: Path) -> dict[int, Earlier]:
    """The last entry of each partition in an earlier summary (`--format json`).

    Raises:
        UserError: the file cannot be read, or is no such summary.
    """
    try:
        found = msgspec.json.decode(file.read_bytes(), type=_Summary)
    except OSError as problem:
        raise UserError(f"{file} cannot be read ({problem.strerror}); name another.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UserError(
            f"{file} is no summary of the audit; name a file that `samverkan audit verify --format"
            " json` has written."
        ) from None
    return {
        one.partition: Earlier(one.last.number, one.last.sha256)
        for one in found.partitions
        if one.last is not None
    }


async def verify(settings: Settings, earlier: Mapping[int, Earlier] = _NONE) -> list[Chain]:
    """Every partition's chain, checked to the end that is committed now.

    Raises:
        UserError: the topic is not there, or the brokers refuse.
        AwayError: the brokers do not answer, or not any more.
    """
    kept_ms = await retention_ms(settings, AUDIT)
    client_id = f"{settings.group}-audit-verify"
    async with committed_reader(settings, AUDIT, client_id=client_id) as consumer:
        places = sorted(consumer.assignment())
        if not places:
            raise UserError(
                f"There is no topic {AUDIT} at {settings.bootstrap_servers}, or it is hidden from"
                " this user; see whether SAMVERKAN_BOOTSTRAP_SERVERS names the right installation,"
                " and grant what `samverkan topics rights auditor` prints."
            )
        starts = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        now_ms = round(time.time() * 1000)
        chains = {
            tp: Chain(
                tp.partition,
                Log(starts[tp], ends[tp], kept_ms, now_ms),
                earlier.get(tp.partition),
            )
            for tp in places
        }
        await consumer.seek_to_beginning(*places)
        await _read(consumer, chains, starts, ends)
    gone = sorted(earlier.keys() - {tp.partition for tp in places})
    found = [*chains.values(), *(Chain(n, Log(0, 0), earlier[n]) for n in gone)]
    for chain in found:
        chain.close()
    return found


async def _read(
    consumer: AIOKafkaConsumer,
    chains: Mapping[TopicPartition, Chain],
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> None:
    """Give each chain its records, up to the end."""
    at: dict[TopicPartition, Any] = {tp: start for tp, start in starts.items() if start < ends[tp]}
    moved = time.monotonic()
    while at:
        for tp, records in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
            for record in records:
                if record.offset < ends[tp]:
                    chains[tp].take(record_of(record))
        now = {tp: await consumer.position(tp) for tp in at}
        if now != at:
            moved = time.monotonic()
        elif time.monotonic() - moved > _STALLED_S:
            raise AwayError(
                f"The brokers have not answered for {_STALLED_S:.0f} s; see whether those in"
                " SAMVERKAN_BOOTSTRAP_SERVERS run, and try again."
            )
        at = {tp: offset for tp, offset in now.items() if offset < ends[tp]}
