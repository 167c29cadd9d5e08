"""Whether the audit ends where the state of a task stands: asked at every assignment.

Entries and state are written in one transaction, so after a task's producer has started they fit.
Where they do not, somebody has changed one of them: going on would hide it under the next entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from gateway.shell.audit_entry import read_entry
from gateway.shell.faults import Refusal
from gateway.shell.outputs import AuditChain
from gateway.shell.reading import committed_reader, read_last
from gateway.shell.settings import Settings
from gateway.shell.telemetry import log
from gateway.shell.topics import KEPT_FOR_EVER, retention_ms
from schemas.topics import AUDIT


class End(NamedTuple):
    """The end of an audit partition: its offsets, and the last committed record if there is one."""

    start: int
    end: int
    record: Any = None


async def ends_of_audit(settings: Settings, partitions: Iterable[int]) -> dict[int, End]:
    """The end of each partition's audit, as committed now."""
    async with committed_reader(
        settings, client_id=f"{settings.group}-audit-end", fetch_max_wait_ms=50
    ) as consumer:
        places = [TopicPartition(AUDIT, n) for n in partitions]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        starts = await consumer.beginning_offsets(places)
        last = await read_last(consumer, starts, ends, lambda record: record)
    return {tp.partition: End(starts[tp], ends[tp], last.get(tp)) for tp in places}


async def refuse_unfit_audit(settings: Settings, chains: Mapping[int, AuditChain]) -> None:
    """Check that each partition's audit ends with the entry in the restored state.

    If retention has removed all entries of a partition, that is logged and the process continues.

    Raises:
        Refusal: one does not fit, and SAMVERKAN_AUDIT_ACCEPTED does not name it.
    """
    ends = await ends_of_audit(settings, chains)
    kept_ms = None
    for n, chain in chains.items():
        end = ends[n]
        if chain.count and end.record is None and end.start > 0 and kept_ms is None:
            kept_ms = await retention_ms(settings, AUDIT)
        try:
            compare(n, chain, end, kept_ms)
        except Refusal as refusal:
            if f"{n}:{chain.count}" not in settings.audit_accepted.split(","):
                raise
            log("audit accepted", level="WARNING", partition=n, text=str(refusal))


def compare(partition: int, chain: AuditChain, end: End, kept_ms: int | None = None) -> None:
    """Compare one partition's state with the end of its audit; `kept_ms` is its retention.

    Raises:
        Refusal: they do not fit.
    """
    where, count, record = f"{AUDIT}/{partition}", chain.count, end.record
    if record is None:
        _compare_empty(where, chain, end, kept_ms)
        return
    if count and sha256(record.value or b"").hexdigest() == chain.previous:
        return
    entry = read_entry(record.key, record.value, tuple(record.headers))
    if entry is None:
        raise Refusal(
            f"the last record of {where}, at offset {record.offset}, is no entry of a gateway:"
            " somebody else has written it (runbook: audit-end)"
        )
    if count == 0:
        raise Refusal(
            f"{where} ends with entry {entry.number}, but gateway.state knows of no entry: the"
            " state was deleted, or no gateway wrote the entry (runbook: audit-end)"
        )
    if entry.number > count:
        raise Refusal(
            f"{where} ends with entry {entry.number}, but its state stands at entry {count}:"
            " somebody else has added entries, or the state is an older copy (runbook: audit-end)"
        )
    if entry.number < count:
        raise Refusal(
            f"{where} ends with entry {entry.number}, but its state stands at entry {count}: the"
            " end of the audit was cut, or it is an older copy (runbook: audit-end)"
        )
    raise Refusal(
        f"{where} ends with another entry {count} than its state names: the entry was changed or"
        " replaced (runbook: audit-end)"
    )


def _compare_empty(where: str, chain: AuditChain, end: End, kept_ms: int | None) -> None:
    """The same for a partition without any entry."""
    if not chain.count:
        if end.start == 0:
            return
        raise Refusal(
            f"{where} begins at offset {end.start}, so it held entries, but gateway.state knows of"
            " none: the state was deleted (runbook: audit-end)"
        )
    if end.start == 0:
        raise Refusal(
            f"{where} holds no entry, but its state stands at entry {chain.count}: the topic was"
            " deleted and made anew (runbook: audit-end)"
        )
    if kept_ms == KEPT_FOR_EVER:
        raise Refusal(
            f"{where} has lost every entry up to {chain.count}, although it is kept for ever"
            " (retention.ms=-1): somebody has deleted them (runbook: audit-end)"
        )
    log(
        "audit expired",
        level="WARNING",
        text=f"{where} holds no entry any more; its state stands at entry {chain.count}. That fits"
        " its retention, and cannot be proved: the next entry goes on from there.",
    )
