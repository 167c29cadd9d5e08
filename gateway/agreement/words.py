"""What each limit and date of the agreement means, in Swedish and English.

A sentence has one place for its value: `{n}` for a limit, `{day}` for a date. Which rules use a
limit or date is said in the rule's own record (`terms` in schemas/reasons).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.reasons import Texts

LIMITS: Final[Mapping[str, Texts]] = MappingProxyType(
    {
        "hold_days": Texts(
            "Ett meddelande väntar högst {n} dagar på det som det bygger på.",
            "A message waits at most {n} days for what it builds on.",
        ),
        "late_days": Texts(
            "En händelse som registreras mer än {n} dagar efter att den hände är sent registrerad.",
            "An event that is registered more than {n} days after it happened is late.",
        ),
        "follow_up_interval_days": Texts(
            "I ett öppet ärende går det högst {n} dagar mellan två uppföljningar.",
            "In an open case at most {n} days pass between two follow-ups.",
        ),
        "offer_after_decision_days": Texts(
            "Ett omställningsmöte erbjuds senast {n} dagar efter avslaget.",
            "An omställningsmöte is offered at the latest {n} days after the refusal.",
        ),
        "dispute_days": Texts(
            "Myndigheterna har {n} dagar på sig att bli eniga om ett avslut.",
            "The agencies have {n} days to agree on a closing.",
        ),
        "status_after_closing_days": Texts(
            "Myndigheterna rapporterar hur det har gått {n} dagar efter avslutet.",
            "The agencies report how the person is doing {n} days after the closing.",
        ),
        "close_after_no_development_days": Texts(
            "Om arbetsförmågan inte utvecklas avslutas ärendet inom {n} dagar från uppföljningen.",
            "If work ability does not develop, the case is closed within {n} days of the "
            "follow-up.",
        ),
        "stale_days": Texts(
            "Ett öppet ärende utan händelser under {n} dagar ska avslutas.",
            "An open case without events for {n} days is to be closed.",
        ),
        "sgi_days": Texts(
            "För att behålla sin SGI skriver personen in sig senast {n} dagar efter sista dagen "
            "med sjukpenning.",
            "To keep the SGI the person enrols at the latest {n} days after the last day with "
            "sickness benefit.",
        ),
        "sgi_reminder_days": Texts(
            "Myndigheterna påminns om SGI-skyddet dag {n} efter sista dagen med sjukpenning.",
            "The agencies are reminded of the SGI protection on day {n} after the last day with "
            "sickness benefit.",
        ),
        "small_count": Texts(
            "Statistiken märker antal som är mindre än {n}.",
            "The statistics mark counts that are smaller than {n}.",
        ),
    }
)

DATES: Final[Mapping[str, Texts]] = MappingProxyType(
    {
        "af_path_closed": Texts(
            "Från och med {day} kan Arbetsförmedlingen inte initiera en gemensam kartläggning.",
            "From {day} Arbetsförmedlingen can no longer initiate a joint assessment.",
        ),
        "revised_way_of_working": Texts(
            "Från och med {day} gäller det reviderade arbetssättet: behovet bedöms före kallelsen, "
            "kartläggningen slutar med en plan, och planen följs upp regelbundet.",
            "From {day} the revised way of working holds: the need is assessed before the call, "
            "the assessment ends with a plan, and the plan is followed up regularly.",
        ),
        "quarter_rule_transition": Texts(
            "Från och med {day} ger ett program under en fjärdedel en varning.",
            "From {day} a programme below a quarter of working time gives a warning.",
        ),
        "quarter_rule": Texts(
            "Från och med {day} avvisas ett förslag till program under en fjärdedel för den som "
            "har sjukpenning.",
            "From {day} a proposed programme below a quarter of working time is refused for a "
            "person with sickness benefit.",
        ),
        "omstallningsmote": Texts(
            "Från och med {day} ersätter omställningsmötet överlämningsmötet.",
            "From {day} the omställningsmöte replaces the överlämningsmöte.",
        ),
        "outcome_required": Texts(
            "Från och med {day} kräver ett avslut ett resultat.",
            "From {day} a closing needs an outcome.",
        ),
        "meetings_2024": Texts(
            "Från och med {day} gäller reglerna om vem som erbjuds omställningsmöte och stöd vid "
            "inskrivning.",
            "From {day} the rules hold on who is offered an omställningsmöte and support with the "
            "enrolment.",
        ),
        "sgi_rule": Texts(
            "Från och med {day} prövas om inskrivningen kom i tid för SGI-skyddet.",
            "From {day} it is checked whether the enrolment came in time for the SGI protection.",
        ),
        "sgi_conditions": Texts(
            "Från och med {day} prövas SGI-skyddets övriga villkor: att personen söker arbete "
            "aktivt och är beredd till minst tidigare omfattning.",
            "From {day} the other conditions of the SGI protection are checked: the person "
            "actively seeks work and is willing to at least the earlier extent.",
        ),
        "workplace_insurance": Texts(
            "En försäkring för arbetsplatsen under en fjärdedel finns från: {day}.",
            "There is an insurance for the workplace below a quarter from: {day}.",
        ),
    }
)

#: Said of a date that the agreement does not set.
NOT_YET: Final = Texts("inte bestämd än", "not decided yet")
#: Of a message type: ground -> words.
GROUNDS: Final[Mapping[str, Texts]] = MappingProxyType(
    {
        "consent": Texts("samtycke till {what}", "consent to {what}"),
        "statute": Texts("författning: {what}", "statute: {what}"),
        "none": Texts("ingen grund krävs", "no ground is needed"),
    }
)
#: Purpose of a consent, or reference of a statute -> words; others are shown as they are.
PURPOSES: Final[Mapping[str, Texts]] = MappingProxyType(
    {
        "information_exchange": Texts("informationsutbyte", "information exchange"),
        "survey": Texts("enkät", "a survey"),
        "statistics_personal_data": Texts(
            "statistik med personuppgifter", "statistics with personal data"
        ),
        "to-be-confirmed-by-the-agencies-lawyers": Texts(
            "bekräftas av myndigheternas jurister", "to be confirmed by the agencies' lawyers"
        ),
    }
)
