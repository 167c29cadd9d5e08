"""Reasons about consent, and about what a message waits for (contract sections 5 and 6)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from schemas.reasons.row import Reason, Texts
from schemas.reasons.sources import cited, contract, report

_CONSENT: Final = cited(contract("6"), report(2018, "2"))
_WAITING: Final = contract("5")

CONSENT_REASONS: Final = (
    Reason(
        "consent.missing",
        "error",
        "Det finns inget samtycke till informationsutbyte som omfattar meddelandet. Registrera "
        "samtycket (consent.recorded) och skicka meddelandet igen.",
        "There is no consent to information exchange that covers the message. Record the consent "
        "(consent.recorded) and send the message again.",
        _CONSENT,
        also=MappingProxyType(
            {
                "hold_expired": Texts(
                    "Det samtycke som meddelandet hänvisar till kom inte i tid. Registrera det "
                    "(consent.recorded) och skicka meddelandet igen.",
                    "The consent that the message names did not come in time. Record it "
                    "(consent.recorded) and send the message again.",
                ),
                "not_yet_valid": Texts(
                    "Samtycket gäller inte än. Skicka meddelandet igen när det har börjat gälla.",
                    "The consent is not valid yet. Send the message again when it is.",
                ),
            }
        ),
    ),
    Reason(
        "consent.refused",
        "error",
        "Personen har sagt nej till informationsutbyte. Uppgiften får inte lämnas; fråga personen "
        "på nytt om läget har ändrats.",
        "The person has refused information exchange. The information may not be given; ask the "
        "person again if things have changed.",
        _CONSENT,
    ),
    Reason(
        "consent.withdrawn",
        "error",
        "Personen har återkallat sitt samtycke. Inget mer får lämnas; ett nytt samtycke krävs.",
        "The person has withdrawn the consent. Nothing more may be given; a new consent is needed.",
        _CONSENT,
    ),
    Reason(
        "consent.expired",
        "error",
        "Samtycket har slutat gälla. Be om ett nytt, registrera det och skicka meddelandet igen.",
        "The consent is no longer valid. Ask for a new one, record it and send the message again.",
        _CONSENT,
    ),
    Reason(
        "consent.out_of_scope",
        "error",
        "Samtycket omfattar inte den här typen av uppgifter. Be om ett samtycke som gör det, eller "
        "låt bli att skicka.",
        "The consent does not cover this kind of information. Ask for one that does, or do not "
        "send.",
        _CONSENT,
    ),
    Reason(
        "consent.reopened",
        "warning",
        "Samtycket lämnas på nytt efter en återkallelse som den andra myndigheten har registrerat. "
        "Den myndigheten har fått besked. Kontrollera att personen har ändrat sig.",
        "The consent is given again after a withdrawal that the other agency recorded. That agency "
        "has been told. Check that the person has changed their mind.",
        contract("A 9"),
    ),
    Reason(
        "consent.awaited",
        "hold",
        "Meddelandet väntar på det samtycke som det hänvisar till (consent_ref). Se till att "
        "samtycket skickas; meddelandet behöver inte skickas om.",
        "The message waits for the consent that it names (consent_ref). See that the consent is "
        "sent; the message need not be sent again.",
        _CONSENT,
    ),
    Reason(
        "case.awaited",
        "hold",
        "Meddelandet väntar på något som det bygger på. Se till att det skickas; meddelandet "
        "behöver inte skickas om.",
        "The message waits for something that it builds on. See that it is sent; the message need "
        "not be sent again.",
        _WAITING,
        also=MappingProxyType(
            {
                "case": Texts(
                    "Meddelandet väntar på att ärendet öppnas (referral.initiated). Det behöver "
                    "inte skickas om.",
                    "The message waits for the case to be opened (referral.initiated). It need not "
                    "be sent again.",
                ),
                "assessment": Texts(
                    "Meddelandet väntar på den gemensamma kartläggningen i samma omgång "
                    "(meeting.assessment_completed). Det behöver inte skickas om.",
                    "The message waits for the joint assessment of the same round "
                    "(meeting.assessment_completed). It need not be sent again.",
                ),
                "intervention": Texts(
                    "Meddelandet väntar på beslutet om insatsen (plan.intervention_decided). Det "
                    "behöver inte skickas om.",
                    "The message waits for the decision on the intervention "
                    "(plan.intervention_decided). It need not be sent again.",
                ),
                "sgi_case": Texts(
                    "Meddelandet väntar på att SGI-ärendet öppnas (sgi.opened). Det behöver inte "
                    "skickas om.",
                    "The message waits for the SGI case to be opened (sgi.opened). It need not be "
                    "sent again.",
                ),
            }
        ),
    ),
    Reason(
        "case.closed",
        "error",
        "Ärendets omgång är avslutad. Öppna en ny omgång (referral.initiated med nästa round_no) "
        "eller rätta avslutet.",
        "The round of the case is closed. Open a new round (referral.initiated with the next "
        "round_no) or correct the closing.",
        _WAITING,
        also=MappingProxyType(
            {
                "warning": Texts(
                    "Ärendets omgång var redan avslutad när detta hände. Kontrollera datum och "
                    "omgång; skicka en rättelse om något är fel.",
                    "The round of the case was already closed when this happened. Check date and "
                    "round; send a correction if something is wrong.",
                )
            }
        ),
    ),
    Reason(
        "correction.unknown_message",
        "hold",
        "Meddelandet som ska rättas eller makuleras har inte kommit. Rättelsen väntar på det.",
        "The message to be corrected or voided has not come. The correction waits for it.",
        _WAITING,
        also=MappingProxyType(
            {
                "error": Texts(
                    "Meddelandet som skulle rättas eller makuleras finns inte. Kontrollera id:t, "
                    "och skicka originalet om det aldrig skickades.",
                    "The message to be corrected or voided does not exist. Check the id, and send "
                    "the original if it was never sent.",
                ),
                "not_in_force": Texts(
                    "Meddelandet som skulle rättas eller makuleras gäller inte: det är makulerat "
                    "eller lämnades aldrig ut. Skicka uppgiften som ett nytt meddelande.",
                    "The message to be corrected or voided is not in force: it has been voided or "
                    "was never delivered. Send the information as a new message.",
                ),
                "itself": Texts(
                    "Meddelandet anger sitt eget id. Ange id:t på det meddelande som ska rättas "
                    "eller makuleras, och skicka med ett nytt eget id.",
                    "The message names its own id. Name the id of the message to be corrected or "
                    "voided, and send with a new id of its own.",
                ),
                "other_family": Texts(
                    "Meddelandet som anges hör till en annan familj. Skicka rättelsen eller "
                    "makuleringen i den familjen (<familj>.corrected, <familj>.voided).",
                    "The message that is named is of another family. Send the correction or void "
                    "in that family (<family>.corrected, <family>.voided).",
                ),
                "fits_nothing": Texts(
                    "Ersättningen passar inte någon meddelandetyp i familjen som kan rättas. "
                    "Kontrollera id:t och ersättningens fält. Ett antal nej (refusal_counted) "
                    "rättas inte.",
                    "The replacement fits no message type of the family that can be corrected. "
                    "Check the id and the fields of the replacement. A refusal counter is not "
                    "corrected.",
                ),
                "fel_person": Texts(
                    "En rättelse flyttar inte uppgiften till en annan person. Makulera originalet "
                    "under den första personens nyckel (<familj>.voided med reason fel_person), "
                    "och skicka uppgiften på nytt för rätt person.",
                    "A correction does not move the information to another person. Void the "
                    "original under the first person's key (<family>.voided with reason "
                    "fel_person), and send the information anew for the right person.",
                ),
                "is_amendment": Texts(
                    "En rättelse eller makulering rättas inte. Rätta originalmeddelandet igen.",
                    "A correction or void is not corrected. Correct the original message again.",
                ),
            }
        ),
    ),
    Reason(
        "hold.expired",
        "warning",
        "Det som meddelandet väntade på kom inte i tid. Händelsen är registrerad ändå; skicka det "
        "som saknas.",
        "What the message waited for did not come in time. The event is registered all the same; "
        "send what is missing.",
        _WAITING,
        also=MappingProxyType(
            {
                "error": Texts(
                    "Det som meddelandet väntade på kom inte i tid. Skicka det som saknas och "
                    "sedan begäran igen.",
                    "What the message waited for did not come in time. Send what is missing, and "
                    "then the request again.",
                )
            }
        ),
    ),
    Reason(
        "gateway.parked",
        "hold",
        "Ett tidigare meddelande om samma person måste hanteras av driften först. Skicka inte om; "
        "kvittens kommer.",
        "An earlier message about the same person must be handled by operations first. Do not "
        "send again; a receipt will come.",
        _WAITING,
        also=MappingProxyType(
            {
                "given_up": Texts(
                    "Meddelandet kunde inte behandlas och driften har avslutat det. Det är inte "
                    "överlämnat. Kontakta driften innan du skickar det igen.",
                    "The message could not be processed, and operations have ended it. It is not "
                    "delivered. Contact operations before you send it again.",
                ),
            }
        ),
    ),
    Reason(
        "gateway.full",
        "error",
        "Er del av det som minns om personen är full, så meddelandet kan inte tas emot. "
        "Återkallelser, rättelser och makuleringar tas emot ändå. Makulera dubbletter och kontakta "
        "driften.",
        "Your part of what is remembered about the person is full, so the message cannot be "
        "taken. Withdrawals, corrections and voids are still taken. Void duplicates, and contact "
        "operations.",
        contract("A 8"),
        also=MappingProxyType(
            {
                "limit_held": Texts(
                    "Er del av det som väntar för personen är full. Skicka först det som de "
                    "väntande meddelandena bygger på, sedan detta igen.",
                    "Your part of what waits for the person is full. First send what the waiting "
                    "messages build on, then this one again.",
                ),
            }
        ),
    ),
)
