"""Numbers, times and personal numbers in every form that the contract takes, and what comes of it.

Each answer is compared with the express lane's, byte for byte (`tests.twin`).
"""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from schemas.instants import instant_of
from schemas.registry import BY_NAME
from tests.dsl import Answer, Gateway
from tests.schemas.make import synthetic_number

WHOLE = ("7", "7.0", "7.00", "7e0", "70e-1", "0.7e1", "7E+0")
ANY_MONTH = [synthetic_number(1990, month, 60) for month in range(13)]
ANY_DAY = [synthetic_number(1990, 0, day) for day in (61, 75, 90, 91)]
#: As sent, and as a fact shows it.
INSTANTS = {
    "2024-01-09T10:00:00Z": "2024-01-09T10:00:00+00:00",
    "2024-01-09t10:00:00z": "2024-01-09T10:00:00+00:00",
    "2024-01-09T10:00:00-00:00": "2024-01-09T10:00:00+00:00",
    "2024-01-09T10:00:00.5+01:00": "2024-01-09T10:00:00.500000+01:00",
    "2024-01-09T10:00:00.123+01:00": "2024-01-09T10:00:00.123000+01:00",
    "2024-01-09T10:00:00.1239+01:00": "2024-01-09T10:00:00.123000+01:00",
    "2024-01-09T10:00:00.123999+01:00": "2024-01-09T10:00:00.123000+01:00",
    "2024-01-09T10:00:00.0009+01:00": "2024-01-09T10:00:00+01:00",
    "2024-01-09T10:00:00.9999999999999Z": "2024-01-09T10:00:00.999000+00:00",
    "2024-01-09T10:00:00+14:00": "2024-01-09T10:00:00+14:00",
    "2024-01-09T10:00:00+23:59": "2024-01-09T10:00:00+23:59",
    "2024-01-09T10:00:00-23:59": "2024-01-09T10:00:00-23:59",
    "2023-12-31T23:59:60Z": "2024-01-01T00:00:00+00:00",
    "2023-12-31T23:59:60.25Z": "2024-01-01T00:00:00.250000+00:00",
    "2024-01-01T00:59:60+01:00": "2024-01-01T01:00:00+01:00",
    "2024-01-01T05:29:60+05:30": "2024-01-01T05:30:00+05:30",
}
NO_INSTANTS = (
    "2024-01-09T23:58:60Z", "2024-01-09T22:59:60Z", "2024-01-09T23:59:61Z", "2024-01-09T24:00:00Z",
    "2024-01-09T10:00:00", "2024-01-09T10:00:00.Z", "2024-01-09T10:00:00+24:00",
    "2024-01-09T10:00Z",
    "2024-02-30T10:00:00Z", "2200-01-01T00:00:00Z", "1899-12-31T23:59:59Z", "2024-01-09 10:00:00Z",
)  # fmt: skip


def written(gateway: Gateway, name: str, field: str, text: str, **data: Any) -> Answer:
    """Send a message in whose data a field has a value of just this JSON text."""
    event = gateway.event(name, **{field: "PLACE"}, **data)
    value = json.dumps(event).replace('"PLACE"', text).encode()
    assert text.encode() in value
    topic = f"{event['source'].split(':')[2]}.out.{BY_NAME[name].family}"
    return gateway.put(topic, event, value=value)


@pytest.mark.parametrize("text", WHOLE)
def test_an_integer_in_any_form_is_the_same_integer_in_facts_and_state(text: str) -> None:
    plain, other = Gateway().opened_case(), Gateway().opened_case()
    wanted = written(plain, "plan.set", "version", "7")
    found = written(other, "plan.set", "version", text)
    assert found.status == wanted.status == "ACCEPTED"
    assert orjson.dumps(found.fact["fields"]["version"]) == b"7"
    assert found.fact["fields"] == wanted.fact["fields"]
    (delivered,) = found.deliveries
    assert f'"version": {text}'.encode() in delivered.value


@pytest.mark.parametrize("text", WHOLE)
def test_a_round_in_another_form_is_the_same_round(text: str) -> None:
    gateway = Gateway()
    gateway.consented()
    assert written(gateway, "referral.initiated", "round_no", text).status == "ACCEPTED"
    called = gateway.send("referral.called", round_no=7)
    assert called.status == "ACCEPTED"
    assert orjson.dumps(called.fact["round_no"]) == b"7"


