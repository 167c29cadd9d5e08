"""Which rules are checked on which message type: the one place to register a rule.

To add a rule: write a small pure function in the module of its group, register it here under the
types it looks at, and give its number a text in `schemas.reasons`. A rule yields `error`,
`warning` or `hold` findings; whether an error may refuse a fact is settled by the rule itself
(contract section 5), with the reason in its docstring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.domain.rules import (
    assessment,
    closing,
    initiation,
    intervention,
    meetings,
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

#: Checked on the types named.
BY_TYPE: Final[Mapping[str, tuple[Check, ...]]] = {
    "referral.initiated": (initiation.af_path_is_closed, initiation.sex_and_birth_month),
    "meeting.assessment_completed": (assessment.three_parties, timing.assessment_dates),
    "meeting.transition_offered": (meetings.form_follows_date,),
    "meeting.transition_held": (meetings.form_follows_date,),
    "plan.intervention_proposed": (
        intervention.assessment_comes_first,
        intervention.below_a_quarter,
    ),
    "plan.intervention_decided": (
        intervention.assessment_comes_first,
        intervention.below_a_quarter,
    ),
    "plan.intervention_ended": (timing.intervention_end,),
    "plan.closed": (closing.outcome_is_given, closing.agencies_agree),
    "sgi.enrolment_answered": (sgi.enrolled_in_time,),
    "status.category_changed": (sgi.category_at_risk,),
}


def findings(situation: Situation) -> Iterator[Flag]:
    """Everything the rules say about a situation, in catalogue order."""
    for check in ALWAYS:
        yield from check(situation)
    for check in BY_TYPE.get(situation.type_name, ()):
        yield from check(situation)
