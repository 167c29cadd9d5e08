"""Family `referral`, version 1: the way into the cooperation (MF01, MF02, MF18)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from schemas import codes
from schemas.common_v1 import (
    Attendees,
    BenefitsAtLeastOne,
    CaseData,
    ConditionallyRequired,
    Corrected,
    DataOfOneOf,
    PersonFacts,
    RequiredWhen,
    Strict,
    Voided,
)
from schemas.fields import LIST_ITEMS_MAX, ChainDay, Date, DateOrTime, FreeCode, Id


class NeedAssessed(Strict):
    """Whether FK has assessed the need before the call, and when (BR-02)."""

    assessed: bool
    at: Date | None = None


class InvestigationDone(Strict):
    """An investigation method, used on a day or at least considered."""

    method: codes.Investigation
    at: Date | None = None
    considered: bool | None = None


class ReferralInitiated(ConditionallyRequired, CaseData, PersonFacts):
    """MF01: a need of cooperation is identified and the case opens."""

    CONDITIONS = (
        RequiredWhen(
            "benefits", codes.BENEFITS_WITH_CASE_START, "benefit_case_start", item="benefit"
        ),
    )

    need_identified_at: Date
    need_assessed: NeedAssessed | None = None
    initiating_path: codes.InitiatingPath
    application_at: Date | None = None
    certificate_present: bool | None = None
    benefits: BenefitsAtLeastOne
    benefit_case_start: Date | None = None
    rehab_chain_day: ChainDay | None = None
    no_chain_reason: codes.NoChainReason | None = None
    has_sgi: bool
    diagnosis_group: codes.DiagnosisGroup | None = None
    investigations: Annotated[
        tuple[InvestigationDone, ...] | None, Field(max_length=LIST_ITEMS_MAX)
    ] = None
    country_of_birth_group: codes.CountryOfBirthGroup | None = None
    education_level: codes.EducationLevel | None = None
    disability_code: codes.YesNo | None = None
    disability_code_at: Date | None = None
    employment: codes.Employment
    parallel_actors: Attendees | None = None
    queue_reason: codes.QueueReason | None = None


class ReferralCalled(CaseData):
    """MF02: the person is called to the joint assessment."""

    kallelse_at: Date
    proposed_at: DateOrTime | None = None
    channel: codes.Channel | None = None
    venue: FreeCode | None = None
    invited: Attendees | None = None
    capacity_slot_id: Id | None = None


class ReferralAnswered(CaseData):
    """MF02: the answer to the call; `proposed_at` is the new time when it is rebooked."""

    answered_at: Date
    answer: codes.CallAnswer
    answer_reason: codes.AnswerReason | None = None
    proposed_at: DateOrTime | None = None


class ReferralHandedOver(CaseData):
    """MF18: the person goes on with another actor, or comes back."""

    actor: codes.Actor
    step: codes.Step
    handed_at: Date
    accepted_at: Date | None = None
    back_to_cooperation_at: Date | None = None


class ReferralCorrected(Corrected):
    """MF15 in family `referral`."""

    replacement: Annotated[
        dict[str, Any],
        DataOfOneOf((ReferralInitiated, ReferralCalled, ReferralAnswered, ReferralHandedOver)),
    ] = Field(repr=False)


class ReferralVoided(Voided):
    """MF15 in family `referral`."""
