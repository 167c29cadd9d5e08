"""The language of the core's tests: agencies say things about a person, the gateway answers.

No asyncio and no Kafka: records go through the same codec, fold and outputs as in a process. The
invariants of the laws are checked after every step (`gateway.domain.invariants`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import orjson

from gateway.agreement import Agreement, load
from gateway.domain.context import Context, context_at
from gateway.domain.invariants import Observer
from gateway.domain.pieces import whole
from gateway.domain.state import EMPTY, PersonState, decode
from gateway.shell.fold import DUE_HEADER, Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.pieces import Pieces
from schemas.codec import Codec, Record
from schemas.diagnose import has_time
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.partition import partition_of
from schemas.registry import BY_NAME
from schemas.topics import STATE
from tests.answer import Answer, as_published
from tests.defaults import DEFAULTS
from tests.twin import TwinFold

STOCKHOLM = ZoneInfo("Europe/Stockholm")
EXAMPLES = Path(__file__).parent / "examples"
KEYS = KeyRing.published_test_keys()
AGREEMENT = load()
PARTITIONS = 6
ANNA = "198104129815"
BO = "199507039841"
CANARY = "198505059835"
CONTENT_TYPE = (("content-type", b"application/cloudevents+json"),)


def agreed(**parts: dict[str, Any]) -> Agreement:
    """The default agreement with parts of its tables changed."""
    tables = AGREEMENT.model_dump()
    for name, changes in parts.items():
        tables[name] = {**tables[name], **changes}
    return Agreement.model_validate(tables)


def instant(text: str) -> int:
    """Milliseconds of a local Swedish time, or of one with offset."""
    at = datetime.fromisoformat(text)
    at = at.replace(tzinfo=STOCKHOLM) if at.tzinfo is None else at
    return int(at.timestamp() * 1000)


def local(ms: int) -> str:
    """RFC 3339 in Stockholm of an instant."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(STOCKHOLM).isoformat()


def _dated(value: Any, day: str) -> Any:
    if value == "DAY":
        return day
    if isinstance(value, dict):
        return {name: _dated(item, day) for name, item in value.items()}
    if isinstance(value, list):
        return [_dated(item, day) for item in value]
    return value


