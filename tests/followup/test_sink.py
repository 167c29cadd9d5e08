"""The sink between FastStream and the store, without a broker: what it takes, commits and stops on.

The same against a real Kafka stands in `test_sink_kafka.py`.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaTimeoutError

from gateway.followup import query, sink
from gateway.followup.errors import StoreError
from gateway.followup.segments import Segment
from gateway.followup.sink import Sink, decode_batch, parse_batch
from gateway.followup.store import FactStore
from tests.followup.followup_dsl import TOPIC, assessment, log, stored

FACTS = log([assessment(f"a{number}") for number in range(10)])


def polled(first: int, last: int) -> tuple[Any, ...]:
    """Consumed records of partition 0 with offsets `first` to `last`."""
    return tuple(
        SimpleNamespace(
            topic=TOPIC,
            partition=0,
            offset=fact.offset,
            timestamp=fact.timestamp_ms,
            value=fact.value,
            headers=(("null", None), ("latin", b"\xe5")),
        )
        for fact in FACTS[first : last + 1]
    )


class Consumer:
    """Commits, or fails to."""

    def __init__(self) -> None:
        self.commits: list[dict[TopicPartition, int]] = []
        self.error: BaseException | None = None

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Remembers the offsets, unless it shall fail."""
        if self.error is not None:
            raise self.error
        self.commits.append(offsets)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """Needs no answer."""

    async def beginning_offsets(self, tps: Any) -> dict[TopicPartition, int]:
        """The topic's first offset."""
        return dict.fromkeys(tps, 0)

    async def end_offsets(self, tps: Any) -> dict[TopicPartition, int]:
        """The topic's next offset."""
        return dict.fromkeys(tps, 10)

    async def committed(self, _tp: TopicPartition) -> None:
        """Nothing."""


class Case:
    """A sink of which partition 0 is assigned, sought and empty."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.faults: list[BaseException] = []
        self.consumer = Consumer()
        store = FactStore.open(root, TOPIC)
        self.sink = Sink(store, "127.0.0.1:1", TOPIC, "g", self.faults.append)
        monkeypatch.setattr(Sink, "consumer", self.consumer)

    async def assigned(self) -> Case:
        """The first batch after an assignment is dropped; that is behind us."""
        await self.sink.assignment.on_partitions_assigned({TopicPartition(TOPIC, 0)})
        await self.sink.handle(polled(0, 0))
        return self


@pytest.fixture
async def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    return await Case(tmp_path, monkeypatch).assigned()


async def test_a_batch_reaches_the_sink_without_a_look_at_its_headers() -> None:
    """Neither parser nor decoder can fail on what a record holds."""
    batch = polled(0, 3)
    message = await parse_batch(batch)
    assert await decode_batch(message) is batch
    assert message.headers == {}


async def test_offsets_are_committed_after_the_store_has_the_facts(case: Case) -> None:
    """Per partition, the next one to read."""
    await case.sink.handle(polled(0, 6))
    assert len(stored(case.root)) == 7
    assert case.consumer.commits == [{TopicPartition(TOPIC, 0): 7}]


@pytest.mark.parametrize("error", [CommitFailedError, IllegalStateError, KafkaTimeoutError])
async def test_a_commit_that_fails_is_no_fault(case: Case, error: type[Exception]) -> None:
    """The mark stays behind; the store knows better, and the next batch commits again."""
    case.consumer.error = error()
    await case.sink.handle(polled(0, 3))
    case.consumer.error = None
    await case.sink.handle(polled(4, 6))
    assert case.faults == []
    assert case.consumer.commits == [{TopicPartition(TOPIC, 0): 7}]
    assert len(stored(case.root)) == 7


async def test_after_a_fault_nothing_more_is_stored(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later batch would hide that an earlier one is missing."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(FactStore, "append", full)
        await case.sink.handle(polled(0, 3))
    await case.sink.handle(polled(4, 6))
    assert [type(fault) for fault in case.faults] == [OSError]
    assert case.consumer.commits == []
    assert not case.sink.running
    assert not list((case.root / "facts").iterdir())


async def test_unreadable_records_are_reported_and_passed(
    case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    """Loud, but the stream goes on."""
    batch = polled(0, 2)
    batch[1].value = b"no fact"
    await case.sink.handle(batch)
    assert case.sink.total.unreadable == 1
    assert "1 records are no facts" in caplog.text


def test_a_reader_finds_the_files_again_that_a_merge_took_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listing was older than the merge."""
    FactStore.open(tmp_path, TOPIC).append(FACTS)
    real = query.all_segments
    gone = Segment(0, 0, 3, tmp_path / "facts" / "partition=0" / "0-3.parquet")
    listings = [[gone]]

    def listed(root: Path) -> list[Segment]:
        return listings.pop() if listings else real(root)

    monkeypatch.setattr(query, "all_segments", listed)
    assert len(stored(tmp_path)) == 10
    monkeypatch.setattr(query, "all_segments", lambda _root: [gone])
    with pytest.raises(StoreError, match="change while they are read"):
        stored(tmp_path)


def test_the_store_is_committed_by_the_sink_and_by_nobody_else() -> None:
    """Options that would lose facts by default are set (kafka traps, section 5)."""
    options: dict[str, Any] = {}

    class Spy(sink.KafkaBroker):
        def subscriber(self, *topics: Any, **given: Any) -> Any:
            options.update(given)
            return super().subscriber(*topics, **given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sink, "KafkaBroker", Spy)
        Sink(SimpleNamespace(), "127.0.0.1:1", TOPIC, "g", print)  # type: ignore[arg-type]  # never called
    assert options["ack_policy"] is sink.AckPolicy.MANUAL
    assert options["auto_offset_reset"] == "earliest"
    assert options["isolation_level"] == "read_committed"
    assert options["max_records"] == 10_000
    assert (options["parser"], options["decoder"]) == (parse_batch, decode_batch)
