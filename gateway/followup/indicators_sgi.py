"""N25: the protection of the sickness benefit qualifying income (SGI) at the transition.

No report has this figure: "Den enda tillgängliga data för att mäta målet är antalet möten"
(2024 §4.1).
The protection is kept by enrolment at AF at the latest 25 days after the last day with sickness
benefit (24 fn 16, BR-22). FK's own decision goes before what the days say; where there is none, the
days say it. A person who was never enrolled has lost it when the deadline has passed at the time of
the extraction; until then the case is open.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis

from gateway.followup.engine import CLOCK
from gateway.followup.indicators import Indicator, counted, measured, within
from gateway.followup.periods import Period
from gateway.followup.populations import first_of
from gateway.followup.snapshot import Plan
from schemas.reasons.sources import NOT_PRINTED, cited, report

DAYS = 25
#: An enrolment that is older than this before the last day belongs to another time of unemployment.
_ENROLLED_BEFORE = 90
_SHOWN = ("sex", "benefits", "day", "unit", "state", "reason", "spare")


def sgi_cases(plan: Plan) -> ibis.Table:
    """SGI cases: `state` lost, saved or open, `reason`, and `spare`, the days left at enrolment.

    `day` is the last day with sickness benefit. Without a key only FK's decision is known, which
    then is a case of its own on the day of the decision.
    """
    return plan.kept("sgi_cases", _sgi_cases)


def _sgi_cases(plan: Plan) -> ibis.Table:
    opened = plan.of("sgi.opened")
    linked = opened.filter(
        ibis.coalesce(opened.has_sgi, ibis.literal(True)),
        opened.unit_key.notnull(),
        opened.sgi_key.notnull(),
    )
    first = first_of(linked, [linked.unit_key, linked.sgi_key])
    known = _decided(plan, _enrolled(plan, _about_sickness(first)))
    judged = _judged(known)
    return ibis.union(judged.select(*_SHOWN), _without_key(plan).select(*_SHOWN))


def _about_sickness(cases: ibis.Table) -> ibis.Table:
    """The last day with sickness benefit says what it is about, where nothing else does."""
    said = ibis.cases((cases.benefits == '""', '"sjukpenning"'), else_=cases.benefits)
    return cases.mutate(benefits=said)


def _enrolled(plan: Plan, cases: ibis.Table) -> ibis.Table:
    """With the day of enrolment: as AF answered in the case, else as the person was enrolled."""
    key = ["unit_key", "sgi_key"]
    answered = plan.of("sgi.enrolment_answered").drop("enrolled_at")
    answered = answered.filter(answered.sgi_key.notnull(), answered.unit_key.notnull())
    answers = answered.group_by(key).aggregate(answered_at=answered.day.min())
    with_answer = cases.left_join(answers, key).drop("unit_key_right", "sgi_key_right")
    person = plan.of("status.enrolled").select("unit_key", enrolled_on="day")
    pairs = cases.select(*key, "day").join(person, "unit_key")
    after = pairs.enrolled_on.delta(pairs.day, unit="day")
    enrolments = pairs.filter(after >= -_ENROLLED_BEFORE)
    first = enrolments.group_by(key).aggregate(enrolled_on=enrolments.enrolled_on.min())
    joined = with_answer.left_join(first, key).drop("unit_key_right", "sgi_key_right")
    enrolled_at = ibis.coalesce(joined.answered_at, joined.enrolled_on)
    return joined.mutate(enrolled_at=enrolled_at)


def _decided(plan: Plan, cases: ibis.Table) -> ibis.Table:
    closed = plan.of("sgi.closed")
    linked = closed.filter(closed.sgi_key.notnull(), closed.unit_key.notnull())
    key = ["unit_key", "sgi_key"]
    last = first_of(linked, [linked[name] for name in key], last=True)
    decision = last.select(*key, decided="protection_state")
    joined = cases.left_join(decision, key).drop("unit_key_right", "sgi_key_right")
    applicable = ibis.coalesce(joined.decided, ibis.literal("open")) != "not_applicable"
    return joined.filter(applicable)


def _judged(cases: ibis.Table) -> ibis.Table:
    cases = cases.cross_join(CLOCK.select("today"))
    took = cases.enrolled_at.delta(cases.day, unit="day")
    over = cases.today.delta(cases.day, unit="day") > DAYS
    in_time = ibis.coalesce(took <= DAYS, ibis.literal(False))
    too_late = ibis.coalesce(took > DAYS, ibis.literal(False))
    decided = ibis.coalesce(cases.decided, ibis.literal("open"))
    state = ibis.cases(
        (decided == "protected", "saved"),
        (decided == "missed", "lost"),
        (in_time, "saved"),
        (too_late | over, "lost"),
        else_="open",
    )
    told = cases.mutate(state=state, spare=ibis.literal(DAYS) - took, took=took)
    saved, lost = told.state == "saved", told.state == "lost"
    reason = ibis.cases(
        (saved & (told.took <= 0), "inskriven_senast_sista_dagen"),
        (saved & (told.took <= DAYS), "inskriven_inom_25_dagar"),
        (saved, "beslutad_skyddad"),
        (lost & (told.took > DAYS), "inskriven_for_sent"),
        (lost & told.took.isnull(), "inte_inskriven"),
        (lost, "villkoren_inte_uppfyllda"),
        else_="oppen",
    )
    return told.mutate(reason=reason)


def _without_key(plan: Plan) -> ibis.Table:
    closed = plan.of("sgi.closed")
    decided = closed.filter(
        closed.unit_key.isnull(), closed.protection_state.isin(("protected", "missed"))
    )
    state = ibis.cases((decided.protection_state == "missed", "lost"), else_="saved")
    reason = ibis.cases(
        (decided.protection_state == "missed", "beslutad_forlorad"), else_="beslutad_skyddad"
    )
    return _about_sickness(decided).mutate(state=state, reason=reason, spare=ibis.null("int64"))


def _cases(plan: Plan, period: Period) -> ibis.Table:
    cases = within(sgi_cases(plan), period)
    year = cases.day.year().cast("string")
    month = cases.day.month().cast("string").lpad(2, "0")
    named = cases.mutate(month=year + ibis.literal("-") + month)
    return counted(named.mutate(unit=ibis.coalesce(named.unit, ibis.literal("okand"))))


def _ended(plan: Plan, period: Period) -> ibis.Table:
    cases = _cases(plan, period)
    return cases.filter(cases.state.isin(("lost", "saved")))


def _spare(plan: Plan, period: Period) -> ibis.Table:
    cases = _ended(plan, period)
    return measured(cases, cases.spare)


SGI_COUNT = Indicator(
    number="N25",
    measure="sgi_count",
    version="2024",
    title_sv="Skydd av sjukpenninggrundande inkomst vid övergången, antal",
    title_en="Protection of the SGI at the transition, cases",
    formula_sv=(
        "Ärenden vars sista dag med sjukpenning ligger i perioden: skyddat om Försäkringskassan "
        "beslutat det eller personen skrivits in hos Arbetsförmedlingen senast 25 dagar efter, "
        "annars förlorat när tiden gått ut vid uttaget, till dess öppet. Utan personuppgifter "
        "räknas bara beslutet, på sin dag; den som tagit tillbaka sitt samtycke till statistik "
        "under ärendet räknas därför både med ärendet och med beslutet."
    ),
    formula_en=(
        "Cases whose last day with sickness benefit lies in the period: saved if FK has decided so "
        "or the person was enrolled at AF at most 25 days after it, else lost once the deadline "
        "has passed at the extraction, open until then. Without a key only the decision counts, on "
        "its own day; who withdrew consent to statistics while the case ran is therefore counted "
        "with the case and with the decision (BR-29; doubt: nothing links the two)."
    ),
    source=cited(report(2024, "4.1", notes="16"), NOT_PRINTED),
    population_sv="Ärenden med sjukpenninggrundande inkomst",
    unit="count",
    statistic="count",
    observe=_cases,
    valid_from=date(2012, 1, 1),
)
SGI_SHARE = replace(
    SGI_COUNT,
    measure="sgi_share",
    title_sv="Skydd av sjukpenninggrundande inkomst vid övergången, andel",
    title_en="Protection of the SGI at the transition, share",
    formula_sv="Förlorade eller skyddade delat med alla som är avgjorda; öppna räknas inte.",
    formula_en="Lost or saved over all that are settled; open ones do not count.",
    unit="percent",
    statistic="share",
    decimals=1,
    observe=_ended,
)
SGI_SPARE_MEAN = replace(
    SGI_COUNT,
    measure="sgi_days_to_spare_mean",
    title_sv="Dagar kvar till sista dagen för inskrivning, medelvärde",
    title_en="Days to spare at enrolment, mean",
    formula_sv="25 minus dagarna från sista dagen med sjukpenning till inskrivningen.",
    formula_en="25 less the days from the last day with sickness benefit to the enrolment.",
    unit="days_mean",
    statistic="mean",
    observe=_spare,
)
SGI_SPARE_MEDIAN = replace(
    SGI_SPARE_MEAN,
    measure="sgi_days_to_spare_median",
    title_sv="Dagar kvar till sista dagen för inskrivning, median",
    title_en="Days to spare at enrolment, median",
    unit="days_median",
    statistic="median",
)
