"""N9-N13: from the joint assessment to interventions (insatser), and who is in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis

from gateway.followup.indicators import (
    AKTIVITETSERSATTNING,
    SJUKERSATTNING,
    SJUKPENNING,
    Indicator,
    age_band,
    counted,
    followed,
    measured,
    share,
    within,
)
from gateway.followup.periods import Period
from gateway.followup.populations import ROUND, assessments, first_of, with_opening
from gateway.followup.snapshot import Plan
from schemas.reasons.sources import report

#: Participants of this programme are reported apart since 2014 (2014 §6.1, BR-42).
INTRODUCTION = "arbetslivsintroduktion"
AGES_2014 = ((18, 29), (30, 39), (40, 49), (50, 59), (60, 64))


def starts(plan: Plan) -> ibis.Table:
    """Interventions started, with category and programme as started or else as decided."""
    return plan.kept("starts", _starts)


def _starts(plan: Plan) -> ibis.Table:
    started = plan.of("plan.intervention_started")
    decided = plan.of("plan.intervention_decided")
    linked = decided.filter(decided.insats_key.notnull(), decided.unit_key.notnull())
    last = first_of(linked, [linked.unit_key, linked.insats_key])
    plan = last.select("unit_key", "insats_key", was_category="category", was_program="program")
    known = started.left_join(plan, ["unit_key", "insats_key"])
    known = known.drop("unit_key_right", "insats_key_right")
    return known.mutate(
        category=ibis.coalesce(known.category, known.was_category),
        program=ibis.coalesce(known.program, known.was_program, ibis.literal("okant")),
    ).drop("was_category", "was_program")


def _to_intervention(plan: Plan, period: Period) -> ibis.Table:
    """An assessment is followed by an intervention of the same case and round, however late."""
    met = within(assessments(plan), period)
    started = starts(plan)
    started = started.filter(started.unit_case.notnull())
    first = started.group_by(list(ROUND)).aggregate(started_at=started.day.max())
    joined = met.left_join(first, ROUND).drop("unit_case_right", "round_no_right")
    return followed(share(joined, joined.started_at >= joined.day), "unit_case")


def _judged_able(plan: Plan, period: Period) -> ibis.Table:
    met = within(assessments(plan), period)
    return share(met, met.conclusion == "plan_af_insats")


def _started(plan: Plan, period: Period) -> ibis.Table:
    return counted(within(starts(plan), period))


def _persons_started(plan: Plan, period: Period) -> ibis.Table:
    """Each person once, with the first start of the period; those without a key one by one."""
    started = within(starts(plan), period)
    started = started.filter(started.program != INTRODUCTION)
    person = ibis.coalesce(started.unit_key, started.fact_id)
    first = first_of(started, [person])
    described = with_opening(plan, first)
    return counted(
        described.mutate(status_group=_status_group(described), age=age_band(described, *AGES_2014))
    )


def _status_group(table: ibis.Table) -> ibis.expr.types.StringValue:
    """Employment crossed with benefit; each person in one group, the first that fits."""

    def has(*codes: str) -> ibis.expr.types.BooleanValue:
        return ibis.or_(*(table.benefits.contains(f'"{code}"') for code in codes))

    employed = table.employment == "anstalld"
    jobless = table.employment == "arbetslos"
    return ibis.cases(
        (employed & has(*SJUKPENNING, *SJUKERSATTNING), "anstalld_sjukskriven_eller_se"),
        (jobless & has(*AKTIVITETSERSATTNING), "ung_arbetslos_med_aktivitetsersattning"),
        (jobless & has(*SJUKERSATTNING), "arbetslos_med_sjukersattning"),
        (jobless & has(*SJUKPENNING), "arbetslos_sjukskriven"),
        (jobless & has("aktivitetsstod"), "arbetslos_med_aktivitetsstod"),
        else_="ovriga",
    )


def _in_intervention(plan: Plan, period: Period) -> ibis.Table:
    """The stock at the end of the period's last day.

    A person counts once, with any intervention started by then and not ended. Of those without a
    key nobody knows whose end belongs to which start: starts less ends.
    """
    last = ibis.literal(period.last)
    begun = starts(plan)
    begun = begun.filter(begun.day <= last, begun.program != INTRODUCTION)
    ended = plan.of("plan.intervention_ended")
    ended = ended.filter(ended.day <= last)
    over = ended.filter(ended.insats_key.notnull()).select("unit_key", "insats_key")
    running = begun.filter(begun.unit_key.notnull()).anti_join(over, ["unit_key", "insats_key"])
    persons = first_of(running, [running.unit_key])
    persons = persons.left_join(_category(plan, period), "unit_key")
    shown = ("sex", "benefits", "program", "af_category")
    one = persons.select(*shown).mutate(above=ibis.literal(1))
    unknown = ibis.null("string")
    nobody_in = begun.filter(begun.unit_key.isnull()).mutate(af_category=unknown)
    unknown_in = nobody_in.select(*shown).mutate(above=ibis.literal(1))
    nobody = ended.filter(ended.unit_key.isnull())
    nobody = nobody.mutate(
        program=ibis.coalesce(nobody.program, ibis.literal("okant")), af_category=unknown
    )
    unknown_out = nobody.filter(nobody.program != INTRODUCTION).select(*shown)
    unknown_out = unknown_out.mutate(above=ibis.literal(-1))
    stock = ibis.union(one, unknown_in, unknown_out)
    return stock.mutate(below=stock.above)


def _category(plan: Plan, period: Period) -> ibis.Table:
    """The category at AF of each person at the end of the period: the last one told of by then."""
    shown = ("unit_key", "day", "fact_id", "af_category")
    told = ibis.union(
        plan.of("status.enrolled").select(*shown),
        plan.of("status.category_changed").select(*shown),
    )
    told = told.filter(
        told.day <= ibis.literal(period.last), told.unit_key.notnull(), told.af_category.notnull()
    )
    return first_of(told, [told.unit_key], last=True).select("unit_key", "af_category")


def _days_to_decision(plan: Plan, period: Period) -> ibis.Table:
    """From the enrolment in the cooperation at AF to the first decision after it.

    It counts when that first one is made, so that a later decision of another period does not.
    """
    enrolled = plan.of("status.enrolled")
    entered = enrolled.filter(enrolled.in_cooperation_at.notnull(), enrolled.unit_key.notnull())
    entered = entered.select("unit_key", entered_at="in_cooperation_at")
    pairs = plan.of("plan.intervention_decided").join(entered, "unit_key")
    pairs = pairs.filter(pairs.entered_at <= pairs.day)
    key = [pairs.unit_key, pairs.entered_at]
    first = within(first_of(pairs, key), period)
    days = first.day.delta(first.entered_at, unit="day")
    timed = first.mutate(
        days=days, band=ibis.cases((days < 30, "0-29"), (days < 90, "30-89"), else_="90-")
    )
    return measured(timed, timed.days)


INSATS_SHARE_AFTER_GK_2024 = Indicator(
    number="N9",
    measure="insats_share_after_gk",
    version="2024",
    title_sv="Andel som går från gemensam kartläggning till insats",
    title_en="Share that goes from joint assessment to an intervention",
    formula_sv=(
        "Periodens kartläggningar som följs av en startad insats i samma ärende och omgång, när "
        "som helst fram till uttaget. Utan personuppgifter kan ingen följas: de räknas varken i "
        "täljaren eller i nämnaren utan visas för sig."
    ),
    formula_en=(
        "Assessments of the period that an intervention started in the same case and round "
        "follows, at any time known at the extraction. Without a key nobody can be followed: such "
        "assessments are in neither part and are shown apart."
    ),
    source=report(2024, "3.1", table="tabell 2", notes="11"),
    population_sv="Genomförda kartläggningar som kan följas",
    unit="percent",
    statistic="share",
    observe=_to_intervention,
    valid_from=date(2022, 1, 1),
)
INSATS_SHARE_AFTER_GK_2019 = replace(
    INSATS_SHARE_AFTER_GK_2024,
    version="2019",
    formula_sv="Periodens kartläggningar som slutade med en plan för insats.",
    formula_en="Assessments that concluded with a plan for an intervention (I37: judged able).",
    source=report(2019, "6"),
    population_sv="Genomförda kartläggningar, även utan personuppgifter",
    observe=_judged_able,
    valid_from=date(2012, 1, 1),
)
INSATS_STARTED_COUNT_2014 = Indicator(
    number="N10",
    measure="insats_started_count",
    version="2014",
    title_sv="Personer som startat i aktiva insatser",
    title_en="Persons who started in active interventions",
    formula_sv=(
        "Personer med minst en startad insats i perioden, efter sysselsättning och förmån vid den "
        "första; deltagare i arbetslivsintroduktion räknas inte."
    ),
    formula_en=(
        "Persons with at least one intervention started in the period, by employment and benefit "
        "at the first; participants of arbetslivsintroduktion are excluded (report on 2014, "
        "section 6.1)."
    ),
    source=report(2014, "6.1", table="tabell 1", notes="9–10"),
    population_sv="Personer; utan personuppgifter räknas varje start",
    unit="count",
    statistic="count",
    observe=_persons_started,
    valid_from=date(2012, 1, 1),
)
INSATS_STARTED_SHARE_2014 = replace(
    INSATS_STARTED_COUNT_2014,
    measure="insats_started_share",
    title_sv="Andel av dem som startat i aktiva insatser",
    title_en="Share of those who started in active interventions",
    formula_sv="Personer i statusgruppen delat med alla på raden.",
    formula_en="Persons of the status group over all persons of the row.",
    unit="percent",
    statistic="share",
)
INSATS_STARTS_2018 = replace(
    INSATS_STARTED_COUNT_2014,
    measure="insats_starts",
    version="2018",
    title_sv="Antal påbörjade insatser",
    title_en="Interventions started",
    formula_sv="Startade insatser i perioden, även byten från en insats till en annan (I15).",
    formula_en="Interventions started in the period, moves from one to another included (I15).",
    source=report(2018, "2"),
    population_sv="Startade insatser, även utan personuppgifter",
    observe=_started,
)
INSATS_STOCK_2014 = Indicator(
    number="N11",
    measure="insats_stock",
    version="2014",
    title_sv="Antal personer i aktiva insatser vid månadens slut",
    title_en="Persons in active interventions at the end of the month",
    formula_sv=(
        "Personer med en insats som startat och inte slutat vid utgången av månadens sista dag; "
        "utan personuppgifter räknas starter minus avslut. Arbetslivsintroduktion räknas inte. Den "
        "som tagit tillbaka sitt samtycke till statistik under insatsen står kvar med sitt program "
        "och dras av vid avslutet på raden utan program, så att summan stämmer men inte programmen."
    ),
    formula_en=(
        "Persons with an intervention started and not ended at the end of the month's last day; "
        "without a key, starts less ends. Arbetslivsintroduktion is excluded. Who withdrew consent "
        "to statistics during the intervention stays with its programme and is taken off, at its "
        "end, where no programme is known: the sum is right, its parts are not (BR-29; doubt)."
    ),
    source=report(2014, "6.2", table="tabell 2"),
    population_sv="Personer",
    unit="count",
    statistic="count",
    observe=_in_intervention,
    valid_from=date(2012, 1, 1),
)
INSATS_STOCK_MEAN_2014 = replace(
    INSATS_STOCK_2014,
    measure="insats_stock_mean",
    title_sv="Antal personer i aktiva insatser, genomsnitt per månad",
    title_en="Persons in active interventions, mean of the months",
    formula_sv="Medelvärdet av antalen vid månadernas slut.",
    formula_en="The mean of the stocks at the end of the months.",
    statistic="mean",
)
INSATS_STOCK_SHARE = replace(
    INSATS_STOCK_2014,
    number="N12",
    measure="insats_stock_share",
    title_sv="Andel efter program och kategori av dem som är i aktiva insatser",
    title_en="Share by programme and category of those in active interventions",
    formula_sv=(
        "Personer i programmet, eller i kategorin hos Arbetsförmedlingen, delat med alla i aktiva "
        "insatser vid periodens slut."
    ),
    formula_en=(
        "Persons in the programme, or of the category at AF, over all persons in active "
        "interventions at the end of the period."
    ),
    source=report(2014, "6.2"),
    unit="percent",
    statistic="share",
)
DECISION_DAYS = Indicator(
    number="N13",
    measure="decision_days_mean",
    version="2014",
    title_sv="Dagar från inskrivning i samarbetet till beslut om insats",
    title_en="Days from enrolment in the cooperation to the decision on an intervention",
    formula_sv=(
        "Dagar från inskrivning i samarbetet hos Arbetsförmedlingen till första beslutet, i den "
        "period då det fattades."
    ),
    formula_en=(
        "Days from the enrolment in the cooperation at AF to the first decision after it, in the "
        "period in which that was made."
    ),
    source=report(2014, "6.2"),
    population_sv="Inskrivna personer som kan följas, med beslut i perioden",
    unit="days_mean",
    statistic="mean",
    observe=_days_to_decision,
    valid_from=date(2012, 1, 1),
)
DECISION_MEDIAN = replace(
    DECISION_DAYS,
    measure="decision_days_median",
    title_sv="Dagar från inskrivning i samarbetet till beslut om insats, median",
    title_en="Median days from enrolment in the cooperation to the decision",
    unit="days_median",
    statistic="median",
)
