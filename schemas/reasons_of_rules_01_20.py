"""Reasons of the business rules BR-01 to BR-20 (requirements section 5), in their order.

Initiation, joint assessment, interventions and meetings. Dates are event dates; where the
reports leave a day open, the shipped default stands here.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.reason import Texts, rule

_END_OF_2023: Final = date(2023, 12, 1)
_OCTOBER_2018: Final = date(2018, 10, 1)


RULES_01_20: Final = (
    rule(
        "BR-01",
        "error",
        Texts(
            "Arbetsförmedlingen kan inte längre initiera en gemensam kartläggning. Personen "
            "ansöker själv hos Försäkringskassan (individual_application).",
            "Arbetsförmedlingen can no longer initiate a joint assessment. The person applies to "
            "Försäkringskassan (individual_application).",
        ),
        "19:L181-187",
        does=("reject", "warn"),
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
        "BR-02",
        "warning",
        Texts(
            "Försäkringskassan har inte angett att behovet är bedömt före kallelsen. Ange "
            "need_assessed.",
            "Försäkringskassan has not said that the need was assessed before the call. Give "
            "need_assessed.",
        ),
        "24:L88-95, L252-254",
        does=("warn",),
        since=_END_OF_2023,
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
        "19:L185",
        does=("hold", "warn", "reject"),
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
        "BR-04",
        "error",
        Texts(
            "En gemensam kartläggning kräver individ, arbetsförmedlare och handläggare från "
            "Försäkringskassan. Registrera mötet som avstämningsmöte i stället.",
            "A joint assessment needs the person, an employment officer and an officer of "
            "Försäkringskassan. Register the meeting as an avstämningsmöte instead.",
        ),
        "14:L124-132; 24:L88-92",
        does=("reject",),
    ),
    rule(
        "BR-05",
        "warning",
        Texts(
            "Kartläggningen slutar utan plan och utan nästa steg. Ange plan_id eller next_step.",
            "The assessment ends without a plan and without a next step. Give plan_id or "
            "next_step.",
        ),
        "24:L92, fn 5",
        does=("warn",),
        since=_END_OF_2023,
    ),
    rule(
        "BR-06",
        "warning",
        Texts(
            "Insatsen saknar en genomförd gemensam kartläggning i samma omgång. Registrera "
            "kartläggningen.",
            "The intervention has no completed joint assessment in the same round. Register the "
            "assessment.",
        ),
        "14:L132-146",
        does=("hold", "warn", "reject"),
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
        "18:L282-298",
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
        "18:L719-755",
        does=("reject", "warn"),
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
        "18:L757-765; 19:L203",
        does=("reject", "warn"),
        since=_OCTOBER_2018,
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
        "18 fn 23 L802-804",
        does=("accept",),
    ),
    rule(
        "BR-11",
        "warning",
        Texts(
            "Underlaget för fjärdedelen saknas. Ange base: årsarbetstid om personen har SGI, "
            "annars heltid.",
            "The base of the quarter is missing. Give base: insured yearly time if the person has "
            "an SGI, else full time.",
        ),
        "18 fn 21",
        does=("warn",),
        since=date(2018, 2, 1),
    ),
    rule(
        "BR-12",
        "warning",
        Texts(
            "Rehabiliteringspenning förutsätter rehabilitering på minst en fjärdedel. Beslutet "
            "gäller; Försäkringskassan kontrollerar omfattningen.",
            "Rehabiliteringspenning presupposes rehabilitation of at least a quarter. The decision "
            "stands; Försäkringskassan checks the extent.",
        ),
        "18:L697-733",
        does=("warn",),
        since=date(2018, 2, 1),
    ),
    rule(
        "BR-13",
        "warning",
        Texts(
            "Åldern ligger utanför aktivitetsersättningens gränser (juli det år personen fyller 19 "
            "till månaden före 30). Kontrollera uppgifterna.",
            "The age is outside the limits of aktivitetsersättning (July of the year of turning 19 "
            "to the month before 30). Check the data.",
        ),
        "24 fn 10; requirements BR-13",
        does=("warn",),
        since=date(2003, 1, 1),
    ),
    rule(
        "BR-14",
        "warning",
        Texts(
            "Kontaktmötet uppfyller inte alla villkor: sjukpenning, arbetsgivare, risk att inte "
            "vara åter före dag 181, erbjudet dag 91-180. Kontrollera uppgifterna.",
            "The kontaktmöte does not meet all conditions: sickness benefit, an employer, a risk "
            "of not being back before day 181, offered on day 91-180. Check the data.",
        ),
        "18:L836-852; 19:L249; 24:L370-373",
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
        "18:L855-871; 19:L239",
        does=("reject", "warn"),
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
        "18:L881-898",
        does=("warn",),
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
        "24 fn 15 L400",
        does=("warn",),
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
        "24:L388",
        does=("remind",),
        since=date(2024, 1, 1),
    ),
    rule(
        "BR-19",
        "warning",
        Texts(
            "Avslaget hör inte till statistikens population för inskrivning efter möte. Händelsen "
            "sparas; inget behöver göras.",
            "The refusal is outside the population of enrolments after a meeting. The event is "
            "kept; nothing to do.",
        ),
        "24 fn 19 L456-460",
        does=("derive",),
        since=date(2022, 1, 1),
        until=date(2024, 12, 31),
    ),
    rule(
        "BR-20",
        "warning",
        Texts(
            "Personen har tackat nej, vilket är frivilligt. Ge informationen på annat sätt.",
            "The person has declined, which is voluntary. Give the information in another way.",
        ),
        "24 fn 17 L405",
        does=("derive",),
    ),
)
