"""Sizes, repeated names, layout and headers: everything has a limit and a defined outcome."""

from __future__ import annotations

import hashlib
import json

import pytest

from schemas.codec import VALUE_BYTES_MAX
from schemas.partition import partition_of
from tests.schemas.make import (
    ALL_TYPES,
    CODEC,
    PARTITIONS,
    called,
    decode,
    golden,
    problems,
    record,
    topic_of,
)

COUNTED = "se.samverkan.consent.refusal_counted.v1"


def test_the_largest_value_is_still_read():
    value = json.dumps(golden()).encode()
    padded = value + b" " * (VALUE_BYTES_MAX - len(value))
    assert decode(padded, like=golden()).problems == ()
    assert problems(decode(padded + b" ", like=golden())) == [("envelope.too_large", None)]


@pytest.mark.parametrize(
    ("value", "readable"),
    [
        (b"x" * (VALUE_BYTES_MAX + 1), False),
        (b"[" * (VALUE_BYTES_MAX + 1), False),
        (json.dumps(golden()).encode() + b" " * VALUE_BYTES_MAX, True),
        (json.dumps(golden()).encode() + b" " * 1024 * 1024, False),
        (b" " * VALUE_BYTES_MAX + b"[1]", False),
    ],
)
def test_what_is_too_large_is_only_that(value, readable):
    decoded = decode(value, like=golden())
    assert problems(decoded) == [("envelope.too_large", None)]
    assert decoded.readable == readable
    assert decoded.content_sha256 == hashlib.sha256(value).hexdigest()


def test_problems_are_cut_off_at_a_hundred():
    value = called(**{f"x{'y' * n}": 1 for n in range(1, 30)})
    value["data"]["invited"] = ["fax"] * 100
    decoded = decode(value)
    assert len(decoded.problems) == 100
    assert decoded.problems[-1].detail == "more"


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_a_name_given_twice_is_refused(ce_type):
    """Parsers differ in which of the two wins, and the value is delivered byte for byte."""
    value = golden(ce_type)
    text = json.dumps(value)
    name = "month" if ce_type == COUNTED else "case_id"
    start = f'"{name}": '
    twice = text.replace(start, f'{start}"first", {start}', 1)
    decoded = decode(twice.encode(), like=value)
    assert problems(decoded) == [("schema.invalid", f"data.{name}")]
    assert decoded.problems[0].detail == "given_twice"


def test_a_name_given_twice_is_found_anywhere():
    value = golden("se.samverkan.plan.set.v1")
    text = json.dumps(value)
    inner = text.replace('"activity_id": "A1"', '"activity_id": "A0", "activity_id" : "A1"')
    assert problems(decode(inner.encode(), like=value)) == [
        ("schema.invalid", "data.activities[0].activity_id")
    ]
    outer = text.replace('"time"', '"time": "x", "time"')
    assert problems(decode(outer.encode(), like=value)) == [("schema.invalid", "time")]


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_layout_and_escapes_do_not_matter(ce_type):
    value = golden(ce_type)
    for text in (
        json.dumps(value, indent=2),
        json.dumps(value, separators=(" ,\n", "\t:\r\n")),
        json.dumps(value).replace("data", "\\u0064ata", 1),
    ):
        decoded = decode(text.encode(), like=value)
        assert decoded.problems == ()
        assert decoded.message.data == decode(value).message.data


def test_headers_of_any_kind_never_hurt():
    headers = (("", None), ("x", b""), ("content-type", None), ("traceparent", b"zz"))
    assert decode(golden(), headers=headers).problems == ()
    assert decode(golden(), headers=()).problems == ()


def test_an_exact_record_is_what_the_codec_takes():
    """The helpers of these tests put a message where the contract wants it."""
    found = record(golden())
    assert found.topic == topic_of(golden()) == "fk.out.referral"
    assert found.partition == partition_of(found.key, PARTITIONS)
    assert CODEC.decode(found).message is not None


@pytest.mark.parametrize(
    ("ce_type", "change", "path"),
    [
        ("se.samverkan.referral.called.v1", {"invited": ["x"] * 60_000}, "data.invited"),
        ("se.samverkan.referral.initiated.v1", {"benefits": [{}] * 60_000}, "data.benefits"),
        (
            "se.samverkan.plan.corrected.v1",
            {"replacement": {f"k{n}": 0 for n in range(18_000)}},
            "data.replacement",
        ),
        (
            "se.samverkan.plan.closed.v1",
            {"benefits_before": [[[[n]] * 10] * 10 for n in range(90)]},
            "data",
        ),
    ],
)
def test_a_flood_of_parts_is_one_problem(ce_type, change, path):
    """Judged field by field, a single message of 256 KiB could stop a partition for seconds."""
    value = golden(ce_type)
    value["data"].update(change)
    text = json.dumps(value, separators=(",", ":")).encode()
    assert len(text) < VALUE_BYTES_MAX
    decoded = decode(text, like=value)
    assert problems(decoded) == [("schema.invalid", path)]
    assert decoded.problems[0].detail == "too_many"
    assert decoded.case_id == value["subject"]


def test_a_flood_of_parts_hides_neither_the_number_nor_the_key():
    value = called(invited=["x"] * 5_000, case_id="8104129815")
    decoded = decode(value, key=b"A" * 22)
    assert {
        ("schema.invalid", "data.invited"),
        ("schema.invalid", "data.case_id"),
        ("envelope.key_mismatch", "key"),
        ("envelope.subject_mismatch", "subject"),
    } <= set(problems(decoded))
    assert decoded.case_id is None


def test_many_commas_alone_are_no_flood():
    value = golden("se.samverkan.plan.corrected.v1")
    value["data"]["replacement"]["note"] = "," * 5_000
    assert [(p.path, p.detail) for p in decode(value).problems] == [
        ("data.replacement.note", "unknown_field")
    ]
    plain = {**golden(), "tracestate": "a=b,c=d"}
    assert decode(plain).problems == ()
