"""Media types are compared as media types, and no header can give a message a second meaning."""

from __future__ import annotations

import json

import pytest

from schemas import media
from schemas.headers import (
    HEADERS_BYTES_MAX,
    HEADERS_MAX,
    NOTHING,
    STRUCTURED_ONLY,
    canonical,
    delivered,
    is_binary,
    read,
)
from tests.schemas.make import CODEC, STRUCTURED, binary, decode, golden, problems

UTF_8_JSON = [
    "application/json",
    "Application/JSON",
    " application/json ",
    "application/json;charset=UTF-8",
    "application/json; charset=utf-8",
    'application/json ;  charset="utf-8"',
    'application/json; CHARSET="UT\\F-8"',
    "application/json;charset=utf8",
    "application/json;",
    "application/json; profile=x; charset=utf-8",
    'application/json; charset=utf-8; profile="a;b"',
]
OTHER_CHARSETS = [
    "application/json;charset=iso-8859-1",
    'application/json; charset="UTF-16"',
    "application/json; profile=x; charset=latin1",
]
NO_JSON = ["text/plain", "", "json", "application/json; charset", "application/jsonx", "x" * 300]


def with_type(found, text, name="content-type"):
    headers = tuple(header for header in found.headers if header[0] != "content-type")
    return found._replace(headers=(*headers, (name, text.encode())))


@pytest.mark.parametrize("text", UTF_8_JSON)
def test_every_spelling_of_json_in_utf_8_is_accepted_in_both_modes(text):
    assert CODEC.decode(with_type(binary(golden()), text)).problems == ()
    assert decode({**golden(), "datacontenttype": text}).problems == ()
    structured = text.replace("json", "cloudevents+json", 1).replace("JSON", "CloudEvents+JSON")
    assert decode(golden(), headers=(("Content-Type", structured.encode()),)).problems == ()


@pytest.mark.parametrize("text", OTHER_CHARSETS)
def test_another_charset_is_refused_by_name_in_both_modes(text):
    found = CODEC.decode(with_type(binary(golden()), text))
    assert problems(found) == [("envelope.not_cloudevent", "datacontenttype")]
    assert found.problems[0].detail == "other_charset"
    found = decode({**golden(), "datacontenttype": text})
    assert problems(found) == [("envelope.not_cloudevent", "datacontenttype")]
    assert found.problems[0].detail == "other_charset"
    headers = (("content-type", text.replace("json", "cloudevents+json", 1).encode()),)
    found = decode(golden(), headers=headers)
    assert problems(found) == [("envelope.not_cloudevent", "headers.content-type")]


@pytest.mark.parametrize("text", NO_JSON)
def test_data_of_another_type_are_refused_in_both_modes(text):
    wanted = [("envelope.not_cloudevent", "datacontenttype")]
    assert problems(CODEC.decode(with_type(binary(golden()), text))) == wanted
    assert problems(decode({**golden(), "datacontenttype": text})) == wanted


@pytest.mark.parametrize("value", [None, ...])
def test_without_a_content_type_of_the_data_they_are_json(value):
    event = {**golden(), "datacontenttype": value}
    if value is ...:
        del event["datacontenttype"]
    assert decode(event).problems == ()
    found = binary(golden())
    assert CODEC.decode(found._replace(headers=found.headers[:-1])).problems == ()


def test_a_media_type_with_a_parameter_twice_is_none():
    assert media.parse("application/json; charset=utf-8; charset=latin1") is None
    assert media.parse("application/json; a=1; b=2") == media.parse("application/json;B=2;A=1")


@pytest.mark.parametrize("other", ["application/cloudevents-batch+json", "application/cloudevents"])
def test_another_way_of_writing_a_cloudevent_is_refused(other):
    found = decode(golden(), headers=(("content-type", other.encode()),))
    assert problems(found) == [("envelope.not_cloudevent", "headers.content-type")]


@pytest.mark.parametrize("text", [b"application/json", b"text/plain", b";"])
def test_a_structured_value_may_have_the_content_type_of_its_data(text):
    """As the v1 module of the Python SDK writes it."""
    assert decode(golden(), headers=(("content-type", text),)).problems == ()


@pytest.mark.parametrize("text", UTF_8_JSON[:6])
def test_ce_datacontenttype_beside_an_equal_content_type_is_no_repetition(text):
    found = binary(golden())
    headers = (*found.headers, ("ce_datacontenttype", text.encode()))
    assert CODEC.decode(found._replace(headers=headers)).problems == ()


