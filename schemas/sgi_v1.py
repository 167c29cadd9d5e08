"""Family `sgi`, version 1: protection of the sickness benefit qualifying income (MF13)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from schemas import codes
from schemas.common_v1 import (
    CaseData,
    ConditionallyRequired,
    Corrected,
    DataOfOneOf,
    RequiredWhen,
    Strict,
    Voided,
)
from schemas.fields import AnnualHours, Date, Id, Percent, Uuid


class InsuredTime(Strict):
    """The working time that the SGI rests on, as hours a year or percent of full time."""

    annual_hours: AnnualHours | None = None
    percent: Percent | None = None


class ActiveSeeking(Strict):
    """Whether the person actively seeks work, and when AF checked it (BR-23)."""

    value: bool
    checked_at: Date | None = None


class SgiOpened(ConditionallyRequired, CaseData):
    """FK: sickness benefit ends; last day with it, insured time, SGI or none."""

    CONDITIONS = (RequiredWhen("has_sgi", frozenset({True}), "last_day_with_sp"),)

    sgi_case_id: Id
    has_sgi: bool
    last_day_with_sp: Date | None = None
    meeting_id: Id | None = None
    decision_ref: Uuid | None = None
    insured_time: InsuredTime | None = None


class SgiEnrolmentAnswered(CaseData):
    """AF: enrolled when, seeking actively, willing to what extent."""

    sgi_case_id: Id
    enrolled_at: Date
    active_seeking: ActiveSeeking | None = None
    willing_extent_percent: Percent | None = None


class SgiClosed(CaseData):
    """FK's own decision on the protection."""

    sgi_case_id: Id
    protection_state: codes.ProtectionState
    decided_at: Date


class SgiCorrected(Corrected):
    """MF15 in family `sgi`."""

    replacement: Annotated[
        dict[str, Any], DataOfOneOf((SgiOpened, SgiEnrolmentAnswered, SgiClosed))
    ] = Field(repr=False)


class SgiVoided(Voided):
    """MF15 in family `sgi`."""
