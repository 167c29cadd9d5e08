"""Reasons of the rules about the way to a joint assessment and its next step."""

from __future__ import annotations

from typing import Final

from schemas.reasons.row import REVISED_WAY_OF_WORKING, Texts, rule
from schemas.reasons.sources import cited, report

PREPARATION_RULES: Final = (
    rule(
        "BR-02",
        "warning",
        Texts(
            "Försäkringskassan har inte angett att behovet är bedömt före kallelsen. Ange "
            "need_assessed.",
            "Försäkringskassan has not said that the need was assessed before the call. Give "
            "need_assessed.",
        ),
        cited(report(2024, "2.1"), report(2024, "3.1")),
        does=("warn",),
        terms=("revised_way_of_working",),
        since=REVISED_WAY_OF_WORKING,
    ),
    rule(
        "BR-03",
        "hold",
        Texts(
            "En person utan ersättning från Försäkringskassan behöver en egen ansökan. "
            "Meddelandet väntar på den; ange application_at.",
            "A person without a benefit from Försäkringskassan needs an application. The message "
            "waits for it; give application_at.",
        ),
        report(2019, "4–5"),
        does=("hold", "warn", "reject"),
        terms=("hold_days",),
        also={
            "certificate": Texts(
                "Personen har ingen ersättning, och läkarintyg saknas. Ange certificate_present "
                "när intyget finns.",
                "The person has no benefit, and there is no certificate. Give certificate_present "
                "when there is one.",
            ),
            "warning": Texts(
                "Personen har ingen ersättning, och läkarintyg eller ansökan saknas. Komplettera "
                "ärendet.",
                "The person has no benefit, and the certificate or the application is missing. "
                "Complete the case.",
            ),
            "error": Texts(
                "En person utan ersättning behöver en egen ansökan, och den kom inte i tid. Skicka "
                "igen med application_at.",
                "A person without a benefit needs an application, and it did not come in time. "
                "Send again with application_at.",
            ),
        },
    ),
    rule(
        "BR-05",
        "warning",
        Texts(
            "Kartläggningen slutar utan plan och utan nästa steg. Ange plan_id eller next_step.",
            "The assessment ends without a plan and without a next step. Give plan_id or "
            "next_step.",
        ),
        report(2024, "2.1", notes="5"),
        does=("warn",),
        terms=("revised_way_of_working",),
        since=REVISED_WAY_OF_WORKING,
    ),
    rule(
        "BR-41",
        "warning",
        Texts(
            "Konsultativt stöd till arbetsgivare förutsätter att personen är anställd. Kontrollera "
            "sysselsättningen.",
            "Consultative support to an employer presupposes that the person is employed. Check "
            "the employment.",
        ),
        report(2018, "2"),
        does=("warn",),
    ),
)
