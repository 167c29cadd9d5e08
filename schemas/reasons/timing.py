"""Reasons of the rules about days: follow-up in time, late registration, impossible dates."""

from __future__ import annotations

from typing import Final

from schemas.reasons.row import REVISED_WAY_OF_WORKING, Texts, rule
from schemas.reasons.sources import OWN_RULE, report

TIMING_RULES: Final = (
    rule(
        "BR-33",
        "warning",
        Texts(
            "Det öppna ärendet saknar uppföljning i tid. Boka en gemensam uppföljning.",
            "The open case has had no follow-up in time. Book a joint follow-up.",
        ),
        report(2024, "2.1"),
        does=("remind",),
        terms=("revised_way_of_working", "follow_up_interval_days"),
        since=REVISED_WAY_OF_WORKING,
    ),
    rule(
        "BR-36",
        "warning",
        Texts(
            "Händelsen är registrerad sent. Den räknas, och tidigare siffror räknas om; registrera "
            "tidigare nästa gång.",
            "The event was registered late. It counts, and earlier figures are restated; register "
            "sooner next time.",
        ),
        report(2024, "3.1", notes="8"),
        does=("warn",),
        terms=("late_days",),
    ),
    rule(
        "BR-37",
        "error",
        Texts(
            "Datumen är omöjliga. Kontrollera dem och skicka igen.",
            "The dates are impossible. Check them and send again.",
        ),
        OWN_RULE,
        does=("reject", "warn"),
        also={
            "future": Texts(
                "Händelsen ligger i framtiden. Skicka när den har hänt, eller rätta datumet.",
                "The event lies in the future. Send it when it has happened, or correct the date.",
            ),
            "end_before_start": Texts(
                "Slutet ligger före starten. Rätta datumen och skicka igen.",
                "The end lies before the start. Correct the dates and send again.",
            ),
            "before_need": Texts(
                "Kartläggningen ligger före det datum då behovet identifierades. Kontrollera "
                "datumen.",
                "The assessment lies before the day on which the need was identified. Check the "
                "dates.",
            ),
            "warning": Texts(
                "Datumens ordning är osannolik. Kontrollera dem; skicka en rättelse om något är "
                "fel.",
                "The order of the dates is unlikely. Check them; send a correction if something "
                "is wrong.",
            ),
        },
    ),
)
