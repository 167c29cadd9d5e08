"""Reasons about the record, its envelope and the fields of its body (contract sections 2 and 5)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from schemas.reasons.row import Reason, Texts
from schemas.reasons.sources import contract

_SOURCE: Final = contract("2")

_FIELD: Final = MappingProxyType(
    {
        "missing": Texts(
            "Ett obligatoriskt fält saknas eller är null. Fyll i det och skicka meddelandet igen.",
            "A required field is missing or null. Fill it in and send the message again.",
        ),
        "missing_here": Texts(
            "Fältet är obligatoriskt tillsammans med ett annat värde i meddelandet (kontraktet, "
            "avsnitt 11). Fyll i det och skicka igen.",
            "The field is required together with another value in the message (contract, "
            "section 11). Fill it in and send again.",
        ),
        "unknown_field": Texts(
            "Fältet finns inte i kontraktet. Ta bort det; fritext och diagnoser får inte skickas.",
            "The contract has no such field. Remove it; free text and diagnoses may not be sent.",
        ),
        "not_in_code_list": Texts(
            "Värdet finns inte i fältets kodlista. Använd en kod ur kontraktets avsnitt 11.",
            "The value is not in the field's code list. Use a code from the contract, section 11.",
        ),
        "wrong_type": Texts(
            "Värdet har fel typ, till exempel text i stället för tal. Se exemplet i kontraktet.",
            "The value has the wrong type, such as text for a number. See the contract's example.",
        ),
        "bad_date": Texts(
            "Värdet är inte ett datum. Skriv ÅÅÅÅ-MM-DD, en dag som finns, mellan 1900 och 2199.",
            "The value is no date. Write YYYY-MM-DD, a day that exists, from 1900 to 2199.",
        ),
        "bad_time": Texts(
            "Värdet är inte en tidpunkt. Skriv enligt RFC 3339 med tidszon, till exempel "
            "ÅÅÅÅ-MM-DDTtt:mm:ss+01:00.",
            "The value is no instant. Write RFC 3339 with an offset, such as "
            "YYYY-MM-DDThh:mm:ss+01:00.",
        ),
        "bad_date_or_time": Texts(
            "Värdet är varken ett datum (ÅÅÅÅ-MM-DD) eller en tidpunkt med tidszon (RFC 3339).",
            "The value is neither a date (YYYY-MM-DD) nor an instant with an offset (RFC 3339).",
        ),
        "bad_month": Texts(
            "Värdet är inte en månad. Skriv ÅÅÅÅ-MM.",
            "The value is no month. Write YYYY-MM.",
        ),
        "bad_uuid": Texts(
            "Värdet är inte ett UUID i textform med bindestreck.",
            "The value is no UUID in text form with hyphens.",
        ),
        "bad_id": Texts(
            "Identiteten får ha 1-64 tecken ur A-Z, a-z, 0-9 samt . _ : och -.",
            "The id may have 1-64 characters of A-Z, a-z, 0-9 and . _ : and -.",
        ),
        "bad_free_code": Texts(
            "Koden får ha 1-32 tecken ur a-z, 0-9 och bindestreck.",
            "The code may have 1-32 characters of a-z, 0-9 and hyphen.",
        ),
        "bad_format": Texts(
            "Värdet har inte den form som kontraktet anger för fältet.",
            "The value does not have the form that the contract gives for the field.",
        ),
        "too_long": Texts(
            "Texten är längre än kontraktet tillåter. Korta den.",
            "The text is longer than the contract allows. Shorten it.",
        ),
        "too_many": Texts(
            "Listan eller objektet har fler delar än kontraktet tillåter. Dela upp uppgiften.",
            "The list or object has more parts than the contract allows. Split it.",
        ),
        "empty": Texts(
            "Fältet är tomt men måste ha minst ett värde.",
            "The field is empty but needs at least one value.",
        ),
        "out_of_range": Texts(
            "Talet ligger utanför det tillåtna området för fältet.",
            "The number lies outside the range allowed for the field.",
        ),
        "given_twice": Texts(
            "Samma fältnamn står två gånger i samma objekt, så det är oklart vilket som gäller. "
            "Skicka det en gång.",
            "The same name stands twice in one object, so it is unclear which one holds. "
            "Send it once.",
        ),
        "personal_number_outside_person": Texts(
            "Personnumret står på ett ställe där det inte får stå. Det får bara stå i "
            "data.person.personal_number; byt till en identitet utan personnummer.",
            "The personal number stands where it may not. Its only place is "
            "data.person.personal_number; use an id without it.",
        ),
        "data_base64": Texts(
            "Data får inte skickas som base64. Skicka dem som JSON-objekt i data.",
            "Data may not be sent as base64. Send them as a JSON object in data.",
        ),
        "no_attribute": Texts(
            "Kontraktet känner inte attributet, och namnet får inte användas för en egen "
            "utökning: 1-20 tecken ur a-z och 0-9, och inget som anger var eller hur data står. "
            "Byt namn eller ta bort det.",
            "The contract does not know the attribute, and the name may not be used for an "
            "extension: 1-20 characters of a-z and 0-9, none that says where or how data stand. "
            "Rename or remove it.",
        ),
        "more": Texts(
            "Meddelandet har fler fel än vad som listas. Rätta dessa först.",
            "The message has more problems than are listed. Correct these first.",
        ),
    }
)

_ATTRIBUTE: Final = MappingProxyType(
    {
        "missing": Texts(
            "Ett obligatoriskt CloudEvents-attribut saknas eller är null. Lägg till det.",
            "A required CloudEvents attribute is missing or null. Add it.",
        ),
        "unreadable": Texts(
            "Headerns värde är inte UTF-8 eller har styrtecken. Skriv vanlig text i UTF-8, eller "
            "utelämna headern.",
            "The header's value is not UTF-8 or has control characters. Write plain text in UTF-8, "
            "or leave the header out.",
        ),
        "control_in_name": Texts(
            "En headers namn har styrtecken. Skriv namnet med synliga tecken.",
            "A header's name has control characters. Write the name with visible characters.",
        ),
        "sent_twice": Texts(
            "CloudEvents-attributet står i två headers. Skicka det en gång.",
            "Two headers carry the CloudEvents attribute. Send it once.",
        ),
        "beside_structured": Texts(
            "Meddelandet är strukturerat, så attributen står i värdet. Ta bort headern ce_..., "
            "som annars ger meddelandet en andra betydelse.",
            "The message is structured, so its attributes stand in the value. Remove the ce_... "
            "header, which would give the message a second meaning.",
        ),
        "misspelt_header": Texts(
            "Headern bär inget CloudEvents-attribut som den är skriven. Skriv ce_ och attributets "
            "namn med små bokstäver; data är postens värde.",
            "The header carries no CloudEvents attribute as it is written. Write ce_ and the "
            "attribute's name in lower case; data are the record's value.",
        ),
        "two_content_types": Texts(
            "Två headers anger olika innehållstyp. Skicka en content-type.",
            "Two headers name different content types. Send one content-type.",
        ),
        "other_charset": Texts(
            "Innehållstypen anger en annan charset än utf-8. Skriv värdet i UTF-8 och ta bort "
            "charset eller ange charset=utf-8.",
            "The content type names another charset than utf-8. Write the value in UTF-8 and "
            "remove charset or say charset=utf-8.",
        ),
        "other_format": Texts(
            "Innehållstypen anger ett annat CloudEvents-format än JSON. Skicka ett meddelande i "
            "taget som application/cloudevents+json.",
            "The content type names a CloudEvents format other than JSON. Send one message at a "
            "time as application/cloudevents+json.",
        ),
        "bad_uuid": Texts(
            "Meddelandets id måste vara ett UUID i textform med bindestreck.",
            "The message id must be a UUID in text form with hyphens.",
        ),
        "bad_time": _FIELD["bad_time"],
        "not_in_code_list": Texts(
            "CloudEvents-attributet har fel värde: specversion är 1.0 och datacontenttype är "
            "application/json.",
            "The CloudEvents attribute has the wrong value: specversion is 1.0 and "
            "datacontenttype is application/json.",
        ),
    }
)

ENVELOPE_REASONS: Final = (
    Reason(
        "envelope.not_json",
        "error",
        "Meddelandet är inte ett JSON-objekt i UTF-8. Kontrollera vad systemet skrev och skicka "
        "igen.",
        "The message is not a JSON object in UTF-8. Check what the system wrote and send again.",
        _SOURCE,
    ),
    Reason(
        "envelope.not_cloudevent",
        "error",
        "Meddelandet är inte en CloudEvent 1.0. Se kontraktets avsnitt 2 om attributen.",
        "The message is not a CloudEvent 1.0. See section 2 of the contract on the attributes.",
        _SOURCE,
        also=_ATTRIBUTE,
    ),
    Reason(
        "envelope.unknown_type",
        "error",
        "Meddelandetypen finns inte i kontraktet. Använd en typ ur kontraktets avsnitt 3.",
        "The contract has no such message type. Use a type from section 3 of the contract.",
        contract("3"),
    ),
    Reason(
        "envelope.unsupported_version",
        "error",
        "Meddelandetypen finns, men inte i den versionen. Skicka en version som överenskommelsen "
        "godtar.",
        "The message type exists, but not in that version. Send a version that the agreement "
        "accepts.",
        contract("6"),
    ),
    Reason(
        "envelope.wrong_topic",
        "error",
        "Meddelandetypen hör till en annan familj än ämnet (topic). Skicka på "
        "<myndighet>.out.<familj>.",
        "The message type belongs to another family than the topic. Send on <agency>.out.<family>.",
        contract("1"),
    ),
    Reason(
        "envelope.wrong_sender",
        "error",
        "Avsändaren (source) hör inte till den myndighet som äger ämnet (topic). Skicka från den "
        "egna myndighetens system på dess eget ämne.",
        "The source does not belong to the agency that owns the topic. Send from the agency's own "
        "system on its own topic.",
        _SOURCE,
        also=MappingProxyType(
            {
                "unknown_source": Texts(
                    "Avsändaren (source) är okänd. Skriv urn:samverkan:<myndighet>:<system> med "
                    "ett system ur kontraktets avsnitt 2.",
                    "The source is unknown. Write urn:samverkan:<agency>:<system> with a system "
                    "from section 2 of the contract.",
                )
            }
        ),
    ),
    Reason(
        "envelope.too_large",
        "error",
        "Meddelandet är större än 256 KiB. Skicka bara kontraktets fält.",
        "The message is larger than 256 KiB. Send the contract's fields only.",
        _SOURCE,
        also=MappingProxyType(
            {
                "headers": Texts(
                    "Meddelandet har fler än 64 headers, eller mer än 16 KiB av dem. Skicka bara "
                    "dem som behövs.",
                    "The message has more than 64 headers, or more than 16 KiB of them. Send only "
                    "those that are needed.",
                ),
            }
        ),
    ),
    Reason(
        "envelope.bad_timestamp",
        "error",
        "Postens tidsstämpel i Kafka saknas (-1) eller ligger utanför åren 2000-2099. Rätta "
        "klockan hos avsändaren, eller låt klienten sätta tiden, och skicka igen.",
        "The record's Kafka timestamp is absent (-1) or outside the years 2000 to 2099. Correct "
        "the sender's clock, or let the client set the time, and send again.",
        contract("A"),
    ),
    Reason(
        "envelope.key_mismatch",
        "error",
        "Nyckeln stämmer inte med personen i meddelandet. Beräkna personnyckeln på nytt och sätt "
        "den både som Kafka-nyckel och i partitionkey.",
        "The key does not fit the person in the message. Compute the person key anew and set it "
        "both as Kafka key and in partitionkey.",
        _SOURCE,
        also=MappingProxyType(
            {
                "missing": Texts(
                    "Nyckeln saknas eller är inte ASCII. Sätt personnyckeln både som Kafka-nyckel "
                    "och i partitionkey.",
                    "The key is missing or not ASCII. Set the person key both as Kafka key and in "
                    "partitionkey.",
                ),
                "fel_person": Texts(
                    "En rättelse flyttar inte uppgiften till en annan person. Makulera originalet "
                    "under den första personens nyckel (<familj>.voided med reason fel_person), "
                    "och skicka uppgiften på nytt för rätt person.",
                    "A correction does not move the information to another person. Void the "
                    "original under the first person's key (<family>.voided with reason "
                    "fel_person), and send the information anew for the right person.",
                ),
            }
        ),
    ),
    Reason(
        "envelope.wrong_partition",
        "error",
        "Meddelandet ligger i fel partition för sin nyckel. Använd Kafkas standardval (murmur2; "
        "librdkafka: partitioner=murmur2_random).",
        "The message is in the wrong partition for its key. Use Kafka's default (murmur2; "
        "librdkafka: partitioner=murmur2_random).",
        _SOURCE,
    ),
    Reason(
        "envelope.unknown_key_id",
        "error",
        "Nyckelns id (keyid) är okänt. Använd den utbytesnyckel som myndigheterna har kommit "
        "överens om.",
        "The key id (keyid) is unknown. Use the exchange key that the agencies have agreed on.",
        contract("8"),
    ),
    Reason(
        "envelope.subject_mismatch",
        "error",
        "Attributet subject är inte ärendets id. Sätt det till samma värde som data.case_id.",
        "The attribute subject is not the case id. Set it to the same value as data.case_id.",
        _SOURCE,
        also=MappingProxyType(
            {
                "missing": Texts(
                    "Attributet subject saknas. Sätt det till samma värde som data.case_id.",
                    "The attribute subject is missing. Set it to the same value as data.case_id.",
                )
            }
        ),
    ),
    Reason(
        "schema.invalid",
        "error",
        "Ett fält följer inte kontraktet. Rätta det och skicka meddelandet igen.",
        "A field does not follow the contract. Correct it and send the message again.",
        contract("11"),
        also=_FIELD,
    ),
    Reason(
        "identity.invalid_number",
        "error",
        "Personnumret eller samordningsnumret är inte giltigt: det ska ha tolv siffror, en dag som "
        "finns och rätt kontrollsiffra. Kontrollera personen i ärendet.",
        "The personal or coordination number is not valid: it has twelve digits, a day that exists "
        "and the right check digit. Check the person in the case.",
        _SOURCE,
    ),
    Reason(
        "id.conflict",
        "error",
        "Ett meddelande med samma id men annat innehåll är redan mottaget och gäller. Skicka en "
        "rättelse (.corrected) eller ett nytt meddelande med nytt id.",
        "A message with the same id but other content has been received and stands. Send a "
        "correction (.corrected) or a new message with a new id.",
        contract("4"),
    ),
)
