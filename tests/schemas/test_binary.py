"""Binary mode says the same as structured mode, and no header can break it."""

from __future__ import annotations

import hashlib
import json

import pytest

from schemas.diagnose import position_id
from tests.schemas.make import ALL_TYPES, CODEC, binary, decode, golden, problems, record


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_every_golden_decodes_in_binary_mode(ce_type):
    value = golden(ce_type)
    found = binary(value)
    decoded = CODEC.decode(found)
    assert decoded.problems == ()
    assert decoded.message == decode(value).message
    assert decoded.content_sha256 == hashlib.sha256(found.value).hexdigest()


def refused(**headers):
    return problems(CODEC.decode(binary(golden(), **headers)))


def test_null_and_undecodable_headers_are_named():
    assert refused(time=None) == [("envelope.not_cloudevent", "time")]
    assert refused(time=b"\xff") == [("envelope.not_cloudevent", "headers.ce_time")]
    assert refused(expirytime=b"\xff") == [("envelope.not_cloudevent", "headers.ce_expirytime")]
    assert CODEC.decode(binary(golden(), expirytime=None)).problems == ()


def test_an_attribute_sent_twice_is_named():
    found = binary(golden())
    twice = found._replace(headers=(*found.headers, ("ce_time", b"2024-01-01T00:00:00Z")))
    assert problems(CODEC.decode(twice)) == [("envelope.not_cloudevent", "time")]


def test_without_an_id_the_record_is_unreadable():
    decoded = CODEC.decode(binary(golden(), id=b"\xff"))
    assert not decoded.readable
    assert decoded.message_id == position_id(decoded.record)


@pytest.mark.parametrize("value", [b"", b"{", b"NaN", b'{"a":1},"source":"x"', b"\xff"])
def test_the_value_must_be_json_by_itself(value):
    decoded = CODEC.decode(binary(golden())._replace(value=value))
    assert problems(decoded) == [("envelope.not_json", None)]
    assert not decoded.readable


def test_a_tombstone_in_binary_mode():
    decoded = CODEC.decode(binary(golden())._replace(value=None))
    assert problems(decoded) == [("envelope.not_json", None)]


def test_headers_alone_make_a_binary_record_without_attributes():
    headers = (("ce_", b"x"), ("content-type", b"text/plain"))
    found = problems(decode(json.dumps(golden()["data"]).encode(), headers=headers))
    assert ("envelope.not_cloudevent", "id") in found
    assert ("envelope.not_cloudevent", "datacontenttype") in found


def test_only_unreadable_headers():
    found = problems(decode(b"{}", headers=(("ce_id", None),)))
    assert ("envelope.not_cloudevent", "id") in found
    assert ("envelope.not_cloudevent", "source") in found


def test_the_content_type_may_name_its_charset():
    found = binary(golden())
    headers = (*found.headers[:-1], ("Content-Type", b"application/json; charset=utf-8"))
    assert CODEC.decode(found._replace(headers=headers)).problems == ()
    wrong = (*found.headers[:-1], ("content-type", b"text/plain"))
    assert problems(CODEC.decode(found._replace(headers=wrong))) == [
        ("envelope.not_cloudevent", "datacontenttype")
    ]


def test_what_is_too_large_is_only_that_in_binary_mode_too():
    value = golden()
    large = binary({**value, "data": {**value["data"], "venue": "x" * 300_000}})
    decoded = CODEC.decode(large)
    assert problems(decoded) == [("envelope.too_large", None)]
    assert decoded.message_id == value["id"]
    broken = CODEC.decode(large._replace(value=b"x" * 300_000))
    assert problems(broken) == [("envelope.too_large", None)]
    assert not broken.readable


def test_a_structured_value_without_content_type_is_read():
    assert CODEC.decode(record(golden(), headers=(("other", b"1"),))).problems == ()
