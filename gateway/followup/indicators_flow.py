"""The flow from need to outcome, and N26: consent refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis

from gateway.followup.indicators import Indicator, counted, followed, within
from gateway.followup.periods import Period
from gateway.followup.populations import ROUND, assessments, closings, openings
from gateway.followup.snapshot import Plan
from schemas.reasons.sources import NOT_PRINTED, cited, report


def _opened(plan: Plan, period: Period) -> ibis.Table:
    """Rounds opened for a need identified in the period; what is not linked one by one."""
    linked = within(openings(plan), period)
    opened = within(plan.of("referral.initiated"), period)
    unlinked = opened.filter(opened.unit_case.isnull() | opened.round_no.isnull())
    return ibis.union(linked, unlinked)


def _flow(plan: Plan, period: Period) -> ibis.Table:
    """One row for each step that a round has come to, however late."""
    opened = _opened(plan, period)
    closed = closings(plan)
    after_intervention = closed.filter(~closed.only_assessed)
    steps = {
        "called": plan.of("referral.called"),
        "answered": plan.of("referral.answered"),
        "assessed": assessments(plan),
        "planned": plan.of("plan.set"),
        "started": plan.of("plan.intervention_started"),
        "closed": closed,
        "closed_after_intervention": after_intervention,
        "regained": after_intervention.filter(after_intervention.outcome_h == "regained"),
        "remaining": after_intervention.filter(after_intervention.outcome_h == "remaining"),
    }
    reached = [opened.mutate(step=ibis.literal("need"))]
    for step, facts in steps.items():
        there = facts.filter(facts.unit_case.notnull()).select(*ROUND)
        reached.append(opened.semi_join(there, ROUND).mutate(step=ibis.literal(step)))
    return followed(counted(ibis.union(*reached)), "unit_case")


def _flow_share(plan: Plan, period: Period) -> ibis.Table:
    steps = _flow(plan, period)
    return steps.mutate(below=(steps.step == "need").ifelse(steps.below, 0))


def _refused(plan: Plan, period: Period) -> ibis.Table:
    told = within(plan.of("consent.refusal_counted"), period)
    number = ibis.coalesce(told["count"], ibis.literal(0))
    return told.select("sex", "benefits", above=number, below=number)


def _refused_share(plan: Plan, period: Period) -> ibis.Table:
    refused = _refused(plan, period).mutate(below=ibis.literal(0).cast("int64"))
    opened = _opened(plan, period)
    one, none = ibis.literal(1).cast("int64"), ibis.literal(0).cast("int64")
    return ibis.union(refused, opened.select("sex", "benefits", above=none, below=one))


FLOW_COUNT = Indicator(
    number="flow",
    measure="flow_count",
    version="2024",
    title_sv="Från behov till resultat, antal",
    title_en="From need to outcome",
    formula_sv=(
        "Ärenden vars behov uppmärksammades i perioden, och hur många av dem som till uttaget "
        "kommit till varje steg. Utan personuppgifter kan ingen följas; de visas för sig."
    ),
    formula_en=(
        "Rounds whose need was identified in the period, and how many of them have come to each "
        "step by the extraction. Without a key nobody can be followed; they are shown apart."
    ),
    source=cited(report(2024, "2.1"), NOT_PRINTED),
    population_sv="Inledda omgångar som kan följas",
    unit="count",
    statistic="count",
    observe=_flow,
    valid_from=date(2012, 1, 1),
)
FLOW_SHARE = replace(
    FLOW_COUNT,
    measure="flow_share",
    title_sv="Från behov till resultat, andel av behoven",
    title_en="From need to outcome, share of the needs",
    formula_sv="Ärenden som kommit till steget delat med alla behov som kan följas.",
    formula_en="Rounds that have come to the step over all needs that can be followed.",
    unit="percent",
    statistic="share",
    decimals=1,
    observe=_flow_share,
)
CONSENT_REFUSED_COUNT = Indicator(
    number="N26",
    measure="consent_refused_count",
    version="2018",
    title_sv="Avböjt samtycke till registrering, antal",
    title_en="Consent to registration refused",
    formula_sv="Summan av de avböjda samtycken som räknats utan personuppgifter i perioden.",
    formula_en="The sum of refusals counted without identity in the period (BR-28).",
    source=report(2018, "2"),
    population_sv="Avböjda samtycken, utan personuppgifter",
    unit="count",
    statistic="count",
    observe=_refused,
    valid_from=date(2012, 1, 1),
)
CONSENT_REFUSED_SHARE = replace(
    CONSENT_REFUSED_COUNT,
    measure="consent_refused_share",
    title_sv="Avböjt samtycke till registrering, andel av inledda ärenden",
    title_en="Consent to registration refused, share of opened rounds",
    formula_sv="Avböjda samtycken delat med ärenden vars behov uppmärksammades i perioden.",
    formula_en="Refusals over the rounds whose need was identified in the period.",
    unit="percent",
    statistic="share",
    decimals=1,
    observe=_refused_share,
)
