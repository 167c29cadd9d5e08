"""Reasons of the rules about the joint assessment itself."""

from __future__ import annotations

from typing import Final

from schemas.reasons.row import Texts, rule
from schemas.reasons.sources import cited, report

ASSESSMENT_RULES: Final = (
    rule(
        "BR-04",
        "error",
        Texts(
            "En gemensam kartläggning kräver individ, arbetsförmedlare och handläggare från "
            "Försäkringskassan. Registrera mötet som avstämningsmöte i stället.",
            "A joint assessment needs the person, an employment officer and an officer of "
            "Försäkringskassan. Register the meeting as an avstämningsmöte instead.",
        ),
        cited(report(2014, "2"), report(2024, "2.1")),
        does=("reject",),
    ),
)
