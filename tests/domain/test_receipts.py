"""Receipts as the contract says (section 4): one shape for every answer, and ids that repeat."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from uuid import UUID

import orjson
import pytest

from gateway.domain.answers import receipt_id
from gateway.domain.ids import NAMESPACE, packed, unpacked, uuid5_text
from schemas.diagnose import EARLIEST, LATEST
from schemas.keys import NO_PERSON_KEY
from tests.dsl import CANARY, Answer, Gateway, instant, local

FIELDS = [
    "message_id",
    "message_source",
    "message_type",
    "content_sha256",
    "status",
    "reasons",
    "decided_at",
    "held_until",
    "delivered_to",
    "ground",
    "rules_version",
    "case_id",
    "topic",
    "partition",
    "offset",
]


def every_status() -> dict[str, Answer]:
    """One answer of each status."""
    gateway = Gateway().opened_case()
    answers = {
        "ACCEPTED": gateway.send("referral.called"),
        "ACCEPTED_WITH_WARNING": gateway.send("plan.closed", outcome="ingen_uppgift"),
        "HELD": gateway.send("referral.called", case_id="S-2"),
        "REJECTED": gateway.send("plan.closed", outcome=None),
        "EXPIRED": gateway.send("referral.called", envelope={"expirytime": local(0)}),
    }
    withdrawal = gateway.consents("withdrawn")
    answers["WITHHELD"] = Answer(answers["HELD"].message_id, withdrawal.records)
    return answers


ANSWERS = every_status()


def envelope(answer: Answer) -> dict[str, Any]:
    event: dict[str, Any] = orjson.loads(answer.receipt_bytes)
    return event


@pytest.mark.parametrize("status", ANSWERS)
def test_every_receipt_has_the_same_fields_whatever_it_says(status: str):
    answer = ANSWERS[status]
    assert answer.status == status
    assert list(answer.receipt) == FIELDS
    assert re.fullmatch(r"2026\.1\+[0-9a-f]{8}", answer.receipt["rules_version"])


@pytest.mark.parametrize("status", ANSWERS)
def test_only_what_waits_says_until_when_and_only_what_passed_says_where_and_why(status: str):
    receipt = ANSWERS[status].receipt
    passed = status.startswith("ACCEPTED")
    assert (receipt["held_until"] is not None) is (status == "HELD")
    assert bool(receipt["delivered_to"]) is passed
    assert (receipt["ground"] is not None) is passed


@pytest.mark.parametrize("status", ANSWERS)
def test_the_id_is_made_of_source_id_content_and_status(status: str):
    receipt = ANSWERS[status].receipt
    name = "|".join(
        [
            "receipt",
            receipt["message_source"],
            receipt["message_id"],
            receipt["content_sha256"],
            status,
        ]
    )
    assert envelope(ANSWERS[status])["id"] == uuid5_text(name)
    assert UUID(envelope(ANSWERS[status])["id"]).version == 5


def test_the_receipt_names_the_record_and_the_hash_of_its_value():
    gateway = Gateway().opened_case()
    event = gateway.event("referral.called")
    value = orjson.dumps(event)
    for offset in (1, 2):
        answer = gateway.put("fk.out.referral", event, value=value)
        receipt = answer.receipt
        assert (receipt["topic"], receipt["offset"]) == ("fk.out.referral", 1), offset
        assert receipt["content_sha256"] == hashlib.sha256(value).hexdigest()
        assert receipt["case_id"] == "S-1"
        assert envelope(answer)["subject"] == "S-1"


def test_a_receipt_goes_to_the_sender_with_the_key_of_the_message():
    gateway = Gateway().opened_case()
    answer = gateway.send("referral.answered", "af")
    (out,) = [out for out in answer.records if out.topic == "af.receipts"]
    assert out.key == answer.deliveries[0].key
    assert dict(out.headers)["content-type"] == b"application/cloudevents+json"


@pytest.mark.parametrize(
    "key", [None, b"", b"short", b"\xff" * 22, CANARY.encode(), CANARY.encode() + b"A" * 10]
)
def test_a_key_that_is_no_person_key_is_not_repeated(key: bytes | None):
    """A sender may by mistake write a personal number there."""
    answer = Gateway().take("fk.out.referral", b"{}", key)
    zeros = NO_PERSON_KEY.encode()
    keys = {out.key for out in answer.records}
    assert keys <= {zeros, None}


def test_every_reason_has_a_text_in_both_languages_and_none_shows_payload():
    for answer in ANSWERS.values():
        for reason in answer.receipt["reasons"]:
            assert reason["text_sv"] != reason["text_en"]
            assert len(reason["text_sv"]) > 20
            assert "198104129815" not in str(reason)


def test_a_record_that_is_no_message_is_named_by_its_place_and_quarantined_without_its_bytes():
    gateway = Gateway()
    value = b'{"note": "' + CANARY.encode() + b'"}'
    answer = gateway.take("fk.out.plan", value, b"k")
    receipt = answer.receipts[0]
    assert UUID(receipt["message_id"]).version == 5
    assert (receipt["message_source"], receipt["message_type"]) == (None, None)
    (quarantined,) = [out for out in answer.records if out.topic == "gateway.quarantine"]
    assert orjson.loads(quarantined.value) == {
        "topic": "fk.out.plan",
        "partition": receipt["partition"],
        "offset": 0,
        "timestamp": receipt["decided_at"],
        "codes": [reason["code"] for reason in receipt["reasons"]],
        "size": len(value),
        "content_sha256": hashlib.sha256(value).hexdigest(),
    }


def test_a_tombstone_is_unreadable_too():
    answer = Gateway().take("fk.out.plan", None, b"k")
    assert [r["code"] for r in answer.receipts[0]["reasons"]] == ["envelope.not_json"]


def test_times_are_those_of_the_records_to_the_millisecond():
    gateway = Gateway().opened_case()
    gateway.now += 123
    answer = gateway.send("referral.called")
    assert answer.receipt["decided_at"] == "2024-01-10T08:00:00.123Z"
    assert envelope(answer)["time"] == "2024-01-10T08:00:00.123Z"
    assert {out.timestamp_ms for out in answer.records} == {gateway.now}


UNUSABLE = [-1, 0, EARLIEST - 1, LATEST, 2**62]


@pytest.mark.parametrize("at", UNUSABLE)
def test_an_unusable_timestamp_is_refused_by_name_at_the_tasks_own_time_and_moves_none(at: int):
    gateway = Gateway().opened_case()
    before = [fold.stream_time for fold in gateway.folds]
    refused = gateway.put("fk.out.referral", gateway.event("referral.answered"), timestamp_ms=at)
    assert refused.details == {"envelope.bad_timestamp": ("error", "timestamp")}
    assert instant(refused.receipt["decided_at"]) == max(before)
    assert {out.timestamp_ms for out in refused.records} == {max(before)}
    assert [fold.stream_time for fold in gateway.folds] == before
    assert gateway.send("referral.answered").status == "ACCEPTED"


@pytest.mark.parametrize("at", UNUSABLE)
def test_before_any_usable_timestamp_a_refusal_stands_at_the_earliest_instant(at: int):
    gateway = Gateway()
    refused = gateway.take("fk.out.plan", b"{", b"k", timestamp_ms=at)
    (receipt,) = refused.receipts
    codes = {reason["code"] for reason in receipt["reasons"]}
    assert codes == {"envelope.not_json", "envelope.bad_timestamp"}
    assert instant(receipt["decided_at"]) == EARLIEST
    assert gateway.folds[receipt["partition"]].stream_time == 0


@pytest.mark.parametrize("at", UNUSABLE)
def test_no_deadline_fires_for_an_unusable_timestamp(at: int):
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    assert held.status == "HELD"
    refused = gateway.put("fk.out.referral", gateway.event("referral.called"), timestamp_ms=at)
    assert (refused.status, refused.released) == ("REJECTED", [])


@pytest.mark.parametrize("at", [EARLIEST, LATEST - 1])
def test_the_first_and_the_last_instant_are_usable(at: int):
    gateway = Gateway()
    answer = gateway.take("fk.out.plan", b"{", b"k", timestamp_ms=at)
    (receipt,) = answer.receipts
    assert [reason["code"] for reason in receipt["reasons"]] == ["envelope.not_json"]
    assert instant(receipt["decided_at"]) == at


def test_all_problems_are_told_not_just_the_first():
    gateway = Gateway()
    answer = gateway.send("plan.closed", "fk", event_at="2025-01-01", outcome=None)
    assert answer.codes == ["consent.missing", "BR-37", "BR-30"]


def test_a_refusal_tells_its_warnings_too():
    gateway = Gateway().opened_case()
    gateway.later(days=60)
    answer = gateway.send("plan.closed", day="2024-01-10", outcome=None)
    assert sorted(answer.codes) == ["BR-30", "BR-36"]
    assert answer.details["BR-36"][0] == "warning"


@pytest.mark.parametrize(("status", "count"), [("REJECTED", 1), ("HELD", 1), ("ACCEPTED", 0)])
def test_each_refused_held_or_warned_message_is_counted_once_without_identity(
    status: str, count: int
):
    quality = ANSWERS[status].quality
    assert len(quality) == count
    for fact in quality:
        assert fact["fields"]["codes"] == ANSWERS[status].codes
        assert fact["fields"]["status"] == status
        assert (fact["unit_key"], fact["unit_case"], fact["birth_year_month"]) == (None,) * 3


def test_ids_are_those_of_the_standard():
    import uuid  # noqa: PLC0415 - compared with here, not used by the core

    name = "receipt|urn|å"
    assert uuid5_text(name) == str(uuid.uuid5(uuid.UUID(bytes=NAMESPACE), name))
    assert unpacked(packed(uuid5_text(name))) == uuid5_text(name)


def test_the_same_id_and_content_of_two_senders_are_two_receipts():
    """Its id is made of the source, the message id, the content and the status (contract 4)."""
    ids = {receipt_id(source, "m", "c", "ACCEPTED") for source in ("urn:a", "urn:b", None)}
    assert len(ids) == 3
