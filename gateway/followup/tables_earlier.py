"""Tables of the reports on 2014, 2018 and 2019, as far as they come from case data.

The printed values of 2018 and 2019 are not known here: only which rows there are.
"""

from __future__ import annotations

from gateway.followup.indicators import (
    ACTIVITY,
    DISABILITY,
    OTHER,
    OVERLAP,
    SICKNESS,
    TOTAL,
    BenefitGroup,
    Indicator,
)
from gateway.followup.indicators_assessments import GK_COUNT_2019, GK_PARTICIPANT_SHARE
from gateway.followup.indicators_interventions import (
    AGES_2014,
    INSATS_STARTED_COUNT_2014,
    INSATS_STARTED_SHARE_2014,
    INSATS_STOCK_2014,
    INSATS_STOCK_MEAN_2014,
)
from gateway.followup.indicators_meetings import (
    ACTIVITY_SINCE,
    OM_BENEFIT_SHARE_2018,
    OM_MEETINGS_2018,
    OM_MEETINGS_2019,
    OM_SHARE_2018,
)
from gateway.followup.indicators_outcomes import (
    AGES_2018,
    OCCUPATION_SHARE,
    OUTCOME_COUNT_2012,
    OUTCOME_COUNT_2014,
    OUTCOME_COUNT_2018,
    OUTCOME_SHARE_2012,
    OUTCOME_SHARE_2014,
    OUTCOME_SHARE_2018,
)
from gateway.followup.layout import Keys, Line, Part, Section, Table
from gateway.followup.tally import Where

_ALL = ("total",)
_COUNT_AND_SHARE = "{part}, antal", "{part}, andel"


def _lines_2014(fixed: Keys = (), where: Where = ()) -> tuple[Line, ...]:
    """Totals, sexes, ages, country of birth, disability and education."""
    lines = [
        Line(sexes=(sex,), label_sv=label, group=fixed, where=where)
        for sex, label in (("total", "Totalt"), ("women", "Kvinnor"), ("men", "Män"))
    ]
    further = [("age", f"{low}-{high}", f"{low}-{high} år") for low, high in AGES_2014]
    further += [
        ("country_of_birth", "inrikes", "Inrikes födda"),
        ("country_of_birth", "utrikes", "Utrikes födda"),
        ("disability", "ja", "Ja"),
        ("disability", "nej", "Nej"),
        ("education", "forgymnasial", "Förgymnasial utb."),
        ("education", "gymnasial", "Gymnasial utb."),
        ("education", "eftergymnasial", "Eftergymnasial utb."),
    ]
    lines += [
        Line(
            sexes=_ALL,
            label_sv=label,
            group=((name, value), *fixed),
            where=((name, (value,)), *where),
        )
        for name, value, label in further
    ]
    return tuple(lines)


_DIMENSIONS_2014 = ("age", "country_of_birth", "disability", "education")
_STATUS_GROUPS = (
    ("anstalld_sjukskriven_eller_se", "Anställd sjukskriven/SE", "sjukpenning_or_sjukersattning"),
    ("arbetslos_med_sjukersattning", "Arbetslös med sjukersättning", "sjukersattning"),
    ("arbetslos_med_aktivitetsstod", "Arbetslös med aktivitetsstöd", "aktivitetsstod"),
    ("arbetslos_sjukskriven", "Arbetslös sjukskriven", "sjukpenning"),
    (
        "ung_arbetslos_med_aktivitetsersattning",
        "Ung arb.lös med aktivitetsersättning",
        "aktivitetsersattning",
    ),
)


def _status_part(code: str, label: str, benefit: str, *, control: bool = False) -> Part:
    return Part(
        label_sv=label,
        group=(("status_group", code),),
        where=(("status_group", (code,)),),
        benefit=benefit,
        control=control,
    )


STARTED_2014 = Table(
    id="2014-T1",
    title_sv="Tabell 1 Personer som startat i aktiva insatser under första halvåret 2014",
    printed_periods=("2014H1",),
    sections=(
        Section(
            measures=(INSATS_STARTED_COUNT_2014, INSATS_STARTED_SHARE_2014),
            lines=_lines_2014(),
            parts=(
                *(_status_part(*one) for one in _STATUS_GROUPS),
                Part("Summa", (("status_group", "summa"),), benefit="total"),
                _status_part("ovriga", "Övriga", "other", control=True),
            ),
            dimensions=("status_group", *_DIMENSIONS_2014),
            labels={
                "insats_started_count": _COUNT_AND_SHARE[0],
                "insats_started_share": _COUNT_AND_SHARE[1],
            },
        ),
    ),
)
STOCK_2014 = Table(
    id="2014-T2",
    title_sv=(
        "Tabell 2 Antal personer i aktiva insatser första halvåret 2014, genomsnitt per månad"
    ),
    printed_periods=("2014H1",),
    sections=(
        Section(
            measures=(INSATS_STOCK_2014,),
            lines=(Line(sexes=_ALL),),
            series=True,
            mean_of_series=INSATS_STOCK_MEAN_2014,
            labels={"insats_stock": "{month}", "insats_stock_mean": "Genomsnitt"},
        ),
    ),
)
_STATUS_90 = (
    ("arbete_utbildning", "Till arbete och utbildning"),
    ("program", "Arbetsmarknadspolitiska program"),
    ("oppet_arbetslos", "Öppet arbetslösa"),
    ("ovriga", "Övriga"),
)


