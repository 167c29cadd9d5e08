"""What a stranger with the network does to the intake, on a real gateway, broker and SDK.

One process answers all of it. The topics of AF hold, before it starts, what a gateway of the
version before let pass: the SDK reads past that too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from gateway.broker import BrokerInfo
from gateway.sdk import AgencyClient, Delivery, UnreadableRecordError, message_id
from schemas.record import Record
from schemas.topics import DELIVERY_TOPICS, RECEIPT_TOPICS
from tests.dsl import KEYS
from tests.hidden import SHORT_HIDDEN
from tests.kafka.attacks import (
    FK,
    Attack,
    attacks,
    consent,
    delivered_before,
    opened,
    planted,
    record,
    withdrawn,
)
from tests.kafka.live import OUTPUT_TOPICS, PARTITIONS, Installation, Log, installation

pytestmark = [
    pytest.mark.unmeasured,
    pytest.mark.kafka,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(240),
]

ATTACKS = attacks()
REFUSED = [attack for attack in ATTACKS if attack.code is not None]
HARMLESS = [attack for attack in ATTACKS if attack.code is None]
#: Persons who are in no attack: of what was delivered before, and of the withdrawal.
BEFORE, AFTER = 900, 950
OTHERS_ID = message_id(FK.source, "somebody else's")
TORN = (("x-note", b"\xff\xfe"),)


def event_before(n: int) -> dict[str, Any]:
    """One of the events that the version before delivered."""
    return consent(BEFORE + n, f"before {n}")


#: What the SDK must read of them, and what nobody can.
READABLE = [
    delivered_before(event_before(0), TORN),
    delivered_before(event_before(1), (("ce_id", OTHERS_ID.encode()), ("ce_subject", b"S-other"))),
    delivered_before(event_before(2), (("ce_tracestate", b"\xff"), ("x-null", None)), "binary"),
]
UNREADABLE = [
    (b"{", TORN),
    (None, ()),
    (b"[]", ()),
    (b"\xff", ()),
    (record(event_before(3)).value, ()),
]


@dataclass
class Run:
    """What came of it; the broker still has it all."""

    live: Installation
    log: Log
    said: str
    exits: list[int]
    receipts: dict[tuple[str, int, int], dict[str, Any]] = field(default_factory=dict)
    places: dict[bytes | None, tuple[str, int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for (topic, _), records in self.log.items():
            for one in records:
                if topic in RECEIPT_TOPICS and b"message_id" in (one.value or b""):
                    data = orjson.loads(one.value or b"")["data"]
                    place = (data["topic"], data["partition"], data["offset"])
                    self.receipts.setdefault(place, data)
                elif topic == "fk.out.consent":
                    self.places[one.value, one.headers] = one[:3]

    def receipt(self, attack: Attack) -> dict[str, Any]:
        """The first receipt of an attack."""
        return self.receipts[self.places[attack.record.value, attack.record.headers]]

    def delivered(self, attack: Attack) -> list[Record]:
        """Where its value reached AF."""
        return [
            one
            for topic in DELIVERY_TOPICS
            for n in range(PARTITIONS)
            for one in self.log[topic, n]
            if one.value == attack.record.value
        ]


@pytest.fixture(scope="module")
def run(kafka: BrokerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """All attacks through one process, with a good message and its withdrawal behind them."""
    last = consent(AFTER, "withdrawn later")
    with installation(kafka, tmp_path_factory.mktemp("attacks")) as live:
        for n in range(PARTITIONS):
            live.prefill(planted("fk.receipts", n, *UNREADABLE))
            live.prefill(planted("af.in.notice", n, *UNREADABLE[:-1]))
        live.prefill(planted("af.in.consent", 0, *UNREADABLE, *READABLE))
        (process,) = live.start_ready(1)
        live.prefill([attack.record for attack in ATTACKS])
        live.prefill([record(last), opened(last), withdrawn(last)])
        live.wait_drained(60)
        exits = live.stop()
        yield Run(live, live.log(), process.said(), exits)


@pytest.mark.parametrize("attack", REFUSED, ids=lambda attack: attack.name)
def test_an_attack_is_refused_where_it_stands_and_reaches_nobody(run: Run, attack: Attack) -> None:
    receipt = run.receipt(attack)
    assert receipt["status"] == "REJECTED"
    assert (attack.code, attack.path) in {(r["code"], r["path"]) for r in receipt["reasons"]}
    assert run.delivered(attack) == []


@pytest.mark.parametrize("attack", HARMLESS, ids=lambda attack: attack.name)
def test_a_forged_header_of_the_gateway_never_reaches_the_receiver(
    run: Run, attack: Attack
) -> None:
    assert run.receipt(attack)["status"] == "ACCEPTED"
    (delivered,) = run.delivered(attack)
    assert b"forged" not in dict(delivered.headers).values()
    assert ("x-note", "åäö".encode()) in delivered.headers
    assert [name for name, _ in delivered.headers].count("gw-ground") == 1


def test_no_attack_ends_the_process_and_no_hidden_number_is_repeated(run: Run) -> None:
    assert run.exits == [0]
    assert SHORT_HIDDEN not in run.said
    for topic in OUTPUT_TOPICS:
        for n in range(PARTITIONS):
            for one in run.log[topic, n]:
                shown = repr((one.key, one.value, one.headers))
                assert SHORT_HIDDEN not in shown, (topic, n, one.offset)


async def deliveries_of(
    live: Installation, wanted: int
) -> tuple[list[Delivery], list[UnreadableRecordError]]:
    """So many deliveries as AF's back-end reads them, and what it was told of the others."""
    problems: list[UnreadableRecordError] = []
    found: list[Delivery] = []
    async with (
        AgencyClient(live.bootstrap, "af", KEYS, unreadable=problems.append) as af,
        af.deliveries(f"{live.group}-af") as deliveries,
        asyncio.timeout(30),
    ):
        async for delivery in deliveries:
            found.append(delivery)
            if len(found) == wanted:
                break
    return found, problems


def test_the_sdk_reads_past_what_the_version_before_delivered_and_what_was_judged(
    run: Run,
) -> None:
    """Each by the id that was judged, whatever its headers say."""
    wanted = {event_before(n)["id"] for n in range(len(READABLE))}
    wanted |= {message_id(FK.source, attack.name) for attack in HARMLESS}
    wanted |= {message_id(FK.source, name) for name in ("withdrawn later", "opened", "withdrawn")}
    found, problems = asyncio.run(deliveries_of(run.live, len(wanted)))
    assert {delivery.message_id for delivery in found} == wanted
    assert len(problems) == len(UNREADABLE)
    assert all("S-other" not in repr(delivery.envelope) for delivery in found)
    assert all(str(problem).startswith("af.in.consent, partition 0,") for problem in problems)


async def _receipts_and_notice(live: Installation) -> tuple[set[str], str]:
    async with (
        AgencyClient(live.bootstrap, "fk", KEYS, receipts_from="beginning") as fk,
        AgencyClient(live.bootstrap, "af", KEYS) as af,
        asyncio.timeout(60),
    ):
        statuses = {
            (await fk.receipt(message_id(FK.source, attack.name))).status for attack in HARMLESS
        }
        async with af.notices(f"{live.group}-af") as notices:
            async for notice in notices:
                return statuses, notice.type
    raise LookupError("no notice")


def test_the_sdk_reads_receipts_and_notices_behind_records_that_are_none(run: Run) -> None:
    statuses, notice = asyncio.run(_receipts_and_notice(run.live))
    assert statuses == {"ACCEPTED"}
    assert notice == "se.samverkan.notice.consent_withdrawn.v1"
