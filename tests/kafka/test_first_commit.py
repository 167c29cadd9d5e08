"""What a task needs to know for its first commit it knows before, however many begin together.

A topic met in a commit costs it a request for everything known of the brokers. With 48 partitions
two gateways that began with a backlog took longer for their first commits than a commit may, and
ended, and began again.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.broker import BrokerInfo
from gateway.shell.outputs import Outgoing
from gateway.shell.topics import WRITTEN_TOPICS
from gateway.shell.transaction import commit, start, task_producer
from tests.kafka.live import Installation, installation

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics")]


@pytest.fixture(scope="module")
def live(kafka: BrokerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(kafka, tmp_path_factory.mktemp("first")) as made:
        yield made


async def test_a_first_commit_asks_for_no_topic(
    live: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether aiokafka knows a topic that nobody has told it of depends on what it asked before."""
    producer = task_producer(live.settings(), 0)
    await start(producer)
    try:
        assert producer.client.set_topics(WRITTEN_TOPICS).done(), "there was more to ask for"
        monkeypatch.setattr(producer.client, "force_metadata_update", pytest.fail)
        out = [Outgoing(topic, 0, b"key", b"{}", ()) for topic in WRITTEN_TOPICS]
        await commit(producer, live.group, 0, out, {})
    finally:
        monkeypatch.undo()
        await producer.stop()
