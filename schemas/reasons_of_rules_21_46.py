"""Reasons of the business rules BR-21 to BR-46 (requirements section 5), in their order.

Enrolment and SGI, consent in the statistics, closing, follow-up, data quality and roles.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.reason import Texts, rule

_END_OF_2023: Final = date(2023, 12, 1)

RULES_21_46: Final = (
    rule(
        "BR-21",
        "warning",
        Texts(
            "Det framgår inte att Arbetsförmedlingen har erbjudit stöd vid inskrivning. Ange "
            "enrol_support_offered.",
            "It is not said that Arbetsförmedlingen has offered support with the enrolment. Give "
            "enrol_support_offered.",
        ),
        "24:L390",
        does=("warn",),
        since=date(2024, 1, 1),
    ),
    rule(
        "BR-22",
        "warning",
        Texts(
            "Inskrivningen kom senare än 25 dagar efter sista dagen med sjukpenning, så "
            "SGI-skyddet kan vara förlorat. Utred genast tillsammans med den andra myndigheten.",
            "The enrolment came later than 25 days after the last day with sickness benefit, so "
            "the SGI protection may be lost. Look into it at once with the other agency.",
        ),
        "24 fn 16 L401-403",
        does=("warn", "remind"),
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
        "24 fn 16 L401-403",
        does=("warn",),
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
        "requirements BR-24 (outside the reports)",
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
        "25:L61",
        does=("derive",),
    ),
    rule(
        "BR-26",
        "warning",
        Texts(
            "Programmet ger en ersättning som ändrar vilken SGI sjukpenningen beräknas på. "
            "Informera personen och handläggarna.",
            "The programme gives an allowance that changes the SGI that sickness benefit is "
            "computed on. Inform the person and the officers.",
        ),
        "18 fn 22; SFB 26:19",
        does=("warn",),
    ),
    rule(
        "BR-27",
        "warning",
        Texts(
            "Samtycke till statistik med personuppgifter saknas. Meddelandet går fram, men räknas "
            "bara anonymt i statistiken.",
            "There is no consent to statistics with personal data. The message goes through, but "
            "counts only anonymously in the statistics.",
        ),
        "18:L324-326",
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
        "18:L324-326",
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
        "requirements BR-29",
        does=("derive",),
    ),
    rule(
        "BR-30",
        "error",
        Texts(
            "Avslutet saknar resultat. Ange outcome, och ingen_uppgift om resultatet inte är känt.",
            "The closing has no outcome. Give outcome, and ingen_uppgift if it is not known.",
        ),
        "24 fn 13",
        does=("reject", "warn"),
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
        "BR-31",
        "warning",
        Texts(
            "Avslut efter enbart kartläggning är inget resultat och räknas för sig. Inget behöver "
            "göras.",
            "A closing after the assessment only is no outcome and is counted apart. Nothing to "
            "do.",
        ),
        "18 fn 13",
        does=("derive",),
        since=date(2018, 1, 1),
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
        "24:L263-267",
        does=("remind",),
        since=_END_OF_2023,
    ),
    rule(
        "BR-33",
        "warning",
        Texts(
            "Det öppna ärendet saknar uppföljning i tid. Boka en gemensam uppföljning.",
            "The open case has had no follow-up in time. Book a joint follow-up.",
        ),
        "24:L93-95",
        does=("remind",),
        since=_END_OF_2023,
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
        "24:L95",
        does=("warn", "remind"),
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
        "requirements BR-35",
        does=("derive",),
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
        "24 fn 8",
        does=("warn",),
    ),
    rule(
        "BR-37",
        "error",
        Texts(
            "Datumen är omöjliga. Kontrollera dem och skicka igen.",
            "The dates are impossible. Check them and send again.",
        ),
        "requirements BR-37",
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
    rule(
        "BR-38",
        "warning",
        Texts(
            "Personen har ersättningar som överlappar, vilket är tillåtet. Inget behöver göras.",
            "The person has overlapping benefits, which is allowed. Nothing to do.",
        ),
        "24 fn 8",
        does=("accept",),
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
        "24 fn 9-10",
        does=("derive",),
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
        "24:L135",
        does=("remind",),
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
        "18:L270",
        does=("warn",),
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
        "14:L210",
        does=("derive",),
        since=date(2014, 1, 1),
        until=date(2014, 12, 31),
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
        "14:L142-146",
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
        "requirements BR-44",
        does=("warn",),
    ),
    rule(
        "BR-45",
        "error",
        Texts(
            "Diagnos får bara anges som grupp, och fritext får inte förekomma. Ta bort uppgiften.",
            "A diagnosis may only be given as a group, and free text not at all. Remove it.",
        ),
        "requirements BR-45",
        does=("reject",),
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
        "24:L272-273",
        does=("warn",),
        since=date(2024, 1, 1),
    ),
)
