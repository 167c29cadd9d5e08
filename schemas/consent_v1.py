"""Family `consent`, version 1: consent per purpose, and refusals without identity (MF14)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from schemas import codes
from schemas.common_v1 import (
    CaseData,
    Circumstances,
    ConditionallyRequired,
    Corrected,
    DataOfOneOf,
    RequiredWhen,
    Strict,
    Voided,
)
from schemas.fields import Count, Date, DateOrTime, FreeCode, Month

_CODES_MAX = 10


class PurposeStatus(Strict):
    """What the person says about one purpose."""

    purpose: codes.ConsentPurpose
    status: codes.ConsentStatus


class ConsentRecorded(ConditionallyRequired, CaseData):
    """Consent given, refused or withdrawn for named purposes, families and parties."""

    CONDITIONS = (
        RequiredWhen("purposes", frozenset({"given"}), "valid_from", item="status"),
        RequiredWhen("purposes", frozenset({"withdrawn"}), "withdrawn_at", item="status"),
    )

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


class ConsentRefusalCounted(Circumstances):
    """How many refused, by month, unit, benefit and sex; nobody is named (BR-28)."""

    unit: FreeCode
    month: Month
    benefit: codes.Benefit
    sex: codes.Sex
    count: Count
    event_at: DateOrTime | None = None


class ConsentCorrected(Corrected):
    """MF15 in family `consent`."""

    replacement: Annotated[
        dict[str, Any], DataOfOneOf((ConsentRecorded, ConsentRefusalCounted))
    ] = Field(repr=False)


class ConsentVoided(Voided):
    """MF15 in family `consent`."""
