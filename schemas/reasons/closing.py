"""Reasons of the rules about closing a case."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.reasons.row import REVISED_WAY_OF_WORKING, Texts, rule
from schemas.reasons.sources import report

CLOSING_RULES: Final = (
    rule(
        "BR-30",
        "error",
        Texts(
            "Avslutet saknar resultat. Ange outcome, och ingen_uppgift om resultatet inte är känt.",
            "The closing has no outcome. Give outcome, and ingen_uppgift if it is not known.",
        ),
        report(2024, "3.2", notes="13"),
        does=("reject", "warn"),
        terms=("outcome_required",),
        since=date(2024, 1, 1),
        also={
            "warning": Texts(
                "Avslutet saknar resultat. Det räknas som registrering saknas; rätta när "
                "resultatet är känt.",
                "The closing has no outcome. It counts as registration missing; correct it when "
                "the outcome is known.",
            ),
            "explicit_unknown": Texts(
                "Avslutet säger att uppgift om resultatet saknas. Rätta när resultatet är känt.",
                "The closing says that the outcome is not known. Correct it when it is.",
            ),
        },
    ),
    rule(
        "BR-32",
        "warning",
        Texts(
            "Uppföljningen bedömde att utveckling saknas, men ärendet är inte avslutat. Avsluta "
            "eller registrera ett nytt steg.",
            "The follow-up saw no development, but the case is not closed. Close it or register a "
            "new step.",
        ),
        report(2024, "3.1"),
        does=("remind",),
        terms=("revised_way_of_working", "close_after_no_development_days"),
        since=REVISED_WAY_OF_WORKING,
    ),
    rule(
        "BR-34",
        "warning",
        Texts(
            "Myndigheternas avslut stämmer inte överens och är öppet som tvist. Kom överens och "
            "skicka en rättelse.",
            "The agencies' closings do not agree, and the closing is open as disputed. Agree, and "
            "send a correction.",
        ),
        report(2024, "2.1"),
        does=("warn", "remind"),
        terms=("dispute_days",),
    ),
    rule(
        "BR-40",
        "warning",
        Texts(
            "Ärendet har länge saknat händelser. Avsluta det, med administrative_close om inget "
            "resultat finns.",
            "The case has had no events for long. Close it, with administrative_close if there is "
            "no outcome.",
        ),
        report(2024, "2.1"),
        does=("remind",),
        terms=("stale_days",),
    ),
    rule(
        "BR-46",
        "warning",
        Texts(
            "Omfattningen före och efter saknas vid delvis utflöde. Ange benefits_before och "
            "benefits_after.",
            "The extent before and after a partial leaving is missing. Give benefits_before and "
            "benefits_after.",
        ),
        report(2024, "3.2"),
        does=("warn",),
        terms=("outcome_required",),
        since=date(2024, 1, 1),
    ),
)
