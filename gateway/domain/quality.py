"""Quality facts: what was refused, held or warned of, counted by reason and without identity."""

from __future__ import annotations

from typing import Any, Final

from gateway.domain.context import Context
from gateway.domain.days import Instant, rfc3339
from gateway.domain.decision import Fact, Receipt
from gateway.domain.ids import uuid5_text
from gateway.domain.state import Flag

_QUALITY: Final = {
    "REJECTED": "quality.rejected",
    "HELD": "quality.held",
    "ACCEPTED_WITH_WARNING": "quality.warned",
}


def rules_in(reasons: tuple[Flag, ...]) -> list[str]:
    """The numbers of the business rules among reasons, sorted."""
    return sorted({flag.code for flag in reasons if flag.code.startswith("BR-")})


def quality_of(receipt: Receipt, context: Context, type_name: str | None) -> Fact | None:
    """One count per rejected, held or warned message: reason codes and no identity."""
    name = _QUALITY.get(receipt.status)
    if name is None:
        return None
    place = f"{name}|{receipt.topic}|{receipt.partition}|{receipt.offset}"
    fields = {
        "codes": [flag.code for flag in receipt.reasons],
        "message_type": type_name,
        "status": receipt.status,
    }
    flags = rules_in(receipt.reasons)
    return _quality(name, place, context, receipt.agency, flags, fields, receipt.decided_at)


def warned_later(rule: str, type_name: str, reference: str, context: Context) -> Fact:
    """A count of something that a deadline found missing; `reference` makes its id."""
    fields = {"codes": [rule], "message_type": type_name, "status": "ACCEPTED_WITH_WARNING"}
    return _quality("quality.warned", reference, context, "fk", [rule], fields, context.now)


def _quality(
    name: str,
    reference: str,
    context: Context,
    agency: str,
    flags: list[str],
    fields: dict[str, Any],
    at: Instant,
) -> Fact:
    registered = rfc3339(context.now)
    fact_id = context.keys.quality_id(reference)
    body = {
        "fact": name,
        "fact_id": fact_id,
        "revision": 1,
        "voided": False,
        "unit_key": None,
        "unit_case": None,
        "round_no": None,
        "sex": "okant",
        "birth_year_month": None,
        "benefits": [],
        "employment": None,
        "unit": None,
        "region": None,
        "event_at": registered,
        "registered_at": registered,
        "delay_days": 0,
        "capture": "harvested",
        "source_system": agency,
        "flags": flags,
        "fields": fields,
    }
    return Fact(key=None, event_id=uuid5_text(f"followup|{fact_id}|1"), at=at, data=body)
