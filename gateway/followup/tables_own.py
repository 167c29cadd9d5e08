"""Tables that no report has: what nobody could count so far, and indicators printed only as text.

Their ids are those of the indicators. Lines by unit or month have one row for each that occurs.
"""

from __future__ import annotations

from gateway.followup.indicators import ACTIVITY, OTHER, OVERLAP, SICKNESS, TOTAL, Indicator
from gateway.followup.indicators_assessments import (
    GK_DAYS_IN_INSURANCE_2018,
    GK_PSYCHIATRIC_SHARE,
    GK_TIMING_SHARE,
    GK_WAITING_COUNT,
    GK_WAITING_DAYS,
    GK_WAITING_MEDIAN,
)
from gateway.followup.indicators_flow import (
    CONSENT_REFUSED_COUNT,
    CONSENT_REFUSED_SHARE,
    FLOW_COUNT,
    FLOW_SHARE,
)
from gateway.followup.indicators_interventions import (
    DECISION_DAYS,
    DECISION_MEDIAN,
    INSATS_STARTS_2018,
    INSATS_STOCK_SHARE,
)
from gateway.followup.indicators_meetings import OM_CHAIN_COUNT, OM_CHAIN_SHARE
from gateway.followup.indicators_outcomes import (
    DAYS_IN_COOPERATION,
    DAYS_IN_INSURANCE,
    DAYS_IN_INSURANCE_MEDIAN,
    MISSING_COUNT,
    MISSING_SHARE,
    OCCUPATION_SHARE,
)
from gateway.followup.indicators_sgi import SGI_COUNT, SGI_SHARE, SGI_SPARE_MEAN, SGI_SPARE_MEDIAN
from gateway.followup.layout import Line, Part, Section, Table, benefit_lines, by_column
from gateway.followup.tables_2018 import OCCUPATIONS, outcomes_of

_BENEFITS = benefit_lines((ACTIVITY, SICKNESS, TOTAL))
_CONTROLS = (OVERLAP, OTHER)
_ALL = ("total",)
_QUEUES = {
    "none": "Ingen kö",
    "capacity": "Kapacitet",
    "awaiting_medical": "Väntar på medicinskt underlag",
    "awaiting_employer": "Väntar på arbetsgivaren",
    "okand": "Uppgift saknas",
}
_STATES = {"lost": "Förlorat skydd", "saved": "Bevarat skydd", "open": "Ännu öppet"}
_REASONS = {
    "lost": {
        "inskriven_for_sent": "inskriven för sent",
        "inte_inskriven": "inte inskriven",
        "villkoren_inte_uppfyllda": "villkoren inte uppfyllda",
        "beslutad_forlorad": "beslutat, utan personuppgifter",
    },
    "saved": {
        "inskriven_senast_sista_dagen": "inskriven senast sista dagen med sjukpenning",
        "inskriven_inom_25_dagar": "inskriven inom 25 dagar",
        "beslutad_skyddad": "beslutat av Försäkringskassan",
    },
}


def _whole(label_sv: str = "Alla") -> Part:
    return Part(label_sv)


def _state_parts() -> tuple[Part, ...]:
    parts = []
    for state, label in _STATES.items():
        where = (("state", (state,)),)
        parts.append(Part(label, (("state", state),), where))
        parts += [
            Part(
                f"{label}: {text}",
                (("state", state), ("reason", reason)),
                (*where, ("reason", (reason,))),
            )
            for reason, text in _REASONS.get(state, {}).items()
        ]
    return tuple(parts)


_SETTLED = tuple(
    Part(_STATES[state], (("state", state),), (("state", (state,)),)) for state in ("lost", "saved")
)
_SGI_LINES = (
    *benefit_lines((TOTAL, SICKNESS, OTHER)),
    Line(sexes=_ALL, each="month"),
    Line(sexes=_ALL, each="unit"),
)
SGI = Table(
    id="N25",
    title_sv="Förlorat och bevarat skydd av sjukpenninggrundande inkomst vid övergången",
    sections=(
        Section(
            (SGI_COUNT,), _SGI_LINES, (_whole(), *_state_parts()), dimensions=("state", "reason")
        ),
        Section((SGI_SHARE,), _SGI_LINES, _SETTLED, dimensions=("state",)),
        Section(
            (SGI_SPARE_MEAN, SGI_SPARE_MEDIAN),
            _SGI_LINES,
            (_whole("Alla avgjorda"), *_SETTLED),
            dimensions=("state",),
        ),
    ),
)
_CHAIN = {
    "refusal": "Avslag",
    "offered": "Erbjudande om möte",
    "answered": "Svar",
    "accepted": "Tackat ja",
    "declined": "Tackat nej",
    "held": "Möte genomfört",
    "enrolled": "Inskriven hos Arbetsförmedlingen",
}
OFFERS = Table(
    id="N24",
    title_sv="Erbjudande om omställningsmöte till alla: från avslag till inskrivning",
    sections=(
        Section(
            (OM_CHAIN_COUNT, OM_CHAIN_SHARE),
            (*benefit_lines((ACTIVITY, SICKNESS, TOTAL)), Line(sexes=_ALL, each="unit")),
            by_column("step", _CHAIN),
            dimensions=("step",),
        ),
    ),
)
WAITING = Table(
    id="N8",
    title_sv="Väntetid från behov till gemensam kartläggning",
    sections=(
        Section(
            (GK_WAITING_DAYS, GK_WAITING_MEDIAN, GK_WAITING_COUNT),
            (*_BENEFITS, Line(sexes=_ALL, each="unit")),
            (_whole("Alla köorsaker"), *by_column("queue_reason", _QUEUES)),
            dimensions=("queue_reason",),
        ),
    ),
)
_FLOW = {
    "need": "Behov uppmärksammat",
    "called": "Kallad",
    "answered": "Svarat på kallelsen",
    "assessed": "Gemensam kartläggning",
    "planned": "Plan",
    "started": "Insats påbörjad",
    "closed": "Avslutad",
    "closed_after_intervention": "Avslutad efter insats",
    "regained": "Utvecklat eller återfått arbetsförmåga",
    "remaining": "Kvar i sjukförsäkringen",
}
FLOW = Table(
    id="flow",
    title_sv="Flödet från behov till resultat",
    sections=(
        Section(
            (FLOW_COUNT, FLOW_SHARE), _BENEFITS, by_column("step", _FLOW), dimensions=("step",)
        ),
    ),
)


