"""N20-N24: contact meetings, transition meetings, refusals, offers and enrolment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis

from gateway.followup.indicators import Indicator, counted, followed, share, within
from gateway.followup.periods import Period
from gateway.followup.populations import contact_meetings, refusals, transition_meetings
from gateway.followup.snapshot import Plan
from schemas.reasons.sources import NOT_PRINTED, cited, report

#: A refusal and a meeting of the same person and benefit this far apart belong together.
_TOGETHER_DAYS = 90
#: Sickness benefit: only refusals from this day in the chain on (24 fn 19).
_FROM_CHAIN_DAY = 180
_SGI_DAYS = 25
#: Transition meetings about aktivitetsersättning are measured since then (2018 §3.2).
ACTIVITY_SINCE = date(2018, 8, 1)


def _held(plan: Plan, period: Period) -> ibis.Table:
    held = transition_meetings(plan)
    return counted(within(held.filter(held.meeting_form == "omstallningsmote"), period))


def _held_either_form(plan: Plan, period: Period) -> ibis.Table:
    """Handover meetings until 2018-05-31 are among them; AE is not measured before August 2018."""
    held = within(transition_meetings(plan), period)
    young = held.benefit == "aktivitetsersattning_nedsatt_arbetsformaga"
    unmeasured = young & (held.day < ibis.literal(ACTIVITY_SINCE))
    return counted(held.filter(~ibis.coalesce(unmeasured, ibis.literal(False))))


def _contacts(plan: Plan, period: Period) -> ibis.Table:
    """Contact meetings are for persons with sickness benefit only (BR-14)."""
    held = within(contact_meetings(plan), period)
    return counted(held.mutate(benefits=ibis.literal('"sjukpenning"')))


def _parts(meetings: ibis.Table, refused: ibis.Table) -> ibis.Table:
    """A share whose two parts are counted by themselves, so that nobody needs to be followed."""
    shown = ("sex", "benefits", "day")
    above = meetings.select(*shown, above=ibis.literal(1), below=ibis.literal(0))
    below = refused.select(*shown, above=ibis.literal(0), below=ibis.literal(1))
    return ibis.union(above, below)


def _share_of_refusals(plan: Plan, period: Period) -> ibis.Table:
    held = _held(plan, period)
    first = ibis.coalesce(held.first_application, ibis.literal(False))
    return _parts(held.filter(~first), within(refusals(plan), period))


def _share_after_day_180(plan: Plan, period: Period) -> ibis.Table:
    """Footnote 30 of the report on 2018: refusals after day 180 of the sick case."""
    held = _held_either_form(plan, period)
    refused = within(refusals(plan), period)
    late = ibis.coalesce(refused.rehab_chain_day > _FROM_CHAIN_DAY, ibis.literal(False))
    return _parts(held, refused.filter(late))


def _early(table: ibis.Table) -> ibis.expr.types.BooleanValue:
    """Before day 180 with a chain: outside the population of N23 (24 fn 19, BR-19)."""
    added = ibis.coalesce(table.sammanlaggning, ibis.literal(False))
    return ibis.coalesce(
        (table.rehab_chain_day < _FROM_CHAIN_DAY) & table.no_chain_reason.isnull() & ~added,
        ibis.literal(False),
    )


def _after_refusal(plan: Plan, period: Period) -> ibis.Table:
    """Meetings of the population of N23: by what they say themselves, and what the refusal says."""
    held = _held(plan, period)
    sick = held.benefit == "sjukpenning"
    held = held.filter(~(sick & _early(held)))
    refused = plan.of("status.benefit_decided")
    early = refused.filter(
        refused.decision == "avslag", refused.unit_key.notnull(), _early(refused)
    )
    early = early.filter(early.benefit == "sjukpenning")
    early = early.select("unit_key", "benefit", refused_at="day")
    near = held.join(early, ["unit_key", "benefit"])
    apart = near.day.delta(near.refused_at, unit="day")
    outside = near.filter(apart.between(-_TOGETHER_DAYS, _TOGETHER_DAYS)).select("fact_id")
    return held.anti_join(outside.distinct(), "fact_id")


def _enrolled(plan: Plan, period: Period, days: int | None) -> ibis.Table:
    held = _after_refusal(plan, period)
    enrolled = plan.of("status.enrolled")
    enrolled = enrolled.filter(enrolled.unit_key.notnull())
    enrolled = enrolled.select("unit_key", enrolled_at="day")
    pairs = held.select("fact_id", "unit_key", held_at="day").join(enrolled, "unit_key")
    after = pairs.enrolled_at.delta(pairs.held_at, unit="day")
    hit = after >= 0 if days is None else after.between(0, days)
    found = pairs.filter(hit).select("fact_id").distinct().mutate(found=ibis.literal(1))
    joined = held.left_join(found, "fact_id").drop("fact_id_right")
    return followed(share(joined, joined.found == 1))


def _enrolled_ever(plan: Plan, period: Period) -> ibis.Table:
    return _enrolled(plan, period, None)


def _enrolled_in_time(plan: Plan, period: Period) -> ibis.Table:
    return _enrolled(plan, period, _SGI_DAYS)


def chain(plan: Plan, period: Period) -> ibis.Table:
    """Refusals of the period with what followed: `step` says how far each came, one row a step.

    `refusal`, `offered`, `answered`, `accepted`, `declined`, `held`, `enrolled`; those without a
    key only as `refusal`, and set aside.
    """
    refused = within(refusals(plan), period)
    steps = [refused.mutate(step=ibis.literal("refusal"))]
    offered = plan.of("meeting.transition_offered")
    answered = plan.of("meeting.transition_answered")
    offers = offered.select("unit_key", "benefit", "meeting_key", "day")
    steps.append(_near(refused, offers, "offered"))
    answers = answered.select("unit_key", "meeting_key", "answer").join(
        offers.drop("unit_key"), "meeting_key"
    )
    steps.append(_near(refused, answers, "answered"))
    steps.append(_near(refused, answers.filter(answers.answer == "ja"), "accepted"))
    steps.append(_near(refused, answers.filter(answers.answer == "nej"), "declined"))
    held = transition_meetings(plan)
    steps.append(_near(refused, held.select("unit_key", "benefit", "day"), "held"))
    enrolled = plan.of("status.enrolled").select("unit_key", "day")
    own = refused.filter(refused.unit_key.notnull()).select("unit_key", "benefit").distinct()
    steps.append(_near(refused, enrolled.join(own, "unit_key"), "enrolled"))
    return ibis.union(*steps)


def _near(refused: ibis.Table, events: ibis.Table, step: str) -> ibis.Table:
    """The refusals with an event of the same person and benefit within 90 days."""
    linked = events.filter(events.unit_key.notnull())
    linked = linked.select("unit_key", "benefit", event_at="day")
    pairs = refused.select("fact_id", "unit_key", "benefit", "day").join(
        linked, ["unit_key", "benefit"]
    )
    apart = pairs.event_at.delta(pairs.day, unit="day")
    found = pairs.filter(apart.between(-_TOGETHER_DAYS, _TOGETHER_DAYS)).select("fact_id")
    return refused.semi_join(found, "fact_id").mutate(step=ibis.literal(step))


def _chain_count(plan: Plan, period: Period) -> ibis.Table:
    steps = chain(plan, period)
    return followed(counted(steps.filter(steps.unit_key.notnull() | (steps.step == "refusal"))))


def _chain_share(plan: Plan, period: Period) -> ibis.Table:
    steps = _chain_count(plan, period)
    return steps.mutate(below=(steps.step == "refusal").ifelse(steps.below, 0))


OM_MEETINGS_2019 = Indicator(
    number="N20",
    measure="om_meetings_count",
    version="2019",
    title_sv="Antal omställningsmöten",
    title_en="Transition meetings held",
    formula_sv="Genomförda omställningsmöten i perioden, efter den förmån som de gäller.",
    formula_en="Transition meetings held in the period, by the benefit they are about.",
    source=cited(
        report(2019, "6", table="tabell 6"), report(2024, "4.1", table="tabell 4", notes="18")
    ),
    population_sv="Genomförda omställningsmöten, även utan personuppgifter",
    unit="count",
    statistic="count",
    observe=_held,
    valid_from=date(2018, 6, 1),
)
OM_MEETINGS_2018 = replace(
    OM_MEETINGS_2019,
    version="2018",
    formula_sv=(
        "Genomförda omställningsmöten, och före den 1 juni 2018 överlämningsmöten; "
        "aktivitetsersättning mäts från augusti 2018."
    ),
    formula_en=(
        "Transition meetings held, and handover meetings before 1 June 2018; activity "
        "compensation is measured from August 2018 (report on 2018, section 3.2)."
    ),
    source=report(2018, "3.2", table="tabell 3"),
    observe=_held_either_form,
    valid_from=date(2008, 1, 1),
)
OM_BENEFIT_SHARE_2018 = replace(
    OM_MEETINGS_2018,
    measure="om_meetings_benefit_share",
    title_sv="Andel av omställningsmötena",
    title_en="Share of the transition meetings",
    formula_sv="Möten för förmånen delat med alla möten i tabellen.",
    formula_en="Meetings about the benefit over all meetings of the table.",
    unit="percent",
    statistic="share",
    base="table",
)
KONTAKTMOTEN = Indicator(
    number="N21",
    measure="kontaktmoten_count",
    version="2024",
    title_sv="Antal kontaktmöten",
    title_en="Contact meetings held",
    formula_sv="Genomförda kontaktmöten i perioden.",
    formula_en="Contact meetings held in the period.",
    source=report(2024, "4.1", table="tabell 4"),
    population_sv="Genomförda kontaktmöten, även utan personuppgifter",
    unit="count",
    statistic="count",
    observe=_contacts,
    valid_from=date(2008, 1, 1),
)
OM_SHARE_2024 = Indicator(
    number="N22",
    measure="om_meetings_share_of_refusals",
    version="2024",
    title_sv="Andel av de som får avslag som deltar vid omställningsmöte",
    title_en="Transition meetings as a share of refusals",
    formula_sv=(
        "Genomförda omställningsmöten i perioden delat med avslag beslutade i perioden; avslag på "
        "en första ansökan eller för förlängd skolgång räknas varken i täljaren eller i nämnaren."
    ),
    formula_en=(
        "Transition meetings held in the period over refusals decided in the period; refusals of a "
        "first application or for prolonged school are in neither part (BR-17, fn 19). Both are "
        "counted by themselves."
    ),
    source=report(2024, "4.1", table="tabell 4"),
    population_sv="Avslag, även utan personuppgifter",
    unit="percent",
    statistic="share",
    decimals=1,
    observe=_share_of_refusals,
    valid_from=date(2022, 1, 1),
)
OM_SHARE_2018 = replace(
    OM_SHARE_2024,
    version="2018",
    title_sv="Andel avslag efter dag 180 med omställningsmöte",
    formula_sv="Genomförda möten i månaden delat med avslag efter dag 180 i sjukfallet.",
    formula_en="Meetings held in the month over refusals after day 180 of the sick case.",
    source=report(2018, "3.2", table="diagram 1", notes="30"),
    decimals=0,
    observe=_share_after_day_180,
    valid_from=date(2008, 1, 1),
)
OM_ENROLLED_2024 = Indicator(
    number="N23",
    measure="om_enrolled_share",
    version="2024",
    title_sv="Andel inskrivna på Arbetsförmedlingen efter omställningsmöte",
    title_en="Share enrolled at AF after a transition meeting",
    formula_sv=(
        "Omställningsmöten i perioden vars person skrivs in vid mötet eller senare. Sjukpenning: "
        "avslag från dag 180, utan rehabiliteringskedja och sammanläggningsärenden. Utan "
        "personuppgifter kan ingen följas; de visas för sig."
    ),
    formula_en=(
        "Transition meetings of the period whose person is enrolled at the meeting or later. "
        "Sickness benefit: refusals from day 180, without a chain, and joined cases. Without a key "
        "nobody can be followed; such meetings are shown apart."
    ),
    source=report(2024, "4.1", table="tabell 5", notes="19"),
    population_sv="Genomförda omställningsmöten som kan följas",
    unit="percent",
    statistic="share",
    decimals=1,
    observe=_enrolled_ever,
    valid_from=date(2018, 6, 1),
)
OM_ENROLLED_25_DAYS = replace(
    OM_ENROLLED_2024,
    version="2024-25-days",
    formula_sv="Som 2024, men inskrivna senast 25 dagar efter mötet.",
    formula_en="As 2024, but enrolled at the latest 25 days after the meeting.",
    observe=_enrolled_in_time,
    # Older than the other one, so that it is in force only when it is asked for.
    valid_from=date(2018, 5, 31),
)
OM_CHAIN_COUNT = Indicator(
    number="N24",
    measure="om_chain_count",
    version="2024",
    title_sv="Från avslag till inskrivning, antal",
    title_en="From refusal to enrolment",
    formula_sv=(
        "Periodens avslag, utom på en första ansökan, och hur många av dem som följdes av "
        "erbjudande, svar, möte och inskrivning inom 90 dagar före eller efter beslutet."
    ),
    formula_en=(
        "Refusals of the period, first applications excluded, and how many of them have an offer, "
        "an answer, a meeting and an enrolment within 90 days before or after the decision."
    ),
    source=cited(report(2024, "4.1"), NOT_PRINTED),
    population_sv="Avslag som kan följas",
    unit="count",
    statistic="count",
    observe=_chain_count,
    valid_from=date(2018, 6, 1),
)
OM_CHAIN_SHARE = replace(
    OM_CHAIN_COUNT,
    measure="om_chain_share",
    title_sv="Från avslag till inskrivning, andel av avslagen",
    title_en="From refusal to enrolment, share of the refusals",
    formula_sv="Avslag som följdes av steget delat med alla avslag som kan följas.",
    formula_en="Refusals that the step followed over all refusals that can be followed.",
    unit="percent",
    statistic="share",
    decimals=1,
    observe=_chain_share,
)