def _outcomes_2014(table_id: str, title_sv: str, insats: str) -> Table:
    fixed: Keys = (("insats", insats),)
    return Table(
        id=table_id,
        title_sv=title_sv,
        printed_periods=("2013-10/2014-03",),
        sections=(
            Section(
                measures=(OUTCOME_COUNT_2014, OUTCOME_SHARE_2014),
                lines=_lines_2014(fixed, (("insats", (insats,)),)),
                parts=(
                    *(
                        Part(label, (("outcome", code),), (("status_90", (code,)),))
                        for code, label in _STATUS_90
                    ),
                    Part("Summa", (("outcome", "totalt"),)),
                ),
                dimensions=("insats", "status_90", *_DIMENSIONS_2014),
                labels={
                    "outcome_count": _COUNT_AND_SHARE[0],
                    "outcome_share": _COUNT_AND_SHARE[1],
                },
            ),
        ),
    )


_LEFT_2014 = (
    "Deltagare i aktiva insatser som startat efter 1 februari 2012 och som lämnat samarbetet "
    "oktober 2013 – mars 2014 efter {0} insats. Status mäts 90 dagar efter avslutad {0} insats"
)
OUTCOMES_2014 = (
    _outcomes_2014(
        "2014-T3", "Tabell 3 " + _LEFT_2014.format("arbetslivsinriktad"), "arbetslivsinriktad"
    ),
    _outcomes_2014(
        "2014-T4", "Tabell 4 " + _LEFT_2014.format("arbetsförberedande"), "arbetsforberedande"
    ),
)


def _lines_2018(where: Where, dash: str) -> tuple[Line, ...]:
    """Totals, sexes, two age bands, and the two benefits."""
    by_sex = (("total", "Totalt"), ("women", "Kvinnor"), ("men", "Män"))
    return (
        *(Line(sexes=(sex,), label_sv=label, where=where) for sex, label in by_sex),
        *(
            Line(
                sexes=_ALL,
                label_sv=f"{low}{dash}{high} år",
                group=(("age", f"{low}-{high}"),),
                where=(("age", (f"{low}-{high}",)), *where),
            )
            for low, high in AGES_2018
        ),
        *(
            Line(benefit=one, sexes=_ALL, label_sv=one.label_sv, where=where)
            for one in (SICKNESS, ACTIVITY)
        ),
    )


def outcomes_of(insats: str, regained: tuple[str, str], remaining: tuple[str, str]) -> Section:
    """Outcomes in the shape of 2018 and 2019, with the words of that year for them."""
    fixed: Keys = (("insats", insats),)
    where: Where = () if insats == "any" else (("insats", (insats,)),)

    def part(code: str, label: str, harmonised: str, *, control: bool = False) -> Part:
        return Part(
            label_sv=label,
            group=(("outcome", code), ("outcome_h", harmonised), *fixed),
            where=() if harmonised == "total" else (("outcome_h", (harmonised,)),),
            control=control,
        )

    measures: tuple[Indicator, ...] = (
        OUTCOME_COUNT_2012,
        OUTCOME_COUNT_2018,
        OUTCOME_SHARE_2012,
        OUTCOME_SHARE_2018,
    )
    return Section(
        measures=measures,
        lines=_lines_2018(where, "-" if regained[0] == "positivt_utfall" else "–"),
        parts=(
            part(*regained, "regained"),
            part(*remaining, "remaining"),
            part("ingen_uppgift", "Ingen uppgift", "unknown"),
            part("totalt", "Totalt", "total"),
            part(
                "closed_after_gk_only",
                "Bara gemensam kartläggning",
                "after_gk_only",
                control=True,
            ),
        ),
        controls=(OVERLAP, OTHER),
        dimensions=("outcome_h", "insats", "age"),
        labels={
            "outcome_count": _COUNT_AND_SHARE[0],
            "outcome_share": _COUNT_AND_SHARE[1],
        },
    )