def test_of_two_unequal_content_types_both_are_named():
    found = binary(golden())
    headers = (*found.headers, ("ce_datacontenttype", b"text/json"))
    assert problems(CODEC.decode(found._replace(headers=headers))) == [
        ("envelope.not_cloudevent", "headers.content-type"),
        ("envelope.not_cloudevent", "headers.ce_datacontenttype"),
    ]


@pytest.mark.parametrize("second", [b"application/json", b"application/xml", b"nothing"])
@pytest.mark.parametrize(
    "name", ["content-type", "Content-Type", " content-type", "content\u2010type"]
)
def test_a_second_content_type_that_says_something_else_is_refused(name, second):
    found = decode(golden(), headers=(*STRUCTURED, (name, second)))
    assert ("envelope.not_cloudevent", "headers.content-type") in problems(found)
    assert decode(golden(), headers=(*STRUCTURED, (name, STRUCTURED[0][1]))).problems == ()


def test_a_second_structured_content_type_is_refused_in_binary_mode():
    found = binary(golden())
    headers = (*found.headers, ("Content-Type", STRUCTURED[0][1]))
    refused = problems(CODEC.decode(found._replace(headers=headers)))
    assert ("envelope.not_cloudevent", "headers.ce_id") in refused
    assert ("envelope.not_cloudevent", "headers.content-type") in refused


