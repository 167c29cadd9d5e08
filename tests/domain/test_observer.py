"""The invariants catch what they are there for: each law is broken on purpose once."""

from __future__ import annotations

import orjson
import pytest

from gateway.domain.invariants import InvariantError, Observer
from gateway.shell.outputs import Outgoing
from schemas.record import Record
from tests.dsl import CANARY

RECORD = Record("fk.out.plan", 0, 7, 0, b"k", b"{}")


def receipt(status: str = "ACCEPTED", offset: int = 7, **data: object) -> Outgoing:
    body = {"topic": "fk.out.plan", "partition": 0, "offset": offset, "status": status, **data}
    body.setdefault("delivered_to", [])
    return Outgoing("fk.receipts", 0, b"k", orjson.dumps({"data": body}), ())


def delivery(receipt_id: bytes = b"r-1", ground: bytes | None = b"none", **of: object) -> Outgoing:
    headers = (("gw-receipt-id", receipt_id), ("gw-ground", ground))
    return Outgoing("af.in.plan", 0, b"k", CANARY.encode(), headers)._replace(**of)


def test_a_good_answer_passes():
    Observer().saw(RECORD, [receipt(), delivery()])


def test_a_wait_that_is_over_at_once_passes():
    Observer().saw(RECORD, [receipt("HELD"), receipt("ACCEPTED"), delivery()])


@pytest.mark.parametrize(
    "written",
    [
        [],
        [receipt(), receipt("HELD")],
        [receipt("HELD"), receipt("HELD")],
        [receipt("HELD"), receipt(), receipt("HELD")],
        [receipt(offset=8)],
        [receipt()._replace(topic="af.receipts")],
    ],
    ids=["none", "two", "held twice", "held again", "of another record", "of the other agency"],
)
def test_law_1_every_record_gets_exactly_one_first_receipt(written: list[Outgoing]):
    with pytest.raises(InvariantError, match=r"law 1: fk\.out\.plan/0/7 got [023] first"):
        Observer().saw(RECORD, written)


def test_law_1_one_final_receipt_for_a_record():
    observer = Observer()
    observer.saw(RECORD, [receipt("HELD")])
    observer.wrote([receipt("ACCEPTED")])
    with pytest.raises(InvariantError, match="got a second final receipt"):
        observer.wrote([receipt("REJECTED")])


def test_a_receipt_given_again_is_no_second_one():
    observer = Observer()
    observer.saw(RECORD, [receipt()])
    again = receipt()._replace(headers=(("gw-duplicate", b"true"),))
    observer.saw(RECORD._replace(offset=9), [again])


def test_law_2_what_was_rejected_is_not_delivered():
    with pytest.raises(InvariantError, match="law 2"):
        Observer().saw(RECORD, [receipt("REJECTED", delivered_to=["af.in.plan"])])


def test_law_3_nothing_is_delivered_twice():
    observer = Observer()
    observer.wrote([delivery()])
    with pytest.raises(InvariantError, match="law 3: receipt r-1"):
        observer.wrote([delivery()])


@pytest.mark.parametrize("ground", [None, b""])
def test_law_6_nothing_is_delivered_without_a_ground(ground: bytes | None):
    with pytest.raises(InvariantError, match="law 6"):
        Observer().wrote([delivery(ground=ground)])


@pytest.mark.parametrize(
    "out",
    [
        delivery(key=CANARY.encode()),
        delivery(headers=(("gw-ground", b"x"), ("note", b"nr " + CANARY.encode()))),
        receipt(note=CANARY),
        receipt(note=f"{CANARY[:8]}-{CANARY[8:]}"),
        Outgoing("af.in.notice", 0, b"k", CANARY.encode(), ()),
        Outgoing("gateway.audit", 0, None, CANARY.encode(), ()),
        Outgoing("followup.events", 0, None, b'"' + CANARY.encode() + b'"', ()),
    ],
)
def test_law_7_no_personal_number_stands_outside_a_body(out: Outgoing):
    with pytest.raises(InvariantError, match="law 7") as caught:
        Observer().wrote([out])
    assert CANARY not in str(caught.value)


def test_law_7_hashes_and_ids_that_look_alike_are_no_numbers():
    Observer().wrote([receipt(note=f"a{CANARY}"), receipt(offset=8, note=CANARY + "b")])
