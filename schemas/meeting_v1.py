"""Family `meeting`, version 1: what the agencies and the person meet about (MF03, 08, 11, 12)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from schemas import codes
from schemas.common_v1 import (
    Attendees,
    CaseData,
    Corrected,
    DataOfOneOf,
    PersonFacts,
    Strict,
    Voided,
)
from schemas.fields import LIST_ITEMS_MAX, ChainDay, Date, Id, Version, YesNoOrDate


class MeetingHeld(Strict):
    """One sitting of a joint assessment."""

    held_at: Date
    channel: codes.Channel
    attendees: Attendees


class NextStep(Strict):
    """Who does what next, and when (BR-05)."""

    actor: codes.NextActor
    step: codes.Step
    date: Date | None = None


class PreparationDone(Strict):
    """How the person was prepared for the joint assessment."""

    motivated: bool | None = None
    informed: bool | None = None
    documents: bool | None = None


class MeetingAssessmentCompleted(CaseData):
    """MF03: a joint assessment (gemensam kartläggning) with its meetings and conclusion."""

    gk_id: Id
    meetings: Annotated[tuple[MeetingHeld, ...], Field(min_length=1, max_length=LIST_ITEMS_MAX)]
    completed_at: Date
    conclusion: codes.GkConclusion
    actor: codes.Actor | None = None
    plan_id: Id | None = None
    next_step: NextStep | None = None
    preparation_done: PreparationDone | None = None
    employer_support_needed: bool | None = None


class MeetingFollowUpHeld(CaseData):
    """MF08: a joint follow-up of the plan."""

    follow_up_id: Id
    held_at: Date
    channel: codes.Channel
    attendees: Attendees
    result: codes.FollowUpResult
    plan_version: Version | None = None
    ability_trend: codes.AbilityTrend | None = None
    decision: codes.FollowUpDecision
    next_at: Date | None = None


class MeetingContactOffered(CaseData, PersonFacts):
    """MF11: FK offers a kontaktmöte."""

    meeting_id: Id
    offered_at: Date
    rehab_chain_day: ChainDay
    risk_not_back_before_181: bool | None = None
    no_reduced_ability_normal_work: bool | None = None
    has_employer: bool | None = None


class MeetingContactAnswered(CaseData):
    """MF11: the person's answer to the offer."""

    meeting_id: Id
    answered_at: Date
    answer: codes.OfferAnswer
    answer_reason: codes.AnswerReason | None = None


class MeetingContactHeld(CaseData, PersonFacts):
    """MF11: the kontaktmöte took place."""

    meeting_id: Id
    held_at: Date
    channel: codes.Channel
    attendees: Attendees
    rehab_chain_day: ChainDay | None = None
    has_employer: bool | None = None
    enrolled_at: Date | None = None
    sp_retained_until: Date | None = None


class TransitionContext(CaseData, PersonFacts):
    """MF12: what FK knows about the refusal that the meeting is about; all optional."""

    refusal_considered_at: Date | None = None
    refusal_decided_at: Date | None = None
    first_application: bool | None = None
    rehab_chain_day: ChainDay | None = None
    no_chain_reason: codes.NoChainReason | None = None
    sammanlaggning: bool | None = None
    resident_abroad: bool | None = None
    offer_channel: codes.Channel | None = None
    info_film_sent: YesNoOrDate | None = None
    already_enrolled: bool | None = None
    satisfaction_invite: bool | None = None


class MeetingTransitionOffered(TransitionContext):
    """MF12: FK offers an omställningsmöte (överlämningsmöte until 2018-05-31)."""

    meeting_id: Id
    benefit: codes.TransitionBenefit
    meeting_form: codes.TransitionMeetingForm
    offered_at: Date


class MeetingTransitionAnswered(TransitionContext):
    """MF12: the person's answer to the offer."""

    meeting_id: Id
    answered_at: Date
    answer: codes.OfferAnswer
    answer_reason: codes.AnswerReason | None = None
    benefit: codes.TransitionBenefit | None = None
    meeting_form: codes.TransitionMeetingForm | None = None
    offered_at: Date | None = None


class MeetingTransitionHeld(TransitionContext):
    """MF12: the meeting took place."""

    meeting_id: Id
    benefit: codes.TransitionBenefit
    meeting_form: codes.TransitionMeetingForm
    held_at: Date
    channel: codes.Channel
    attendees: Attendees
    offered_at: Date | None = None
    answer: codes.OfferAnswer | None = None
    answer_reason: codes.AnswerReason | None = None
    sgi_info_given: bool | None = None
    af_support_info_given: bool | None = None
    enrol_support_offered: bool | None = None


class MeetingCorrected(Corrected):
    """MF15 in family `meeting`."""

    replacement: Annotated[
        dict[str, Any],
        DataOfOneOf(
            (
                MeetingAssessmentCompleted,
                MeetingFollowUpHeld,
                MeetingContactOffered,
                MeetingContactAnswered,
                MeetingContactHeld,
                MeetingTransitionOffered,
                MeetingTransitionAnswered,
                MeetingTransitionHeld,
            )
        ),
    ] = Field(repr=False)


class MeetingVoided(Voided):
    """MF15 in family `meeting`."""
