"""Reasons of the rules about the way in: who may initiate, who may send, who the person is."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.reasons.row import Texts, rule
from schemas.reasons.sources import OWN_RULE, report

INITIATION_RULES: Final = (
    rule(
        "BR-01",
        "error",
        Texts(
            "Arbetsförmedlingen kan inte längre initiera en gemensam kartläggning. Personen "
            "ansöker själv hos Försäkringskassan (individual_application).",
            "Arbetsförmedlingen can no longer initiate a joint assessment. The person applies to "
            "Försäkringskassan (individual_application).",
        ),
        report(2019, "4–5"),
        does=("reject", "warn"),
        terms=("af_path_closed",),
        since=date(2019, 5, 15),
        also={
            "warning": Texts(
                "Kartläggningen bygger på en väg in som upphörde 2019-05-15. Den räknas; använd "
                "individuell ansökan nästa gång.",
                "The assessment rests on a path that ended on 2019-05-15. It counts; use an "
                "individual application next time.",
            )
        },
    ),
    rule(
        "BR-43",
        "error",
        Texts(
            "Myndigheten får inte skicka den här meddelandetypen. Låt den myndighet som ansvarar "
            "för uppgiften skicka den.",
            "The agency may not send this type of message. Let the agency that answers for the "
            "matter send it.",
        ),
        report(2014, "3"),
        does=("reject",),
        also={
            "af_initiated_only": Texts(
                "Arbetsförmedlingen får bara skicka referral.initiated med vägen af_initiated.",
                "Arbetsförmedlingen may send referral.initiated only with the path af_initiated.",
            ),
            "asked_by_other_agency": Texts(
                "Fältet asked_by ska vara den egna myndigheten. Rätta fältet, eller låt den "
                "myndighet som frågade efter samtycket skicka det.",
                "The field asked_by must be the sender's own agency. Correct the field, or let the "
                "agency that asked for the consent send it.",
            ),
            "correction_of_other_agency": Texts(
                "Bara den som skickade originalet får rätta eller makulera det. Kontakta den andra "
                "myndigheten.",
                "Only the sender of the original may correct or void it. Contact the other agency.",
            ),
        },
    ),
    rule(
        "BR-44",
        "warning",
        Texts(
            "Kön eller födelsemånad saknas. Personen redovisas som uppgift saknas; komplettera om "
            "det går.",
            "Sex or birth month is missing. The person is reported as unknown; complete it if "
            "possible.",
        ),
        OWN_RULE,
        does=("warn",),
    ),
)
