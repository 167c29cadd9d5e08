"""What an agency receives: receipts, deliveries and notices, read with tolerance.

Unknown fields are ignored, so that a newer gateway does not stop an older back-end. No class here
shows a payload in `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from gateway.sdk.errors import UnreadableRecordError
from schemas.record import Record

FINAL: Final = frozenset({"ACCEPTED", "ACCEPTED_WITH_WARNING", "REJECTED", "EXPIRED", "WITHHELD"})
"""Receipt statuses after which nothing more comes; HELD is followed by one of them."""
_BINARY_PREFIX: Final = "ce_"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a receipt: code, severity, path to the field, what to do in two languages."""

    code: str
    severity: str
    path: str | None
    text_sv: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The gateway's answer to one record of this agency (contract section 4).

    Attributes:
        message_id: the sender's id, or the gateway's own for a record without a readable one.
        content_sha256: hex of the value as received; tells apart two messages with one id.
        status: see `FINAL`, or `HELD`.
        reasons: why; empty for a plain `ACCEPTED`.
        decided_at: RFC 3339, UTC.
        held_until: RFC 3339 while HELD.
        delivered_to: topics of the other agency.
        duplicate: the original receipt once more, for a message that was sent again.
    """

    message_id: str
    content_sha256: str
    status: str
    reasons: tuple[Reason, ...]
    decided_at: str
    held_until: str | None
    delivered_to: tuple[str, ...]
    duplicate: bool

    @property
    def final(self) -> bool:
        """Whether nothing more comes."""
        return self.status in FINAL

    @property
    def accepted(self) -> bool:
        """Whether the other agency has it."""
        return self.status in {"ACCEPTED", "ACCEPTED_WITH_WARNING"}

    @property
    def codes(self) -> tuple[str, ...]:
        """The reason codes."""
        return tuple(reason.code for reason in self.reasons)


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
    return {name: value.decode() for name, value in record.headers if value is not None}


def read_receipt(record: Record) -> Receipt:
    """A receipt from a record of `<agency>.receipts`.

    Raises:
        UnreadableRecordError: the record is no receipt.
    """
    try:
        data = _document(record)["data"]
        return Receipt(
            message_id=data["message_id"],
            content_sha256=data["content_sha256"],
            status=data["status"],
            reasons=tuple(_reason(reason) for reason in data["reasons"]),
            decided_at=data["decided_at"],
            held_until=data.get("held_until"),
            delivered_to=tuple(data.get("delivered_to") or ()),
            duplicate=_headers(record).get("gw-duplicate") == "true",
        )
    except (KeyError, TypeError):
        raise _unreadable(record) from None


def _reason(reason: Mapping[str, Any]) -> Reason:
    return Reason(
        code=reason["code"],
        severity=reason["severity"],
        path=reason.get("path"),
        text_sv=reason["text_sv"],
        text_en=reason["text_en"],
    )


def read_delivery(record: Record) -> Delivery:
    """A delivery from a record of `<agency>.in.<family>`.

    Raises:
        UnreadableRecordError: the record is no delivery.
    """
    headers = _headers(record)
    document = _document(record)
    attributes = {
        name.removeprefix(_BINARY_PREFIX): value
        for name, value in headers.items()
        if name.startswith(_BINARY_PREFIX)
    }
    envelope = {**attributes, "data": document} if attributes else document
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
