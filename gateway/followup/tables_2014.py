"""Tables 1-4 of the report on 2014."""

from __future__ import annotations

from gateway.followup.indicators_interventions import (
    AGES_2014,
    INSATS_STARTED_COUNT_2014,
    INSATS_STARTED_SHARE_2014,
    INSATS_STOCK_2014,
    INSATS_STOCK_MEAN_2014,
)
from gateway.followup.indicators_outcomes import OUTCOME_COUNT_2014, OUTCOME_SHARE_2014
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
TABLES_2014 = (STARTED_2014, STOCK_2014, *OUTCOMES_2014)
