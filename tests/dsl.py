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
from gateway.domain.invariants import Observer
from gateway.shell.fold import Fold
from gateway.shell.outputs import Outgoing
from schemas.codec import Codec, Record
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.partition import partition_of
from schemas.registry import BY_NAME

STOCKHOLM = ZoneInfo("Europe/Stockholm")
EXAMPLES = Path(__file__).parent / "examples"
KEYS = KeyRing.published_test_keys()
AGREEMENT = load()
PARTITIONS = 6
ANNA = "198104129815"
BO = "199507039841"
CANARY = "198505059835"


def instant(text: str) -> int:
    """Milliseconds of a local Swedish time, or of one with offset."""
    at = datetime.fromisoformat(text)
    at = at.replace(tzinfo=STOCKHOLM) if at.tzinfo is None else at
    return int(at.timestamp() * 1000)


def local(ms: int) -> str:
    """RFC 3339 in Stockholm of an instant."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(STOCKHOLM).isoformat()


BENEFIT = {"benefit": "sjukpenning", "extent": 1, "from": "2023-05-02", "to": None}
THE_THREE = ["individ", "forsakringsutredare", "arbetsformedlare"]

#: The required fields of every type, with values that a gateway with the default agreement accepts.
#: `DAY` is replaced by the event's day.
DEFAULTS: dict[str, dict[str, Any]] = {
    "consent.recorded": {
        "purposes": [
            {"purpose": "information_exchange", "status": "given"},
            {"purpose": "statistics_personal_data", "status": "given"},
        ],
        "families": ["referral", "plan", "meeting", "sgi"],
        "parties": ["fk", "af"],
        "valid_from": "DAY",
        "asked_by": "fk",
        "form": "digitalt",
    },
    "status.benefit_decided": {
        "benefit": "sjukpenning", "decision": "bevilja", "decided_at": "DAY",
    },
    "status.enrolled": {"enrolled_at": "DAY", "af_category": "oppet_arbetssokande"},
    "status.category_changed": {"af_category": "i_program", "from": "DAY"},
    "referral.initiated": {
        "need_identified_at": "DAY", "initiating_path": "fk_identified", "benefits": [BENEFIT],
        "benefit_case_start": "2023-05-02", "has_sgi": True, "employment": "arbetslos",
        "sex": "kvinna", "birth_year_month": "1981-04",
        "need_assessed": {"assessed": True, "at": "DAY"},
    },
    "referral.called": {"kallelse_at": "DAY"},
    "referral.answered": {"answered_at": "DAY", "answer": "accepterat"},
    "referral.handed_over": {"actor": "kommun", "step": "kommunal_insats", "handed_at": "DAY"},
    "meeting.assessment_completed": {
        "gk_id": "GK-1",
        "meetings": [{"held_at": "DAY", "channel": "fysiskt", "attendees": THE_THREE}],
        "completed_at": "DAY", "conclusion": "plan_af_insats", "plan_id": "P-1",
    },
    "meeting.follow_up_held": {
        "follow_up_id": "U-1", "held_at": "DAY", "channel": "video", "attendees": THE_THREE,
        "result": "plan_oforandrad", "decision": "fortsatt",
    },
    "meeting.contact_offered": {"meeting_id": "K-1", "offered_at": "DAY", "rehab_chain_day": 95},
    "meeting.contact_answered": {"meeting_id": "K-1", "answered_at": "DAY", "answer": "ja"},
    "meeting.contact_held": {
        "meeting_id": "K-1", "held_at": "DAY", "channel": "telefon", "attendees": THE_THREE,
    },
    "meeting.transition_offered": {
        "meeting_id": "O-1", "benefit": "sjukpenning", "meeting_form": "omstallningsmote",
        "offered_at": "DAY",
    },
    "meeting.transition_answered": {"meeting_id": "O-1", "answered_at": "DAY", "answer": "ja"},
    "meeting.transition_held": {
        "meeting_id": "O-1", "benefit": "sjukpenning", "meeting_form": "omstallningsmote",
        "held_at": "DAY", "channel": "video", "attendees": THE_THREE,
    },
    "plan.set": {
        "plan_id": "P-1", "version": 1, "valid_from": "DAY", "goals": ["arbete"],
        "activities": [], "follow_up_dates": [], "participant_agreed": {"agreed": True, "at": "DAY"},
    },
    "plan.intervention_proposed": {
        "insats_id": "I-1", "category": "arbetslivsinriktad",
        "program": "arbetslivsinriktad_rehabilitering", "delivery": "egen_regi",
        "activity_types": ["arbetstraning"], "hours_per_week": 15, "extent_fraction": 0.375,
        "workplace_activity": False, "base": "arsarbetstid_sgi", "proposed_at": "DAY",
    },
    "plan.intervention_decided": {
        "insats_id": "I-1", "category": "arbetslivsinriktad",
        "program": "arbetslivsinriktad_rehabilitering", "delivery": "egen_regi",
        "activity_types": ["arbetstraning"], "hours_per_week": 15, "extent_fraction": 0.375,
        "workplace_activity": False, "base": "arsarbetstid_sgi", "decided_at": "DAY",
    },
    "plan.intervention_started": {"insats_id": "I-1", "started_at": "DAY"},
    "plan.intervention_ended": {"insats_id": "I-1", "ended_at": "DAY", "end_reason": "avslut"},
    "plan.closed": {
        "closed_at": "DAY", "last_insats_category": "arbetslivsinriktad",
        "outcome": "employment_unsubsidised", "left_extent": "helt", "benefits_before": [],
        "benefits_after": [],
    },
    "plan.status_reported": {"status": "employment_unsubsidised", "status_at": "DAY"},
    "sgi.opened": {"sgi_case_id": "G-1", "has_sgi": True, "last_day_with_sp": "DAY"},
    "sgi.enrolment_answered": {"sgi_case_id": "G-1", "enrolled_at": "DAY"},
    "sgi.closed": {"sgi_case_id": "G-1", "protection_state": "protected", "decided_at": "DAY"},
    "consent.refusal_counted": {
        "month": "2024-03", "unit": "fk-0180", "benefit": "sjukpenning", "sex": "kvinna",
        "count": 2,
    },
}  # fmt: skip


def _dated(value: Any, day: str) -> Any:
    if value == "DAY":
        return day
    if isinstance(value, dict):
        return {name: _dated(item, day) for name, item in value.items()}
    if isinstance(value, list):
        return [_dated(item, day) for item in value]
    return value


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
        return self.data(".receipts")

    @property
    def receipt(self) -> dict[str, Any]:
        """The receipt of this very message."""
        return next(r for r in self.receipts if r["message_id"] == self.message_id)

    @property
    def status(self) -> str:
        return str(self.receipt["status"])

    @property
    def codes(self) -> list[str]:
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
        return [f for f in self.data("followup.events") if f["fact"].startswith("quality.")]

    @property
    def duplicate(self) -> bool:
        return any(("gw-duplicate", b"true") in o.headers for o in self.records)


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
        codec = Codec(KEYS, PARTITIONS)
        self.folds = [Fold(n, codec, self.agreement, KEYS) for n in range(PARTITIONS)]
        self.observer = Observer()
        self._offsets: dict[tuple[str, int], int] = {}
        self._count = 0

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
        for fold in self.folds:
            fold.advance(self.now)
            written += fold.pending
            fold.drain()
        self.log += written
        return Answer("", tuple(written))

    # -- messages

    def event(self, name: str, agency: str | None = None, **data: Any) -> dict[str, Any]:
        """A CloudEvent of a type with its defaults; `None` removes a field, `day` is the event's."""
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
        body.update(data)
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
        return self.put(f"{event['source'].split(':')[2]}.out.{name.split('.')[0]}", event)

    def put(self, topic: str, event: dict[str, Any], **record: Any) -> Answer:
        """Write an event to a topic as an agency would."""
        record.setdefault("value", json.dumps(event, ensure_ascii=False).encode())
        record.setdefault("key", str(event.get("partitionkey", NO_PERSON_KEY)).encode())
        answer = self.take(topic, **record)
        message_id = str(event.get("id", ""))
        if not any(r["message_id"] == message_id for r in answer.receipts) and answer.receipts:
            message_id = answer.receipts[0]["message_id"]
        return Answer(message_id, answer.records)

    def take(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        headers: tuple[tuple[str, bytes | None], ...] = (
            ("content-type", b"application/cloudevents+json"),
        ),
        partition: int | None = None,
        timestamp_ms: int | None = None,
    ) -> Answer:
        """Decide one raw record."""
        where = partition_of(key or b"", PARTITIONS) if partition is None else partition
        offset = self._offsets.get((topic, where), 0)
        self._offsets[topic, where] = offset + 1
        at = self.now if timestamp_ms is None else timestamp_ms
        record = Record(topic, where, offset, at, key, value, headers)
        fold = self.folds[where]
        fold.take(record)
        written = tuple(fold.pending)
        self.observer.saw(record, written)
        fold.drain()
        self.log += written
        return Answer("", written)

    # -- common beginnings

    def consented(self, **data: Any) -> str:
        """Record a consent and let later messages name it."""
        answer = self.send("consent.recorded", **data)
        assert answer.status == "ACCEPTED", answer.receipt
        self.consent = answer.message_id
        return answer.message_id

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
