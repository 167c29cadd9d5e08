"""The personal number stands in `data.person` only, and no problem shows what was sent."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel

from schemas.diagnose import position_id
from schemas.privacy import clear
from tests.schemas.make import (
    PERSON,
    SHORT,
    STRUCTURED,
    called,
    decode,
    golden,
    problems,
    record,
    synthetic_number,
)

OTHER = "199507039841"
DASHED = f"{SHORT[:6]}-{SHORT[6:]}"
FORMS = [
    PERSON,
    SHORT,
    DASHED,
    f"{PERSON[:8]}-{PERSON[8:]}",
    f"S-{PERSON}-1",
    f"S.{SHORT[:6]}:{SHORT[6:]}",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_case_id_made_of_the_number_is_refused_and_never_shown(form):
    decoded = decode({**called(case_id=form), "subject": form})
    assert problems(decoded) == [("schema.invalid", "subject"), ("schema.invalid", "data.case_id")]
    assert {p.detail for p in decoded.problems} == {"personal_number_outside_person"}
    assert decoded.case_id is None
    assert decoded.readable
    assert SHORT not in repr(decoded)


@pytest.mark.parametrize("field", ["unit", "region", "capacity_slot_id", "venue"])
def test_other_fields_made_of_the_number_are_refused(field):
    assert problems(decode(called(**{field: SHORT}))) == [("schema.invalid", f"data.{field}")]


def test_a_message_id_made_of_the_number_is_not_used():
    value = {**golden(), "id": f"{PERSON[:8]}-{PERSON[8:]}-4000-8000-000000000000"}
    decoded = decode(value)
    assert problems(decoded) == [("schema.invalid", "id")]
    assert decoded.message_id == position_id(decoded.record)


def test_the_number_in_a_name_a_number_or_an_attribute_is_refused():
    found = problems(decode(called(**{f"f{SHORT}": 1}, round_no=int(SHORT))))
    assert ("schema.invalid", "data.*") in found
    assert ("schema.invalid", "data.round_no") in found
    assert problems(decode({**golden(), "tracestate": f"a={DASHED}"})) == [
        ("schema.invalid", "tracestate")
    ]


@pytest.mark.parametrize(
    "header",
    [
        ("x-person", PERSON.encode()),
        ("x", DASHED.encode()),
        (f"x{SHORT}", None),
        ("x", SHORT.encode()),
    ],
)
def test_a_header_with_the_number_is_refused(header):
    assert problems(decode(golden(), headers=(*STRUCTURED, header))) == [
        ("schema.invalid", "headers")
    ]


def test_a_key_made_of_the_number_is_refused_as_both():
    assert problems(decode(golden(), key=PERSON.encode())) == [
        ("envelope.key_mismatch", "key"),
        ("schema.invalid", "key"),
    ]


def test_the_number_hidden_by_escapes_is_found():
    escaped = "".join(f"\\u{ord(c):04x}" for c in SHORT)
    text = json.dumps(called(unit="marker")).replace("marker", escaped)
    assert problems(decode(text.encode(), like=golden())) == [("schema.invalid", "data.unit")]


def test_an_escaped_number_in_its_own_place_is_no_problem():
    escaped = "".join(f"\\u{ord(c):04x}" for c in PERSON)
    text = json.dumps(golden()).replace(PERSON, escaped)
    message = decode(text.encode(), like=golden()).message
    assert message.personal_number == PERSON


def test_digits_that_happen_to_be_the_last_four_are_no_problem():
    assert decode(called(unit=f"fk-{SHORT[6:]}")).problems == ()


@pytest.mark.parametrize("place", ["case_id", "insats_id"])
def test_in_a_correction_the_replacement_has_its_own_person(place):
    ce_type = "se.samverkan.plan.corrected.v1"
    assert decode(golden(ce_type)).problems == ()
    value = golden(ce_type)
    del value["data"]["replacement"]["person"]
    value["data"]["replacement"][place] = f"I-{SHORT}"
    assert problems(decode(value)) == [
        ("schema.invalid", "data.replacement.person"),
        ("schema.invalid", f"data.replacement.{place}"),
    ]


def test_a_number_is_kept_out_of_the_answer_even_where_the_person_cannot_be_read():
    for person in (None, {}, "x", {"personal_number": 7}):
        value = {**called(person=person, case_id=OTHER), "subject": OTHER}
        decoded = decode(value, like=golden())
        assert decoded.case_id is None
        assert OTHER not in repr(decoded)
    harmless = {**called(person=None, case_id="2024000117"), "subject": "2024000117"}
    assert decode(harmless, like=golden()).case_id == "2024000117"


def test_a_malformed_number_is_looked_for_too():
    form = f"{PERSON[:8]}-{PERSON[8:]}"
    value = {**called(person={"personal_number": form}, case_id=SHORT), "subject": SHORT}
    decoded = decode(value, like=golden())
    assert ("schema.invalid", "data.case_id") in problems(decoded)
    assert decoded.case_id is None


def test_a_short_text_as_number_is_not_looked_for():
    value = called(person={"personal_number": "1"})
    assert problems(decode(value, like=golden())) == [
        ("identity.invalid_number", "data.person.personal_number")
    ]


def test_a_coordination_number_is_a_person_like_any_other():
    number = synthetic_number(1990, 5, 71)
    value = called(person={"personal_number": number})
    value["partitionkey"] = record(value).key.decode()
    assert decode(value).message.personal_number == number
    value["data"]["unit"] = number
    assert problems(decode(value)) == [("schema.invalid", "data.unit")]


def test_neither_repr_nor_str_shows_a_body():
    decoded = decode(golden())
    message = decoded.message
    shown = f"{decoded} {decoded!r} {decoded.record} {message} {message!r} {message.data.person!r}"
    shown += f"{message.data.person} {message.data}"
    assert PERSON not in shown
    assert SHORT not in shown
    assert "2024-01-15" not in f"{message!r}".replace("event_at=datetime", "")


def test_names_that_are_no_field_names_are_shown_as_a_star():
    value = called(**{"Anna Andersson": 1, "x" * 41: 1, "åäö": 1, "": 1, "diagnos": 1})
    assert [p.path for p in decode(value).problems] == ["data.*", "data.diagnos"]


def test_known_names_with_digits_are_shown():
    value = golden("se.samverkan.meeting.contact_offered.v1")
    value["data"]["risk_not_back_before_181"] = "x"
    assert [p.path for p in decode(value).problems] == ["data.risk_not_back_before_181"]


OTHERS = [OTHER, OTHER[2:], f"{OTHER[2:8]}-{OTHER[8:]}", f"{OTHER[:8]}-{OTHER[8:]}", f"S-{OTHER}.1"]


@pytest.mark.parametrize("form", OTHERS)
@pytest.mark.parametrize("field", ["case_id", "unit", "region", "venue"])
def test_another_persons_number_is_refused_and_never_shown(field, form):
    """Law 7 is about everybody, not only about the person of the message."""
    form = form.lower().replace(".", "-") if field != "case_id" else form
    value = called(**{field: form})
    decoded = decode(value | {"subject": value["data"]["case_id"]})
    assert ("schema.invalid", f"data.{field}") in problems(decoded)
    assert {p.detail for p in decoded.problems} == {"personal_number_outside_person"}
    assert OTHER[2:] not in repr(decoded)
    assert decoded.case_id is None or field != "case_id"


@pytest.mark.parametrize("form", OTHERS)
def test_a_header_with_another_persons_number_is_refused(form):
    for header in (("x-note", form.encode()), (f"x-{form}", None)):
        assert problems(decode(golden(), headers=(*STRUCTURED, header))) == [
            ("schema.invalid", "headers")
        ]


def test_another_persons_number_is_refused_where_nobody_is_named():
    counted = golden("se.samverkan.consent.refusal_counted.v1")
    assert decode(counted).problems == ()
    counted["data"]["unit"] = OTHER
    assert problems(decode(counted)) == [("schema.invalid", "data.unit")]


@pytest.mark.parametrize(
    "harmless",
    [
        "FK-2024-000117",  # an ordinary id
        "2024000117",  # ten digits, but no day
        "199507039842",  # a wrong check digit
        f"{OTHER}7",  # part of something longer
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",  # a trace
    ],
)
def test_what_only_resembles_a_personal_number_is_no_problem(harmless):
    value = called(case_id=harmless) | {"subject": harmless}
    headers = (*STRUCTURED, ("x-note", harmless.encode()))
    assert decode(value, headers=headers).problems == ()


@pytest.mark.parametrize(
    "uuid",
    [
        "09000378-1432-5d67-9afb-bc7f3eecbe41",  # the first twelve digits
        f"1f0e2c4a-9507-4039-8410-{OTHER}",  # the last twelve
    ],
)
def test_a_uuid_that_holds_a_number_by_chance_is_no_problem(uuid):
    """Found by the state machine: one message in some thousands was refused for its own id."""
    value = called(case_id=uuid, consent_ref=uuid) | {"subject": uuid, "id": uuid}
    headers = (*STRUCTURED, ("x-correlation", uuid.encode()))
    decoded = decode(value, headers=headers)
    assert decoded.problems == ()
    assert decoded.message_id == uuid


def test_a_number_in_a_part_of_a_list_is_found():
    class Part(BaseModel):
        note: str

    class Whole(BaseModel):
        parts: tuple[Part, ...]

    assert clear(Whole(parts=(Part(note="a harmless note"),)), None)
    assert not clear(Whole(parts=(Part(note="first"), Part(note=f"of {OTHER}"))), None)
