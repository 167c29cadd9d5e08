"""Which rules are checked on which message type: the one place to register a rule.

To add a rule: write a small pure function in the module of its group, register it here under the
types it looks at, and give its number a text in `schemas.reasons`. A rule yields `error`,
`warning` or `hold` findings; whether an error may refuse a fact is settled by the rule itself
(contract section 5), with the reason in its docstring.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from gateway.domain.rules import (
    assessment,
    benefit,
    closing,
    initiation,
    intervention,
    meetings,
    preparation,
    sgi,
    timing,
)
from gateway.domain.rules.situation import Check, Situation
from gateway.domain.state import Flag

#: Checked on every message, in this order.
ALWAYS: Final[tuple[Check, ...]] = (
    initiation.only_the_role_may_send,
    timing.event_in_the_future,
    timing.late_registration,
)

_ON_INTERVENTION: Final[tuple[Check, ...]] = (
    intervention.assessment_comes_first,
    intervention.preparing_comes_first,
    intervention.below_a_quarter,
    intervention.insured_below_a_quarter,
    benefit.base_of_intervention,
    benefit.programme_changes_base,
)

#: Checked on the types named.
BY_TYPE: Final[Mapping[str, tuple[Check, ...]]] = {
    "consent.recorded": (initiation.asked_by_the_sender, timing.spans_end_after_start),
    "referral.initiated": (
        timing.spans_end_after_start,
        initiation.af_path_is_closed,
        initiation.sex_and_birth_month,
        preparation.application_without_benefit,
        benefit.age_at_referral,
    ),
    "referral.called": (preparation.need_is_assessed,),
    "meeting.assessment_completed": (
        initiation.assessment_on_the_closed_path,
        assessment.three_parties,
        timing.assessment_dates,
        preparation.ends_with_a_plan,
        preparation.support_for_employers,
    ),
    "meeting.contact_offered": (
        meetings.contact_conditions,
        meetings.contact_offer_conditions,
    ),
    "meeting.contact_held": (meetings.contact_conditions,),
    "meeting.transition_offered": (
        meetings.form_follows_date,
        meetings.offered_before_decision,
        meetings.not_on_first_application,
        benefit.age_at_decision,
    ),
    "meeting.transition_held": (
        meetings.form_follows_date,
        meetings.held_in_order,
        meetings.enrolment_support,
        benefit.age_at_decision,
    ),
    "plan.intervention_proposed": _ON_INTERVENTION,
    "plan.intervention_decided": _ON_INTERVENTION,
    "plan.intervention_ended": (timing.intervention_end,),
    "plan.set": (timing.spans_end_after_start,),
    "plan.closed": (
        timing.spans_end_after_start,
        closing.outcome_is_given,
        closing.agencies_agree,
        closing.extent_is_given,
    ),
    "sgi.enrolment_answered": (sgi.enrolled_in_time, sgi.conditions_are_met),
    "status.enrolled": (sgi.category_at_risk,),
    "status.benefit_decided": (
        timing.spans_end_after_start,
        benefit.base_of_benefit,
        benefit.quarter_of_rehabilitation,
        benefit.age_at_decision,
    ),
    "status.category_changed": (sgi.category_at_risk,),
}


def findings(situation: Situation) -> list[Flag]:
    """Everything the rules say about a situation, in catalogue order."""
    found: list[Flag] = []
    for check in checks_of(situation.message.type.name):
        found.extend(check(situation))
    return found


@lru_cache(maxsize=256)
def checks_of(type_name: str) -> tuple[Check, ...]:
    """What is checked on a message type, in order."""
    return (*ALWAYS, *BY_TYPE.get(type_name, ()))
