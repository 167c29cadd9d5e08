"""Family `status`, version 1: benefit decisions and AF's categories (MF06, MF07, MF12)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from schemas import codes
from schemas.common_v1 import Benefits, CaseData, Corrected, DataOfOneOf, PersonFacts, Voided
from schemas.fields import ChainDay, Date, Extent, Fraction


class StatusBenefitDecided(CaseData, PersonFacts):
    """MF06 and MF12: a benefit is granted, refused, reduced or ends.

    Refusals are the denominators of the meeting statistics. `extent_fraction` of `base` is the
    share of rehabilitation that a rehabiliteringspenning rests on (BR-11, BR-12).
    """

    benefit: codes.Benefit
    decision: codes.BenefitDecision
    decided_at: Date
    considered_at: Date | None = None
    refusal_considered_at: Date | None = None
    refusal_decided_at: Date | None = None
    first_application: bool | None = None
    extent: Extent | None = None
    extent_fraction: Fraction | None = None
    base: codes.ExtentBase | None = None
    periods: Benefits | None = None
    rehab_chain_day: ChainDay | None = None
    no_chain_reason: codes.NoChainReason | None = None
    sammanlaggning: bool | None = None
    resident_abroad: bool | None = None
    last_day_with_sp: Date | None = None
    reason_group: codes.ReasonGroup | None = None
    sgi_info_given: bool | None = None


class StatusEnrolled(CaseData):
    """MF07: enrolled as job seeker at AF, or in the cooperation there."""

    enrolled_at: Date
    af_category: codes.AfCategory
    from_: Date | None = Field(default=None, alias="from")
    in_cooperation_at: Date | None = None


class StatusCategoryChanged(CaseData):
    """MF07: another AF category from a day on, deregistration included."""

    af_category: codes.AfCategory
    from_: Date = Field(alias="from")
    enrolled_at: Date | None = None
    in_cooperation_at: Date | None = None
    avaktualiserad_at: Date | None = None
    reason: codes.EndReason | None = None


class StatusCorrected(Corrected):
    """MF15 in family `status`."""

    replacement: Annotated[
        dict[str, Any], DataOfOneOf((StatusBenefitDecided, StatusEnrolled, StatusCategoryChanged))
    ] = Field(repr=False)


class StatusVoided(Voided):
    """MF15 in family `status`."""
