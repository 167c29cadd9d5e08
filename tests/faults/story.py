"""One person's messages in which every kind of answer occurs, as records for the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from gateway.domain.days import DAY_MS
from schemas.partition import partition_of
from simulator.wire import SimRecord
from tests.dsl import KEYS, Gateway

_HEADERS: Final = (("content-type", b"application/cloudevents+json"),)
_MINUTE_MS: Final = 60_000


def _record(event: dict[str, Any], at: int) -> SimRecord:
    agency, family = event["source"].split(":")[2], event["type"].split(".")[2]
    return SimRecord(
        topic=f"{agency}.out.{family}",
        partition=None,
        key=event["partitionkey"].encode(),
        value=orjson.dumps(event),
        headers=_HEADERS,
        timestamp_ms=at,
        expect=None,
        kind="story",
    )


def story(person: str) -> Iterator[SimRecord]:
    """A case from consent to withdrawal, and then time passes until all that is due is said.

    Accepted, warned, held and released, refused, repeated, conflicting, unreadable, withheld.
    """
    gateway = Gateway(person=person)
    at = gateway.now

    def event(name: str, agency: str | None = None, **data: Any) -> dict[str, Any]:
        nonlocal at
        at += _MINUTE_MS
        gateway.now = at
        return gateway.event(name, agency, **data)

    consent = event("consent.recorded")
    gateway.consent = consent["id"]
    early = event("referral.called")
    yield _record(early, at)
    at += _MINUTE_MS
    yield _record(consent, at)
    opened = event("referral.initiated")
    yield _record(opened, at)
    yield _record(opened, at)
    yield _record({**opened, "time": "2024-01-01T00:00:00Z"}, at)
    yield _record(event("referral.called", unit="FEL"), at)
    yield _record(event("referral.answered"), at)
    yield _record(event("status.benefit_decided"), at)
    for agency in ("fk", "af"):
        yield _record(event("meeting.assessment_completed", agency), at)
    yield _record(event("plan.set"), at)
    yield _record(event("sgi.opened"), at)
    yield _record(event("status.enrolled"), at)
    yield _record(event("plan.intervention_started", insats_id="never-decided"), at)
    unreadable = _record(event("plan.set"), at)
    yield unreadable._replace(value=b"{")
    purposes = [{"purpose": "information_exchange", "status": "withdrawn"}]
    yield _record(
        event("consent.recorded", purposes=purposes, valid_from=None, withdrawn_at="2024-01-10"), at
    )
    yield _record(event("meeting.follow_up_held"), at)
    last = Gateway(person=person)
    last.now = at + 40 * DAY_MS
    partition = partition_of(KEYS.person_key(person).encode(), 6)
    closing = last.event("consent.refusal_counted")
    yield _record(closing, last.now)._replace(partition=partition)
