"""Every message type of the contract, in one table (contract section 3).

The table is checked when this module is imported: names are unique, versions have no gap from 1
to the newest, every family can be corrected and voided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from schemas import (
    consent_v1,
    meeting_v1,
    plan_v1,
    referral_v1,
    sgi_v1,
    status_v1,
)
from schemas.common_v1 import Corrected, Voided
from schemas.topics import AGENCIES, FAMILIES

CONTRACT_VERSION: Final = "1.1"
"""Major and minor version of the wire contract; a new code or field is a new minor version."""
TYPE_PREFIX: Final = "se.samverkan."
_FK: Final = frozenset({"fk"})
_AF: Final = frozenset({"af"})
_BOTH: Final = frozenset(AGENCIES)


@dataclass(frozen=True, slots=True)
class MessageType:
    """One row of the table.

    `senders` says who may send it (BR-43; `referral.initiated` by AF only as `af_initiated`, and
    a correction only by the sender of the original: both are the domain's to judge). `joint`: the
    second report of the same thing is a confirmation (BR-35). `request`: it asks for something
    and may be rejected by a rule; everything else is a fact.
    """

    name: str
    model: type[BaseModel]
    senders: frozenset[str]
    version: int = 1
    joint: bool = False
    request: bool = False

    family: str = field(init=False)
    event: str = field(init=False)
    ce_type: str = field(init=False)

    def __post_init__(self) -> None:
        family, _, event = self.name.partition(".")
        object.__setattr__(self, "family", family)
        object.__setattr__(self, "event", event)
        object.__setattr__(self, "ce_type", f"{TYPE_PREFIX}{self.name}.v{self.version}")

    @property
    def corrects(self) -> bool:
        """Whether it replaces an earlier message."""
        return issubclass(self.model, Corrected)

    @property
    def voids(self) -> bool:
        """Whether it takes back an earlier message."""
        return issubclass(self.model, Voided)


_TYPES: Final = (
    MessageType("consent.recorded", consent_v1.ConsentRecorded, _BOTH),
    MessageType("consent.refusal_counted", consent_v1.ConsentRefusalCounted, _BOTH),
    MessageType("consent.corrected", consent_v1.ConsentCorrected, _BOTH),
    MessageType("consent.voided", consent_v1.ConsentVoided, _BOTH),
    MessageType("status.benefit_decided", status_v1.StatusBenefitDecided, _FK),
    MessageType("status.enrolled", status_v1.StatusEnrolled, _AF),
    MessageType("status.category_changed", status_v1.StatusCategoryChanged, _AF),
    MessageType("status.corrected", status_v1.StatusCorrected, _BOTH),
    MessageType("status.voided", status_v1.StatusVoided, _BOTH),
    MessageType("referral.initiated", referral_v1.ReferralInitiated, _BOTH, request=True),
    MessageType("referral.called", referral_v1.ReferralCalled, _FK, request=True),
    MessageType("referral.answered", referral_v1.ReferralAnswered, _BOTH),
    MessageType("referral.handed_over", referral_v1.ReferralHandedOver, _BOTH),
    MessageType("referral.corrected", referral_v1.ReferralCorrected, _BOTH),
    MessageType("referral.voided", referral_v1.ReferralVoided, _BOTH),
    MessageType(
        "meeting.assessment_completed", meeting_v1.MeetingAssessmentCompleted, _BOTH, joint=True
    ),
    MessageType("meeting.follow_up_held", meeting_v1.MeetingFollowUpHeld, _BOTH, joint=True),
    MessageType("meeting.contact_offered", meeting_v1.MeetingContactOffered, _FK),
    MessageType("meeting.contact_answered", meeting_v1.MeetingContactAnswered, _BOTH),
    MessageType("meeting.contact_held", meeting_v1.MeetingContactHeld, _BOTH, joint=True),
    MessageType("meeting.transition_offered", meeting_v1.MeetingTransitionOffered, _FK),
    MessageType("meeting.transition_answered", meeting_v1.MeetingTransitionAnswered, _BOTH),
    MessageType("meeting.transition_held", meeting_v1.MeetingTransitionHeld, _BOTH, joint=True),
    MessageType("meeting.corrected", meeting_v1.MeetingCorrected, _BOTH),
    MessageType("meeting.voided", meeting_v1.MeetingVoided, _BOTH),
    MessageType("plan.set", plan_v1.PlanSet, _FK),
    MessageType("plan.intervention_proposed", plan_v1.PlanInterventionProposed, _AF, request=True),
    MessageType("plan.intervention_decided", plan_v1.PlanInterventionDecided, _AF),
    MessageType("plan.intervention_started", plan_v1.PlanInterventionStarted, _AF),
    MessageType("plan.intervention_ended", plan_v1.PlanInterventionEnded, _AF),
    MessageType("plan.closed", plan_v1.PlanClosed, _BOTH, joint=True),
    MessageType("plan.status_reported", plan_v1.PlanStatusReported, _BOTH, joint=True),
    MessageType("plan.corrected", plan_v1.PlanCorrected, _BOTH),
    MessageType("plan.voided", plan_v1.PlanVoided, _BOTH),
    MessageType("sgi.opened", sgi_v1.SgiOpened, _FK),
    MessageType("sgi.enrolment_answered", sgi_v1.SgiEnrolmentAnswered, _AF),
    MessageType("sgi.closed", sgi_v1.SgiClosed, _FK),
    MessageType("sgi.corrected", sgi_v1.SgiCorrected, _BOTH),
    MessageType("sgi.voided", sgi_v1.SgiVoided, _BOTH),
)


def check_registry(types: tuple[MessageType, ...]) -> None:
    """Raise ValueError, naming the row, if the table is not one unbroken whole."""
    versions: dict[str, list[int]] = {}
    for row in types:
        if row.family not in FAMILIES:
            raise ValueError(f"{row.name} belongs to no family of the contract")
        if row.joint and row.senders != _BOTH:
            raise ValueError(f"{row.name} is joint but not everyone may send it")
        versions.setdefault(row.name, []).append(row.version)
    for name, found in versions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            raise ValueError(f"{name} has versions {sorted(found)}, expected 1, 2, ... once each")
    for family in FAMILIES:
        for event in ("corrected", "voided"):
            if f"{family}.{event}" not in versions:
                raise ValueError(f"{family}.{event} is missing")


check_registry(_TYPES)

REGISTRY: Final[Mapping[str, MessageType]] = MappingProxyType({t.ce_type: t for t in _TYPES})
"""CloudEvents type -> row, every version."""
BY_NAME: Final[Mapping[str, MessageType]] = MappingProxyType(
    {t.name: t for t in sorted(_TYPES, key=lambda row: row.version)}
)
"""Short name -> row of the newest version."""
