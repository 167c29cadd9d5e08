"""Reasons of the rules about interventions: their order, their extent, and the quarter rule."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.reasons.row import Texts, rule
from schemas.reasons.sources import cited, report

INTERVENTION_RULES: Final = (
    rule(
        "BR-06",
        "warning",
        Texts(
            "Insatsen saknar en genomförd gemensam kartläggning i samma omgång. Registrera "
            "kartläggningen.",
            "The intervention has no completed joint assessment in the same round. Register the "
            "assessment.",
        ),
        cited(report(2014, "2"), report(2014, "3")),
        does=("hold", "warn", "reject"),
        terms=("hold_days",),
        also={
            "hold": Texts(
                "Insatsen väntar på den gemensamma kartläggningen i samma omgång. Registrera den.",
                "The intervention waits for the joint assessment of the same round. Register it.",
            )
        },
    ),
    rule(
        "BR-07",
        "warning",
        Texts(
            "En arbetsförberedande insats följer på en arbetslivsinriktad. Kontrollera att "
            "ordningen är avsedd.",
            "A preparatory intervention follows a work-oriented one. Check that the order is "
            "meant.",
        ),
        report(2018, "2"),
        does=("warn",),
    ),
    rule(
        "BR-08",
        "error",
        Texts(
            "En person med sjukpenning kan inte anvisas till ett program under en fjärdedel: både "
            "rehabiliteringspenning och sjukpenning kan gå förlorade. Behåll sjukpenningen och "
            "skriv bara in personen, eller öka omfattningen.",
            "A person with sickness benefit cannot be assigned to a programme below a quarter: "
            "both rehabilitation and sickness benefit may be lost. Keep the sickness benefit and "
            "enrol only, or raise the extent.",
        ),
        report(2018, "2"),
        does=("reject", "warn"),
        terms=("quarter_rule_transition", "quarter_rule"),
        since=date(2018, 2, 1),
        also={
            "critical": Texts(
                "Personen har sjukpenning och ett program under en fjärdedel: ersättningen kan gå "
                "förlorad. Kontakta den andra myndigheten genast.",
                "The person has sickness benefit and a programme below a quarter: the benefit may "
                "be lost. Contact the other agency at once.",
            ),
            "transition": Texts(
                "Program under en fjärdedel med sjukpenning. Under övergången 2018-02 till 2018-09 "
                "godtas det; kontrollera ersättningen.",
                "Programme below a quarter with sickness benefit. It is accepted in the transition "
                "2018-02 to 2018-09; check the benefit.",
            ),
        },
    ),
    rule(
        "BR-09",
        "error",
        Texts(
            "Under en fjärdedel med sjukpenning får insatsen bara ske i Arbetsförmedlingens egen "
            "regi och inte på en arbetsplats, eftersom försäkring saknas. Ändra insatsen eller "
            "ange insurance_ref.",
            "Below a quarter with sickness benefit the intervention may only be run by "
            "Arbetsförmedlingen itself and not at a workplace, since there is no insurance. "
            "Change it or give insurance_ref.",
        ),
        cited(report(2018, "2"), report(2019, "4–5")),
        does=("reject", "warn"),
        terms=("quarter_rule", "workplace_insurance"),
        since=date(2018, 10, 1),
        also={
            "warning": Texts(
                "Personen deltar under en fjärdedel hos leverantör eller på arbetsplats utan "
                "försäkring. Åtgärda genast tillsammans med den andra myndigheten.",
                "The person takes part below a quarter at a supplier or workplace without "
                "insurance. Act at once together with the other agency.",
            )
        },
    ),
    rule(
        "BR-10",
        "warning",
        Texts(
            "Aktivitetsersättning och sjukersättning berörs inte av fjärdedelsregeln (BR-08 och "
            "BR-09). Inget behöver göras.",
            "Aktivitetsersättning and sjukersättning are not touched by the quarter rule (BR-08 "
            "and BR-09). Nothing to do.",
        ),
        report(2018, "2", notes="23"),
        does=("accept",),
    ),
)
