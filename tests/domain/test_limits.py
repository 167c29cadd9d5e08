"""A limit on everything, each with a clear answer: no person can make the gateway choke."""

from __future__ import annotations

import orjson
import pytest

from gateway.domain import room, unfinished
from gateway.domain.room import ENTRIES_PART, HELD_BYTES_PART, HELD_PART, share
from gateway.domain.state import EMPTY, ENTRIES_SURE, STATE_BYTES_MAX
from gateway.shell.transaction import BATCH_BYTES_MAX
from tests.dsl import CONTENT_TYPE, Gateway, local

MANY = [
    {"benefit": "rehabiliteringspenning_sarskilda_fall", "extent": 0.25, "from": "2023-05-02"}
] * 100


def test_a_state_fits_into_a_record_with_room_for_key_and_headers():
    assert STATE_BYTES_MAX + 10_000 < BATCH_BYTES_MAX
    parts = 2 * (room.BYTES_PART + room.BYTES_RESERVE)
    assert parts + 2 * unfinished.BYTES_MAX < STATE_BYTES_MAX


def test_how_far_the_fuller_part_is_filled_is_known(monkeypatch: pytest.MonkeyPatch):
    """The alarm comes before the limit; the one of the two agencies that fills more counts."""
    monkeypatch.setattr(room, "ENTRIES_PART", 10)
    gateway = Gateway()
    assert share(EMPTY) == 0
    for _ in range(3):
        gateway.send("status.enrolled")
    gateway.send("status.benefit_decided")
    assert share(gateway.state()) == 0.3


def test_as_many_messages_wait_as_the_limit_says_and_the_next_is_refused_not_lost():
    gateway = Gateway()
    gateway.consented()
    held = [gateway.send("referral.answered") for _ in range(HELD_PART)]
    assert {answer.status for answer in held} == {"HELD"}
    refused = gateway.send("referral.answered")
    assert refused.status == "REJECTED"
    assert refused.details["gateway.full"][0] == "error"
    assert "väntar" in refused.receipt["reasons"][0]["text_sv"]
    came = gateway.send("referral.initiated")
    assert len(came.released) == HELD_PART
    assert gateway.again(refused).status == "ACCEPTED"


def waiting_with(gateway: Gateway, blanks: int = 0, header: int = 0) -> str:
    """The answer to a message that waits, made long by blanks after the JSON or by a header."""
    event = gateway.event("referral.answered")
    headers = (*CONTENT_TYPE, ("x", b"x" * header))
    value = orjson.dumps(event) + b" " * blanks
    return gateway.put("fk.out.referral", event, headers=headers, value=value).status


@pytest.mark.parametrize(("size", "fit"), [({"blanks": 130_000}, 2), ({"header": 15_000}, 18)])
def test_what_waits_is_limited_in_bytes_with_its_headers(size: dict[str, int], fit: int):
    gateway = Gateway()
    gateway.consented()
    answers = [waiting_with(gateway, **size) for _ in range(fit + 2)]
    assert answers == ["HELD"] * fit + ["REJECTED"] * 2
    assert sum(len(held.value) for held in gateway.state().held) < HELD_BYTES_PART


def test_headers_are_limited_because_a_delivery_repeats_them():
    gateway = Gateway().opened_case()
    event = gateway.event("referral.answered")
    headers = (*CONTENT_TYPE, ("x", b"x" * 16_384))
    refused = gateway.put("fk.out.referral", event, headers=headers)
    assert refused.codes == ["envelope.too_large"]
    assert "16 KiB" in refused.receipt["reasons"][0]["text_sv"]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Forty messages are many enough for a test."""
    monkeypatch.setattr(room, "ENTRIES_PART", 40)
    return 40


def full(limit: int, held: int = 0) -> Gateway:
    gateway = Gateway().opened_case()
    for _ in range(held):
        assert gateway.send("sgi.closed").status == "HELD"
    for _ in range(limit - held - 2):
        assert gateway.send("referral.answered").status == "ACCEPTED"
    return gateway


def test_the_message_beyond_the_number_remembered_is_refused_and_says_whom_to_ask(few: int):
    gateway = full(few)
    refused = gateway.send("referral.answered")
    assert (refused.status, refused.codes) == ("REJECTED", ["gateway.full"])
    assert "driften" in refused.receipt["reasons"][0]["text_sv"]
    assert len(gateway.state().entries) == few


def test_what_waits_has_its_place_among_the_messages_remembered(few: int):
    """Else the end of the wait would put the person beyond the limit."""
    gateway = full(few, held=5)
    assert gateway.send("referral.answered").codes == ["gateway.full"]
    assert gateway.send("sgi.closed").codes == ["gateway.full"]
    gateway.later(days=14).tick()
    assert len(gateway.state().entries) == few


def test_expired_messages_fill_no_more_than_others(few: int):
    gateway = full(few)
    late = {"expirytime": local(gateway.now - 1)}
    assert gateway.send("referral.answered", envelope=late).codes == ["gateway.full"]


def test_what_is_known_is_still_answered_at_the_limit(few: int):
    gateway = Gateway().opened_case()
    called = gateway.send("referral.answered")
    for _ in range(few - 3):
        gateway.send("referral.answered")
    assert gateway.send("referral.answered").codes == ["gateway.full"]
    assert gateway.again(called).receipt_bytes == called.receipt_bytes
    assert gateway.again(called, answer="avbojt").codes == ["id.conflict"]


def test_a_person_whose_messages_are_large_is_limited_by_bytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "BYTES_PART", 200_000)
    gateway = Gateway()
    gateway.consented()
    statuses = [
        gateway.send("status.benefit_decided", periods=MANY).status.partition("_")[0]
        for _ in range(80)
    ]
    accepted = statuses.count("ACCEPTED")
    assert ENTRIES_SURE < accepted < 80
    assert statuses == ["ACCEPTED"] * accepted + ["REJECTED"] * (80 - accepted)
    (stored,) = [out.value for (_, key), out in gateway.stored.items() if len(key or b"") == 22]
    assert len(stored) < 200_000 + unfinished.BYTES_MAX


def test_messages_too_few_to_be_measured_fit_whatever_they_say():
    """The largest message of the type with the longest record, and the largest wait beside."""
    gateway = Gateway()
    gateway.consented()
    for _ in range(ENTRIES_SURE - 3):
        gateway.send("status.benefit_decided", periods=MANY)
    for _ in range(3):
        assert waiting_with(gateway, blanks=HELD_BYTES_PART // 3 - 2_000) == "HELD"
    (stored,) = [out.value for (_, key), out in gateway.stored.items() if len(key or b"") == 22]
    assert len(stored) < STATE_BYTES_MAX


def test_the_real_limit_of_messages_is_beyond_any_persons_life():
    """Thirty years with a message a week."""
    assert ENTRIES_PART > 30 * 52
