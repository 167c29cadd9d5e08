"""Receipts: one place that makes them, and that makes an original one again for a duplicate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from gateway.domain.context import Context
from gateway.domain.days import Instant
from gateway.domain.decision import Ground, Receipt, Status
from gateway.domain.ids import unpacked, uuid5_text
from gateway.domain.state import PARKED, Entry, Flag, HeldMessage, Kept
from schemas.codec import Decoded, Record
from schemas.topics import INPUT_TOPICS, delivery_topic, other

#: Why a record of a parked person waits.
FOR_OPERATOR: Final = Flag(PARKED, "hold")


def receipt_id(source: str | None, message_id: str, content_sha256: str, status: str) -> str:
    """UUIDv5 of (source, id, content hash, status): the same outcome is the same receipt."""
    return uuid5_text(f"receipt|{source or ''}|{message_id}|{content_sha256}|{status}")


def _destination(input_topic: str) -> str:
    agency, _, family = input_topic.partition(".out.")
    return delivery_topic(other(agency), family)


_DESTINATIONS: Final[Mapping[str, str]] = {topic: _destination(topic) for topic in INPUT_TOPICS}


def destination(input_topic: str) -> str:
    """Where a message from an input topic goes when it is let through."""
    return _DESTINATIONS[input_topic]


def answer(
    decoded: Decoded,
    status: Status,
    reasons: tuple[Flag, ...],
    context: Context,
    *,
    ground: Ground | None = None,
    held_until: int | None = None,
) -> Receipt:
    """The receipt of a decision on a record."""
    record: Record = decoded.record
    delivered = status in {"ACCEPTED", "ACCEPTED_WITH_WARNING"}
    # By position: by name it takes ten times as long, and this is done for every message.
    return Receipt(
        receipt_id(decoded.source, decoded.message_id, decoded.content_sha256, status),
        decoded.message_id,
        decoded.source,
        decoded.ce_type,
        decoded.content_sha256,
        status,
        reasons,
        context.now,
        held_until,
        destination(record.topic) if delivered else None,
        ground,
        context.terms.rules_version,
        decoded.case_id,
        record.topic,
        record.partition,
        record.offset,
    )


def given(before: Entry | HeldMessage | Kept) -> Receipt:
    """The receipt that a repeated message gets again, whatever became of the first."""
    match before:
        case Entry():
            return original(before)
        case HeldMessage():
            return still_held(before)
        case Kept():
            return still_kept(before)
        case _:
            assert_never(before)


def original(entry: Entry) -> Receipt:
    """The final receipt of a remembered message, byte for byte as it was given."""
    message_id = unpacked(entry.message_id)
    content = entry.content.hex()
    delivered = entry.status in {"ACCEPTED", "ACCEPTED_WITH_WARNING"}
    return Receipt(
        receipt_id=receipt_id(entry.source, message_id, content, entry.status),
        message_id=message_id,
        source=entry.source,
        ce_type=f"se.samverkan.{entry.type_name}.v{entry.version}",
        content_sha256=content,
        status=entry.status,
        reasons=entry.flags,
        decided_at=entry.decided_at,
        held_until=None,
        delivered_to=destination(entry.topic) if delivered else None,
        ground=entry.ground,
        rules_version=entry.rules_version,
        case_id=entry.first_case_id or entry.case_id,
        topic=entry.topic,
        partition=entry.partition,
        offset=entry.offset,
        duplicate=True,
    )


def still_kept(kept: Kept, *, duplicate: bool = True) -> Receipt:
    """The receipt of a record that waits for an operator, first or once more."""
    return of_kept(
        kept, "HELD", FOR_OPERATOR, kept.decided_at, kept.rules_version, duplicate=duplicate
    )


def of_kept(
    kept: Kept,
    status: Status,
    reason: Flag,
    decided_at: Instant,
    rules_version: str,
    *,
    duplicate: bool = False,
) -> Receipt:
    """A receipt of a kept record, with all that was kept of it and no delivery."""
    content = kept.content.hex()
    return Receipt(
        receipt_id=receipt_id(kept.source, kept.message_id, content, status),
        message_id=kept.message_id,
        source=kept.source,
        ce_type=kept.ce_type,
        content_sha256=content,
        status=status,
        reasons=(reason,),
        decided_at=decided_at,
        held_until=None,
        delivered_to=None,
        ground=None,
        rules_version=rules_version,
        case_id=kept.case_id,
        topic=kept.topic,
        partition=kept.partition,
        offset=kept.offset,
        duplicate=duplicate,
    )


def still_held(held: HeldMessage) -> Receipt:
    """The receipt of a message that is waiting, as it was given.

    What first waited for an operator has the receipt of that time: see `waiting.wait`.
    """
    for_operator = held.waits[0] == FOR_OPERATOR
    message_id = unpacked(held.message_id)
    content = held.content.hex()
    return Receipt(
        receipt_id=receipt_id(held.source, message_id, content, "HELD"),
        message_id=message_id,
        source=held.source,
        ce_type=f"se.samverkan.{held.type_name}.v{held.version}",
        content_sha256=content,
        status="HELD",
        reasons=held.waits[:1] if for_operator else held.waits,
        decided_at=held.decided_at,
        held_until=None if for_operator else held.held_until,
        delivered_to=None,
        ground=None,
        rules_version=held.rules_version,
        case_id=held.case_id,
        topic=held.topic,
        partition=held.partition,
        offset=held.offset,
        duplicate=True,
    )
