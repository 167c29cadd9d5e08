"""Reading what the gateway writes: tolerant of more, loud about less."""

from __future__ import annotations

import orjson
import pytest

from gateway.sdk.errors import UnreadableRecordError
from gateway.sdk.received import read_delivery, read_notice, read_receipt
from schemas.record import Record

MESSAGE = "9a1bc9d9-c2d4-5289-bf7f-b87e7f11d8e8"
RECEIPT = {
    "specversion": "1.0",
    "id": "11111111-1111-5111-8111-111111111111",
    "source": "urn:samverkan:gateway",
    "type": "se.samverkan.receipt.v1",
    "time": "2024-03-01T09:30:00.123Z",
    "datacontenttype": "application/json",
    "partitionkey": "0" * 22,
    "data": {
        "message_id": MESSAGE,
        "message_source": "urn:samverkan:fk:arende",
        "message_type": "se.samverkan.referral.called.v1",
        "content_sha256": "ab" * 32,
        "status": "REJECTED",
        "reasons": [
            {
                "code": "BR-01",
                "severity": "error",
                "path": "data.initiating_path",
                "text_sv": "Fel.",
                "text_en": "Wrong.",
            }
        ],
        "decided_at": "2024-03-01T09:30:00.123Z",
        "held_until": None,
        "delivered_to": [],
        "ground": None,
        "rules_version": "2026.1+0a1b2c3d",
        "case_id": "S-1",
        "topic": "fk.out.referral",
        "partition": 3,
        "offset": 1289,
    },
}
GATEWAY_HEADERS = (
    ("gw-receipt-id", b"r"),
    ("gw-accepted-at", b"2024-03-01T09:30:00.123Z"),
    ("gw-ground", b"consent:c"),
    ("gw-person-key", b"0" * 22),
)


def _record(value: object, *headers: tuple[str, bytes | None]) -> Record:
    raw = value if isinstance(value, bytes) else orjson.dumps(value)
    return Record("fk.in.plan", 1, 7, 0, b"k", raw, headers)


def test_a_receipt_says_status_codes_and_reasons() -> None:
    """And whether it is final, accepted, or the original once more."""
    receipt = read_receipt(_record(RECEIPT))
    assert (receipt.status, receipt.codes, receipt.final) == ("REJECTED", ("BR-01",), True)
    assert not receipt.accepted
    assert not receipt.duplicate
    assert receipt.data.reasons[0].text_en == "Wrong."
    assert read_receipt(_record(RECEIPT, ("gw-duplicate", b"true"))).duplicate


def test_a_newer_gateway_may_say_more() -> None:
    """Unknown fields are passed over."""
    more = RECEIPT | {"data": RECEIPT["data"] | {"mood": "good"}, "novelty": "yes"}
    assert read_receipt(_record(more)).status == "REJECTED"


@pytest.mark.parametrize("value", [b"{", b"[]", b"{}", b""])
def test_what_is_no_receipt_is_an_error_that_names_the_place(value: bytes) -> None:
    """Never the payload."""
    for read in (read_receipt, read_delivery, read_notice):
        with pytest.raises(UnreadableRecordError, match=r"fk\.in\.plan, partition 1, offset 7"):
            read(_record(value))


def test_a_delivery_is_read_in_both_modes() -> None:
    """Envelope and data are the sender's."""
    envelope = {"specversion": "1.0", "id": MESSAGE, "type": "t", "data": {"case_id": "S-1"}}
    structured = read_delivery(_record(envelope, *GATEWAY_HEADERS))
    attributes = (("ce_id", MESSAGE.encode()), ("ce_type", b"t"), ("x", None))
    binary = read_delivery(_record(envelope["data"], *attributes, *GATEWAY_HEADERS))
    for delivery in (structured, binary):
        assert delivery.message_id == MESSAGE
        assert delivery.data == {"case_id": "S-1"}
        assert (delivery.receipt_id, delivery.ground) == ("r", "consent:c")
        assert "S-1" not in repr(delivery)


def test_a_delivery_without_the_gateways_headers_is_none() -> None:
    """Then it was not delivered by a gateway."""
    with pytest.raises(UnreadableRecordError):
        read_delivery(_record({"id": MESSAGE, "type": "t", "data": {}}))
    with pytest.raises(UnreadableRecordError):
        read_delivery(_record({"id": MESSAGE}, *GATEWAY_HEADERS))


def test_a_notice_says_type_and_data() -> None:
    """Of whatever kind."""
    notice = read_notice(
        _record({"id": "n", "type": "se.samverkan.notice.new.v1", "data": {"day": 10}})
    )
    assert (notice.id, notice.type) == ("n", "se.samverkan.notice.new.v1")
    assert notice.data == {"day": 10}
