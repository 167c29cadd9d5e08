"""One agency floods a person with messages; the other's withdrawal is taken all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.broker import BrokerInfo
from schemas.topics import FAMILIES
from simulator.wire import SimRecord
from tests.dsl import CONTENT_TYPE, Gateway
from tests.faults.checker import violations
from tests.kafka.live import Installation, Log, installation

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics"), pytest.mark.unmeasured]

FLOOD = 2_000


@pytest.fixture
def live(kafka: BrokerInfo, tmp_path: Path) -> Iterator[Installation]:
    """Fresh topics and a fresh group."""
    with installation(kafka, tmp_path) as made:
        yield made


class Script:
    """What the agencies send about one person, a second apart."""

    def __init__(self) -> None:
        self._gateway = Gateway()
        self.records: list[SimRecord] = []

    def send(self, name: str, agency: str, **data: Any) -> str:
        """Add a message; its id."""
        self._gateway.now += 1_000
        event = self._gateway.event(name, agency, **data)
        topic = f"{agency}.out.{name.partition('.')[0]}"
        key = event["partitionkey"].encode()
        value = orjson.dumps(event)
        self.records.append(
            SimRecord(topic, None, key, value, CONTENT_TYPE, self._gateway.now, None, "plain")
        )
        return str(event["id"])


def statuses(log: Log, message_id: str) -> list[str]:
    found = []
    for (topic, _), records in log.items():
        if topic.endswith(".receipts"):
            data = [orjson.loads(record.value or b"")["data"] for record in records]
            found += [one["status"] for one in data if one["message_id"] == message_id]
    return found


def test_a_flood_of_one_agency_does_not_keep_out_the_others_withdrawal(live: Installation) -> None:
    script = Script()
    consent = script.send("consent.recorded", "fk")
    waiting = script.send("plan.intervention_started", "af", insats_id="I-9", consent_ref=consent)
    for _ in range(FLOOD):
        last = script.send("status.enrolled", "af")
    withdrawal = script.send(
        "consent.recorded",
        "fk",
        purposes=[{"purpose": "information_exchange", "status": "withdrawn"}],
        withdrawn_at="2024-01-10",
    )
    initiated = script.send("referral.initiated", "fk", consent_ref=consent)
    live.prefill(script.records)
    live.start_ready(1)
    live.wait_drained(60)
    assert live.stop() == [0]
    log = live.log()
    assert statuses(log, last) == ["REJECTED"]
    assert statuses(log, withdrawal) == ["ACCEPTED"]
    assert statuses(log, waiting) == ["HELD", "WITHHELD"]
    assert statuses(log, initiated) == ["REJECTED"]
    delivered = [
        orjson.loads(record.value or b"")["id"]
        for family in FAMILIES
        for agency in ("fk", "af")
        for n in range(6)
        for record in log.get((f"{agency}.in.{family}", n), ())
    ]
    assert waiting not in delivered
    assert violations(log) == []
