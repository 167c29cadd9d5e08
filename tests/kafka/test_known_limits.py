"""What one id on two partitions or of two persons leads to; no broker needed."""

from __future__ import annotations

from collections import Counter

import orjson

from schemas.topics import FOLLOWUP
from simulator.wire import SimRecord
from tests.dsl import ANNA, BO, Gateway
from tests.faults.checker import violations
from tests.faults.folded import folded
from tests.kafka.agencies import closing_records
from tests.kafka.live import PARTITIONS, Log


def _facts(log: Log) -> list[str]:
    """Name, id and revision of every fact written."""
    found = []
    for n in range(PARTITIONS):
        for record in log.get((FOLLOWUP, n), ()):
            data = orjson.loads(record.value or b"")["data"]
            found.append(f"{data['fact']}/{data['fact_id']}/{data['revision']}")
    return found


def test_a_count_repeated_on_any_partition_is_counted_once() -> None:
    """On that of its key it is known again, on every other one it is refused."""
    count = closing_records(1_736_500_000_000)[0]
    log = folded([count._replace(partition=n % PARTITIONS) for n in range(2 * PARTITIONS)])
    assert violations(log) == []
    facts = [fact for fact in _facts(log) if not fact.startswith("quality.")]
    assert Counter(facts).most_common() == [(facts[0], 1)]


def test_an_id_used_for_two_persons_gives_two_facts() -> None:
    """A sender's fault; each person's history is their own, and no fact is lost."""
    gateway = Gateway()
    records = []
    for person in (ANNA, BO):
        envelope = {"id": "11111111-1111-4111-8111-111111111111"}
        event = gateway.event("consent.recorded", person=person, envelope=envelope)
        records.append(
            SimRecord(
                "fk.out.consent",
                None,
                event["partitionkey"].encode(),
                orjson.dumps(event),
                (("content-type", b"application/cloudevents+json"),),
                gateway.now,
                None,
                "plain",
            )
        )
    assert set(Counter(_facts(folded(records))).values()) == {1}


def test_a_fact_told_again_when_its_benefits_become_known_breaks_no_law() -> None:
    """And a revision that nothing explains does."""
    gateway = Gateway()
    gateway.consented()
    events = {"af.out.status": gateway.event("status.enrolled")}
    events["fk.out.referral"] = gateway.event("referral.initiated")
    consent_topic, consent = next(iter(gateway.sent.values()))
    records = []
    for topic, event in ((consent_topic, consent), *events.items()):
        records.append(
            SimRecord(
                topic,
                None,
                event["partitionkey"].encode(),
                orjson.dumps(event),
                (("content-type", b"application/cloudevents+json"),),
                gateway.now + len(records),
                "ACCEPTED",
                "plain",
            )
        )
    log = folded(records)
    assert violations(log) == []
    assert [fact[-1] for fact in _facts(log) if fact.startswith("status.")] == ["1", "2"]
    place = next(place for place in log if place[0] == FOLLOWUP and log[place])
    (second,) = [n for n, r in enumerate(log[place]) if b'"revision":2' in (r.value or b"")]
    found = log[place][second]
    log[place][second] = found._replace(
        value=(found.value or b"").replace(b'"round_no":1', b'"round_no":2')
    )
    assert violations(log) != []
