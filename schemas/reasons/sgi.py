"""Reasons of the rules about the protection of the SGI."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.reasons.row import Texts, rule
from schemas.reasons.sources import OWN_RULE, report

SGI_RULES: Final = (
    rule(
        "BR-22",
        "warning",
        Texts(
            "Inskrivningen kom senare än 25 dagar efter sista dagen med sjukpenning, så "
            "SGI-skyddet kan vara förlorat. Utred genast tillsammans med den andra myndigheten.",
            "The enrolment came later than 25 days after the last day with sickness benefit, so "
            "the SGI protection may be lost. Look into it at once with the other agency.",
        ),
        report(2024, "4.1", notes="16"),
        does=("warn", "remind"),
        terms=("sgi_rule", "sgi_days", "sgi_reminder_days"),
        since=date(2024, 1, 1),
    ),
    rule(
        "BR-23",
        "warning",
        Texts(
            "SGI-skyddet kräver också att personen söker arbete aktivt och är beredd till minst "
            "tidigare omfattning. Kontrollera och komplettera.",
            "The SGI protection also needs that the person actively seeks work and is willing to "
            "at least the earlier extent. Check and complete.",
        ),
        report(2024, "4.1", notes="16"),
        does=("warn",),
        terms=("sgi_conditions",),
        since=date(2024, 1, 1),
    ),
    rule(
        "BR-24",
        "warning",
        Texts(
            "Kategorin arbetssökande med förhinder medan ett SGI-ärende är öppet kan bryta "
            "SGI-skyddet. Kontakta personen och den andra myndigheten.",
            "The category arbetssökande med förhinder while an SGI case is open may break the SGI "
            "protection. Contact the person and the other agency.",
        ),
        OWN_RULE,
        does=("warn",),
    ),
    rule(
        "BR-25",
        "warning",
        Texts(
            "SGI-skydd är inte tillämpligt: personen saknar SGI eller har bara aktivitets- eller "
            "sjukersättning. Inget behöver göras.",
            "SGI protection does not apply: the person has no SGI or only aktivitetsersättning or "
            "sjukersättning. Nothing to do.",
        ),
        report(
            2025, "Försäkringskassans uppdrag inom sjukpenning och Arbetsförmedlingens grunduppdrag"
        ),
        does=("derive",),
    ),
)