@dataclass
class Gateway:
    """A gateway without Kafka, and the two agencies that speak to it."""

    agreement: Agreement = AGREEMENT
    now: int = field(default_factory=lambda: instant("2024-01-10T09:00"))
    consent: str | None = None
    person: str = ANNA
    case_id: str = "S-1"
    log: list[Outgoing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._codec = Codec(KEYS, PARTITIONS)
        self.folds = [self._fold(n) for n in range(PARTITIONS)]
        self.observer = Observer()
        self.sent: dict[str, tuple[str, dict[str, Any]]] = {}
        self.records: list[Record] = []
        self.stored: dict[tuple[int, bytes | None], Outgoing] = {}
        self._offsets: dict[tuple[str, int], int] = {}
        self._count = 0

    def _fold(self, partition: int) -> Fold:
        return TwinFold(partition, self._codec, self.agreement, KEYS, PARTITIONS)

    # -- the process

    def restart(self, agreement: Agreement | None = None) -> Gateway:
        """Kill the process and start another, which knows only what was committed."""
        self.agreement = agreement or self.agreement
        self.folds = [self._fold(n) for n in range(PARTITIONS)]
        for (partition, key), out in self.stored.items():
            due = dict(out.headers).get(DUE_HEADER)
            self.folds[partition].restore(
                (key or b"").decode(), out.value, None if due is None else int(due)
            )
        return self

    def state(self, person: str | None = None) -> PersonState:
        """What the gateway remembers of a person."""
        key = KEYS.person_key(person or self.person).encode()
        partition = partition_of(key, PARTITIONS)
        stored = self.stored.get((partition, key))
        if stored is None:
            return EMPTY
        pieces = Pieces()
        for (number, name), out in self.stored.items():
            if number == partition:
                pieces.restore((name or b"").decode(), out.value)
        return whole(decode(stored.value), pieces.of(key.decode()))

    def context(self, person: str) -> Context:
        """What a decision about a person would know now."""
        key = KEYS.person_key(person)
        partition = partition_of(key.encode(), PARTITIONS)
        return context_at(self.now, key, partition, self.agreement, KEYS, self._codec)

    def _commit(self, partition: int) -> list[Outgoing]:
        drained = self.folds[partition].drain()
        for out in drained:
            if out.topic == STATE:
                self.stored[partition, out.key] = out
        written = [out for out in drained if out.topic != STATE]
        for out in written:
            as_published(out)
        self.log += written
        return written

    # -- time

    def on(self, text: str) -> Gateway:
        """Let it be this local day (at nine) or time."""
        self.now = instant(text if "T" in text else f"{text}T09:00")
        return self

    def later(self, **delta: float) -> Gateway:
        """Let time pass."""
        self.now += int(timedelta(**delta).total_seconds() * 1000)
        return self

    def tick(self) -> Answer:
        """Let stream time reach now in every task."""
        written: list[Outgoing] = []
        for partition, fold in enumerate(self.folds):
            fold.advance(max(self.now, fold.stream_time))
            due = self._commit(partition)
            self.observer.wrote(due)
            written += due
        return Answer("", tuple(written))

    # -- messages

    def event(self, name: str, agency: str | None = None, **data: Any) -> dict[str, Any]:
        """A CloudEvent of a type with its defaults; `None` removes a field."""
        kind = BY_NAME[name]
        agency = agency or ("af" if kind.senders == {"af"} else "fk")
        day = data.pop("day", local(self.now)[:10])
        envelope = data.pop("envelope", {})
        self._count += 1
        message_id = str(uuid5(NAMESPACE_URL, f"{name}|{agency}|{day}|{self._count}"))
        body: dict[str, Any] = {"event_at": day, **_dated(DEFAULTS.get(name, {}), day)}
        key = NO_PERSON_KEY
        if name != "consent.refusal_counted":
            person = data.pop("person", self.person)
            key = KEYS.person_key(person)
            body = {"person": {"personal_number": person}, "case_id": self.case_id, **body}
            if kind.family != "consent" and self.consent is not None:
                body["consent_ref"] = self.consent
        if name == "consent.recorded":
            body["asked_by"] = agency
        body.update(_dated(data, day))
        body = {name: value for name, value in body.items() if value is not None}
        event = {
            "specversion": "1.0",
            "id": message_id,
            "source": f"urn:samverkan:{agency}:arende",
            "type": kind.ce_type,
            "time": local(self.now),
            "datacontenttype": "application/json",
            "partitionkey": key,
            "keyid": "k1",
            "data": body,
        }
        if "case_id" in body:
            event["subject"] = body["case_id"]
        return {**event, **envelope}

    def send(self, name: str, agency: str | None = None, **data: Any) -> Answer:
        """Send a message of a type now."""
        event = self.event(name, agency, **data)
        return self.put(f"{event['source'].split(':')[2]}.out.{BY_NAME[name].family}", event)

    def put(self, topic: str, event: dict[str, Any], **record: Any) -> Answer:
        """Write an event to a topic as an agency would."""
        record.setdefault("value", json.dumps(event, ensure_ascii=False).encode())
        record.setdefault("key", str(event.get("partitionkey", NO_PERSON_KEY)).encode())
        answer = self.take(topic, **record)
        message_id = str(event.get("id", ""))
        self.sent[message_id] = (topic, event)
        if not any(r["message_id"] == message_id for r in answer.receipts) and answer.receipts:
            message_id = answer.receipts[0]["message_id"]
        return Answer(message_id, answer.records)

    def take(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        headers: tuple[tuple[str, bytes | None], ...] = CONTENT_TYPE,
        partition: int | None = None,
        timestamp_ms: int | None = None,
    ) -> Answer:
        """Decide one raw record; a refused or repeated one must leave the person as it was."""
        where = partition_of(key or b"", PARTITIONS) if partition is None else partition
        offset = self._offsets.get((topic, where), 0)
        self._offsets[topic, where] = offset + 1
        at = self.now if timestamp_ms is None else timestamp_ms
        record = Record(topic, where, offset, at, key, value, headers)
        self.records.append(record)
        fold = self.folds[where]
        if has_time(record):
            fold.advance(at)
        self.observer.wrote(self._commit(where))
        before = self.stored.get((where, key))
        fold.take(record)
        written = self._commit(where)
        self.observer.saw(record, written)
        answer = Answer("", tuple(written))
        if answer.duplicate or answer.receipts[0]["status"] == "REJECTED":
            after = self.stored.get((where, key))
            assert (after and after.value) == (before and before.value), "law 2: state has changed"
        return answer

    def again(self, answer: Answer, /, **data: Any) -> Answer:
        """Send a message once more, byte for byte, or with the same id and other content."""
        topic, event = self.sent[answer.message_id]
        repeated = self.put(topic, {**event, "data": {**event["data"], **data}})
        self.sent[answer.message_id] = (topic, event)
        return repeated

    def correct(self, target: Answer, agency: str | None = None, **data: Any) -> Answer:
        """Correct a message: `changes` of its data, else the whole `replacement`."""
        topic, event = self.sent[target.message_id]
        family = topic.rpartition(".")[2]
        changed = {**event["data"], **data.pop("changes", {})}
        changed = {name: value for name, value in changed.items() if value is not None}
        body = {
            "case_id": event["data"]["case_id"],
            "person": event["data"]["person"]["personal_number"],
            "corrects": target.message_id,
            "reason": "fel_uppgift",
            "replacement": changed,
            **data,
        }
        return self.send(f"{family}.corrected", agency or topic[:2], **body)

    def void(self, target: Answer, agency: str | None = None, **data: Any) -> Answer:
        """Take a message back."""
        topic, event = self.sent[target.message_id]
        family = topic.rpartition(".")[2]
        body = {
            "case_id": event["data"]["case_id"],
            "voids": target.message_id,
            "reason": "hande_inte",
            **data,
        }
        return self.send(f"{family}.voided", agency or topic[:2], **body)

    # -- common beginnings

    def consented(self, **data: Any) -> str:
        """Record a consent and let later messages name it."""
        answer = self.send("consent.recorded", **data)
        assert answer.status == "ACCEPTED", answer.receipt
        self.consent = answer.message_id
        return answer.message_id

    def consents(self, status: str, *purposes: str, **data: Any) -> Answer:
        """Record what the person says about purposes (default: information exchange)."""
        said = [{"purpose": p, "status": status} for p in purposes or ("information_exchange",)]
        if status == "withdrawn":
            data.setdefault("withdrawn_at", local(self.now)[:10])
        return self.send("consent.recorded", **{"purposes": said, **data})

    def opened_case(self) -> Gateway:
        """Consent and an open round of a case."""
        self.consented()
        assert self.send("referral.initiated").status == "ACCEPTED"
        return self

    def assessed_case(self) -> Gateway:
        """An open round with a completed joint assessment."""
        self.opened_case()
        assert self.send("meeting.assessment_completed").status == "ACCEPTED"
        return self


def example(name: str) -> dict[str, Any]:
    """A file of the contract's examples, for instance `accepted/01-consent-recorded`."""
    content: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    data = content.get("value", {}).get("data", {})
    if str(data.get("venue", "")).startswith("…"):
        data["venue"] = "x" * 300_000
    return content


def all_examples() -> list[str]:
    """Names of all example files, accepted before refused, in file order."""
    return [
        f"{folder}/{file.stem}"
        for folder in ("accepted", "refused")
        for file in sorted((EXAMPLES / folder).glob("*.json"))
    ]


def put_example(gateway: Gateway, content: dict[str, Any]) -> Answer:
    """Send an example with its own timestamp."""
    gateway.now = instant(content["timestamp"])
    raw = content.get("raw_value")
    value = raw.encode() if raw is not None else orjson.dumps(content["value"])
    headers = tuple((name, text.encode()) for name, text in content["headers"].items())
    answer = gateway.take(
        content["topic"],
        value,
        content["key"].encode(),
        headers,
        content.get("partition"),
    )
    return Answer(answer.receipts[0]["message_id"], answer.records)
