"""Rules on interventions: BR-06, BR-07 (order) and BR-08 to BR-10 (a quarter of working time)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.domain.rules.situation import Situation, error, hold, warning
from gateway.domain.state import Flag

QUARTER: Final = 0.25
SICKNESS_BENEFIT: Final = frozenset({"sjukpenning", "sjukpenning_sarskilda_fall"})


def assessment_comes_first(s: Situation) -> Iterator[Flag]:
    """BR-06: an intervention waits for a completed assessment in the same round."""
    if s.case.exists and not s.case.assessments:
        yield hold("case.awaited", "data.insats_id", "assessment")
        yield hold("BR-06", "data.insats_id")


def benefits_during(s: Situation) -> frozenset[str]:
    """The benefit named in the message, else the person's latest known ones."""
    if s.data.benefit_during is not None:
        return frozenset({s.data.benefit_during})
    return frozenset(s.person.latest_benefit(s.day))


def below_a_quarter(s: Situation) -> Iterator[Flag]:
    """BR-08: no programme below a quarter for a person with sickness benefit.

    A proposal is refused from October 2018, a decision already taken is flagged, and both agencies
    are told; February to September 2018 is a transition. BR-10: aktivitetsersättning and
    sjukersättning are kept during interventions, so those persons are exempt.
    """
    if s.data.program == "none" or s.data.extent_fraction >= QUARTER:
        return
    if not SICKNESS_BENEFIT & benefits_during(s):
        return
    dates = s.context.terms.dates
    if s.day >= dates.day("quarter_rule") and s.type_name == "plan.intervention_proposed":
        yield error("BR-08", "data.extent_fraction")
    elif s.day >= dates.day("quarter_rule"):
        yield warning("BR-08", "data.extent_fraction", "critical")
    elif s.day >= dates.day("quarter_rule_transition"):
        yield warning("BR-08", "data.extent_fraction", "transition")


def preparing_comes_first(s: Situation) -> Iterator[Flag]:
    """BR-07: preparing interventions come before work-oriented ones; the reverse is flagged.

    What AF has only asked about has not happened, and comes before nothing.
    """
    if s.data.category == "arbetsforberedande" and any(
        earlier.category == "arbetslivsinriktad"
        and earlier.decided_at is not None
        and entry.day < s.day
        for entry, earlier in s.case.interventions
    ):
        yield warning("BR-07", "data.category")


def insured_below_a_quarter(s: Situation) -> Iterator[Flag]:
    """BR-09: below a quarter with sickness benefit only AF's own activities, none at a workplace.

    There is no property-damage insurance outside a programme; a named insurance lifts the rule,
    and so does the day from which the agencies have one.
    """
    dates = s.context.terms.dates
    in_force = dates.day("quarter_rule") <= s.day < dates.day("workplace_insurance")
    if not in_force or s.data.insurance_ref is not None:
        return
    if s.data.extent_fraction >= QUARTER or not SICKNESS_BENEFIT & benefits_during(s):
        return
    proposed = s.type_name == "plan.intervention_proposed"
    if s.data.delivery != "egen_regi":
        yield (error if proposed else warning)("BR-09", "data.delivery")
    if s.data.workplace_activity:
        yield (error if proposed else warning)("BR-09", "data.workplace_activity")
