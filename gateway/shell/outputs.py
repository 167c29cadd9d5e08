"""Hop 5: each output of the closed union becomes topic, key, headers and bytes, in one place.

Everything derived from input partition n is written to partition n of its topic, stamped with the
instant of the decision, so that a replay of the same log gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple, assert_never

import orjson

from gateway.domain.days import rfc3339
from gateway.domain.decision import Decision, Delivery, Fact, Notice, Quarantined, Receipt
from gateway.domain.state import PARKED, Flag
from gateway.shell import telemetry
from gateway.shell.telemetry import Tally
from schemas.codec import Record
from schemas.headers import STRUCTURED_ONLY, delivered
from schemas.keys import NO_PERSON_KEY
from schemas.reasons import Finding, render
from schemas.record import Headers
from schemas.topics import AUDIT, FOLLOWUP, QUARANTINE, notice_topic, receipts_topic

SOURCE: Final = "urn:samverkan:gateway"
_DUPLICATE_HEADERS: Final = (*STRUCTURED_ONLY, ("gw-duplicate", b"true"))
_NO_KEY: Final = NO_PERSON_KEY.encode()
_PERSON_KEY: Final = re.compile(rb"[A-Za-z0-9_-]{22}")
_PERSON_KEY_BYTES: Final = 22
_LONG_NUMBER: Final = re.compile(rb"\d{10}")


class Outgoing(NamedTuple):
    """A record to be written to the task's partition; an empty value ends a key of the state."""

    topic: str
    timestamp_ms: int
    key: bytes | None
    value: bytes
    headers: Headers


class AuditChain:
    """The tamper-evident log of a task: each entry names the hash of the entry before it."""

    __slots__ = ("count", "previous")

    def __init__(self, count: int = 0, previous: str = "") -> None:
        self.count = count
        self.previous = previous

    def entry(self, receipt: Receipt, cause: str, now: int, agreement: str) -> bytes:
        """The bytes of the next entry, and the chain moved on by one.

        `cause` is the input record (topic/partition/offset) or the deadline that led to the
        decision; replaying the causes in order gives the same decisions.
        """
        ground = receipt.ground
        return self._link(
            {
                "number": self.count + 1,
                "at": rfc3339(now),
                "cause": cause,
                "topic": receipt.topic,
                "partition": receipt.partition,
                "offset": receipt.offset,
                "content_sha256": receipt.content_sha256,
                "verdict": receipt.status,
                "codes": [flag.code for flag in receipt.reasons],
                "duplicate": receipt.duplicate,
                "ground": None if ground is None else {"kind": ground[0], "reference": ground[1]},
                "receipt_id": receipt.receipt_id,
                "agreement": agreement,
                "previous_sha256": self.previous,
            }
        )

    def command_entry(
        self, record: Record, said: Mapping[str, Any], now: int, agreement: str
    ) -> bytes:
        """The entry of an operator's command: where it stands, what it was, what became of it."""
        return self._link(
            {
                "number": self.count + 1,
                "at": rfc3339(now),
                "cause": "operator",
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "content_sha256": sha256(record.value or b"").hexdigest(),
                **said,
                "codes": [],
                "duplicate": False,
                "ground": None,
                "receipt_id": None,
                "agreement": agreement,
                "previous_sha256": self.previous,
            }
        )

    def _link(self, entry: Mapping[str, Any]) -> bytes:
        self.count += 1
        value = orjson.dumps(entry)
        self.previous = sha256(value).hexdigest()
        return value


def cloudevent(
    event_id: str, ce_type: str, time: str, key: str, data: Any, subject: str | None = None
) -> bytes:
    """A structured CloudEvent of the gateway's own."""
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": ce_type,
        "time": time,
        "datacontenttype": "application/json",
        "partitionkey": key,
        "data": data,
    }
    if subject is not None:
        event["subject"] = subject
    return orjson.dumps(event)


def receipt_key(key: bytes | None) -> bytes:
    """The key of the message; zeros when it is no person key, since it may hold anything."""
    return _NO_KEY if key is None or len(key) != _PERSON_KEY_BYTES else _shown_key(key)


@lru_cache(maxsize=65_536)
def _shown_key(key: bytes) -> bytes:
    return _NO_KEY if not _PERSON_KEY.fullmatch(key) or _LONG_NUMBER.search(key) else key


def receipt_data(receipt: Receipt) -> dict[str, Any]:
    """The receipt as in contract section 4."""
    ground = receipt.ground
    return {
        "message_id": receipt.message_id,
        "message_source": receipt.source,
        "message_type": receipt.ce_type,
        "content_sha256": receipt.content_sha256,
        "status": receipt.status,
        "reasons": [reason(flag) for flag in receipt.reasons],
        "decided_at": rfc3339(receipt.decided_at),
        "held_until": None if receipt.held_until is None else rfc3339(receipt.held_until),
        "delivered_to": [] if receipt.delivered_to is None else [receipt.delivered_to],
        "ground": None if ground is None else {"kind": ground[0], "reference": ground[1]},
        "rules_version": receipt.rules_version,
        "case_id": receipt.case_id,
        "topic": receipt.topic,
        "partition": receipt.partition,
        "offset": receipt.offset,
    }


