"""N1-N8: joint assessments (gemensamma kartläggningar), and the way to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import ibis

from gateway.followup.indicators import (
    AKTIVITETSERSATTNING,
    SJUKERSATTNING,
    SJUKPENNING,
    UNEMPLOYED_FROM_AF,
    Indicator,
    counted,
    measured,
    share,
    within,
)
from gateway.followup.periods import Period
from gateway.followup.populations import ROUND, assessments
from gateway.followup.snapshot import Plan
from schemas import codes
from schemas.reasons.sources import NOT_PRINTED, cited, report

_PSYCHIATRIC = ("psykiatrisk", "flera_varav_psykiatrisk")
_UNEMPLOYED = "arbetsloshetsersattning"
#: Every other benefit that is an income.
_INCOMES = tuple(
    code
    for code in get_args(codes.Benefit)
    if code not in {_UNEMPLOYED, "ingen_sgi_ingen_ersattning"}
)


def _assessed(plan: Plan, period: Period) -> ibis.Table:
    return counted(within(assessments(plan), period))


def _mentions(table: ibis.Table, *codes: str) -> ibis.expr.types.BooleanValue:
    return ibis.or_(*(table.benefits.contains(f'"{code}"') for code in codes))


def _case_days(table: ibis.Table) -> ibis.expr.types.IntegerValue:
    """Days since the start of the benefit case: as the opening says now, else as said then."""
    return ibis.coalesce(table.day.delta(table.case_start, unit="day"), table.benefit_days)


def _days_to_first(plan: Plan, period: Period) -> ibis.Table:
    """Footnotes 9 and 10 of the report on 2024."""
    met = assessments(plan)
    so_far = met.filter(met.day <= ibis.literal(period.last))
    # Of a case: its first assessment, and the latest round so far; unlinked facts stand alone.
    case = ibis.coalesce(so_far.unit_case, so_far.fact_id)
    place = ibis.row_number().over(
        group_by=[case, so_far.round_no], order_by=[so_far.day, so_far.fact_id]
    )
    placed = so_far.mutate(
        place_in_round=place,
        first_round=so_far.round_no.min().over(group_by=case),
        last_round=so_far.round_no.max().over(group_by=case),
    )
    linked = placed.unit_case.notnull()
    said_first = ibis.coalesce(placed.first_in_round, ibis.literal(True))
    first = ibis.ifelse(linked, placed.place_in_round == 0, said_first)
    latest_round = placed.round_no == placed.last_round
    first_round = ibis.ifelse(linked, placed.round_no == placed.first_round, placed.round_no == 1)
    sick = _mentions(placed, *SJUKPENNING)
    chosen = placed.filter(
        first,
        ibis.coalesce(ibis.ifelse(sick, latest_round, first_round), ibis.literal(True)),
        _mentions(placed, *SJUKPENNING, *AKTIVITETSERSATTNING, *SJUKERSATTNING),
        ibis.coalesce(placed.inside_benefit_period, ibis.literal(True)),
    )
    timed = chosen.mutate(days=_case_days(chosen))
    timed = timed.filter(timed.days >= 0)
    return measured(within(timed, period), timed.days)


def _days_in_insurance(plan: Plan, period: Period) -> ibis.Table:
    met = within(assessments(plan), period)
    timed = met.mutate(days=_case_days(met))
    timed = timed.filter(timed.days >= 0)
    return measured(timed, timed.days)


def _timing(plan: Plan, period: Period) -> ibis.Table:
    met = _days_in_insurance(plan, period)
    timing = ibis.cases(
        (met.above < 180, "<day180"), (met.above <= 365, "day180-365"), else_=">365"
    )
    return counted(met.filter(_mentions(met, *SJUKPENNING)).mutate(timing=timing))


def _psychiatric(plan: Plan, period: Period) -> ibis.Table:
    """Only those whose diagnosis group is known."""
    met = within(assessments(plan), period)
    known = met.filter(met.diagnosis_group.notnull(), met.diagnosis_group != "uppgift_saknas")
    return share(known, known.diagnosis_group.isin(_PSYCHIATRIC))


def _from_agency(plan: Plan, period: Period) -> ibis.Table:
    """Benefits and the way in are two fields that overlap (I05).

    Unemployment benefit alone, in a case that AF opened, is told by the way in and by no other row.
    """
    met = _assessed(plan, period)
    path = met.initiating_path
    alone = (path == "af_initiated") & _mentions(met, _UNEMPLOYED) & ~_mentions(met, *_INCOMES)
    benefits = ibis.ifelse(alone, ibis.literal(f'["{UNEMPLOYED_FROM_AF}"]'), met.benefits)
    return met.mutate(path=path, benefits=benefits)


def _waited(plan: Plan, period: Period) -> ibis.Table:
    """Days from the need to the assessment, by the reason for the wait."""
    met = within(assessments(plan), period)
    days = ibis.coalesce(met.day.delta(met.need_at, unit="day"), met.need_days)
    reason = ibis.coalesce(met.queue_reason, ibis.literal("okand"))
    timed = met.mutate(days=days, queue_reason=reason)
    timed = timed.filter(timed.days >= 0)
    return measured(timed, timed.days)


def _waiting(plan: Plan, period: Period) -> ibis.Table:
    """Rounds opened by the end of the period that have neither assessment nor closing by then."""
    opened = plan.of("referral.initiated")
    last = ibis.literal(period.last)
    needs = opened.filter(opened.day <= last, opened.unit_case.notnull())
    for fact in ("meeting.assessment_completed", "plan.closed"):
        done = plan.of(fact)
        done = done.filter(done.day <= last).select(*ROUND)
        needs = needs.anti_join(done, ROUND)
    reason = ibis.coalesce(needs.queue_reason, ibis.literal("okand"))
    return counted(needs.mutate(queue_reason=reason))


GK_COUNT_2024 = Indicator(
    number="N1",
    measure="gk_count",
    version="2024",
    title_sv="Antal genomförda gemensamma kartläggningar",
    title_en="Joint assessments completed",
    formula_sv=(
        "Kartläggningar som slutfördes i perioden, med alla förmåner i totalen; per förmån: "
        "personen hade förmånen vid kartläggningen, så en kartläggning kan stå på flera rader. En "
        "kartläggning räknas en gång hur många möten och rapporter den än har, en ny omgång räknas "
        "igen, makulerade räknas inte, och personer utan samtycke till statistik med "
        "personuppgifter räknas som de andra."
    ),
    formula_en=(
        "Completed joint assessments whose completion day lies in the period, all benefits in the "
        "total; by benefit: the person had the benefit at the assessment, so that one assessment "
        "can stand in several rows. An assessment counts once however many meetings and reports it "
        "has (BR-35, BR-39), a new round counts again, voided ones do not count, and persons "
        "without consent to personal statistics count like the others."
    ),
    source=report(2024, "3.1", table="tabell 1", notes="8"),
    population_sv="Genomförda gemensamma kartläggningar, även utan personuppgifter",
    unit="count",
    statistic="count",
    observe=_assessed,
    # The first year that the report prints by this definition.
    valid_from=date(2022, 1, 1),
)
GK_COUNT_2019 = replace(
    GK_COUNT_2024,
    version="2019",
    source=report(2019, "6", table="tabell 4 och 5", notes="18"),
    formula_sv=(
        "Som gk_count/2024; raden ”Från Arbetsförmedlingen” räknar vägen in (till 2019-05-14) och "
        "inte en förmån. Ett ärende som Arbetsförmedlingen öppnade för en person med enbart "
        "arbetslöshetsersättning står bara där och inte på raden ”Övriga” (sjukersättning, "
        "försörjningsstöd med mera). I övrigt överlappar raderna varandra."
    ),
    formula_en=(
        'As gk_count/2024; the row "från Arbetsförmedlingen" counts the way in (until '
        "2019-05-14), not a benefit. A case that Arbetsförmedlingen opened for a person with "
        'unemployment benefit alone stands there only and not in "övriga" (sjukersättning, '
        "försörjningsstöd and the like). Apart from that the rows overlap (I05)."
    ),
    observe=_from_agency,
    valid_from=date(2012, 1, 1),
)
GK_PARTICIPANT_SHARE = replace(
    GK_COUNT_2019,
    number="N2",
    measure="gk_participant_share",
    title_sv="Andel av dem som deltog i gemensam kartläggning",
    title_en="Share of those in a joint assessment",
    formula_sv="Kartläggningar på raden och för könet delat med alla kartläggningar i perioden.",
    formula_en="Assessments of the row and sex over all assessments of the period; rows overlap.",
    source=report(2019, "6", table="tabell 4 och 5", notes="18"),
    unit="percent",
    statistic="share",
    base="table",
)
GK_DAYS_IN_INSURANCE_2018 = Indicator(
    number="N4",
    measure="gk_days_in_insurance",
    version="2018",
    title_sv="Tid i sjukförsäkringen vid gemensam kartläggning",
    title_en="Days in the insurance at the joint assessment",
    formula_sv="Dagar från ärendets början till kartläggningen, medelvärde över alla.",
    formula_en="Days from the start of the benefit case to the assessment, mean over all of them.",
    source=cited(report(2018, "Sammanfattning"), report(2019, "6")),
    population_sv="Genomförda kartläggningar vars ärende har en känd början",
    unit="days_mean",
    statistic="mean",
    observe=_days_in_insurance,
    valid_from=date(2012, 1, 1),
)
GK_DAYS_TO_FIRST_2024 = Indicator(
    number="N5",
    measure="gk_days_to_first",
    version="2024",
    title_sv="Tid till första gemensamma kartläggning, antal dagar i genomsnitt",
    title_en="Mean days to the first joint assessment",
    formula_sv=(
        "Dagar från ärendets början till kartläggningen. Sjukpenning: den första kartläggningen i "
        "den senaste omgången; aktivitetsersättning och andra förmåner från Försäkringskassan: den "
        "första i ärendet. Bara kartläggningar under en pågående period med förmånen."
    ),
    formula_en=(
        "Days from the start of the benefit case to the assessment. Sickness benefit: the first "
        "assessment of the latest round (up to the period's end); activity compensation and other "
        "benefits from FK: the first of the case. Only assessments inside a running period of the "
        "benefit, so at most one for each benefit case."
    ),
    source=report(2024, "3.1", table="tabell 1", notes="9–10"),
    population_sv="Första kartläggningar under pågående förmån från Försäkringskassan",
    unit="days_mean",
    statistic="mean",
    observe=_days_to_first,
    valid_from=date(2022, 1, 1),
)
GK_TIMING_SHARE = Indicator(
    number="N6",
    measure="gk_timing_share",
    version="2013",
    title_sv="Andel kartläggningar före dag 180, inom ett år och senare",
    title_en="Share of joint assessments before day 180, within a year, later",
    formula_sv="Kartläggningar med sjukpenning efter dagar sedan sjukfallets början.",
    formula_en="Assessments of persons with sickness benefit by days since the sick case began.",
    source=report(2014, "5"),
    population_sv="Kartläggningar med sjukpenning vars sjukfall har en känd början",
    unit="percent",
    statistic="share",
    observe=_timing,
    valid_from=date(2012, 1, 1),
)
GK_PSYCHIATRIC_SHARE = Indicator(
    number="N7",
    measure="gk_psychiatric_share",
    version="2018",
    title_sv="Andel med psykiatrisk diagnos vid gemensam kartläggning",
    title_en="Share with a psychiatric diagnosis at the joint assessment",
    formula_sv="Diagnosgrupp psykiatrisk, eller flera varav en psykiatrisk, bland kända grupper.",
    formula_en=(
        "Diagnosis group psychiatric, or several of which one is, among known groups; the opening "
        "tells it, so only of those who can be followed."
    ),
    source=cited(report(2019, "4–5"), report(2019, "6")),
    population_sv="Kartläggningar med känd diagnosgrupp i inledningen",
    unit="percent",
    statistic="share",
    observe=_psychiatric,
    valid_from=date(2012, 1, 1),
)
GK_WAITING_DAYS = Indicator(
    number="N8",
    measure="gk_waiting_days_mean",
    version="2020",
    title_sv="Väntetid från behov till kartläggning, dagar i genomsnitt",
    title_en="Waiting time from need to joint assessment, mean days",
    formula_sv=(
        "Dagar från att behovet uppmärksammades till kartläggningen, efter köorsak. Köorsaken är "
        "bara känd för dem som kan följas. Per enhet: har båda myndigheterna rapporterat "
        "kartläggningen räknas den hos en av dem, den vars rapport kan knytas till personen och "
        "annars har lägst id."
    ),
    formula_en=(
        "Days from the need identified to the assessment, by reason for the queue, which is known "
        "only of those who can be followed. By unit: an assessment that both agencies reported "
        "counts at one of them, the one whose report names the person and then has the least id; "
        "no source says at which (doubt)."
    ),
    source=cited(report(2019, "6"), report(2024, "2.1"), NOT_PRINTED),
    population_sv="Genomförda kartläggningar med känt behov",
    unit="days_mean",
    statistic="mean",
    observe=_waited,
    valid_from=date(2012, 1, 1),
)
GK_WAITING_MEDIAN = replace(
    GK_WAITING_DAYS,
    measure="gk_waiting_days_median",
    title_sv="Väntetid från behov till kartläggning, median",
    title_en="Waiting time from need to joint assessment, median days",
    unit="days_median",
    statistic="median",
)
GK_WAITING_COUNT = replace(
    GK_WAITING_DAYS,
    measure="gk_waiting_count",
    title_sv="Antal som väntar på kartläggning vid periodens slut",
    title_en="Waiting for a joint assessment at the end of the period",
    formula_sv=(
        "Inledda ärenden utan kartläggning och utan avslut vid periodens slut. Den som tagit "
        "tillbaka sitt samtycke till statistik efter inledningen står kvar som väntande: senare "
        "händelser kan inte knytas till ärendet."
    ),
    formula_en=(
        "Openings without assessment and without closing at the end of the period. Who withdrew "
        "consent to statistics after the opening stays among those waiting, since nothing later "
        "can be linked to it (BR-29; doubt: no source says so)."
    ),
    population_sv="Inledda omgångar som kan följas",
    unit="count",
    statistic="count",
    observe=_waiting,
)
