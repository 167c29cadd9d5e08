"""Tables 1-5 of the report on 2024, and their columns for 2022 and 2023."""

from __future__ import annotations

from gateway.followup.indicators import ACTIVITY, OTHER, OVERLAP, SICKNESS, TOTAL
from gateway.followup.indicators_assessments import GK_COUNT_2024, GK_DAYS_TO_FIRST_2024
from gateway.followup.indicators_interventions import (
    INSATS_SHARE_AFTER_GK_2019,
    INSATS_SHARE_AFTER_GK_2024,
)
from gateway.followup.indicators_meetings import (
    KONTAKTMOTEN,
    OM_ENROLLED_25_DAYS,
    OM_ENROLLED_2024,
    OM_MEETINGS_2019,
    OM_SHARE_2024,
)
from gateway.followup.indicators_outcomes import (
    OUTCOME_COUNT_2018,
    OUTCOME_COUNT_2022,
    OUTCOME_COUNT_2024,
    OUTCOME_SHARE_2018,
    OUTCOME_SHARE_2022,
    OUTCOME_SHARE_2024,
)
from gateway.followup.layout import Part, Section, Table, benefit_lines

_PRINTED = ("2022", "2023", "2024")
_BENEFITS = benefit_lines((ACTIVITY, SICKNESS, TOTAL))
_CONTROLS = (OVERLAP, OTHER)

ASSESSMENTS = Table(
    id="2024-T1",
    title_sv="Tabell 1 Gemensamma kartläggningar",
    printed_periods=_PRINTED,
    sections=(
        Section(
            measures=(GK_DAYS_TO_FIRST_2024, GK_COUNT_2024),
            lines=_BENEFITS,
            controls=_CONTROLS,
            labels={
                "gk_days_to_first": (
                    "{line}, tid till första kartläggning, antal dagar i genomsnitt"
                ),
                "gk_days_to_first/total": "Totalt, tid till första gemensamma kartläggning",
                "gk_count": "{line}, antal genomförda kartläggningar",
            },
        ),
    ),
)
TO_INTERVENTION = Table(
    id="2024-T2",
    title_sv="Tabell 2 Andel till insats",
    printed_periods=_PRINTED,
    sections=(
        Section(
            measures=(INSATS_SHARE_AFTER_GK_2019, INSATS_SHARE_AFTER_GK_2024),
            lines=_BENEFITS,
            controls=_CONTROLS,
            labels={
                "insats_share_after_gk": (
                    "{line}, andel som går från gemensam kartläggning till insats"
                )
            },
        ),
    ),
)
_REGAINED = Part(
    label_sv="utvecklat/återfått arbetsförmåga",
    group=(
        ("outcome", "utvecklat_eller_aterfatt_arbetsformaga"),
        ("outcome_h", "regained"),
        ("insats", "any"),
    ),
    where=(("outcome_h", ("regained",)),),
    by_benefit=(
        ("aktivitetsersattning", "utvecklat arbetsförmåga"),
        ("sjukpenning", "återfått arbetsförmåga"),
    ),
)
_REMAINING = Part(
    label_sv="kvar i sjukförsäkringen",
    group=(
        ("outcome", "kvar_i_sjukforsakringen"),
        ("outcome_h", "remaining"),
        ("insats", "any"),
    ),
    where=(("outcome_h", ("remaining",)),),
)
_MISSING = Part(
    label_sv="registrering av resultat saknas",
    group=(("outcome", "registrering_saknas"), ("outcome_h", "unknown"), ("insats", "any")),
    where=(("outcome_h", ("unknown",)),),
    control=True,
)
OUTCOMES = Table(
    id="2024-T3",
    title_sv="Tabell 3 Resultat efter avslutad rehabiliteringsinsats",
    printed_periods=_PRINTED,
    sections=(
        Section(
            measures=(
                OUTCOME_COUNT_2018,
                OUTCOME_COUNT_2022,
                OUTCOME_COUNT_2024,
                OUTCOME_SHARE_2018,
                OUTCOME_SHARE_2022,
                OUTCOME_SHARE_2024,
            ),
            lines=_BENEFITS,
            parts=(_REGAINED, _REMAINING, _MISSING),
            dimensions=("outcome_h",),
            controls=_CONTROLS,
            labels={
                "outcome_count": "{line}, antal {part}",
                "outcome_share": "{line}, andel {part}",
            },
        ),
    ),
)
_MEETINGS = {
    "om_meetings_count": "{line}, antal omställningsmöten",
    "om_meetings_share_of_refusals": (
        "{line}, andel av de som får avslag som deltar vid omställningsmöte"
    ),
    "kontaktmoten_count": "{line}, antal kontaktmöten",
}
MEETINGS = Table(
    id="2024-T4",
    title_sv="Tabell 4 Möten för omställning",
    printed_periods=_PRINTED,
    sections=(
        Section(
            measures=(OM_MEETINGS_2019, OM_SHARE_2024),
            lines=benefit_lines((ACTIVITY,)),
            labels=_MEETINGS,
        ),
        Section(measures=(KONTAKTMOTEN,), lines=benefit_lines((SICKNESS,)), labels=_MEETINGS),
        Section(
            measures=(OM_MEETINGS_2019, OM_SHARE_2024),
            lines=benefit_lines((SICKNESS,)),
            labels=_MEETINGS,
        ),
    ),
)
ENROLLED = Table(
    id="2024-T5",
    title_sv="Tabell 5 Inskrivna på Arbetsförmedlingen efter omställningsmöte",
    printed_periods=_PRINTED,
    sections=(
        Section(
            measures=(OM_ENROLLED_25_DAYS, OM_ENROLLED_2024),
            lines=benefit_lines((ACTIVITY, SICKNESS)),
            labels={
                "om_enrolled_share": (
                    "{line}, andel inskrivna på Arbetsförmedlingen efter omställningsmöte"
                )
            },
        ),
    ),
)
TABLES_2024 = (ASSESSMENTS, TO_INTERVENTION, OUTCOMES, MEETINGS, ENROLLED)
