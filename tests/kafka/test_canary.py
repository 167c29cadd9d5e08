"""Law 7 with a canary: one personal number in everything that is sent, looked for in everything.

It may stand in the bodies that agencies send and get, and in the compacted state. It may stand in
no key, header, receipt, notice, fact, audit entry, quarantine entry, log line, metric or answer of
an ops endpoint, in no form that still says who it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from gateway.broker import BrokerInfo
from gateway.domain.days import DAY_MS
from gateway.domain.invariants import has_body
from schemas.topics import INPUT_TOPICS, NOTICE_TOPICS, STATE
from simulator.wire import SimRecord
from tests.dsl import ANNA, CANARY, DEFAULTS, KEYS, Gateway
from tests.faults.checker import answers_of, violations
from tests.faults.folded import folded
from tests.kafka.agencies import closing_records
from tests.kafka.live import OUTPUT_TOPICS, PARTITIONS, Log, installation

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics"), pytest.mark.unmeasured]

SHORT: Final = CANARY[2:].encode()
FORMS: Final = (
    CANARY,
    CANARY[2:],
    f"{CANARY[:8]}-{CANARY[8:]}",
    f"{CANARY[2:8]}-{CANARY[8:]}",
    f"{CANARY[2:8]}+{CANARY[8:]}",
    " ".join(CANARY),
    f"id.{CANARY}.x",
)
STRUCTURED: Final = (("content-type", b"application/cloudevents+json"),)
_ATTRIBUTES: Final = (
    "id", "source", "type", "subject", "time", "partitionkey", "keyid", "traceparent",
    "correlationid", "causationid", "expirytime", "specversion", "datacontenttype", "nonsense",
)  # fmt: skip
_FIELDS: Final = ("case_id", "unit", "region", "round_no", "event_at", "handler_role", "nonsense")


def _record(event: dict[str, Any], agency: str, at: int, topic: str | None = None) -> SimRecord:
    return SimRecord(
        topic=topic or f"{agency}.out.{event['type'].split('.')[2]}",
        partition=None,
        key=event["partitionkey"].encode(),
        value=json.dumps(event).encode(),
        headers=STRUCTURED,
        timestamp_ms=at,
        expect=None,
        kind="canary",
    )


class Canary:
    """Messages about one person, and about another that mention the first."""

    def __init__(self) -> None:
        self._fk = Gateway(person=CANARY)
        self._at = self._fk.now

    def _event(self, name: str, agency: str | None = None, **data: Any) -> dict[str, Any]:
        self._at += 60_000
        self._fk.now = self._at
        return self._fk.event(name, agency, **data)

    def good(self) -> Iterator[SimRecord]:
        """A case with every type, from both agencies; most of it is accepted or held."""
        for person in (CANARY, ANNA):
            self._fk.person = person
            consent = self._event("consent.recorded")
            self._fk.consent = consent["id"]
            yield _record(consent, "fk", self._at)
            for name in DEFAULTS:
                if name == "consent.recorded":
                    continue
                for agency in ("fk", "af"):
                    yield _record(self._event(name, agency), agency, self._at)
        self._fk.person = CANARY

    def last(self) -> Iterator[SimRecord]:
        """A withdrawal: notices about what had been delivered."""
        purposes = [{"purpose": "information_exchange", "status": "withdrawn"}]
        changes: dict[str, Any] = {"purposes": purposes, "valid_from": None}
        event = self._event("consent.recorded", **changes, withdrawn_at="2024-01-10")
        yield _record(event, "fk", self._at)

    def bad(self) -> Iterator[SimRecord]:
        """The number in every attribute, field, header and key, and in bytes that say nothing."""
        for form in FORMS:
            for attribute in _ATTRIBUTES:
                event = self._event("referral.called", envelope={attribute: form})
                event["partitionkey"] = KEYS.person_key(CANARY)
                yield _record(event, "fk", self._at, "fk.out.referral")
                yield _record(self._event("referral.called"), "fk", self._at)._replace(
                    headers=((f"ce_{attribute}", form.encode()), ("ce_specversion", b"1.0"))
                )
            for field in _FIELDS:
                event = self._event("plan.set", **{field: form})
                yield _record(event, "fk", self._at)
                yield _record(event | {"subject": form}, "fk", self._at)
            event = self._event("referral.called")
            event["data"][form] = form
            yield _record(event, "fk", self._at)
            good = _record(self._event("referral.called"), "fk", self._at)
            for name, value in (("note", form), (form, "x"), ("traceparent", form)):
                yield good._replace(headers=(*STRUCTURED, (name, value.encode())))
            for key in (form, "0" * 22, form.ljust(22, "0")):
                yield good._replace(key=key.encode())
                yield good._replace(key=key.encode(), value=form.encode())
            for value in (form, f'"{form}"', f"[{form}]", json.dumps({"id": form, "data": form})):
                yield good._replace(value=value.encode())
            escaped = "".join(f"\\u{ord(sign):04x}" for sign in form)
            yield good._replace(
                value=(good.value or b"").replace(
                    b'"case_id": "S-1"', f'"case_id": "{escaped}"'.encode()
                )
            )
            yield good._replace(value=(good.value or b"")[:-20])
            yield good._replace(value=(good.value or b"") + form.encode())
        yield _record(self._event("plan.set"), "fk", self._at, "af.out.sgi")

    def of_another(self) -> Iterator[SimRecord]:
        """The number where a message about somebody else has room for it."""
        self._fk.person = ANNA
        for field in ("case_id", "unit", "region"):
            yield _record(self._event("plan.set", **{field: CANARY}), "fk", self._at)
        good = _record(self._event("plan.set"), "fk", self._at)
        yield good._replace(headers=(*STRUCTURED, ("note", CANARY.encode())))


@dataclass
class Run:
    """Everything that came out, and everything that was said."""

    log: Log
    said: dict[str, bytes]


@pytest.fixture(scope="module")
def run(kafka: BrokerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The person's own messages, good and bad, with every log line."""
    canary = Canary()
    records = [*canary.good(), *canary.bad()]
    last = list(canary.last())
    last += closing_records(last[-1].timestamp_ms + 400 * DAY_MS)
    with installation(kafka, tmp_path_factory.mktemp("canary")) as live:
        (process,) = live.start_ready(1, LOG_LEVEL="DEBUG", BATCH_RECORDS_MAX="10")
        live.prefill(records)
        live.wait_drained()
        # Only now: what waits has been written, body and all, and is let go by the withdrawal.
        live.prefill(last)
        live.wait_drained()
        said = {}
        for path in ("/metrics", "/ready", "/live", "/asyncapi", "/asyncapi.json"):
            answer = process.ask(path, 10)
            assert answer is not None
            said[path] = answer[1]
        assert live.stop() == [0]
        said["stdout"] = process.out_path.read_bytes()
        said["stderr"] = process.err_path.read_bytes()
        yield Run(live.log(), said)


