"""Law 5 for a parked person: whatever broker call fails, the committed log is the same.

The real engine on the modelled broker (`tests.faults.model`), with a fault of the code at one
message: processes end by it until its person is parked, and besides one call of the first process
goes wrong, the calls that write the mark among them. At the end an operator releases the person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest
from aiokafka import TopicPartition

from gateway.shell import fold, marks
from gateway.shell.parking import PARK_AFTER
from schemas.topics import ALL_TOPICS, AUDIT, COMMANDS, INPUT_TOPICS, STATE
from simulator.wire import SimRecord
from tests.dsl import ANNA, CONTENT_TYPE, KEYS, PARTITIONS, Gateway, partition_of
from tests.faults.checker import violations
from tests.faults.model import Cluster, Kind, Owner
from tests.faults.modelled import Model, committed_bytes
from tests.kafka.test_requirements_checks import synthetic

pytestmark = pytest.mark.unmeasured

OUTPUTS = [topic for topic in ALL_TOPICS if topic not in INPUT_TOPICS and topic != STATE]
KEY = KEYS.person_key(ANNA)
WHERE = partition_of(KEY.encode(), PARTITIONS)
NEIGHBOUR = next(
    person
    for person in map(synthetic, range(100))
    if partition_of(KEYS.person_key(person).encode(), PARTITIONS) == WHERE
)
_decide = fold.decide


def decide(state: Any, event: Any, context: Any) -> Any:
    """The fault of the code; what decides kept records is of the mended release."""
    message = getattr(event, "message", None)
    if message is not None and message.type.name == "referral.called":
        raise LookupError
    return _decide(state, event, context)


def records() -> Iterator[SimRecord]:
    """A case with a message that cannot be decided, somebody else's, and a release."""
    gateway = Gateway()
    for person, names in (
        (ANNA, ("consent.recorded", "referral.initiated", "referral.called", "plan.set")),
        (NEIGHBOUR, ("consent.recorded", "referral.initiated")),
        (ANNA, ("status.enrolled", "referral.answered")),
    ):
        gateway.person = person
        gateway.consent = None
        for name in names:
            event = gateway.later(minutes=1).event(name)
            topic = f"{event['source'].split(':')[2]}.out.{name.partition('.')[0]}"
            key = event["partitionkey"].encode()
            value = orjson.dumps(event)
            yield SimRecord(topic, WHERE, key, value, CONTENT_TYPE, gateway.now, None, name)
    command = {"id": "c", "command": "release", "person": KEY, "who": "eva", "why": "ny version"}
    at = gateway.later(minutes=1).now
    value = orjson.dumps(command)
    yield SimRecord(COMMANDS, WHERE, KEY.encode(), value, (), at, None, "command")


class MarkProducer:
    """What marks use of AIOKafkaProducer: its calls fail like all others."""

    cluster: Cluster

    def __init__(self, **_: Any) -> None:
        pass

    async def start(self) -> None:
        """Connect."""

    async def send_and_wait(self, topic: str, *, value: bytes, key: bytes, partition: int) -> None:
        """Write one record outside of any transaction."""
        place = TopicPartition(topic, partition)
        record = (0, key, value, ())
        await self.cluster.call("mark", lambda: self.cluster.append(place, record, None))


def run(at: int = 0, kind: Kind | None = None) -> tuple[Model, list[str], int]:
    """Processes one after the other until one comes to its end; the first one's calls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold, "decide", decide)
        # What is poisoned here is Python's deciding.
        model = Model(patch, list(records()), express="off")
        producer = type("Marks", (MarkProducer,), {"cluster": model.cluster})
        patch.setattr(marks, "AIOKafkaProducer", producer)
        owners: list[Owner] = []
        cluster = model.cluster
        inputs = [tp for tp in cluster.logs if cluster.logs[tp]]

        async def processes() -> None:
            while any(cluster.committed.get(tp, 0) < len(cluster.logs[tp]) for tp in inputs):
                assert len(owners) < PARK_AFTER + 4, "it fails for ever"
                first = not owners
                owners.append(Owner(str(len(owners)), at if first else 0, kind if first else None))
                await model._process(owners[-1])

        asyncio.run(processes())
        return model, owners[0].calls, len(owners)


@cache
def undisturbed() -> tuple[Any, list[str]]:
    model, calls, processes = run()
    assert processes == PARK_AFTER + 1
    assert calls.count("mark") == 1
    assert violations(model.log) == []
    entries = [orjson.loads(r.value or b"") for r in model.log[AUDIT, WHERE]]
    assert [e["verdict"] for e in entries if e.get("command")] == ["done"]
    assert sum(e["codes"] == ["gateway.parked"] for e in entries) == 4
    return committed_bytes(model.log, OUTPUTS), calls


@pytest.mark.parametrize("kind", ["refused", "unanswered", "killed", "rebalanced"])
def test_whatever_call_fails_the_committed_log_is_the_same(kind: Kind):
    wanted, calls = undisturbed()
    for at in range(1, len(calls) + 1):
        model, _, _ = run(at, kind)
        assert committed_bytes(model.log, OUTPUTS) == wanted, f"call {at} ({calls[at - 1]}) {kind}"
        assert violations(model.log) == []
