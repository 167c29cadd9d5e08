"""Known behaviour that the laws do not want, pinned with what is wanted; no broker needed.

State is kept per person and partition, and that is where an id is looked for. Each test fails as
soon as the limit is gone, and then loses its mark.
"""

from __future__ import annotations

from collections import Counter

import orjson
import pytest

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


@pytest.mark.xfail(reason="a count has no person: its state is of the partition it came on")
def test_a_count_repeated_on_another_partition_is_a_duplicate() -> None:
    """Any partition will do for it (contract section 3), so a repeat may come on another one."""
    count = closing_records(1_736_500_000_000)[0]
    assert violations(folded([count, count._replace(partition=1)])) == []


def test_a_count_repeated_on_another_partition_is_one_fact() -> None:
    """At present: delivered twice under one id, and one fact for who keeps facts once by id."""
    count = closing_records(1_736_500_000_000)[0]
    log = folded([count, count._replace(partition=1)])
    assert len({fact for fact in _facts(log) if not fact.startswith("quality.")}) == 1


@pytest.mark.xfail(reason="ids are remembered per person: another person's is not looked at")
def test_an_id_used_for_two_persons_gives_two_facts_or_a_conflict() -> None:
    """A sender's fault; but the second person's fact has the first one's id, and would be lost."""
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
