"""What the SDK writes is what the codec of the contract reads."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from gateway.sdk import Writer, message_id, to_binary, to_structured, topic_of
from schemas.codec import Codec, Record
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.partition import partition_of

KEYS = KeyRing.published_test_keys()
NUMBER = "198104129815"
CALL = {
    "person": {"personal_number": NUMBER},
    "case_id": "S-1",
    "event_at": "2024-01-15",
    "kallelse_at": "2024-01-15",
}
WHEN = datetime(2024, 1, 15, 8, 30, tzinfo=UTC)


def _decode(writer: Writer, data: dict, message_type: str = "referral.called", mode="structured"):
    envelope = writer.envelope(
        message_type, data, message_id=message_id(writer.source, "x"), time=WHEN
    )
    made = writer.record(envelope, mode)
    place = partition_of(made.key, 6)
    return Codec(KEYS, 6).decode(
        Record(made.topic, place, 0, 1_705_307_400_000, made.key, made.value, made.headers)
    )


@pytest.mark.parametrize("mode", ["structured", "binary"])
def test_both_modes_are_the_same_message(mode: str) -> None:
    """The codec reads back what was given."""
    decoded = _decode(Writer("fk", KEYS), CALL, mode=mode)
    assert not decoded.problems
    message = decoded.message
    assert message is not None
    assert (message.agency, message.system, message.case_id) == ("fk", "arende", "S-1")
    assert message.type.name == "referral.called"
    assert message.personal_number == NUMBER


def test_a_message_without_person_has_the_key_of_nobody() -> None:
    """Refusals are counted without identity, so there is no subject either."""
    data = {
        "event_at": "2024-01-31",
        "month": "2024-01",
        "unit": "fk-0180",
        "benefit": "sjukpenning",
        "sex": "kvinna",
        "count": 2,
    }
    writer = Writer("fk", KEYS)
    assert writer.person_key(data) == NO_PERSON_KEY
    assert not _decode(writer, data, "consent.refusal_counted").problems


def test_the_id_follows_from_source_and_name() -> None:
    """Sending again after a crash gives the same id, another system another one."""
    assert message_id("urn:samverkan:fk:arende", "a") == message_id("urn:samverkan:fk:arende", "a")
    assert message_id("urn:samverkan:fk:arende", "a") != message_id("urn:samverkan:af:arende", "a")
    assert message_id("urn:samverkan:fk:arende", "a") != message_id("urn:samverkan:fk:arende", "b")


def test_topic_and_system_and_optional_attributes() -> None:
    """All in the places the contract names."""
    writer = Writer("af", KEYS, system="usa")
    envelope = writer.envelope(
        "plan.set", CALL, message_id="m", time="2024-01-15T08:30:00+01:00", expirytime="later"
    )
    assert topic_of("af", "plan.set") == "af.out.plan"
    assert envelope["source"] == "urn:samverkan:af:usa"
    assert envelope["expirytime"] == "later"
    assert envelope["time"] == "2024-01-15T08:30:00+01:00"


def test_misuse_is_refused_with_a_sentence() -> None:
    """At the call, not by the gateway a while later."""
    writer = Writer("fk", KEYS)
    with pytest.raises(ValueError, match="no offset"):
        writer.envelope(
            "referral.called",
            CALL,
            message_id="m",
            time=datetime(2024, 1, 1),  # noqa: DTZ001 - naive on purpose
        )
    with pytest.raises(ValueError, match="colour"):
        writer.envelope("referral.called", CALL, message_id="m", time=WHEN, colour="red")


def test_the_personal_number_stands_in_the_body_only() -> None:
    """Not in the key, the headers or the writer's repr."""
    writer = Writer("fk", KEYS)
    envelope = writer.envelope("referral.called", CALL, message_id="m", time=WHEN)
    value, headers = to_binary(envelope)
    assert NUMBER.encode() in value
    assert NUMBER not in repr(headers) + repr(writer) + writer.record(envelope).key.decode()
    assert orjson.loads(to_structured(envelope)[0]) == envelope
