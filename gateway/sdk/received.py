"""What an agency receives: receipts, deliveries and notices, read with tolerance.

Unknown fields are ignored, so that a newer gateway does not stop an older back-end. No class here
shows a payload in `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError

from gateway.sdk.errors import UnreadableRecordError
from schemas.headers import PREFIX, is_binary
from schemas.receipts_v1 import FINAL_STATUSES, ReceiptData, ReceiptEvent
from schemas.record import Record


@dataclass(frozen=True, slots=True)
class Receipt:
    """The gateway's answer to one record of this agency (contract section 4).

    Attributes:
        data: the receipt's fields; `data.reasons` say why and what to do in two languages.
        duplicate: the original receipt once more, for a message that was sent again.
    """

    data: ReceiptData
    duplicate: bool = False

    @property
    def status(self) -> str:
        """`ACCEPTED`, `ACCEPTED_WITH_WARNING`, `HELD`, `REJECTED`, `EXPIRED` or `WITHHELD`."""
        return self.data.status

    @property
    def final(self) -> bool:
        """Whether nothing more comes; HELD is followed by another."""
        return self.status in FINAL_STATUSES

    @property
    def accepted(self) -> bool:
        """Whether the other agency has it."""
        return self.status in {"ACCEPTED", "ACCEPTED_WITH_WARNING"}

    @property
    def codes(self) -> tuple[str, ...]:
        """The reason codes."""
        return tuple(reason.code for reason in self.data.reasons)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message of the other agency that the gateway let through.

    Attributes:
        record: as read; the value is the sender's, byte for byte.
        envelope: the CloudEvents attributes and `data`, whichever mode it was sent in.
        receipt_id: id of the receipt that the sender got; the same for a repeated delivery.
        accepted_at: RFC 3339, UTC.
        ground: what let it pass, as the gateway wrote it.
        person_key: the record key.
    """

    record: Record
    envelope: Mapping[str, Any] = field(repr=False)
    receipt_id: str
    accepted_at: str
    ground: str
    person_key: str

    @property
    def message_id(self) -> str:
        """The sender's id."""
        return str(self.envelope["id"])

    @property
    def data(self) -> Mapping[str, Any]:
        """The message's own fields."""
        found: Mapping[str, Any] = self.envelope["data"]
        return found


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to act on: a deadline, a withdrawal, a dispute.

    `type` is the full CloudEvents type; `data` the notice's own fields.
    """

    record: Record
    id: str
    type: str
    data: Mapping[str, Any] = field(repr=False)


def record_of(raw: Any) -> Record:
    """The contract's record from aiokafka's `ConsumerRecord`."""
    return Record(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        timestamp_ms=raw.timestamp,
        key=raw.key,
        value=raw.value,
        headers=tuple(raw.headers),
    )


def _document(record: Record) -> dict[str, Any]:
    """The JSON object in the value.

    Raises:
        UnreadableRecordError: it is none.
    """
    try:
        found = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise _unreadable(record)
    return found


def _unreadable(record: Record) -> UnreadableRecordError:
    place = f"{record.topic}, partition {record.partition}, offset {record.offset}"
    return UnreadableRecordError(f"{place}: not written by a gateway of this contract")


def _headers(record: Record) -> dict[str, str]:
    """Header names and texts, read with tolerance: whatever bytes are there, they are no error.

    Null means absent. Of a name that is there twice the last counts, which for its own headers is
    the gateway's. Bytes that are not UTF-8 become U+FFFD.
    """
    found = record.headers
    return {name: value.decode("utf-8", "replace") for name, value in found if value is not None}


def read_receipt(record: Record) -> Receipt:
    """A receipt from a record of `<agency>.receipts`.

    Raises:
        UnreadableRecordError: the record is no receipt.
    """
    try:
        event = ReceiptEvent.read(record.value or b"")
    except ValidationError:
        raise _unreadable(record) from None
    return Receipt(event.data, _headers(record).get("gw-duplicate") == "true")


def read_delivery(record: Record) -> Delivery:
    """A delivery from a record of `<agency>.in.<family>`.

    The content type alone says the mode: a structured event's attributes are never taken from
    headers, whatever stands there.

    Raises:
        UnreadableRecordError: the record is no delivery.
    """
    headers = _headers(record)
    document = _document(record)
    envelope: dict[str, Any] = document
    if is_binary(record.headers):
        attributes = {
            name.removeprefix(PREFIX): value
            for name, value in headers.items()
            if name.startswith(PREFIX)
        }
        envelope = {**attributes, "data": document}
    try:
        delivery = Delivery(
            record=record,
            envelope=envelope,
            receipt_id=headers["gw-receipt-id"],
            accepted_at=headers["gw-accepted-at"],
            ground=headers["gw-ground"],
            person_key=headers["gw-person-key"],
        )
    except KeyError:
        raise _unreadable(record) from None
    if not {"id", "type", "data"} <= envelope.keys():
        raise _unreadable(record)
    return delivery


def read_notice(record: Record) -> Notice:
    """A notice from a record of `<agency>.in.notice`.

    Raises:
        UnreadableRecordError: the record is no notice.
    """
    document = _document(record)
    try:
        return Notice(record, document["id"], document["type"], document["data"])
    except KeyError:
        raise _unreadable(record) from None
