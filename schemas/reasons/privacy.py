"""Reasons of the rules about consent to statistics, and data that may not be sent."""

from __future__ import annotations

from typing import Final

from schemas.reasons.row import Texts, rule
from schemas.reasons.sources import OWN_RULE, report

PRIVACY_RULES: Final = (
    rule(
        "BR-27",
        "warning",
        Texts(
            "Samtycke till statistik med personuppgifter saknas. Meddelandet går fram, men räknas "
            "bara anonymt i statistiken.",
            "There is no consent to statistics with personal data. The message goes through, but "
            "counts only anonymously in the statistics.",
        ),
        report(2018, "2"),
        does=("derive",),
    ),
    rule(
        "BR-28",
        "warning",
        Texts(
            "Nekade och återkallade samtycken räknas per månad utan identitet. Inget behöver "
            "göras.",
            "Refused and withdrawn consents are counted by month without identity. Nothing to do.",
        ),
        report(2018, "2"),
        does=("derive",),
    ),
    rule(
        "BR-29",
        "warning",
        Texts(
            "Samtycket är återkallat: inga nya personuppgifter går till statistiken. Inget behöver "
            "göras.",
            "The consent is withdrawn: no new personal data goes to the statistics. Nothing to do.",
        ),
        OWN_RULE,
        does=("derive",),
    ),
    rule(
        "BR-45",
        "error",
        Texts(
            "Diagnos får bara anges som grupp, och fritext får inte förekomma. Ta bort uppgiften.",
            "A diagnosis may only be given as a group, and free text not at all. Remove it.",
        ),
        OWN_RULE,
        does=("reject",),
    ),
)
