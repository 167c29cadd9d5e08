"""Reasons of the rules about benefits: their base, extent and age, and overlapping ones."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.reasons.row import Texts, rule
from schemas.reasons.sources import cited, report, statute

BENEFIT_RULES: Final = (
    rule(
        "BR-11",
        "warning",
        Texts(
            "Underlaget för fjärdedelen saknas. Ange base: årsarbetstid om personen har SGI, "
            "annars heltid.",
            "The base of the quarter is missing. Give base: insured yearly time if the person has "
            "an SGI, else full time.",
        ),
        report(2018, "2", notes="21"),
        does=("warn",),
        terms=("quarter_rule_transition",),
        since=date(2018, 2, 1),
    ),
    rule(
        "BR-12",
        "warning",
        Texts(
            "Rehabiliteringspenning förutsätter rehabilitering på minst en fjärdedel. Beslutet "
            "gäller; Försäkringskassan kontrollerar omfattningen.",
            "Rehabiliteringspenning presupposes rehabilitation of at least a quarter. The decision "
            "stands; Försäkringskassan checks the extent.",
        ),
        report(2018, "2"),
        does=("warn",),
        terms=("quarter_rule_transition",),
        since=date(2018, 2, 1),
    ),
    rule(
        "BR-13",
        "warning",
        Texts(
            "Åldern ligger utanför aktivitetsersättningens gränser (juli det år personen fyller 19 "
            "till månaden före 30). Kontrollera uppgifterna.",
            "The age is outside the limits of aktivitetsersättning (July of the year of turning 19 "
            "to the month before 30). Check the data.",
        ),
        report(2014, "4"),
        does=("warn",),
        since=date(2003, 1, 1),
    ),
    rule(
        "BR-26",
        "warning",
        Texts(
            "Programmet ger en ersättning som ändrar vilken SGI sjukpenningen beräknas på. "
            "Informera personen och handläggarna.",
            "The programme gives an allowance that changes the SGI that sickness benefit is "
            "computed on. Inform the person and the officers.",
        ),
        cited(report(2018, "2", notes="22"), statute(26, 19)),
        does=("warn",),
    ),
    rule(
        "BR-38",
        "warning",
        Texts(
            "Personen har ersättningar som överlappar, vilket är tillåtet. Inget behöver göras.",
            "The person has overlapping benefits, which is allowed. Nothing to do.",
        ),
        report(2024, "3.1", notes="8"),
        does=("accept",),
    ),
)
