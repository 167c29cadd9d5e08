"""Each way in which a record can be wrong around its body, and all of them at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest

from schemas.diagnose import position_id
from schemas.keys import NO_PERSON_KEY
from schemas.partition import partition_of
from tests.schemas.make import (
    CALLED,
    KEYS,
    PARTITIONS,
    called,
    decode,
    golden,
    problems,
    record,
)

COUNTED = "se.samverkan.consent.refusal_counted.v1"


def without(name, ce_type=CALLED):
    value = golden(ce_type)
    del value[name]
    return value


def having(ce_type=CALLED, /, **attributes):
    return {**golden(ce_type), **attributes}


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"[" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        json.dumps(golden()).encode("utf-16"),
    ],
)
def test_what_is_no_json_object_is_unreadable(value):
    decoded = decode(value)
    assert problems(decoded) == [("envelope.not_json", None)]
    assert not decoded.readable
    assert decoded.message_id == position_id(decoded.record)
    assert (decoded.source, decoded.ce_type, decoded.case_id) == (None, None, None)
    assert decoded.content_sha256 == hashlib.sha256(value or b"").hexdigest()


def test_objects_nested_deeper_than_the_strictest_parser_takes_are_no_json_to_us():
    """Parsers differ (1024 levels, 200 levels): what one of them refuses is refused."""
    nested = b'{"a":' * 500 + b"1" + b"}" * 500
    value = json.dumps(golden("se.samverkan.plan.corrected.v1")).encode()
    value = value.replace(b'"end_reason": "avslut"', b'"end_reason": ' + nested)
    decoded = decode(value, like=golden("se.samverkan.plan.corrected.v1"))
    assert problems(decoded) == [("envelope.not_json", None)]


def test_an_empty_object_lacks_every_attribute():
    found = problems(decode(b"{}"))
    missing = ("specversion", "id", "source", "type", "time", "data")
    for name in missing:
        assert ("envelope.not_cloudevent", name) in found
    assert ("envelope.subject_mismatch", "subject") in found


@pytest.mark.parametrize(
    ("attribute", "wrong"),
    [
        ("specversion", "0.3"),
        ("specversion", 1.0),
        ("id", "17"),
        ("id", 17),
        ("id", "7bf4d1e0bbbe53e7b2512bc125612c0b"),
        ("source", None),
        ("source", ""),
        ("source", 7),
        ("type", None),
        ("type", 7),
        ("time", "2024-01-10T09:12:00"),
        ("time", "2024-01-10 09:12:00Z"),
        ("time", "1704900000"),
        ("time", "2024-02-30T09:12:00Z"),
        ("time", 1704900000),
        ("datacontenttype", "text/plain"),
        ("data", None),
        ("data", []),
        ("data", "text"),
    ],
)
def test_a_wrong_core_attribute_is_no_cloudevent(attribute, wrong):
    decoded = decode(having(**{attribute: wrong}), like=golden())
    assert ("envelope.not_cloudevent", attribute) in problems(decoded)


@pytest.mark.parametrize("attribute", ["id", "source"])
def test_without_usable_id_or_source_the_record_is_unreadable(attribute):
    decoded = decode(without(attribute), like=golden())
    assert problems(decoded) == [("envelope.not_cloudevent", attribute)]
    assert not decoded.readable
    assert decoded.message_id == position_id(decoded.record)


def test_the_id_of_a_nameless_message_is_that_of_its_position():
    ids = {decode(b"{", offset=n).message_id for n in range(3)}
    assert len(ids) == 3
    assert decode(b"{", offset=1).message_id == decode(b"{{", offset=1).message_id


@pytest.mark.parametrize(
    ("ce_type", "code"),
    [
        ("se.samverkan.referral.invented.v1", "envelope.unknown_type"),
        ("se.samverkan.referral.called.v9", "envelope.unsupported_version"),
        ("se.samverkan.referral.called.v0", "envelope.unsupported_version"),
        ("se.samverkan.referral.called", "envelope.unknown_type"),
        ("referral.called", "envelope.unknown_type"),
        ("", "envelope.unknown_type"),
    ],
)
def test_a_type_outside_the_registry(ce_type, code):
    decoded = decode(having(type=ce_type), like=golden())
    assert problems(decoded) == [(code, "type")]
    assert decoded.ce_type == (ce_type if ce_type.endswith(("1", "9", "0")) else None)
    assert decoded.case_id == golden()["subject"]


def test_a_foreign_family_of_an_unknown_type_is_not_called_a_wrong_topic():
    found = problems(decode(having(type="se.samverkan.weather.told.v1"), like=golden()))
    assert found == [("envelope.unknown_type", "type")]


def test_problems_around_an_unknown_type_are_found_too():
    value = having(type="se.samverkan.plan.invented.v1", expirytime="soon", subject="S-1")
    value["data"]["person"]["personal_number"] = "198104129815"
    decoded = decode(value, like=golden(), partition=0)
    assert set(problems(decoded)) == {
        ("envelope.unknown_type", "type"),
        ("envelope.wrong_topic", "type"),
        ("envelope.subject_mismatch", "subject"),
        ("schema.invalid", "expirytime"),
        ("envelope.wrong_partition", "partition"),
    }


@pytest.mark.parametrize("topic", ["fk.out.plan", "fk.in.referral", "other"])
def test_a_message_on_a_topic_of_another_family(topic):
    found = problems(decode(golden(), topic=topic))
    assert ("envelope.wrong_topic", "type") in found


def test_a_message_on_the_other_agencys_topic():
    assert problems(decode(golden(), topic="af.out.referral")) == [
        ("envelope.wrong_sender", "source")
    ]


@pytest.mark.parametrize("source", ["urn:samverkan:fk:unknown", "urn:other", "fk"])
def test_a_source_that_is_none_of_ours_is_a_wrong_sender_and_is_not_shown(source):
    decoded = decode(having(source=source), like=golden())
    assert problems(decoded) == [("envelope.wrong_sender", "source")]
    assert decoded.problems[0].detail == "unknown_source"
    assert decoded.source is None
    assert decoded.readable


def test_every_system_of_both_agencies_may_send():
    for system in ("arende", "usa", "sus-migrated", "usa-migrated", "midas-migrated", "manual"):
        message = decode(having(source=f"urn:samverkan:fk:{system}")).message
        assert (message.agency, message.system) == ("fk", system)


@pytest.mark.parametrize("key", [None, "ä".encode(), b""])
def test_a_record_without_usable_key(key):
    assert ("envelope.key_mismatch", "key") in problems(decode(golden(), key=key))


def test_the_key_of_another_person_is_one_problem_although_it_is_repeated():
    other = KEYS.person_key("199507039841")
    found = problems(decode(having(partitionkey=other), key=other.encode()))
    assert found == [("envelope.key_mismatch", "key")]


@pytest.mark.parametrize("wrong", ["x" * 22, "short", 7])
def test_a_partitionkey_that_is_not_the_key(wrong):
    assert problems(decode(having(partitionkey=wrong))) == [
        ("envelope.key_mismatch", "partitionkey")
    ]


@pytest.mark.parametrize("keyid", ["k2", "", "k 1", None, 7, "x" * 100])
def test_an_unknown_key_id(keyid):
    assert problems(decode(having(keyid=keyid))) == [("envelope.unknown_key_id", "keyid")]


def test_the_key_id_has_a_default():
    assert decode(without("keyid")).message.keyid == "k1"


def test_the_wrong_partition():
    right = record(golden()).partition
    decoded = decode(golden(), partition=(right + 1) % PARTITIONS)
    assert problems(decoded) == [("envelope.wrong_partition", "partition")]


@pytest.mark.parametrize("subject", ["S-other", "", 7, None, ...])
def test_a_subject_that_is_not_the_case_id(subject):
    value = without("subject") if subject is ... else having(subject=subject)
    decoded = decode(value)
    assert problems(decoded) == [("envelope.subject_mismatch", "subject")]
    assert decoded.case_id == golden()["data"]["case_id"]


def test_a_subject_stands_in_for_a_missing_case_id():
    decoded = decode(called(case_id=...))
    assert problems(decoded) == [("schema.invalid", "data.case_id")]
    assert decoded.case_id == golden()["subject"]


@pytest.mark.parametrize("case_id", ["", "with blank", "å", "x" * 65, 17])
def test_an_invalid_case_id_is_not_shown(case_id):
    decoded = decode({**called(case_id=case_id), "subject": case_id})
    assert ("schema.invalid", "data.case_id") in problems(decoded)
    assert decoded.case_id is None


@pytest.mark.parametrize(
    ("attribute", "right", "wrong"),
    [
        ("expirytime", "2024-12-31T23:59:59.5+01:00", "2024-12-31"),
        ("correlationid", "7bf4d1e0-bbbe-53e7-b251-2bc125612c0b", "7bf4"),
        ("causationid", "7BF4D1E0-BBBE-53E7-B251-2BC125612C0B", 7),
        ("traceparent", f"00-{'a' * 32}-{'b' * 16}-01", "00-zz"),
        ("tracestate", "vendor=1", "x" * 513),
        ("dataschema", "urn:x", ""),
    ],
)
def test_optional_attributes_are_checked_when_they_are_there(attribute, right, wrong):
    assert decode(having(**{attribute: right})).problems == ()
    assert decode(having(**{attribute: None})).problems == ()
    assert problems(decode(having(**{attribute: wrong}))) == [("schema.invalid", attribute)]


@pytest.mark.parametrize(
    ("attribute", "shown"),
    [
        ("data_base64", "data_base64"),
        ("dataref", "dataref"),
        ("datacontentencoding", "datacontentencoding"),
        ("trace_id", "trace_id"),
        ("Räksmörgås", "*"),
        ("traceId", "*"),
        ("x" * 21, "x" * 21),
        ("", "*"),
    ],
)
def test_an_attribute_outside_the_contract_is_refused_by_name(attribute, shown):
    assert problems(decode(having(**{attribute: "x"}))) == [("schema.invalid", shown)]


def test_the_expiry_is_epoch_milliseconds():
    message = decode(having(expirytime="2024-01-01T01:00:00.123+01:00")).message
    at = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    assert message.expiry_ms == int(at.timestamp()) * 1000 + 123


def test_ids_are_lower_case_after_decoding():
    value = having(id=golden()["id"].upper())
    value["data"]["consent_ref"] = value["data"]["consent_ref"].upper()
    decoded = decode(value)
    assert decoded.message_id == decoded.message.id == golden()["id"]
    assert decoded.message.consent_ref == golden()["data"]["consent_ref"]


def test_the_day_of_an_instant_is_the_swedish_day():
    late = decode(called(event_at="2024-06-30T22:30:00Z")).message
    assert late.event_day == dt.date(2024, 7, 1)
    assert late.event_at == dt.datetime(2024, 6, 30, 22, 30, tzinfo=dt.UTC)
    plain = decode(called(event_at="2024-06-30")).message
    assert plain.event_day == plain.event_at == dt.date(2024, 6, 30)


@pytest.mark.parametrize("partition", range(PARTITIONS))
def test_a_refusal_counter_stands_on_the_partition_of_its_key(partition):
    decoded = decode(golden(COUNTED), partition=partition)
    right = partition == partition_of(NO_PERSON_KEY.encode(), PARTITIONS)
    found = [(problem.code, problem.path) for problem in decoded.problems]
    assert found == ([] if right else [("envelope.wrong_partition", "partition")])


def test_a_refusal_counter_is_about_nobody():
    message = decode(golden(COUNTED)).message
    assert (message.case_id, message.personal_number, message.consent_ref) == (None, None, None)
    assert message.round_no == 1


def test_a_refusal_counter_without_date_counts_for_the_end_of_its_month():
    value = golden(COUNTED)
    del value["data"]["event_at"]
    value["data"]["month"] = "2024-02"
    assert decode(value).message.event_at == dt.date(2024, 2, 29)


def test_a_refusal_counter_names_nobody():
    key = KEYS.person_key("198104129815")
    keyed = decode(having(COUNTED, partitionkey=key), key=key.encode())
    assert problems(keyed) == [("envelope.key_mismatch", "key")]
    assert problems(decode(having(COUNTED, subject="S-1"))) == [
        ("envelope.subject_mismatch", "subject")
    ]
    assert problems(decode(having(COUNTED, keyid="k9"))) == [("envelope.unknown_key_id", "keyid")]
    value = golden(COUNTED)
    value["data"]["person"] = {"personal_number": "198104129815"}
    value["data"]["case_id"] = "S-1"
    found = problems(decode(value, key=NO_PERSON_KEY.encode()))
    assert found == [("schema.invalid", "data.person"), ("schema.invalid", "data.case_id")]


def test_a_person_message_may_not_use_the_key_of_nobody():
    key = NO_PERSON_KEY
    found = problems(decode(having(partitionkey=key), key=key.encode()))
    assert found == [("envelope.key_mismatch", "key")]


def test_all_kinds_of_problem_are_reported_together():
    value = called(channel="fax", kallelse_at=..., diagnos="F32")
    value.update(keyid="k7", time="yesterday", subject="S-9", extra=1)
    decoded = decode(value, topic="af.out.plan", partition=4, key=b"A" * 22)
    assert {code for code, _ in problems(decoded)} == {
        "envelope.not_cloudevent",
        "envelope.wrong_topic",
        "envelope.wrong_sender",
        "envelope.key_mismatch",
        "envelope.wrong_partition",
        "envelope.unknown_key_id",
        "envelope.subject_mismatch",
        "schema.invalid",
    }
