"""N14-N19 and N27: what closings lead to, and how long it took.

The definition of N14 has changed three times. Until 2017 those who left after the joint assessment
only were counted; from 2018 they are not, and 2017 can be computed both ways: the same events then
move from one share to another. In 2022 and 2023 missing registrations stand in the denominator;
since 2024 none are missing and they are not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis

from gateway.followup.indicators import Indicator, age_band, counted, measured, share, within
from gateway.followup.indicators_interventions import AGES_2014, INTRODUCTION, starts
from gateway.followup.periods import Period
from gateway.followup.populations import REGAINED, ROUND, assessments, closings, first_of
from gateway.followup.snapshot import Plan
from schemas.reasons.sources import cited, report

AGES_2018 = ((18, 29), (30, 65))
#: The cooperation in its present form (2014 §6): who started before it belongs to another group.
_COOPERATION_SINCE = date(2012, 2, 1)
_WORK_OR_STUDIES = ("employment_unsubsidised", "employment_subsidised", "studies")


def _closed(plan: Plan, period: Period) -> ibis.Table:
    """Every closing, also after the assessment only: the definition until 2017."""
    closed = within(closings(plan), period)
    category = ibis.coalesce(closed.last_insats_category, ibis.literal("none"))
    return counted(closed.mutate(insats=category, age=age_band(closed, *AGES_2018)))


def _after_intervention(plan: Plan, period: Period) -> ibis.Table:
    """Closings after interventions (BR-31): the definition since 2018."""
    closed = _closed(plan, period)
    return closed.filter(~closed.only_assessed)


def _registered(plan: Plan, period: Period) -> ibis.Table:
    """Closings after interventions with a result: the definition since 2024."""
    closed = _after_intervention(plan, period)
    return closed.filter(closed.outcome_h.isin(("regained", "remaining")))


def _missing(plan: Plan, period: Period) -> ibis.Table:
    closed = _after_intervention(plan, period)
    return share(closed, closed.outcome_h == "unknown")


def _missing_count(plan: Plan, period: Period) -> ibis.Table:
    closed = _missing(plan, period)
    return closed.filter(closed.above == 1)


def _occupied(plan: Plan, period: Period) -> ibis.Table:
    """Those who regained work ability, by what they then do."""
    closed = _after_intervention(plan, period)
    regained = closed.filter(closed.outcome_h == "regained")
    said = regained.occupation_at_close
    stated = ibis.cases((said.isin(REGAINED), said), else_=regained.outcome)
    return regained.mutate(occupation=stated)


def _at_90_days(plan: Plan, period: Period) -> ibis.Table:
    """Left after an intervention, and what each does 90 days later (2014 §6, §6.3)."""
    closed = _after_intervention(plan, period)
    closed = closed.filter(closed.unit_case.notnull())
    started = starts(plan)
    started = started.filter(started.unit_case.notnull())
    of_round = started.group_by(list(ROUND)).aggregate(
        began=started.day.min(),
        introduced=(started.program == INTRODUCTION).ifelse(1, 0).max(),
    )
    after = closed.left_join(of_round, ROUND).drop("unit_case_right", "round_no_right")
    since = ibis.coalesce(after.began >= ibis.literal(_COOPERATION_SINCE), ibis.literal(True))
    introduced = ibis.coalesce(after.introduced, ibis.literal(0))
    after = after.filter(since, introduced == 0)
    reported = plan.of("plan.status_reported")
    linked = reported.filter(reported.unit_case.notnull(), reported.status.notnull())
    said = linked.mutate(unknown=(linked.status == "ingen_uppgift").ifelse(1, 0))
    last = first_of(said, [said[name] for name in ROUND], ("unknown", "day", "fact_id"))
    status = after.left_join(last.select(*ROUND, "status"), ROUND)
    status = status.drop("unit_case_right", "round_no_right")
    told = ibis.cases(
        (status.status.isin(_WORK_OR_STUDIES), "arbete_utbildning"),
        (status.status == "program", "program"),
        (status.status == "oppet_arbetssokande", "oppet_arbetslos"),
        else_="ovriga",
    )
    return status.mutate(status_90=told, age=age_band(status, *AGES_2014))


def _days_in_insurance(plan: Plan, period: Period) -> ibis.Table:
    closed = _after_intervention(plan, period)
    days = closed.day.delta(closed.case_start, unit="day")
    timed = closed.mutate(days=days)
    timed = timed.filter(timed.days >= 0)
    return measured(timed, timed.days)


def _days_in_cooperation(plan: Plan, period: Period) -> ibis.Table:
    """From the day the need was identified, which is when the assessment was initiated (N19)."""
    closed = within(closings(plan), period)
    first = assessments(plan).select(*ROUND).distinct()
    joined = closed.semi_join(first, ROUND)
    days = joined.day.delta(joined.need_at, unit="day")
    timed = joined.mutate(days=days)
    timed = timed.filter(timed.days >= 0)
    return measured(timed, timed.days)


OUTCOME_COUNT_2018 = Indicator(
    number="N14",
    measure="outcome_count",
    version="2018",
    title_sv="Resultat efter avslutad insats, antal",
    title_en="Results after ended interventions",
    formula_sv=(
        "Avslut i perioden efter insats, efter resultat. Avslut efter bara gemensam kartläggning "
        "räknas inte. Saknas resultat räknas avslutet som ingen uppgift. Ett avslut som båda "
        "myndigheterna rapporterat räknas en gång; administrativa avslut räknas inte."
    ),
    formula_en=(
        "Closings of the period after an intervention, by outcome. Closings after the joint "
        "assessment only are not counted (BR-31). A missing outcome is no information. A closing "
        "that both agencies reported counts once; administrative closings do not count."
    ),
    source=cited(
        report(2018, "2.2", table="tabell 1 och 2", notes="13"), report(2019, "6", table="tabell 3")
    ),
    population_sv="Avslut efter insats, även utan personuppgifter",
    unit="count",
    statistic="count",
    observe=_after_intervention,
    # The change year: the report on 2018 recomputed 2017.
    valid_from=date(2017, 1, 1),
)
OUTCOME_COUNT_2012 = replace(
    OUTCOME_COUNT_2018,
    version="2012",
    formula_sv=(
        "Alla avslut i perioden, efter resultat, även efter bara gemensam kartläggning; de senare "
        "står i totalen och på en kontrollrad."
    ),
    formula_en=(
        "All closings of the period by outcome, those after the joint assessment only included; "
        "these stand in the total and in a control row."
    ),
    population_sv="Avslut, även utan personuppgifter",
    observe=_closed,
    valid_from=date(2012, 1, 1),
    valid_to=date(2017, 12, 31),
)


def _as_share(one: Indicator, formula_sv: str, formula_en: str) -> Indicator:
    """The share that belongs to a count of the same version."""
    return replace(
        one,
        measure="outcome_share",
        title_sv=one.title_sv.replace("antal", "andel"),
        title_en=f"{one.title_en}, share",
        formula_sv=formula_sv,
        formula_en=formula_en,
        unit="percent",
        statistic="share",
    )


OUTCOME_SHARE_2018 = _as_share(
    OUTCOME_COUNT_2018,
    formula_sv="Avslut med resultatet delat med alla avslut efter insats på raden.",
    formula_en="Closings with the outcome over all closings after an intervention of the row.",
)
OUTCOME_SHARE_2012 = _as_share(
    OUTCOME_COUNT_2012,
    formula_sv="Avslut med resultatet delat med alla avslut på raden.",
    formula_en="Closings with the outcome over all closings of the row.",
)
OUTCOME_COUNT_2022 = replace(
    OUTCOME_COUNT_2018,
    version="2022",
    source=report(2024, "3.2", table="tabell 3", notes="13"),
    valid_from=date(2022, 1, 1),
    valid_to=date(2023, 12, 31),
)
OUTCOME_SHARE_2022 = _as_share(
    OUTCOME_COUNT_2022,
    formula_sv=(
        "Avslut med resultatet delat med alla avslut efter insats, även dem vars resultat inte "
        "registrerats, så att andelarna inte blir 100 procent."
    ),
    formula_en=(
        "Closings with the outcome over all closings after an intervention, those whose result "
        "was not registered included, so that the shares do not make 100."
    ),
)
OUTCOME_COUNT_2024 = replace(
    OUTCOME_COUNT_2018,
    version="2024",
    formula_sv=(
        "Avslut i perioden efter insats: utvecklat eller återfått arbetsförmåga (lämnar "
        "sjukförsäkringen helt eller delvis), eller kvar i sjukförsäkringen."
    ),
    formula_en=(
        "Closings of the period after an intervention: work ability gained or regained (leaves the "
        "sickness insurance wholly or partly), or still in it."
    ),
    source=report(2024, "3.2", table="tabell 3"),
    observe=_registered,
    valid_from=date(2024, 1, 1),
)
OUTCOME_SHARE_2024 = _as_share(
    OUTCOME_COUNT_2024,
    formula_sv="Avslut med resultatet delat med alla avslut med resultat.",
    formula_en="Closings with the outcome over all closings with a result.",
)
OUTCOME_COUNT_2014 = replace(
    OUTCOME_COUNT_2018,
    number="N15b",
    version="2014",
    title_sv="Status 90 dagar efter avslutad insats, antal",
    title_en="Status 90 days after the intervention",
    formula_sv=(
        "Personer som startat efter den 1 februari 2012 och lämnat samarbetet i perioden efter "
        "insatsen, efter vad de gör 90 dagar senare. Övriga: avaktualiserade, arbetssökande med "
        "förhinder och de vars status inte är känd. Arbetslivsintroduktion räknas inte."
    ),
    formula_en=(
        "Persons started after 1 February 2012 who left the cooperation in the period after the "
        "intervention, by what they do 90 days later. Others: deregistered, job seekers with "
        "obstacles, and those whose status is unknown. Arbetslivsintroduktion is excluded."
    ),
    source=cited(
        report(2014, "6.3", table="tabell 3", notes="11"), report(2014, "6.4", table="tabell 4")
    ),
    population_sv="Avslut efter insats som kan följas",
    observe=_at_90_days,
    valid_from=date(2012, 1, 1),
)
OUTCOME_SHARE_2014 = _as_share(
    OUTCOME_COUNT_2014,
    formula_sv="Personer med statusen delat med alla på raden.",
    formula_en="Persons with the status over all persons of the row.",
)
OCCUPATION_SHARE = Indicator(
    number="N17",
    measure="occupation_share",
    version="2019",
    title_sv="Sysselsättning vid avslut bland dem som återfått arbetsförmåga",
    title_en="Occupation at closing among those who regained work ability",
    formula_sv="Avslut med sysselsättningen delat med alla avslut med återfådd arbetsförmåga.",
    formula_en="Closings with the occupation over all closings with regained work ability.",
    source=cited(report(2019, "6", table="diagram 1"), report(2024, "3.2")),
    population_sv="Avslut med utvecklad eller återfådd arbetsförmåga",
    unit="percent",
    statistic="share",
    observe=_occupied,
    valid_from=date(2012, 1, 1),
)
DAYS_IN_INSURANCE = Indicator(
    number="N18",
    measure="days_in_insurance_at_exit_mean",
    version="2019",
    title_sv="Tid i sjukförsäkringen vid avslut, dagar i genomsnitt",
    title_en="Days in the insurance at closing, mean",
    formula_sv="Dagar från ärendets början till avslutet efter insats; medelvärde.",
    formula_en="Days from the start of the benefit case to the closing after intervention; mean.",
    source=report(2019, "6"),
    population_sv="Avslut efter insats vars ärende har en känd början",
    unit="days_mean",
    statistic="mean",
    observe=_days_in_insurance,
    valid_from=date(2012, 1, 1),
)
DAYS_IN_INSURANCE_MEDIAN = replace(
    DAYS_IN_INSURANCE,
    measure="days_in_insurance_at_exit_median",
    version="2018",
    title_sv="Tid i sjukförsäkringen vid avslut, median",
    title_en="Days in the insurance at closing, median",
    formula_sv="Dagar från ärendets början till avslutet efter insats; median.",
    formula_en="Days from the start of the benefit case to the closing after intervention; median.",
    source=cited(report(2018, "Sammanfattning"), report(2018, "2")),
    unit="days_median",
    statistic="median",
)
DAYS_IN_COOPERATION = Indicator(
    number="N19",
    measure="days_in_cooperation",
    version="2018",
    title_sv="Dagar i förstärkt samarbete",
    title_en="Days in the cooperation",
    formula_sv="Dagar från det uppmärksammade behovet till avslutet; medelvärde.",
    formula_en="Days from the need identified (the assessment initiated) to the closing; mean.",
    source=report(2018, "Sammanfattning"),
    population_sv="Avslut efter kartläggning som kan följas",
    unit="days_mean",
    statistic="mean",
    observe=_days_in_cooperation,
    valid_from=date(2012, 1, 1),
)
MISSING_COUNT = Indicator(
    number="N27",
    measure="outcome_registration_missing_count",
    version="2024",
    title_sv="Saknad registrering av resultat efter avslut, antal",
    title_en="Closings without a registered result",
    formula_sv="Avslut efter insats vars resultat saknas eller är ”ingen uppgift”.",
    formula_en="Closings after an intervention whose outcome is missing or no information.",
    source=report(2024, "3.2", notes="13"),
    population_sv="Avslut efter insats, även utan personuppgifter",
    unit="count",
    statistic="count",
    observe=_missing_count,
    valid_from=date(2012, 1, 1),
)
MISSING_SHARE = replace(
    MISSING_COUNT,
    measure="outcome_registration_missing_share",
    title_sv="Saknad registrering av resultat efter avslut, andel",
    title_en="Share of closings without a registered result",
    formula_sv="Avslut utan registrerat resultat delat med alla avslut efter insats.",
    formula_en="Closings without a registered result over all closings after an intervention.",
    unit="percent",
    statistic="share",
    observe=_missing,
)
