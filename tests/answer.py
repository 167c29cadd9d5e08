"""What came out of the gateway because of one record, as tests ask for it."""

from __future__ import annotations

import hmac
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, get_args

import orjson

from gateway.shell.outputs import Outgoing
from schemas.followup_v1 import FollowupEvent
from schemas.gateway_event import GatewayEvent
from schemas.notices_v1 import NOTICE_MODELS
from schemas.receipts_v1 import ReceiptEvent


@dataclass(frozen=True)
class Answer:
    """What came out because of one record."""

    message_id: str
    records: tuple[Outgoing, ...]

    def data(self, suffix: str) -> list[dict[str, Any]]:
        """The `data` of every CloudEvent written to topics that end so."""
        return [orjson.loads(o.value)["data"] for o in self.records if o.topic.endswith(suffix)]

    @property
    def receipts(self) -> list[dict[str, Any]]:
        """Data of every receipt."""
        return self.data(".receipts")

    @property
    def receipt(self) -> dict[str, Any]:
        """The receipt of this very message."""
        return next(r for r in self.receipts if r["message_id"] == self.message_id)

    @property
    def receipt_bytes(self) -> bytes:
        """The same, as it was written."""
        return self.receipt_of(self.message_id)

    def receipt_of(self, message_id: str) -> bytes:
        """The receipt of a message as it was written."""
        return next(
            out.value
            for out in self.records
            if out.topic.endswith(".receipts")
            and orjson.loads(out.value)["data"]["message_id"] == message_id
        )

    @property
    def status(self) -> str:
        """The message's status."""
        return str(self.receipt["status"])

    @property
    def codes(self) -> list[str]:
        """Codes of its reasons."""
        return [reason["code"] for reason in self.receipt["reasons"]]

    @property
    def released(self) -> list[tuple[str, str]]:
        """(message id, status) of the other receipts."""
        return [
            (r["message_id"], r["status"])
            for r in self.receipts
            if r["message_id"] != self.message_id
        ]

    @property
    def deliveries(self) -> list[Outgoing]:
        """What the other agency got."""
        return [o for o in self.records if ".in." in o.topic and not o.topic.endswith(".notice")]

    @property
    def notices(self) -> list[tuple[str, str]]:
        """(agency, kind) of every notice."""
        found = []
        for out in self.records:
            if out.topic.endswith(".notice"):
                kind = orjson.loads(out.value)["type"].split(".")[3]
                found.append((out.topic[:2], kind))
        return found

    @property
    def facts(self) -> list[dict[str, Any]]:
        """Follow-up facts without the quality counts."""
        return [f for f in self.data("followup.events") if not f["fact"].startswith("quality.")]

    @property
    def quality(self) -> list[dict[str, Any]]:
        """Quality counts."""
        return [f for f in self.data("followup.events") if f["fact"].startswith("quality.")]

    @property
    def duplicate(self) -> bool:
        """Whether an earlier receipt was given again."""
        return any(("gw-duplicate", b"true") in o.headers for o in self.records)

    @property
    def fact(self) -> dict[str, Any]:
        """The one follow-up fact."""
        (fact,) = self.facts
        return fact

    @property
    def fact_id(self) -> str:
        """The id of the message's fact, whether it has come yet or not."""
        return fact_id(self.message_id, self.key, str(self.receipt["message_source"]))

    @property
    def key(self) -> str:
        """The record key of the message's receipt: whose it is."""
        return next(
            (out.key or b"").decode()
            for out in self.records
            if out.topic.endswith(".receipts")
            and orjson.loads(out.value)["data"]["message_id"] == self.message_id
        )

    @property
    def details(self) -> dict[str, tuple[str, str | None]]:
        """Code -> (severity, path) of the receipt's reasons."""
        return {r["code"]: (r["severity"], r["path"]) for r in self.receipt["reasons"]}

    def notice(self, kind: str, agency: str) -> dict[str, Any]:
        """The data of the one notice of a kind to an agency."""
        (found,) = [
            event["data"]
            for out in self.records
            if out.topic == f"{agency}.in.notice"
            and (event := orjson.loads(out.value))["type"] == f"se.samverkan.notice.{kind}.v1"
        ]
        return dict(found)

    def told(self, kind: str) -> list[str]:
        """Agencies that got a notice of a kind."""
        return [agency for agency, found in self.notices if found == kind]


def fact_id(message_id: str, key: str, source: str = "urn:samverkan:fk:arende") -> str:
    """The id of a message's fact, worked out anew: 16 bytes of the keyed hash, as hex digits."""
    secret = b"test-statistics-key-s1-no-secret"
    return hmac.new(secret, f"{key}{source}{message_id}".encode(), sha256).hexdigest()[:32]


MODELS: dict[str, type[GatewayEvent]] = {
    "se.samverkan.receipt.v1": ReceiptEvent,
    "se.samverkan.followup.v1": FollowupEvent,
    **{get_args(model.model_fields["type"].annotation)[0]: model for model in NOTICE_MODELS},
}


def as_published(out: Outgoing) -> None:
    """What the gateway says itself is just what the contract package publishes, and keyed by it."""
    if out.topic.endswith((".receipts", ".notice", "followup.events")):
        event = MODELS[orjson.loads(out.value)["type"]].model_validate_json(out.value)
        assert out.key == event.partitionkey.encode()


def counted(written: list[Outgoing]) -> Counter[tuple[Any, ...]]:
    """The figures that follow from facts: the latest revision of each, as a multiset.

    A fact counts by its type, sex, benefits, whether it has a person key, and whether it confirms
    another; quality counts tell of the order of arrival and are left out.
    """
    latest: dict[str, dict[str, Any]] = {}
    for out in written:
        if out.topic == "followup.events":
            fact = orjson.loads(out.value)["data"]
            if not fact["fact"].startswith("quality."):
                latest[fact["fact_id"]] = fact
    return Counter(
        (
            fact["fact"],
            fact["sex"],
            tuple(fact["benefits"]),
            fact["unit_key"] is not None,
            "confirms" in fact["fields"],
        )
        for fact in latest.values()
        if not fact["voided"]
    )
