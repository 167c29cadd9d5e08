"""Reasons of the rules about what the statistics count, and what they leave out."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.reasons.row import Texts, rule
from schemas.reasons.sources import OWN_RULE, report

DERIVED_RULES: Final = (
    rule(
        "BR-19",
        "warning",
        Texts(
            "Avslaget hör inte till statistikens population för inskrivning efter möte. Händelsen "
            "sparas; inget behöver göras.",
            "The refusal is outside the population of enrolments after a meeting. The event is "
            "kept; nothing to do.",
        ),
        report(2024, "4.1", notes="19"),
        does=("derive",),
        since=date(2022, 1, 1),
        until=date(2024, 12, 31),
    ),
    rule(
        "BR-20",
        "warning",
        Texts(
            "Personen har tackat nej, vilket är frivilligt. Ge informationen på annat sätt.",
            "The person has declined, which is voluntary. Give the information in another way.",
        ),
        report(2024, "4.1", notes="17"),
        does=("derive",),
    ),
    rule(
        "BR-31",
        "warning",
        Texts(
            "Avslut efter enbart kartläggning är inget resultat och räknas för sig. Inget behöver "
            "göras.",
            "A closing after the assessment only is no outcome and is counted apart. Nothing to "
            "do.",
        ),
        report(2018, "2.2", notes="13"),
        does=("derive",),
        since=date(2018, 1, 1),
    ),
    rule(
        "BR-35",
        "warning",
        Texts(
            "Samma händelse är redan rapporterad av den andra myndigheten. Den räknas en gång; "
            "detta är en bekräftelse.",
            "The other agency has already reported the same event. It counts once; this is a "
            "confirmation.",
        ),
        OWN_RULE,
        does=("derive",),
    ),
    rule(
        "BR-39",
        "warning",
        Texts(
            "En kartläggning räknas en gång hur många möten den än har. Ny kartläggning kräver ny "
            "omgång (round_no).",
            "An assessment counts once however many meetings it has. A new one needs a new round "
            "(round_no).",
        ),
        report(2024, "3.1", notes="9–10"),
        does=("derive",),
    ),
    rule(
        "BR-42",
        "warning",
        Texts(
            "Deltagare i arbetslivsintroduktion står utanför 2014 års population. Händelsen "
            "sparas; inget behöver göras.",
            "Participants in arbetslivsintroduktion are outside the population of 2014. The event "
            "is kept; nothing to do.",
        ),
        report(2014, "6.1"),
        does=("derive",),
        since=date(2014, 1, 1),
        until=date(2014, 12, 31),
    ),
)
