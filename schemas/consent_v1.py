"""Family `consent`, version 1: consent per purpose, and refusals without identity (MF14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from schemas import codes
from schemas.common_v1 import (
    CaseData,
    Circumstances,
    ConditionallyRequired,
    Corrected,
    Strict,
    Voided,
    said,
)
from schemas.fields import Date, DateOrTime, FreeCode, Month

_CODES_MAX = 10


class PurposeStatus(Strict):
    """What the person says about one purpose."""

    purpose: codes.ConsentPurpose
    status: codes.ConsentStatus


class ConsentRecorded(ConditionallyRequired, CaseData):
    """Consent given, refused or withdrawn for named purposes, families and parties."""

    purposes: Annotated[tuple[PurposeStatus, ...], Field(min_length=1, max_length=_CODES_MAX)]
    families: Annotated[tuple[codes.Family, ...], Field(min_length=1, max_length=_CODES_MAX)]
    parties: Annotated[tuple[codes.Agency, ...], Field(min_length=1, max_length=_CODES_MAX)]
    valid_from: Date | None = None
    valid_to: Date | None = None
    asked_at: Date | None = None
    given_at: Date | None = None
    refused_at: Date | None = None
    withdrawn_at: Date | None = None
    asked_by: codes.Agency
    form: codes.ConsentForm

    @classmethod
    def required_here(cls, fields: Mapping[str, Any]) -> tuple[str, ...]:
        """Given needs a first day, withdrawn the day of withdrawal."""
        purposes = fields.get("purposes")
        statuses = (
            [said(p, "status") for p in purposes] if isinstance(purposes, list | tuple) else []
        )
        return tuple(
            name
            for status, name in (("given", "valid_from"), ("withdrawn", "withdrawn_at"))
            if status in statuses and fields.get(name) is None
        )


class ConsentRefusalCounted(Circumstances):
    """How many refused, by month, unit, benefit and sex; nobody is named (BR-28)."""

    unit: FreeCode
    month: Month
    benefit: codes.Benefit
    sex: codes.Sex
    count: Annotated[int, Field(ge=1, le=1000)]
    event_at: DateOrTime | None = None


class ConsentCorrected(Corrected):
    """MF15 in family `consent`."""


class ConsentVoided(Voided):
    """MF15 in family `consent`."""
