"""Follow-up facts, version 1: what the statistics see, without identity (contract section 7).

One fact per accepted message, plus sums of refusals and quality counts. A correction is a new
revision of the same fact; `voided` ends it. Without consent to statistics the fact is anonymous:
no unit key, no case, record key of zeros.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from schemas import codes
from schemas.fields import DateOrTime, DateTime, FreeCode, Month, PersonKey, RoundNo
from schemas.gateway_event import GatewayEvent, Said

FOLLOWUP_TYPE: Final = "se.samverkan.followup.v1"
QUALITY_FACTS: Final = ("quality.rejected", "quality.held", "quality.warned")

_FactName = Annotated[str, StringConstraints(pattern="^[a-z]{1,20}[.][a-z_]{1,60}$")]
FactId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
_Rule = Annotated[str, StringConstraints(pattern="^BR-[0-9]{2}$")]


class FollowupData(Said):
    """One revision of one fact.

    `fact` is the message type without prefix and version, or `quality.*`. `fact_id` is the first 16
    bytes of HMAC-SHA256(statistics key, person key + source + message id) as 32 hex digits, the
    same in every revision, so that two persons' messages of one id have two facts. `unit_key` and
    `unit_case` are pseudonyms. `delay_days` = registered minus event, in days. `flags` are rule
    numbers. `fields` holds the fact's own coded and dated fields, no text and no agency id.
    """

    fact: _FactName
    fact_id: FactId
    revision: Annotated[int, Field(ge=1)]
    voided: bool
    unit_key: PersonKey | None
    unit_case: PersonKey | None
    round_no: RoundNo | None
    sex: codes.Sex
    birth_year_month: Month | None
    benefits: tuple[codes.Benefit, ...]
    employment: codes.Employment | None
    unit: FreeCode | None
    region: FreeCode | None
    event_at: DateOrTime
    registered_at: DateTime
    delay_days: int
    capture: codes.Capture
    source_system: FreeCode
    flags: tuple[_Rule, ...]
    fields: dict[str, Any]


class FollowupEvent(GatewayEvent):
    """A fact as it stands on `followup.events`."""

    type: Literal["se.samverkan.followup.v1"] = "se.samverkan.followup.v1"
    data: FollowupData
