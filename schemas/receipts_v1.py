"""Receipts, version 1: the gateway's answer to every record (contract section 4)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from schemas.fields import DateTime, Id, Uuid
from schemas.gateway_event import GatewayEvent, ReasonCode, Said

RULES_VERSION_PATTERN: Final = r"^[A-Za-z0-9._-]{1,32}(\+[0-9a-f]{8})?$"
"""Version of the agreement, `+`, and 8 hex digits of its hash; without hash before contract 1.1."""
RECEIPT_TYPE: Final = "se.samverkan.receipt.v1"

Status = Literal["ACCEPTED", "ACCEPTED_WITH_WARNING", "HELD", "REJECTED", "EXPIRED", "WITHHELD"]
FINAL_STATUSES: Final = frozenset(
    {"ACCEPTED", "ACCEPTED_WITH_WARNING", "REJECTED", "EXPIRED", "WITHHELD"}
)


class ReceiptReason(Said):
    """One reason with its texts; `path` is null where no single field is meant."""

    code: ReasonCode
    severity: Literal["error", "warning", "hold"]
    path: str | None = None
    text_sv: str
    text_en: str


class Ground(Said):
    """What let the message pass: a consent (its message id), or a statute."""

    kind: str
    reference: str | None = None


class ReceiptData(Said):
    """Body of a receipt.

    `message_source`, `message_type` and `case_id` are null where the record did not show them in
    valid form. `held_until` is set while HELD, but null where an operator ends the wait
    (`gateway.parked`). `rules_version` is the agreement that decided, its version and hash
    (`2026.1+0a1b2c3d`); receipts of contract 1.0 have no hash. `topic`, `partition` and `offset`
    name the record.
    """

    message_id: Uuid
    message_source: str | None
    message_type: str | None
    content_sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    status: Status
    reasons: tuple[ReceiptReason, ...]
    decided_at: DateTime
    held_until: DateTime | None
    delivered_to: tuple[str, ...]
    ground: Ground | None
    rules_version: Annotated[str, StringConstraints(pattern=RULES_VERSION_PATTERN)]
    case_id: Id | None
    topic: str
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]


class ReceiptEvent(GatewayEvent):
    """A receipt as it stands on `<agency>.receipts`."""

    type: Literal["se.samverkan.receipt.v1"] = "se.samverkan.receipt.v1"
    data: ReceiptData