_POSITIVE = ("positivt_utfall", "Positivt utfall")
_BACK = ("ater_fk", "Åter Försäkringskassan")
OUTCOMES_2018 = (
    Table(
        id="2018-T1",
        title_sv="Tabell 1 Avslutsanledningar vid avslutat samarbete",
        printed_periods=("2018",),
        sections=(outcomes_of("any", _POSITIVE, _BACK),),
    ),
    Table(
        id="2018-T2",
        title_sv="Tabell 2 Avslutsanledningar vid avslutad arbetslivsinriktad insats",
        printed_periods=("2018",),
        sections=(outcomes_of("arbetslivsinriktad", _POSITIVE, _BACK),),
    ),
)
OUTCOMES_2019 = Table(
    id="2019-T3",
    title_sv="Tabell 3 Resultat efter avslutad rehabiliteringsinsats",
    printed_periods=("2019",),
    sections=(
        outcomes_of(
            "any",
            ("fatt_eller_aterfatt_arbetsformaga", "Fått eller återfått arbetsförmåga"),
            ("kvar_i_sjukforsakringen", "Kvar i sjukförsäkringen"),
        ),
    ),
)
MEETINGS_2018 = Table(
    id="2018-T3",
    title_sv="Tabell 3 Antal omställningsmöten",
    printed_periods=("2018",),
    sections=(
        Section(
            measures=(OM_MEETINGS_2018, OM_BENEFIT_SHARE_2018),
            lines=(
                Line(TOTAL, _ALL, "Totalt"),
                Line(SICKNESS, _ALL, SICKNESS.label_sv),
                Line(ACTIVITY, _ALL, ACTIVITY.label_sv, since=ACTIVITY_SINCE),
                Line(DISABILITY, _ALL, DISABILITY.label_sv),
            ),
            labels={
                "om_meetings_count": "Antal omställningsmöten",
                "om_meetings_benefit_share": "Andel",
            },
        ),
    ),
)
REFUSALS_2018 = Table(
    id="2018-D1",
    title_sv="Diagram 1 Andel avslag sjukpenning efter dag 180 med omställningsmöten 2018",
    printed_periods=("2018",),
    sections=(
        Section(
            measures=(OM_SHARE_2018,),
            lines=(Line(SICKNESS, _ALL),),
            series=True,
            labels={
                "om_meetings_share_of_refusals": "Andel avslag efter dag 180 med omställningsmöte"
            },
        ),
    ),
)
OCCUPATIONS = {
    "employment_unsubsidised": "Arbete",
    "employment_subsidised": "Subventionerat arbete",
    "studies": "Studier",
    "oppet_arbetssokande": "Öppet arbetssökande",
    "program": "Program",
}
OCCUPATION_2019 = Table(
    id="2019-D1",
    title_sv=(
        "Diagram 1 Procentuell fördelning av sysselsättning vid avslutat samarbete för individer "
        "med sjukpenning och aktivitetsersättning som fått eller återfått arbetsförmåga"
    ),
    printed_periods=("2019",),
    sections=(
        Section(
            measures=(OCCUPATION_SHARE,),
            lines=tuple(Line(one, _ALL, one.label_sv) for one in (SICKNESS, ACTIVITY)),
            parts=tuple(
                Part(label, (("occupation", code),), (("occupation", (code,)),))
                for code, label in OCCUPATIONS.items()
            ),
            dimensions=("occupation",),
            labels={"occupation_share": "{part}, andel"},
        ),
    ),
)
ASSESSMENTS_2019 = Table(
    id="2019-T4",
    title_sv="Tabell 4 Gemensam kartläggning kvinnor och män",
    printed_periods=("2019",),
    sections=(
        Section(
            measures=(GK_COUNT_2019, GK_PARTICIPANT_SHARE),
            lines=tuple(Line(sexes=(sex,)) for sex in ("total", "women", "men")),
            labels={"gk_count": "Antal", "gk_participant_share": "Andel"},
        ),
    ),
)
BENEFITS_2019 = Table(
    id="2019-T5",
    title_sv="Tabell 5 Gemensam kartläggning utifrån ersättning",
    printed_periods=("2019",),
    sections=(
        Section(
            measures=(GK_COUNT_2019, GK_PARTICIPANT_SHARE),
            lines=(
                Line(TOTAL, _ALL, "Totalt"),
                Line(SICKNESS, _ALL, SICKNESS.label_sv),
                Line(ACTIVITY, _ALL, ACTIVITY.label_sv),
                Line(
                    BenefitGroup("from_af", "Från Arbetsförmedlingen"),
                    _ALL,
                    "Från Arbetsförmedlingen",
                    where=(("path", ("af_initiated",)),),
                ),
                Line(OTHER, _ALL, "Övriga"),
            ),
            controls=(OVERLAP,),
            dimensions=("path",),
            labels={
                "gk_count": "{line}, antal",
                "gk_participant_share": "{line}, andel",
            },
        ),
    ),
)
MEETINGS_2019 = Table(
    id="2019-T6",
    title_sv="Tabell 6 Antal omställningsmöten",
    printed_periods=("2019",),
    sections=(
        Section(
            measures=(OM_MEETINGS_2019,),
            lines=tuple(
                Line(one, _ALL, one.label_sv) for one in (TOTAL, SICKNESS, ACTIVITY, DISABILITY)
            ),
            labels={"om_meetings_count": "Antal"},
        ),
    ),
)
TABLES_EARLIER = (
    STARTED_2014,
    STOCK_2014,
    *OUTCOMES_2014,
    *OUTCOMES_2018,
    MEETINGS_2018,
    REFUSALS_2018,
    OUTCOMES_2019,
    OCCUPATION_2019,
    ASSESSMENTS_2019,
    BENEFITS_2019,
    MEETINGS_2019,
)