def _by_benefit(table_id: str, title_sv: str, *measures: Indicator) -> Table:
    """Measures by benefit and sex."""
    section = Section(tuple(measures), _BENEFITS, controls=_CONTROLS)
    return Table(id=table_id, title_sv=title_sv, sections=(section,))


_TIMING = {"<day180": "Före dag 180", "day180-365": "Inom ett år", ">365": "Senare"}
_PROGRAMS = {
    "arbetslivsinriktad_rehabilitering": "Arbetslivsinriktad rehabilitering",
    "vagledning_platsformedling": "Aktiviteter inom vägledning och platsförmedling",
    "fordjupad_kartlaggning_vagledning": "Fördjupad kartläggning och vägledning",
    "forberedande_utbildning": "Förberedande utbildning",
    "arbetsmarknadsutbildning": "Arbetsmarknadsutbildning",
    "none": "Inget program",
}
_CATEGORIES = {
    "arbetssokande_med_forhinder": "Arbetssökande med förhinder",
    "i_program": "I program",
    "oppet_arbetssokande": "Öppet arbetssökande",
}
_OCCUPATION_SUMS = {
    ("employment", "Anställning"): ("employment_unsubsidised", "employment_subsidised"),
    ("employment_or_studies", "Arbete eller studier"): (
        "employment_unsubsidised",
        "employment_subsidised",
        "studies",
    ),
}
PRINTED_AS_TEXT = (
    _by_benefit("N4", "Tid i sjukförsäkringen vid kartläggning", GK_DAYS_IN_INSURANCE_2018),
    Table(
        id="N6",
        title_sv="Kartläggningar före dag 180, inom ett år och senare",
        sections=(
            Section(
                (GK_TIMING_SHARE,),
                benefit_lines((SICKNESS,)),
                by_column("timing", _TIMING),
                dimensions=("timing",),
            ),
        ),
    ),
    _by_benefit("N7", "Psykiatriska diagnoser vid gemensam kartläggning", GK_PSYCHIATRIC_SHARE),
    _by_benefit("N10", "Påbörjade insatser", INSATS_STARTS_2018),
    Table(
        id="N12",
        title_sv="Program och kategori bland dem som är i aktiva insatser vid periodens slut",
        sections=(
            Section(
                (INSATS_STOCK_SHARE,),
                (Line(),),
                (*by_column("program", _PROGRAMS), *by_column("af_category", _CATEGORIES)),
                dimensions=("program", "af_category"),
            ),
        ),
    ),
    Table(
        id="N13",
        title_sv="Dagar från inskrivning i samarbetet till beslut om insats",
        sections=(Section((DECISION_DAYS, DECISION_MEDIAN), _BENEFITS, controls=_CONTROLS),),
    ),
    Table(
        id="N16",
        title_sv="Resultat efter avslutad arbetsförberedande insats",
        sections=(
            outcomes_of(
                "arbetsforberedande",
                ("positivt_utfall", "Positivt utfall"),
                ("ater_fk", "Åter Försäkringskassan"),
            ),
        ),
    ),
    Table(
        id="N17",
        title_sv="Sysselsättning vid avslut bland dem som återfått arbetsförmåga",
        sections=(
            Section(
                (OCCUPATION_SHARE,),
                _BENEFITS,
                (
                    *by_column("occupation", OCCUPATIONS),
                    *(
                        Part(label, (("occupation", key),), (("occupation", codes),))
                        for (key, label), codes in _OCCUPATION_SUMS.items()
                    ),
                ),
                dimensions=("occupation",),
            ),
        ),
    ),
    _by_benefit(
        "N18", "Tid i sjukförsäkringen vid avslut", DAYS_IN_INSURANCE, DAYS_IN_INSURANCE_MEDIAN
    ),
    _by_benefit("N19", "Dagar i förstärkt samarbete", DAYS_IN_COOPERATION),
    _by_benefit("N26", "Avböjt samtycke", CONSENT_REFUSED_COUNT, CONSENT_REFUSED_SHARE),
    _by_benefit(
        "N27", "Saknad registrering av resultat efter avslut", MISSING_COUNT, MISSING_SHARE
    ),
)
TABLES_OWN = (WAITING, OFFERS, SGI, FLOW, *PRINTED_AS_TEXT)
