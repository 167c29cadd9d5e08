"""Reasons of the rules about meetings at transition."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.reasons.row import Texts, rule
from schemas.reasons.sources import cited, report

MEETINGS_RULES: Final = (
    rule(
        "BR-14",
        "warning",
        Texts(
            "Kontaktmötet uppfyller inte alla villkor: sjukpenning, arbetsgivare, risk att inte "
            "vara åter före dag 181, erbjudet dag 91-180. Kontrollera uppgifterna.",
            "The kontaktmöte does not meet all conditions: sickness benefit, an employer, a risk "
            "of not being back before day 181, offered on day 91-180. Check the data.",
        ),
        cited(report(2018, "3"), report(2019, "4–5"), report(2024, "4")),
        does=("reject", "warn"),
        since=date(2008, 1, 1),
        also={
            "no_sickness_benefit": Texts(
                "Kontaktmöte är bara för den som har sjukpenning. Registrera ett annat möte eller "
                "rätta ersättningen.",
                "A kontaktmöte is only for a person with sickness benefit. Register another "
                "meeting or correct the benefit.",
            ),
            "no_employer": Texts(
                "Kontaktmöte är för den som har en arbetsgivare. Kontrollera has_employer.",
                "A kontaktmöte is for a person who has an employer. Check has_employer.",
            ),
            "ability": Texts(
                "Det framgår inte att personen troligen klarar normalt förekommande arbete, vilket "
                "krävdes 2018-2019. Ange no_reduced_ability_normal_work.",
                "It is not said that the person can probably do normally occurring work, which was "
                "needed in 2018-2019. Give no_reduced_ability_normal_work.",
            ),
            "chain_day": Texts(
                "Kontaktmötet ligger utanför dag 91-180 i rehabiliteringskedjan. Kontrollera "
                "rehab_chain_day.",
                "The kontaktmöte lies outside day 91-180 of the rehabilitation chain. Check "
                "rehab_chain_day.",
            ),
        },
    ),
    rule(
        "BR-15",
        "error",
        Texts(
            "Mötesformen stämmer inte med datumet: överlämningsmöte till och med 2018-05-31, "
            "omställningsmöte från 2018-06-01. Skicka igen med rätt kod.",
            "The meeting form does not fit the date: överlämningsmöte until 2018-05-31, "
            "omställningsmöte from 2018-06-01. Send again with the right code.",
        ),
        cited(report(2018, "3"), report(2019, "4–5")),
        does=("reject", "warn"),
        terms=("omstallningsmote",),
        also={
            "warning": Texts(
                "Det migrerade mötets form stämmer inte med datumet (gräns 2018-06-01). Båda "
                "uppgifterna sparas.",
                "The form of the migrated meeting does not fit its date (limit 2018-06-01). Both "
                "are kept.",
            )
        },
    ),
    rule(
        "BR-16",
        "warning",
        Texts(
            "Mötet kom i fel ordning i förhållande till beslutet (sjukpenning: före; sjuk- och "
            "aktivitetsersättning: efter). Det räknas; kontrollera datumen.",
            "The meeting came in the wrong order to the decision (sickness benefit: before; "
            "sjukersättning and aktivitetsersättning: after). It counts; check the dates.",
        ),
        report(2018, "3"),
        does=("warn",),
        terms=("omstallningsmote",),
        since=date(2018, 6, 1),
        also={
            "held_after_decision": Texts(
                "Mötet hölls efter beslutet, men vid sjukpenning ska det hållas före. Det räknas; "
                "kontrollera datumen.",
                "The meeting was held after the decision, but for sickness benefit it belongs "
                "before. It counts; check the dates.",
            ),
            "held_before_decision": Texts(
                "Mötet hölls före beslutet, men vid sjuk- och aktivitetsersättning ska det hållas "
                "efter. Det räknas; kontrollera datumen.",
                "The meeting was held before the decision, but for sjukersättning and "
                "aktivitetsersättning it belongs after. It counts; check the dates.",
            ),
            "offered_after_decision": Texts(
                "Mötet erbjöds efter beslutet men ska erbjudas före. Det räknas; kontrollera "
                "datumen.",
                "The meeting was offered after the decision but belongs before. It counts; check "
                "the dates.",
            ),
        },
    ),
    rule(
        "BR-17",
        "warning",
        Texts(
            "Omställningsmöte erbjuds inte vid avslag på en första ansökan om sjukpenning. "
            "Kontrollera first_application.",
            "No omställningsmöte is offered when a first application for sickness benefit is "
            "refused. Check first_application.",
        ),
        report(2024, "4.1", notes="15"),
        does=("warn",),
        terms=("meetings_2024",),
        since=date(2024, 1, 1),
    ),
    rule(
        "BR-18",
        "warning",
        Texts(
            "Avslaget saknar erbjudande om omställningsmöte. Erbjud ett möte eller registrera "
            "erbjudandet.",
            "The refusal has no offer of an omställningsmöte. Offer one or register the offer.",
        ),
        report(2024, "4.1"),
        does=("remind",),
        terms=("meetings_2024", "offer_after_decision_days"),
        since=date(2024, 1, 1),
    ),
    rule(
        "BR-21",
        "warning",
        Texts(
            "Det framgår inte att Arbetsförmedlingen har erbjudit stöd vid inskrivning. Ange "
            "enrol_support_offered.",
            "It is not said that Arbetsförmedlingen has offered support with the enrolment. Give "
            "enrol_support_offered.",
        ),
        report(2024, "4.1"),
        does=("warn",),
        terms=("meetings_2024",),
        since=date(2024, 1, 1),
    ),
)