def reason(flag: Flag) -> dict[str, Any]:
    """A finding with its texts."""
    return render(Finding(flag.code, flag.severity, flag.path, flag.detail))


def outgoing(
    decision: Decision, record: Record | None, key: bytes | None, cause: str, now: int,
    chain: AuditChain, rules_version: str, tally: Tally,
) -> list[Outgoing]:  # fmt: skip
    """All records of a decision, in order. `record` is None when a deadline decided."""
    found: list[Outgoing] = []
    for output in decision.outputs:
        match output:
            case Receipt():
                _count_receipt(output, tally)
                found.append(_receipt(output, receipt_key(key), now))
                entry = chain.entry(output, cause, now, rules_version)
                found.append(Outgoing(AUDIT, now, None, entry, ()))
            case Delivery():
                tally.add(telemetry.DELIVERIES, output.topic)
                found.append(_delivery(output, key, now))
            case Fact():
                found.append(_fact(output))
            case Notice():
                tally.add(telemetry.NOTICES, output.kind)
                found.append(_notice(output, receipt_key(key), now))
            case Quarantined():
                assert record is not None, "only a record can be unreadable"
                tally.add(telemetry.QUARANTINED)
                found.append(_quarantined(output, record, now))
            case _:
                assert_never(output)
    return found


def _count_receipt(receipt: Receipt, tally: Tally) -> None:
    if receipt.duplicate:
        tally.add(telemetry.DUPLICATES)
    else:
        family = receipt.topic.rpartition(".")[2]
        tally.add(telemetry.RECEIPTS, receipt.agency, family, receipt.status)
    for flag in receipt.reasons:
        tally.add(telemetry.REASONS, flag.code)


def _receipt(receipt: Receipt, key: bytes, now: int) -> Outgoing:
    value = cloudevent(
        receipt.receipt_id,
        "se.samverkan.receipt.v1",
        rfc3339(receipt.decided_at),
        key.decode(),
        receipt_data(receipt),
        receipt.case_id,
    )
    headers = _DUPLICATE_HEADERS if receipt.duplicate else STRUCTURED_ONLY
    return Outgoing(receipts_topic(receipt.agency), now, key, value, headers)


def _delivery(delivery: Delivery, key: bytes | None, now: int) -> Outgoing:
    kind, reference = delivery.ground
    ground = kind if reference is None else f"{kind}:{reference}"
    kept = delivered(delivery.headers)
    traced = any(name == "traceparent" and value is not None for name, value in kept)
    headers: Headers = (
        *kept,
        ("gw-receipt-id", delivery.receipt_id.encode()),
        ("gw-accepted-at", rfc3339(delivery.accepted_at).encode()),
        ("gw-ground", ground.encode()),
        ("gw-person-key", key),
        *(() if traced else (("traceparent", delivery.traceparent.encode()),)),
    )
    return Outgoing(delivery.topic, now, key, delivery.value, headers)


def _notice(notice: Notice, key: bytes, now: int) -> Outgoing:
    value = cloudevent(
        notice.notice_id,
        f"se.samverkan.notice.{notice.kind}.v1",
        rfc3339(notice.at),
        key.decode(),
        {"case_id": notice.case_id, **notice.data},
        notice.case_id,
    )
    return Outgoing(notice_topic(notice.agency), now, key, value, STRUCTURED_ONLY)


def _fact(fact: Fact) -> Outgoing:
    key = NO_PERSON_KEY if fact.key is None else fact.key
    value = cloudevent(fact.event_id, "se.samverkan.followup.v1", rfc3339(fact.at), key, fact.data)
    return Outgoing(FOLLOWUP, fact.at, key.encode(), value, STRUCTURED_ONLY)


def _quarantined(quarantined: Quarantined, record: Record, now: int) -> Outgoing:
    """Where the unreadable bytes stand, not the bytes: they may hold a personal number."""
    value = orjson.dumps(
        {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": rfc3339(now),
            "codes": list(quarantined.codes),
            "size": quarantined.size,
            "content_sha256": sha256(record.value or b"").hexdigest(),
        }
    )
    return Outgoing(QUARANTINE, now, receipt_key(record.key), value, ())


def parked_entry(
    record: Record | None, key: str, cause: str, problem: str, failures: int, now: int
) -> Outgoing:
    """What stands in quarantine of a record that parked its person: where it is, not its bytes."""
    value = orjson.dumps(
        {
            "topic": None if record is None else record.topic,
            "partition": None if record is None else record.partition,
            "offset": None if record is None else record.offset,
            "timestamp": rfc3339(now),
            "codes": [PARKED],
            "size": 0 if record is None else len(record.value or b""),
            "content_sha256": sha256(b"" if record is None else record.value or b"").hexdigest(),
            "cause": cause,
            "problem": problem,
            "failures": failures,
        }
    )
    shown = receipt_key(key.partition(":")[0].encode())
    return Outgoing(QUARANTINE, now, shown, value, ())
