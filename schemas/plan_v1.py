"""Family `plan`, version 1: plan, interventions, closing, status (MF04, 05, 09, 10)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas import codes
from schemas.common_v1 import Benefits, CaseData, Corrected, DataOfOneOf, Strict, Voided
from schemas.fields import LIST_ITEMS_MAX, Date, Fraction, FreeCode, HoursPerWeek, Id, Version


class ParticipantAgreed(Strict):
    """Whether the person agrees to the plan, and since when."""

    agreed: bool
    at: Date | None = None


class PlannedActivity(Strict):
    """One activity of a plan."""

    activity_id: Id
    activity_type: codes.ActivityType
    responsible: codes.NextActor
    planned_start: Date | None = None
    planned_end: Date | None = None
    hours_per_week: HoursPerWeek | None = None
    extent_fraction: Fraction | None = None
    base: codes.ExtentBase | None = None
    benefit_during: codes.Benefit | None = None


class PlanSet(CaseData):
    """MF04: a plan, each change is a new version."""

    plan_id: Id
    version: Version
    valid_from: Date
    goals: Annotated[tuple[codes.Goal, ...], Field(min_length=1, max_length=LIST_ITEMS_MAX)]
    activities: Annotated[tuple[PlannedActivity, ...], Field(max_length=LIST_ITEMS_MAX)]
    follow_up_dates: Annotated[tuple[Date, ...], Field(max_length=LIST_ITEMS_MAX)]
    participant_agreed: ParticipantAgreed
    change_reason: codes.ChangeReason | None = None
    close_criteria: Annotated[tuple[codes.Goal, ...] | None, Field(max_length=LIST_ITEMS_MAX)] = (
        None
    )


class Intervention(CaseData):
    """MF05: what AF plans to do or has decided."""

    insats_id: Id
    moved_from: Id | None = None
    category: codes.InsatsCategory
    program: codes.Program
    delivery: codes.Delivery
    supplier_id: FreeCode | None = None
    activity_types: Annotated[tuple[codes.ActivityType, ...], Field(max_length=LIST_ITEMS_MAX)]
    hours_per_week: HoursPerWeek
    extent_fraction: Fraction
    base: codes.ExtentBase | None = None
    workplace_activity: bool
    benefit_during: codes.Benefit | None = None
    insurance_ref: Id | None = None


class PlanInterventionProposed(Intervention):
    """MF05: AF asks for a check before it decides."""

    proposed_at: Date
    decision_state: Literal["proposed"] | None = None


class PlanInterventionDecided(Intervention):
    """MF05: AF has decided."""

    decided_at: Date
    decision_state: Literal["decided"] | None = None


class InterventionProgress(CaseData):
    """MF05: start or end; the description of the intervention may be repeated."""

    insats_id: Id
    moved_from: Id | None = None
    category: codes.InsatsCategory | None = None
    program: codes.Program | None = None
    delivery: codes.Delivery | None = None
    supplier_id: FreeCode | None = None
    activity_types: Annotated[
        tuple[codes.ActivityType, ...] | None, Field(max_length=LIST_ITEMS_MAX)
    ] = None
    hours_per_week: HoursPerWeek | None = None
    extent_fraction: Fraction | None = None
    base: codes.ExtentBase | None = None
    workplace_activity: bool | None = None
    benefit_during: codes.Benefit | None = None


class PlanInterventionStarted(InterventionProgress):
    """MF05: the person has started."""

    started_at: Date


class PlanInterventionEnded(InterventionProgress):
    """MF05: the intervention is over."""

    started_at: Date | None = None
    ended_at: Date
    end_reason: codes.EndReason


class PlanClosed(CaseData):
    """MF09: the cooperation is closed. Whether `outcome` is needed depends on the date (BR-30)."""

    closed_at: Date
    last_insats_category: codes.LastInsatsCategory
    outcome: codes.Outcome | None = None
    left_extent: codes.LeftExtent | None = None
    benefits_before: Benefits
    benefits_after: Benefits
    occupation_at_close: codes.Occupation | None = None
    fk_next: codes.FkNext | None = None
    agreed: codes.Agreed | None = None


class PlanStatusReported(CaseData):
    """MF10: what the person does 90 days after the closing."""

    status: codes.Outcome
    status_at: Date


class PlanCorrected(Corrected):
    """MF15 in family `plan`."""

    replacement: Annotated[
        dict[str, Any],
        DataOfOneOf(
            (
                PlanSet,
                PlanInterventionProposed,
                PlanInterventionDecided,
                PlanInterventionStarted,
                PlanInterventionEnded,
                PlanClosed,
                PlanStatusReported,
            )
        ),
    ] = Field(repr=False)


class PlanVoided(Voided):
    """MF15 in family `plan`."""
