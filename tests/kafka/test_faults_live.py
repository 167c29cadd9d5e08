"""An expired transactional id and a topic made anew on a real Kafka: told rightly, nothing lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka.admin import NewTopic

from gateway.broker import BrokerInfo, start, stop
from gateway.shell.faults import EXIT_FAULT
from schemas.partition import partition_of
from simulator.wire import SimRecord
from tests.dsl import KEYS
from tests.faults.checker import violations
from tests.kafka.live import PARTITIONS, Installation, installation, wait_until
from tests.kafka.process import Process
from tests.kafka.test_requirements_checks import Story, synthetic

pytestmark = [
    pytest.mark.unmeasured,
    pytest.mark.kafka,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(300),
]

#: Ids that are not used for six seconds are removed, at the latest two seconds later.
FORGETFUL = {
    "transactional.id.expiration.ms": "6000",
    "transaction.remove.expired.transaction.cleanup.interval.ms": "2000",
}
EXPIRED_S = 12.0
PATIENT = {"SESSION_TIMEOUT_MS": "25000"}
BROKEN = {"SESSION_TIMEOUT_MS": "2000"}


@contextmanager
def forgetful(folder: Path) -> Iterator[Installation]:
    """An installation on a broker of its own that forgets transactional ids soon."""
    data = folder / "kafka"
    info = start(port=0, data_dir=data, heap="512m", quick=True, prefer="jars", extra=FORGETFUL)
    made = Installation(info.bootstrap, folder)
    try:
        made.renew()
        yield made
    finally:
        made.kill()
        stop(data, remove=True)


class Everywhere:
    """Cases on every partition, and one more message in each when asked."""

    def __init__(self) -> None:
        self.story = Story()
        self.writers = [self.story.opened("2024-02-05", f"p{n}") for n in range(14)]
        where = {partition_of(KEYS.person_key(synthetic(n)).encode(), PARTITIONS)
                 for n in range(1, 15)}  # fmt: skip
        assert where == set(range(PARTITIONS))

    def say(self, name: str, day: str) -> list[SimRecord]:
        """The next message of every case."""
        known = len(self.story.records)
        for n, writer in enumerate(self.writers):
            self.story.say(writer, name, day, f"p{n}/{name}")
        return self.story.records[known:]


def fault_of(process: Process) -> str:
    """The sentence with which it ended."""
    wait_until(lambda: process.code is not None, "ending", 60)
    assert process.code == EXIT_FAULT, process.said()
    return str(process.events("fault")[-1]["text"])


def finished(live: Installation) -> None:
    """A new process decides all that is left, and every law holds."""
    live.start_ready()
    live.wait_drained()
    assert live.stop() == [0]
    assert violations(live.log()) == []


def test_an_idle_gateway_keeps_its_transactional_ids(tmp_path: Path) -> None:
    everywhere = Everywhere()
    with forgetful(tmp_path) as live:
        live.prefill(everywhere.story.records)
        (gateway,) = live.start_ready()
        live.wait_drained()
        time.sleep(EXPIRED_S)
        live.prefill(everywhere.say("referral.called", "2024-02-10"))
        wait_until(lambda: gateway.must_run() or live.drained(), "deciding after the silence")
        assert live.stop() == [0]
        assert violations(live.log()) == []


def test_an_expired_transactional_id_is_told_as_one_and_the_restart_loses_nothing(
    tmp_path: Path,
) -> None:
    """The process stood still for longer than the brokers remember its ids."""
    everywhere = Everywhere()
    with forgetful(tmp_path) as live:
        live.prefill(everywhere.story.records)
        (gateway,) = live.start_ready(**PATIENT)
        live.wait_drained()
        gateway.freeze()
        time.sleep(EXPIRED_S)
        live.prefill(everywhere.say("referral.called", "2024-02-10"))
        gateway.thaw()
        text = fault_of(gateway)
        assert "the transactional id of a task has expired" in text
        assert text.endswith("(runbook: transactional-id)")
        finished(live)


@pytest.fixture
def live(kafka: BrokerInfo, tmp_path: Path) -> Iterator[Installation]:
    with installation(kafka, tmp_path) as made:
        yield made


def made_anew(live: Installation, topic: str) -> None:
    """What an operator does: delete a topic, and create it as it was."""
    live.admin.delete_topics([topic])[topic].result()
    config = {"message.timestamp.after.max.ms": str(2**63 - 1), "retention.ms": "-1"}
    new = NewTopic(topic, PARTITIONS, 1, config=config)

    def created() -> bool:
        try:
            live.admin.create_topics([new])[topic].result()
        except Exception:  # noqa: BLE001 - still being deleted
            return False
        return True

    wait_until(created, "creating it anew")
    wait_until(lambda: not live._unled(), "leading it")


def begin_anew(live: Installation, topic: str) -> None:
    """What the runbook says: the group begins at the start of the topic."""
    wait_until(lambda: _reset(live, topic), "the group being empty", 60)


def _reset(live: Installation, topic: str) -> bool:
    from aiokafka.errors import KafkaError  # noqa: PLC0415 - only here

    async def reset() -> bool:
        from aiokafka import AIOKafkaConsumer, TopicPartition  # noqa: PLC0415 - only here

        consumer = AIOKafkaConsumer(
            bootstrap_servers=live.bootstrap, group_id=live.group, enable_auto_commit=False
        )
        await consumer.start()
        try:
            places = [TopicPartition(topic, n) for n in range(PARTITIONS)]
            consumer.assign(places)
            await consumer.commit(dict.fromkeys(places, 0))
        except KafkaError:
            return False
        finally:
            await consumer.stop()
        return True

    return asyncio.run(reset())


def test_a_topic_that_is_made_anew_while_it_is_read_is_told_as_one(live: Installation) -> None:
    """Whether the new log is shorter than the old place or not; then the runbook loses nothing."""
    everywhere = Everywhere()
    live.prefill(everywhere.story.records)
    (gateway,) = live.start_ready(**PATIENT)
    live.wait_drained()
    called = everywhere.say("referral.called", "2024-02-10")
    topic = called[0].topic
    live.prefill(called)
    live.wait_drained()
    made_anew(live, topic)
    # More than before, so that the old place is in the new log.
    answered = everywhere.say("referral.answered", "2024-02-11")
    again = [record for record in (*called, *answered) if record.topic == topic]
    live.prefill([*again, *again])
    text = fault_of(gateway)
    assert "made anew" in text or "was deleted" in text
    assert text.endswith("(runbook: topic-made-anew)")
    begin_anew(live, topic)
    live.start_ready()
    live.wait_drained()
    assert live.stop() == [0]


def test_a_group_whose_only_topic_was_made_anew_is_told_why_it_has_no_offsets(
    live: Installation,
) -> None:
    story = Story()
    story.opened("2024-02-05", "p")
    consents = [record for record in story.records if ".consent" in record.topic]
    live.prefill([*consents, *consents, *consents])
    live.start_ready()
    live.wait_drained()
    assert live.stop() == [0]
    made_anew(live, consents[0].topic)
    live.prefill(consents)
    text = fault_of(live.start(**BROKEN))
    assert "the topic was deleted and made anew" in text
    assert text.endswith("(runbook: topic-made-anew)")
    begin_anew(live, consents[0].topic)
    live.start_ready()
    live.wait_drained()
    assert live.stop() == [0]
