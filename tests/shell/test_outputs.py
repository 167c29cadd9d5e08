"""Hop 5: what goes out is keyed, stamped and headed in one place, and nobody can forge it."""

from __future__ import annotations

import orjson
import pytest

from gateway.shell.outputs import AuditChain, receipt_key
from tests.answer import Answer
from tests.dsl import CONTENT_TYPE, KEYS, Gateway

Headers = tuple[tuple[str, bytes | None], ...]
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"


def delivered(
    headers: Headers = CONTENT_TYPE, envelope: dict[str, str] | None = None
) -> tuple[Answer, dict[str, bytes | None]]:
    """An accepted message with the sender's headers, and the headers of its delivery."""
    gateway = Gateway().opened_case()
    event = gateway.event("referral.called", envelope=envelope or {})
    answer = gateway.put("fk.out.referral", event, headers=headers)
    assert answer.status == "ACCEPTED"
    return answer, dict(answer.deliveries[0].headers)


def test_a_delivery_is_the_senders_value_and_headers_with_ours_added():
    own: Headers = (*CONTENT_TYPE, ("x", b"1"), ("x", b"2"), ("empty", b""), ("none", None))
    answer, headers = delivered(own)
    (out,) = answer.deliveries
    assert out.headers[: len(own)] == own
    assert out.key == KEYS.person_key("198104129815").encode()
    assert headers["gw-person-key"] == out.key
    receipt = orjson.loads(answer.receipt_bytes)
    assert headers["gw-receipt-id"] == receipt["id"].encode()
    assert headers["gw-accepted-at"] == receipt["data"]["decided_at"].encode()
    assert headers["gw-ground"] == f"consent:{receipt['data']['ground']['reference']}".encode()


def test_headers_that_look_like_the_gateways_are_taken_away():
    forged: Headers = (
        *CONTENT_TYPE,
        ("gw-ground", b"statute:mine"),
        ("gw-receipt-id", b"1"),
        ("gw-anything", None),
    )
    answer, headers = delivered(forged)
    names = [name for name, _ in answer.deliveries[0].headers]
    assert names.count("gw-ground") == names.count("gw-receipt-id") == 1
    assert "gw-anything" not in names
    assert headers["gw-ground"] != b"statute:mine"


def test_a_trace_begins_at_the_gateway_when_the_sender_has_none():
    answer, headers = delivered()
    trace = orjson.loads(answer.receipt_bytes)["id"].replace("-", "").encode()
    assert headers["traceparent"] == b"00-" + trace + b"-" + trace[16:] + b"-01"


def test_the_trace_named_in_the_event_goes_on_with_a_span_of_the_gateways_own():
    answer, headers = delivered(envelope={"traceparent": TRACE})
    span = orjson.loads(answer.receipt_bytes)["id"].replace("-", "")[16:]
    assert headers["traceparent"] == f"00-{TRACE.split('-')[1]}-{span}-00".encode()


def test_the_senders_own_trace_header_is_kept_and_stays_the_only_one():
    answer, headers = delivered((*CONTENT_TYPE, ("traceparent", TRACE.encode())))
    names = [name for name, _ in answer.deliveries[0].headers]
    assert names.count("traceparent") == 1
    assert headers["traceparent"] == TRACE.encode()


def test_a_released_message_keeps_its_trace():
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.called", envelope={"traceparent": TRACE})
    came = gateway.send("referral.initiated")
    traces = [dict(out.headers)["traceparent"] or b"" for out in came.deliveries]
    assert [trace[3:35] == TRACE[3:35].encode() for trace in traces] == [False, True]


def test_a_repeated_receipt_says_so_in_its_header():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    again = gateway.again(called)
    marks = [dict(a.records[0].headers).get("gw-duplicate") for a in (called, again)]
    assert marks == [None, b"true"]


@pytest.mark.parametrize(
    ("key", "same"),
    [
        (b"ZSe1-ti1NP_s_7YgRNZIJg", True),
        (b"0" * 22, False),
        (b"ZSe1-ti1NP_s_7YgRNZIJ", False),
        (b"ZSe1-ti1NP_s_7YgRNZIJg=", False),
        (b"AAAAA198104129815AAAAA", False),
        (None, False),
    ],
)
def test_a_key_is_repeated_only_if_it_can_be_a_person_key(key: bytes | None, same: bool):
    assert receipt_key(key) == (key if same else b"0" * 22)


# -- the audit


def audit_of(gateway: Gateway, partition: int | None = None) -> list[bytes]:
    return [out.value for out in gateway.log if out.topic == "gateway.audit"]


def life() -> Gateway:
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called", case_id="S-2")
    gateway.again(called)
    gateway.send("plan.closed", outcome=None)
    gateway.later(days=14).tick()
    return gateway


def test_each_entry_of_the_audit_names_the_hash_of_the_one_before():
    import hashlib  # noqa: PLC0415 - the auditor's own means

    previous = ""
    for number, value in enumerate(audit_of(life()), 1):
        entry = orjson.loads(value)
        assert (entry["number"], entry["previous_sha256"]) == (number, previous)
        previous = hashlib.sha256(value).hexdigest()
    assert number == 6


def test_an_entry_of_the_audit_says_what_was_decided_why_and_because_of_which_record():
    gateway = life()
    entries = [orjson.loads(value) for value in audit_of(gateway)]
    assert [entry["verdict"] for entry in entries] == [
        "ACCEPTED",
        "ACCEPTED",
        "HELD",
        "HELD",
        "REJECTED",
        "REJECTED",
    ]
    assert [entry["duplicate"] for entry in entries] == [False, False, False, True, False, False]
    assert [entry["codes"] for entry in entries][2:] == [
        ["case.awaited"],
        ["case.awaited"],
        ["BR-30"],
        ["case.awaited"],
    ]
    assert entries[1]["ground"] == {"kind": "consent", "reference": gateway.consent}
    assert entries[3]["cause"].startswith("fk.out.referral/")
    assert (
        entries[3]["cause"] != f"fk.out.referral/{entries[3]['partition']}/{entries[3]['offset']}"
    )
    assert entries[5]["cause"] == f"due/{gateway.now}"
    assert all(len(entry["content_sha256"]) == 64 for entry in entries)


def test_the_audit_goes_on_after_a_restart():
    gateway = life()
    count = len(audit_of(gateway))
    gateway.restart()
    gateway.send("status.enrolled")
    last, new = map(orjson.loads, audit_of(gateway)[-2:])
    assert (last["number"], new["number"]) == (count, count + 1)
    assert new["previous_sha256"]


def test_an_entry_holds_no_person_and_no_payload():
    for value in audit_of(life()):
        assert b"198104129815" not in value
        assert KEYS.person_key("198104129815").encode() not in value
        assert b"S-1" not in value


def test_a_chain_can_be_taken_up_anywhere():
    assert AuditChain(7, "x").count == 7
