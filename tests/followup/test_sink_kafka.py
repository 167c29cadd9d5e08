"""The sink against a real Kafka: every committed fact once, whatever stops, repeats or is odd."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from gateway.broker import BrokerInfo
from gateway.followup.errors import StoreError
from gateway.followup.ops import sink_status
from gateway.followup.report import report
from gateway.followup.store import FactStore
from tests.followup.followup_dsl import assessment, cells, fact_id, stored
from tests.followup.kafka_dsl import PARTITIONS, committed, drain, running, until, write

pytestmark = pytest.mark.kafka
FACTS = [assessment(f"a{number}") for number in range(120)]
IDS = sorted(fact_id(f"a{number}") for number in range(120))


@pytest.fixture
def topic(topic_factory: Callable[..., str]) -> str:
    """A follow-up topic of one's own."""
    return topic_factory("followup", partitions=PARTITIONS)


def ids(root: Path) -> list[str]:
    return sorted(row[4] for row in stored(root))


async def test_every_committed_fact_is_stored_once_and_no_aborted_one(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """Aborted transactions leave no trace; the offsets are committed; the table can be made."""
    await write(kafka.bootstrap, topic, FACTS[:60])
    await write(kafka.bootstrap, topic, [assessment("never")], commit=False)
    await write(kafka.bootstrap, topic, FACTS[60:])
    sink = await drain(kafka.bootstrap, tmp_path, topic, f"g-{topic}")
    assert ids(tmp_path) == IDS
    assert sink.total.unreadable == 0
    assert cells(report(tmp_path, "2024-T1", "2024"))["total total"] == 120
    marks = await committed(kafka.bootstrap, topic, f"g-{topic}")
    for number in range(PARTITIONS):
        assert marks[number] == (sink.store.high_water(number) or 0) + 1


async def test_odd_headers_and_values_make_no_batch_vanish(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """FastStream's own parser would drop the whole batch at a null header, and commit it."""
    odd = [("null", None), ("latin", b"\xe5\xe4\xf6")]
    await write(kafka.bootstrap, topic, FACTS[:40], headers=odd)
    await write(kafka.bootstrap, topic, [None, b"no fact", b"\xff"])
    await write(kafka.bootstrap, topic, FACTS[40:])
    sink = await drain(kafka.bootstrap, tmp_path, topic, f"g-{topic}")
    assert ids(tmp_path) == IDS
    assert sink.total.unreadable == 3
    assert len(list((tmp_path / "facts-unreadable").iterdir())) == 3


async def test_a_new_process_goes_on_where_the_store_ends(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """It reads the last record of each partition again, to prove that it follows on."""
    await write(kafka.bootstrap, topic, FACTS[:60])
    await drain(kafka.bootstrap, tmp_path, topic, f"g-{topic}")
    await write(kafka.bootstrap, topic, FACTS[60:])
    sink = await drain(kafka.bootstrap, tmp_path, topic, f"g-{topic}")
    assert ids(tmp_path) == IDS
    assert (sink.total.written, sink.total.skipped) == (60, PARTITIONS)


async def test_a_deleted_store_is_filled_again_though_the_group_has_committed(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """The rebuild: the same rows from the beginning of the topic."""
    root = tmp_path / "store"
    await write(kafka.bootstrap, topic, FACTS)
    await drain(kafka.bootstrap, root, topic, f"g-{topic}")
    before = stored(root)
    shutil.rmtree(root)
    await drain(kafka.bootstrap, root, topic, f"g-{topic}")
    assert stored(root) == before


async def test_a_lost_partition_of_the_store_is_filled_again(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """Each partition for itself is compared with the store, not with the group."""
    await write(kafka.bootstrap, topic, FACTS)
    await drain(kafka.bootstrap, tmp_path, topic, f"g-{topic}")
    before = stored(tmp_path)
    shutil.rmtree(tmp_path / "facts" / "partition=1")
    sink = await drain(kafka.bootstrap, tmp_path, topic, f"g-{topic}")
    assert sink.total.written == 40
    assert stored(tmp_path) == before


async def test_a_store_ahead_of_the_group_doubles_nothing(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """The process died between the write and the commit: another group knows nothing at all."""
    await write(kafka.bootstrap, topic, FACTS)
    await drain(kafka.bootstrap, tmp_path, topic, f"g-{topic}")
    sink = await drain(kafka.bootstrap, tmp_path, topic, f"other-{topic}")
    assert sink.total.written == 0
    assert ids(tmp_path) == IDS


async def test_partitions_move_between_sinks_under_load(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """A second sink joins and leaves while facts are written; both use one folder."""
    group = f"g-{topic}"
    writing = asyncio.create_task(write(kafka.bootstrap, topic, FACTS, per_transaction=4))
    async with running(kafka.bootstrap, tmp_path, topic, group) as first:
        await until(lambda: first.total.written > 5, "the first sink stores")
        async with running(kafka.bootstrap, tmp_path, topic, group) as second:
            await until(lambda: second.assignment.assigned, "the second sink is in the group")
            await asyncio.sleep(0.5)
        await writing
        await until(lambda: first.total.written and len(ids(tmp_path)) == 120, "all is stored")
    assert ids(tmp_path) == IDS


async def test_a_store_of_another_topic_is_refused(
    kafka: BrokerInfo, topic: str, topic_factory: Callable[..., str], tmp_path: Path
) -> None:
    """Kafka was made anew under the same name: the last stored record is not there."""
    await write(kafka.bootstrap, topic, FACTS[:60])
    await drain(kafka.bootstrap, tmp_path, topic, f"g-{topic}")
    other = topic_factory("followup", partitions=PARTITIONS)
    await write(kafka.bootstrap, other, FACTS[::-1])
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace(topic, other))
    faults: list[BaseException] = []
    async with running(kafka.bootstrap, tmp_path, other, f"g-{other}", faults) as sink:
        await until(lambda: faults, "the sink notices")
        assert not (await sink_status(sink)).ready
    assert isinstance(faults[0], StoreError)
    assert ids(tmp_path) == sorted(fact_id(f"a{number}") for number in range(60))


async def test_what_retention_removed_is_noted_and_reading_goes_on(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """The facts that are left are stored, and the gap is visible."""
    await write(kafka.bootstrap, topic, FACTS)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=7)})
    await admin.close()
    await drain(kafka.bootstrap, tmp_path, topic, f"g-{topic}")
    kept = [row for row in stored(tmp_path) if row[0] == 0]
    assert min(row[1] for row in kept) == 7
    assert [note.name for note in (tmp_path / "facts-removed-before-read").iterdir()] == [
        "0--1-7.json"
    ]


async def test_a_write_error_stops_the_sink_before_the_next_batch(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """FastStream goes on after a handler's exception; nothing may be stored or committed then."""
    group = f"g-{topic}"
    faults: list[BaseException] = []
    async with running(kafka.bootstrap, tmp_path, topic, group, faults) as sink:
        await until(lambda: sink.assignment.ready, "assigned")
        for number in range(PARTITIONS):
            (tmp_path / "facts" / f"partition={number}").write_bytes(b"in the way")
        await write(kafka.bootstrap, topic, FACTS[:3])
        await until(lambda: faults, "the write fails")
        for number in range(PARTITIONS):
            (tmp_path / "facts" / f"partition={number}").unlink()
        await write(kafka.bootstrap, topic, FACTS[3:])
        await asyncio.sleep(1)
    assert isinstance(faults[0], OSError)
    assert list((tmp_path / "facts").iterdir()) == []
    assert set((await committed(kafka.bootstrap, topic, group)).values()) == {None}
    await drain(kafka.bootstrap, tmp_path, topic, group)
    assert ids(tmp_path) == IDS


async def test_the_status_tells_when_the_sink_is_ready_and_how_far(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """Not before the partitions are proved; no lag once all is read, markers or not."""
    sink_store = FactStore.open(tmp_path, topic)
    assert sink_store.high_water(0) is None
    await write(kafka.bootstrap, topic, FACTS)
    async with running(kafka.bootstrap, tmp_path, topic, f"g-{topic}") as sink:
        await until(lambda: sink.total.written == 120, "all is stored")
        await until(lambda: sink.assignment.ready, "ready")
        await asyncio.sleep(0.5)
        status = await sink_status(sink)
        assert status.ready
        assert status.assigned == tuple(range(PARTITIONS))
        assert status.lag == dict.fromkeys(range(PARTITIONS), 0)
        assert status.last_write_age_s is not None
        assert status.last_fetch_age_s is not None
    assert not (await sink_status(sink)).ready
