"""A real Kafka, started by our own code: it serves, keeps its data, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from gateway.broker import BrokerInfo, kill_node, local_kafka, restart_node, start, status, stop

pytestmark = [pytest.mark.unmeasured, pytest.mark.kafka, pytest.mark.timeout(180)]


@pytest.fixture(autouse=True)
def _jars_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about our own broker, also where one is given."""
    monkeypatch.delenv("SAMVERKAN_BOOTSTRAP_SERVERS", raising=False)


async def make_topic(bootstrap: str, name: str, copies: int, **configs: str) -> None:
    settings = {key.replace("_", "."): value for key, value in configs.items()}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 2, copies, topic_configs=settings)])
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        max_request_size=8 << 20,
    ) as producer:
        await producer.send_and_wait(topic, value, partition=1)


async def consume(bootstrap: str, topic: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=8 << 20,
    ) as consumer:
        partition = TopicPartition(topic, 1)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return [(await consumer.getone()).value for _ in range(count)]


async def transact(bootstrap: str, topic: str, value: bytes) -> None:
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="t") as producer,
        producer.transaction(),
    ):
        await producer.send_and_wait(topic, value, partition=1)


def read_logs(info: BrokerInfo, name: str) -> str:
    assert info.data_dir is not None
    return (info.data_dir / "logs" / name).read_text()


def gone(pids: tuple[int, ...]) -> bool:
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        return False
    return True


async def test_an_own_broker_serves_and_leaves_nothing() -> None:
    """Large records and transactions work; afterwards there is no process and no file."""
    with local_kafka(prefer="jars", extra={"message.max.bytes": "4194304"}) as info:
        await make_topic(info.bootstrap, "t", 1)
        await produce(info.bootstrap, "t", b"first")
        big = b"x" * (2 << 20)
        await produce(info.bootstrap, "t", big)
        await transact(info.bootstrap, "t", b"third")
        assert await consume(info.bootstrap, "t", 3) == [b"first", big, b"third"]
    assert gone(info.pids)
    assert info.data_dir is not None
    assert not info.data_dir.exists()


async def test_a_kill_right_after_a_commit_does_not_hide_what_was_committed() -> None:
    """Kafka 4.3.1 by itself loses the commit marker in some of such kills (KAFKA-20734)."""
    with local_kafka(prefer="jars") as info:
        for round_no in range(2):
            topic = f"t{round_no}"
            await make_topic(info.bootstrap, topic, 1)
            await transact(info.bootstrap, topic, b"committed")
            kill_node(info, 1)
            assert gone(info.pids)
            info = restart_node(info, 1)  # noqa: PLW2901  the same broker, a new process
            assert await consume(info.bootstrap, topic, 1) == [b"committed"]
            logs = read_logs(info, "node-1.log"), read_logs(info, "node-1-settle.log")
            assert ["Fencing broker 1 " in log for log in logs] == [False, True]


async def test_data_outlive_a_stop_also_in_a_folder_with_spaces(tmp_path: Path) -> None:
    """A clean stop and a new start, on other ports: the record is still there."""
    folder = tmp_path / "en mapp med mellanslag"
    first = start(port=0, data_dir=folder, prefer="jars", quick=True, heap="512m")
    try:
        await make_topic(first.bootstrap, "t", 1)
        await produce(first.bootstrap, "t", b"kept")
        assert stop(folder)
        assert gone(first.pids)
        second = start(port=0, data_dir=folder, prefer="jars", quick=True, heap="512m")
        assert await consume(second.bootstrap, "t", 1) == [b"kept"]
        assert status(folder) == second
        assert not list(folder.glob("logs/*-settle.log")), "it ended cleanly"
    finally:
        stop(folder, remove=True)
    assert not folder.exists()


async def test_three_nodes_keep_what_two_have() -> None:
    """With min.insync.replicas 2, one killed node costs neither data nor service."""
    with local_kafka(3, prefer="jars") as info:
        assert len(info.pids) == 3
        await make_topic(info.bootstrap, "t", 3, min_insync_replicas="2")
        await produce(info.bootstrap, "t", b"by three")
        kill_node(info, 2)
        await produce(info.bootstrap, "t", b"by two")
        info = restart_node(info, 2)  # noqa: PLW2901  the same broker, a new process
        await transact(info.bootstrap, "t", b"by three again")
        assert await consume(info.bootstrap, "t", 3) == [b"by three", b"by two", b"by three again"]
    assert gone(info.pids)


def test_a_killed_owner_leaves_no_broker(tmp_path: Path) -> None:
    """SIGKILL for the program that asked: its broker ends, and its folder goes."""
    program = (
        "import sys, time\n"
        "from gateway.broker import start\n"
        "info = start(ephemeral=True, prefer='jars')\n"
        "print(info.pids[0], info.data_dir, flush=True)\n"
        "time.sleep(600)\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    assert owner.stdout is not None
    with owner:
        pid, folder = owner.stdout.readline().split(maxsplit=1)
        owner.kill()
    assert eventually(lambda: gone((int(pid),)) and not Path(folder.strip()).exists())


def test_the_starter_gets_its_pipes_back(tmp_path: Path) -> None:
    """A shell that reads the output of a start does not wait for the broker to end."""
    program = (
        "from pathlib import Path\n"
        "from gateway.broker import start\n"
        f"start(port=0, data_dir=Path({str(tmp_path / 'kafka')!r}), prefer='jars', quick=True)\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        assert (done.stdout, done.stderr) == ("", "")
        running = status(tmp_path / "kafka")
        assert isinstance(running, BrokerInfo)
        assert len(running.pids) == 1, "it outlives the program that started it"
    finally:
        assert stop(tmp_path / "kafka")


def eventually(condition: Callable[[], bool], limit_s: float = 10.0) -> bool:
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
