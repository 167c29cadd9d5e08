"""Notices, version 1: what an agency should act on (contract section 3).

Eleven kinds, each on `<agency>.in.notice` with the person key as record key. A notice names
messages and cases by the agencies' own ids and repeats nothing of what was said in them.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas import codes
from schemas.fields import Date, Id, RoundNo, Uuid
from schemas.gateway_event import GatewayEvent, ReasonCode, Said

NOTICE_TYPE_PREFIX: Final = "se.samverkan.notice."


class NoticeData(Said):
    """Base of all notices: the case it is about, null where there is none."""

    case_id: Id | None


class DeliveredMessage(Said):
    """A message that the receiver has got, and the consent that it rested on."""

    message_id: Uuid
    message_type: str
    consent: Uuid | None


class ConsentWithdrawnData(NoticeData):
    """Recall: what was delivered on a consent that is withdrawn."""

    withdrawal: Uuid
    families: tuple[codes.Family, ...]
    purposes: tuple[codes.ConsentPurpose, ...]
    delivered: tuple[DeliveredMessage, ...]


class ConsentReopenedData(NoticeData):
    """The other agency recorded a new consent after a withdrawal that the receiver recorded."""

    consent: Uuid
    withdrawal: Uuid
    families: tuple[codes.Family, ...]
    purposes: tuple[codes.ConsentPurpose, ...]


class SgiReminderData(NoticeData):
    """Day 10, 18 or 23 after the last day with sickness benefit, and not enrolled yet."""

    sgi_case_id: Id
    day: Annotated[int, Field(ge=1)]
    last_day_with_sp: Date
    enrol_by: Date


class SgiAtRiskData(NoticeData):
    """Something was reported that may break the protection (BR-23, BR-24)."""

    sgi_case_id: Id
    message_id: Uuid


class SgiMissedData(NoticeData):
    """The last day to enrol has passed (BR-22)."""

    sgi_case_id: Id
    last_day_with_sp: Date
    enrol_by: Date


class SgiMissedWithdrawnData(NoticeData):
    """The protection is not missed after all: what `sgi_missed` said no longer holds."""

    sgi_case_id: Id
    last_day_with_sp: Date
    enrol_by: Date


class FollowUpOverdueData(NoticeData):
    """An open case in which something is overdue: `rule` says what.

    BR-33 a joint follow-up, BR-32 the closing after no development was judged, BR-40 any message.
    """

    round_no: RoundNo
    due_at: Date
    last_held_at: Date | None = None
    rule: Literal["BR-32", "BR-33", "BR-40"] = "BR-33"


class ClosingDisputedData(NoticeData):
    """The agencies' closings of a round do not agree (BR-34)."""

    message_id: Uuid
    round_no: RoundNo


class Status90DaysDueData(NoticeData):
    """90 days have passed since the closing: report the status (MF10)."""

    round_no: RoundNo
    closed_at: Date
    due_at: Date


class InterventionBelowQuarterData(NoticeData):
    """A programme below a quarter was decided for a person with sickness benefit (BR-08)."""

    message_id: Uuid
    program: codes.Program


class HoldExpiredData(NoticeData):
    """A held message was decided without what it waited for."""

    message_id: Uuid
    waited_for: tuple[ReasonCode, ...]


class ConsentWithdrawnNotice(GatewayEvent):
    """`notice.consent_withdrawn`."""

    type: Literal["se.samverkan.notice.consent_withdrawn.v1"]
    data: ConsentWithdrawnData


class ConsentReopenedNotice(GatewayEvent):
    """`notice.consent_reopened`."""

    type: Literal["se.samverkan.notice.consent_reopened.v1"]
    data: ConsentReopenedData


class SgiReminderNotice(GatewayEvent):
    """`notice.sgi_reminder`."""

    type: Literal["se.samverkan.notice.sgi_reminder.v1"]
    data: SgiReminderData


class SgiAtRiskNotice(GatewayEvent):
    """`notice.sgi_at_risk`."""

    type: Literal["se.samverkan.notice.sgi_at_risk.v1"]
    data: SgiAtRiskData


class SgiMissedNotice(GatewayEvent):
    """`notice.sgi_missed`."""

    type: Literal["se.samverkan.notice.sgi_missed.v1"]
    data: SgiMissedData


class SgiMissedWithdrawnNotice(GatewayEvent):
    """`notice.sgi_missed_withdrawn`."""

    type: Literal["se.samverkan.notice.sgi_missed_withdrawn.v1"]
    data: SgiMissedWithdrawnData


class FollowUpOverdueNotice(GatewayEvent):
    """`notice.follow_up_overdue`."""

    type: Literal["se.samverkan.notice.follow_up_overdue.v1"]
    data: FollowUpOverdueData


class ClosingDisputedNotice(GatewayEvent):
    """`notice.closing_disputed`."""

    type: Literal["se.samverkan.notice.closing_disputed.v1"]
    data: ClosingDisputedData


class Status90DaysDueNotice(GatewayEvent):
    """`notice.status_90_days_due`."""

    type: Literal["se.samverkan.notice.status_90_days_due.v1"]
    data: Status90DaysDueData


class InterventionBelowQuarterNotice(GatewayEvent):
    """`notice.intervention_below_quarter`."""

    type: Literal["se.samverkan.notice.intervention_below_quarter.v1"]
    data: InterventionBelowQuarterData


class HoldExpiredNotice(GatewayEvent):
    """`notice.hold_expired`."""

    type: Literal["se.samverkan.notice.hold_expired.v1"]
    data: HoldExpiredData


NOTICE_MODELS: Final = (
    ConsentWithdrawnNotice,
    SgiReminderNotice,
    SgiAtRiskNotice,
    SgiMissedNotice,
    FollowUpOverdueNotice,
    ClosingDisputedNotice,
    Status90DaysDueNotice,
    InterventionBelowQuarterNotice,
    HoldExpiredNotice,
    ConsentReopenedNotice,
    SgiMissedWithdrawnNotice,
)
"""Every kind of notice, in the order of the contract."""