SPELLINGS = [
    "ce_id",
    "CE_ID",
    "Ce_Id",
    " ce_id",
    "ce_id ",
    "ce\u200b_id",
    "\uff43\uff45_id",
    "ce_",
    "ce_x\x00",
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_an_attribute_in_a_header_beside_a_structured_message_is_refused(name):
    found = problems(decode(golden(), headers=(*STRUCTURED, (name, b"x"))))
    assert {code for code, _ in found} == {"envelope.not_cloudevent"}
    shown = name if name.isascii() and name.strip(" \x00") == name else "*"
    assert ("envelope.not_cloudevent", f"headers.{shown}") in found
    assert CODEC.decode(decode(golden(), headers=(*STRUCTURED, ("ce_id", None))).record).message


@pytest.mark.parametrize("name", ["CE_TIME", " ce_time", "ce_Time", "ce_data", "ce_data_base64"])
def test_an_attribute_that_some_reader_would_take_from_a_binary_message_is_refused(name):
    found = binary(golden())
    refused = CODEC.decode(
        found._replace(headers=(*found.headers, (name, b"2024-01-01T00:00:00Z")))
    )
    shown = "*" if " " in name else name
    assert problems(refused) == [("envelope.not_cloudevent", f"headers.{shown}")]


@pytest.mark.parametrize("value", [b"\xff", b"a\nb", b"\x00", b"\x7f", "\u0085".encode(), b"\t"])
def test_a_header_that_is_no_text_is_refused_by_name_in_both_modes(value):
    wanted = [("envelope.not_cloudevent", "headers.x-trace")]
    assert problems(decode(golden(), headers=(*STRUCTURED, ("x-trace", value)))) == wanted
    found = binary(golden())
    assert (
        problems(CODEC.decode(found._replace(headers=(*found.headers, ("x-trace", value)))))
        == wanted
    )
    found = problems(
        CODEC.decode(
            with_type(binary(golden()), "x")._replace(
                headers=(*binary(golden()).headers[:-1], ("content-type", value))
            )
        )
    )
    assert found == [("envelope.not_cloudevent", "headers.content-type")]


@pytest.mark.parametrize("name", ["x\ny", "\x00", "a\x9f"])
def test_a_header_name_with_control_characters_is_refused_and_not_shown(name):
    for value in (b"x", None):
        found = decode(golden(), headers=(*STRUCTURED, (name, value)))
        assert problems(found) == [("envelope.not_cloudevent", "headers.*")]


def test_null_means_that_a_header_is_absent():
    found = binary(golden())
    headers = (("ce_id", None), ("content-type", None), *found.headers, ("ce_expirytime", None))
    assert CODEC.decode(found._replace(headers=headers)).problems == ()


def test_there_is_a_limit_on_the_number_and_the_bytes_of_headers():
    wanted = [("envelope.too_large", "headers")]
    many = tuple((f"x{n}", b"") for n in range(HEADERS_MAX - 1))
    assert decode(golden(), headers=(*STRUCTURED, *many)).problems == ()
    assert problems(decode(golden(), headers=(*STRUCTURED, *many, ("y", None)))) == wanted
    rest = HEADERS_BYTES_MAX - sum(len(n) + len(v) for n, v in STRUCTURED) - len("å".encode())
    assert decode(golden(), headers=(*STRUCTURED, ("å", b"x" * rest))).problems == ()
    assert problems(decode(golden(), headers=(*STRUCTURED, ("å", b"x" * (rest + 1))))) == wanted
    not_json = decode(b"{", headers=(*STRUCTURED, ("x", b"x" * 20_000)))
    assert problems(not_json) == wanted


OWN = [
    "gw-ground", "GW-Ground", " gw-ground", "gw-ground\u00a0", "g\u200bw-ground", "gw-",
    "\uff47\uff57\uff0dground", "gw\u2011ground", "\u2800gw-x", "\tgw-x", "g\x00w-x",
]  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_a_header_that_could_be_taken_for_the_gateways_own_is_not_delivered(name):
    assert canonical(name).startswith("gw-")
    assert delivered((*STRUCTURED, (name, b"x"), ("x-gw-y", b"1"))) == (
        *STRUCTURED,
        ("x-gw-y", b"1"),
    )


def test_what_is_delivered_says_its_mode_by_the_content_type_alone():
    other = (("x", b"1"), ("Content-Type", b"application/json"))
    assert delivered(other) == (*STRUCTURED, ("x", b"1"))
    assert delivered(()) == STRUCTURED
    assert delivered(STRUCTURED) == STRUCTURED
    charset = (("content-type", b"application/cloudevents+json; charset=utf-8"),)
    assert delivered(charset) == charset
    found = binary(golden()).headers
    assert delivered(found) == found
    assert is_binary(found[:-1])
    assert not is_binary((("content-type", None), ("ce_id", None)))


EXTENSIONS = {
    "traceid": f"00-{'4b' * 16}-{'00f0' * 4}-01",
    "topic": "fk.out.consent",
    "x1": "å ä",
    "y": "",
}


def test_extension_attributes_are_tolerated_in_both_modes():
    """As Dapr adds them to every event."""
    assert decode({**golden(), **EXTENSIONS, "z": None, "a" * 20: "x" * 512}).problems == ()
    assert CODEC.decode(binary({**golden(), **EXTENSIONS})).problems == ()
    counted = golden("se.samverkan.consent.refusal_counted.v1")
    assert decode({**counted, **EXTENSIONS}).problems == ()


@pytest.mark.parametrize("value", ["x" * 513, "a\nb", "\x7f", 1, True, {}, []])
def test_an_extension_that_is_no_short_plain_text_is_refused_by_name(value):
    assert problems(decode({**golden(), "topic": value})) == [("schema.invalid", "topic")]


@pytest.mark.parametrize("name", ["dataref", "datacontentencoding", "Topic", "to_pic", "x" * 21])
def test_a_reserved_or_wrong_extension_name_is_refused_in_binary_mode(name):
    found = CODEC.decode(binary({**golden(), name: "x"}))
    assert len(problems(found)) == 1


def test_a_partition_key_that_was_moved_into_the_record_key_may_be_absent():
    for event in ({**golden(), "partitionkey": None}, dict(golden())):
        if event["partitionkey"] is not None:
            del event["partitionkey"]
        assert decode(event, like=golden()).problems == ()
        right = decode(event, like=golden()).record
        assert ("envelope.key_mismatch", "key") in problems(CODEC.decode(right._replace(key=b"k")))
    found = binary(golden())
    moved = tuple(header for header in found.headers if header[0] != "ce_partitionkey")
    assert CODEC.decode(found._replace(headers=moved)).problems == ()


def test_all_problems_of_headers_are_told_with_those_of_the_value():
    found = decode(b"{", headers=(*STRUCTURED, ("x", b"\xff"), ("ce_id", b"1")), timestamp_ms=-1)
    assert problems(found) == [
        ("envelope.not_json", None),
        ("envelope.not_cloudevent", "headers.x"),
        ("envelope.not_cloudevent", "headers.ce_id"),
        ("envelope.bad_timestamp", "timestamp"),
    ]


@pytest.mark.parametrize("at", [-1, 0, 946_684_799_999, 4_102_444_800_000, 2**62])
def test_an_unusable_timestamp_is_refused_by_name_whatever_else_is_wrong(at):
    assert problems(decode(golden(), timestamp_ms=at)) == [("envelope.bad_timestamp", "timestamp")]
    large = json.dumps(golden()).encode() + b" " * 300_000
    assert ("envelope.bad_timestamp", "timestamp") in problems(
        decode(large, like=golden(), timestamp_ms=at)
    )


def test_a_plain_structured_message_says_nothing_in_its_headers():
    assert read(STRUCTURED_ONLY) is NOTHING