def tells(text: bytes) -> bool:
    """Whether a text says who it is, separators or not."""
    return SHORT in text or SHORT in re.sub(rb"[^0-9A-Za-z]", b"", text)


def told(log: Log) -> list[str]:
    """Where the number stands and must not: topic and part of the record."""
    found = []
    for topic, n in log:
        for record in log[topic, n] if topic in OUTPUT_TOPICS else ():
            parts = {"key": record.key or b""}
            for name, value in record.headers:
                parts |= {"header name": name.encode(), f"header {len(parts)}": value or b""}
            if not has_body(topic) and topic != STATE:
                parts["value"] = record.value or b""
            found += [f"{topic} {part}" for part, text in parts.items() if tells(text)]
    return sorted(set(found))


def test_the_search_finds_it_where_it_may_stand(run: Run) -> None:
    """In bodies and state: else the test would prove nothing."""
    bodies = [topic for topic in OUTPUT_TOPICS if has_body(topic)]
    for topics in (INPUT_TOPICS, bodies, [STATE]):
        assert any(
            tells(record.value or b"")
            for topic in topics
            for n in range(6)
            for record in run.log[topic, n]
        )


def test_many_kinds_of_answers_were_given(run: Run) -> None:
    statuses = {status for given in answers_of(run.log).values() for status in given}
    assert statuses >= {"ACCEPTED", "ACCEPTED_WITH_WARNING", "HELD", "REJECTED"}
    assert any(run.log[topic, n] for topic in NOTICE_TOPICS for n in range(PARTITIONS))
    assert violations(run.log) == []


def test_no_record_tells_it_outside_a_body(run: Run) -> None:
    assert told(run.log) == []


def test_no_log_line_metric_or_endpoint_tells_it(run: Run) -> None:
    assert set(run.said) >= {"/metrics", "/ready", "stdout", "stderr"}
    assert b"samverkan_receipts" in run.said["/metrics"]
    assert [name for name, text in run.said.items() if tells(text)] == []


def test_a_message_about_somebody_else_cannot_tell_it_either() -> None:
    """Not in a code, an id or a header; folded without a broker."""
    canary = Canary()
    assert told(folded([*canary.good(), *canary.of_another()])) == []
