"""Tables of the reports on 2018 and 2019, as far as they come from case data.

Their printed values are not known here: only which rows there are.
"""

from __future__ import annotations

from gateway.followup.indicators import (
    ACTIVITY,
    DISABILITY,
    FROM_AF_ALONE,
    OTHER,
    OTHER_2019,
    OVERLAP,
    SICKNESS,
    TOTAL,
    BenefitGroup,
    Indicator,
)
from gateway.followup.indicators_assessments import GK_COUNT_2019, GK_PARTICIPANT_SHARE
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
    OUTCOME_COUNT_2018,
    OUTCOME_SHARE_2012,
    OUTCOME_SHARE_2018,
)
from gateway.followup.layout import Keys, Line, Part, Section, Table
from gateway.followup.tally import Where

_ALL = ("total",)
_COUNT_AND_SHARE = "{part}, antal", "{part}, andel"


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
                Line(OTHER_2019, _ALL, "Övriga"),
            ),
            controls=(OVERLAP, FROM_AF_ALONE),
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
TABLES_2018_2019 = (
    *OUTCOMES_2018,
    MEETINGS_2018,
    REFUSALS_2018,
    OUTCOMES_2019,
    OCCUPATION_2019,
    ASSESSMENTS_2019,
    BENEFITS_2019,
    MEETINGS_2019,
)
