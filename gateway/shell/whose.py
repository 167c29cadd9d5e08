"""Whose a record is, where it stands, and whether an output answers it."""

from __future__ import annotations

from typing import Any

from gateway.domain.counters import slot_of
from gateway.domain.decision import Output, Receipt
from gateway.domain.state import Kept
from gateway.shell.outputs import receipt_key
from schemas.codec import Decoded, Record
from schemas.keys import NO_PERSON_KEY


def answers(first: Output, record: Record) -> bool:
    """Whether an output is the receipt of a record: its own, or again that of what it repeats."""
    return isinstance(first, Receipt) and (
        first.duplicate or (first.offset == record.offset and first.topic == record.topic)
    )


def place_of(record: Record | Kept) -> str:
    """Topic/partition/offset."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def record_of(said: Any) -> Record:
    """What was kept, or a record of aiokafka's own making, as the codec takes it."""
    return Record(
        said.topic,
        said.partition,
        said.offset,
        said.timestamp,
        said.key,
        said.value,
        said.headers,
    )


def suspect(record: Record, decoded: Decoded | None) -> str:
    """Who is parked for a record that is of no known person: whom its key names, or nobody.

    What was read and refused is of nobody, so that no record can park a person it is not of.
    """
    shown = receipt_key(record.key).decode()
    if decoded is None and shown != NO_PERSON_KEY:
        return shown
    return f"{NO_PERSON_KEY}:{place_of(record)}"


def state_key(decoded: Decoded) -> str | None:
    """Whose state a record is decided on; None when it is refused before any state is needed.

    A counted refusal has no person: it is remembered in a slot, so that repeats are recognised.
    """
    message = decoded.message
    if message is None:
        return None
    if message.personal_number is None:
        return slot_of(message.id)
    key = decoded.record.key
    assert key is not None, "the codec has compared the key with the person"
    return key.decode("ascii")


def key_of(key: str | None, record: Record | None) -> bytes | None:
    """The Kafka key of what is decided: the record's, or of a deadline the person's."""
    if record is not None:
        return record.key
    assert key is not None, "a tick is of a person"
    return key.partition(":")[0].encode()