@pytest.mark.parametrize("text", ["1000", "1000.0", "1e3", "1", "1.0"])
def test_the_bounds_of_an_integer_are_in_it_in_every_form(text: str) -> None:
    answer = written(Gateway(), "consent.refusal_counted", "count", text)
    assert answer.status == "ACCEPTED"


@pytest.mark.parametrize(
    "text",
    ["1001", "1001.0", "1.001e3", "0", "0.0", "-0", "-0.0", "0e5", "1.5", "1e-1", "1e300", '"1"',
     "100000000000000000000", "true", "[1]"],
)  # fmt: skip
def test_what_is_outside_or_no_integer_is_refused_in_every_form(text: str) -> None:
    answer = written(Gateway(), "consent.refusal_counted", "count", text)
    assert (answer.status, answer.codes) == ("REJECTED", ["schema.invalid"])


@pytest.mark.parametrize("text", ["1e400", "-1e400", "1" + "0" * 400])
def test_a_number_beyond_a_double_is_no_json(text: str) -> None:
    answer = written(Gateway(), "consent.refusal_counted", "count", text)
    assert answer.receipts[0]["reasons"][0]["code"] == "envelope.not_json"


@pytest.mark.parametrize(("text", "shown"), INSTANTS.items())
def test_an_instant_is_cut_to_milliseconds_and_keeps_its_offset(text: str, shown: str) -> None:
    gateway = Gateway().on("2024-01-10T12:00")
    answer = gateway.send("status.enrolled", event_at=text)
    assert answer.status == "ACCEPTED", answer.receipt
    assert answer.fact["event_at"] == shown


@pytest.mark.parametrize("text", INSTANTS)
def test_the_attributes_of_an_event_take_every_instant_too(text: str) -> None:
    envelope = {"time": text, "expirytime": text.replace("2023", "2033").replace("2024", "2034")}
    answer = Gateway().send("status.enrolled", envelope=envelope)
    assert answer.status == "ACCEPTED", answer.receipt


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_what_is_no_instant_in_rfc_3339_is_refused_everywhere(text: str) -> None:
    gateway = Gateway()
    assert gateway.send("status.enrolled", event_at=text).codes == ["schema.invalid"]
    for name in ("time", "expirytime"):
        answer = gateway.send("status.enrolled", envelope={name: text})
        assert answer.status == "REJECTED"
        assert [reason["path"] for reason in answer.receipt["reasons"]] == [name]


def test_a_leap_second_belongs_to_the_day_that_begins() -> None:
    gateway = Gateway().on("2024-01-10T12:00")
    answer = gateway.send("status.enrolled", event_at="2023-12-31T22:59:60-01:00")
    assert answer.fact["event_at"] == "2023-12-31T23:00:00-01:00"
    assert answer.fact["delay_days"] == 9  # since 2024-01-01 in Sweden


@pytest.mark.parametrize("number", [*ANY_MONTH, *ANY_DAY])
def test_a_person_whose_birth_is_not_fully_known_can_be_in_a_case(number: str) -> None:
    gateway = Gateway(person=number).opened_case()
    answer = gateway.send("referral.called")
    assert answer.status == "ACCEPTED"
    assert number[2:] not in answer.receipt_bytes.decode()


@pytest.mark.parametrize("number", [*ANY_MONTH, *ANY_DAY])
def test_such_a_number_in_another_place_is_refused(number: str) -> None:
    for text in (number, number[2:], f"{number[:8]}-{number[8:]}"):
        answer = Gateway().send("consent.recorded", case_id=text)
        assert answer.status == "REJECTED"
        assert number[2:] not in answer.receipt_bytes.decode()


@pytest.mark.parametrize("text", ["2024-01-09T00:00:60+05:30", "2024-01-09T05:28:60+05:30"])
def test_a_leap_second_stands_at_the_end_of_a_day_only(text: str) -> None:
    with pytest.raises(ValueError, match="leap second"):
        instant_of(text)
