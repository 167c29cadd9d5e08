"""The SDK at a running gateway: both agencies, receipts, deliveries, notices, and a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gateway.broker import BrokerInfo
from gateway.sdk import AgencyClient, Sent, message_id
from schemas.keys import KeyRing
from schemas.topics import INPUT_TOPICS
from simulator.agencies import collect, prefill
from simulator.year import generate
from tests.kafka.live import Installation, installation

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics")]

KEYS = KeyRing.published_test_keys()
NUMBER = "198104129815"
CASE = "S-SDK-1"
MORNING = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)


@pytest.fixture
def place(kafka: BrokerInfo, tmp_path: Path) -> Iterator[Installation]:
    """Fresh topics; nothing runs after the test."""
    with installation(kafka, tmp_path) as made:
        yield made


def _data(**fields: Any) -> dict[str, Any]:
    return {
        "person": {"personal_number": NUMBER},
        "case_id": CASE,
        "event_at": "2024-03-04",
        **fields,
    }


def _consent() -> dict[str, Any]:
    return _data(
        purposes=[{"purpose": "information_exchange", "status": "given"}],
        families=["referral", "plan", "meeting", "sgi"],
        parties=["fk", "af"],
        valid_from="2024-03-04",
        asked_by="fk",
        form="digitalt",
    )


def _opening(consent_ref: str) -> dict[str, Any]:
    return _data(
        consent_ref=consent_ref,
        need_identified_at="2024-03-04",
        need_assessed={"assessed": True, "at": "2024-03-04"},
        initiating_path="fk_identified",
        benefits=[{"benefit": "sjukpenning", "extent": 1, "from": "2023-05-02"}],
        benefit_case_start="2023-05-02",
        rehab_chain_day=307,
        has_sgi=True,
        sex="kvinna",
        birth_year_month="1981-04",
        employment="arbetslos",
    )


async def _send(
    client: AgencyClient, message_type: str, data: dict[str, Any], minute: int, **options: Any
) -> Sent:
    moment = MORNING + timedelta(minutes=minute)
    return await client.send(
        message_type,
        data,
        time=moment,
        name=f"{message_type}-{options.pop('number', 1)}",
        timestamp_ms=round(moment.timestamp() * 1000),
        **options,
    )


async def test_two_agencies_talk_through_the_gateway(place: Installation) -> None:
    """Held until the consent comes, delivered in both modes, the same again is a duplicate."""
    place.start_ready()
    async with (
        AgencyClient(place.bootstrap, "fk", KEYS) as fk,
        AgencyClient(place.bootstrap, "af", KEYS) as af,
    ):
        consent_ref = message_id(fk.writer.source, "consent.recorded-1")
        opening = await _send(fk, "referral.initiated", _opening(consent_ref), 1, mode="binary")
        held = await fk.receipt(opening)
        assert (held.status, held.codes, held.final) == ("HELD", ("consent.awaited",), False)
        consent = await _send(fk, "consent.recorded", _consent(), 2)
        assert consent.message_id == consent_ref
        assert (await fk.receipt(consent)).status == "ACCEPTED"
        assert (await fk.receipt(opening, final=True)).status == "ACCEPTED"
        again = await _send(fk, "consent.recorded", _consent(), 3)
        assert again.message_id == consent.message_id
        wrong = await _send(fk, "referral.called", _data(consent_ref=consent_ref), 4)
        refused = await fk.receipt(wrong.message_id)
        assert (refused.status, refused.codes) == ("REJECTED", ("schema.invalid",))
        right = await _send(
            fk, "referral.called", _data(consent_ref=consent_ref, kallelse_at="2024-03-04"), 5
        )
        assert right.message_id == wrong.message_id, "the id of a refused message is free"
        assert (await fk.receipt(right)).accepted
        received = await _received(af, 3)
        assert received == {consent.message_id, opening.message_id, right.message_id}


async def _received(client: AgencyClient, count: int) -> set[str]:
    found: set[str] = set()
    async with client.deliveries("case-system") as deliveries, asyncio.timeout(30):
        async for delivery in deliveries:
            found.add(delivery.message_id)
            assert delivery.data["case_id"] == CASE
            if len(found) == count:
                break
    return found


async def test_what_was_not_done_comes_again(place: Installation) -> None:
    """A back-end that stops in the middle gets the delivery once more; a finished one does not."""
    place.start_ready()
    async with (
        AgencyClient(place.bootstrap, "fk", KEYS) as fk,
        AgencyClient(place.bootstrap, "af", KEYS) as af,
    ):
        consent = await _send(fk, "consent.recorded", _consent(), 1)
        opening = await _send(fk, "referral.initiated", _opening(consent.message_id), 2)
        await fk.receipt(opening)
        assert await _received(af, 1) <= {consent.message_id, opening.message_id}
        assert await _received(af, 2) == {consent.message_id, opening.message_id}
    async with AgencyClient(place.bootstrap, "fk", KEYS, receipts_from="beginning") as restarted:
        assert (await restarted.receipt(consent)).accepted, "answers from before the restart"


async def test_a_withdrawal_reaches_the_other_agency_as_a_notice(place: Installation) -> None:
    """The recall names no person."""
    place.start_ready()
    async with (
        AgencyClient(place.bootstrap, "fk", KEYS) as fk,
        AgencyClient(place.bootstrap, "af", KEYS) as af,
    ):
        consent = await _send(fk, "consent.recorded", _consent(), 1)
        await fk.receipt(await _send(fk, "referral.initiated", _opening(consent.message_id), 2))
        withdrawal = _consent() | {
            "purposes": [{"purpose": "information_exchange", "status": "withdrawn"}],
            "withdrawn_at": "2024-03-04",
        }
        await fk.receipt(await _send(fk, "consent.recorded", withdrawal, 3, number=2))
        async with af.notices("case-system") as notices, asyncio.timeout(30):
            async for notice in notices:
                assert notice.type == "se.samverkan.notice.consent_withdrawn.v1"
                assert notice.data["case_id"] == CASE
                break


async def test_prefill_writes_the_year_as_it_is(place: Installation) -> None:
    """Every record once, on its partition, with its time, in the order of its topic."""
    records = generate(11, 0.004).records
    told: list[tuple[int, int]] = []
    assert await prefill(place.bootstrap, records, lambda *step: told.append(step)) == len(records)
    assert told[-1] == (len(records), len(records))
    found = await collect(place.bootstrap, INPUT_TOPICS)
    assert sorted((r.topic, r.timestamp_ms, r.key or b"", r.value or b"") for r in found) == sorted(
        (r.topic, r.timestamp_ms, r.key or b"", r.value or b"") for r in records
    )
    for earlier, later in pairwise(found):
        if earlier[:2] == later[:2]:
            assert earlier.timestamp_ms <= later.timestamp_ms
