"""A real Kafka of one or three nodes that loses nodes, disks and leaders when it is told to.

Nodes listen on loopback and are started by `gateway.broker`; they end with the harness, also when
it is killed. A full disk is a limit on the size of files (RLIMIT_FSIZE 0 on the running node): each
write then fails as on a full disk, Kafka gives up its only log folder and halts. What takes seconds
(a node's start) runs beside the harness's loop.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import psutil
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import AlterPartitionReassignmentsRequest
from confluent_kafka import ElectionType, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from gateway.broker import BrokerInfo, kill_node, restart_node, start, state, stop
from schemas.topics import ALL_TOPICS
from tests.faults.plan import NODES, Topology
from tests.kafka.live import wait_until

COORDINATORS: Final = ("__consumer_offsets", "__transaction_state")
_HALT_LIMIT_S: Final = 8.0


class Cluster:
    """One broker or three, and what is done to them."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        nodes = NODES[topology]
        # Small heaps: a run has a few thousand messages.
        self.info: BrokerInfo = start(nodes, prefer="jars", heap="384m", ephemeral=True)
        self.admin = AdminClient({"bootstrap.servers": self.info.bootstrap, "log_level": 0})
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._work: list[Future[Any]] = []

    @property
    def bootstrap(self) -> str:
        """Where clients connect."""
        return self.info.bootstrap

    @property
    def ports(self) -> list[int]:
        """The nodes' client ports, first node first."""
        return [int(address.rpartition(":")[2]) for address in self.bootstrap.split(",")]

    @property
    def busy(self) -> bool:
        """Whether a node is down or something is being done; passes on what went wrong."""
        for done in [work for work in self._work if work.done()]:
            self._work.remove(done)
            done.result()
        return bool(self._work)

    def end(self) -> None:
        """Leave no node and no folder."""
        self._pool.shutdown(wait=True)
        assert self.info.data_dir is not None
        stop(self.info.data_dir, remove=True)

    def _beside(self, work: Callable[..., Any], *arguments: Any) -> None:
        self._work.append(self._pool.submit(work, *arguments))

    # -- harm

    def kill(self, node: int, seconds: float) -> None:
        """SIGKILL for a node; it comes back after some seconds and copies what it missed."""
        kill_node(self.info, node)
        self._beside(self._back, node, seconds)

    def fill_disk(self, node: int, seconds: float) -> None:
        """Let every write of a node fail until it halts; there is room again some seconds later."""
        assert self.info.data_dir is not None
        known = state.load(self.info.data_dir)
        assert known is not None
        process = psutil.Process(known.nodes[node - 1].pid)
        hard = process.rlimit(psutil.RLIMIT_FSIZE)[1]
        process.rlimit(psutil.RLIMIT_FSIZE, (0, hard))
        self._beside(self._halted, node, process, seconds)

    def _halted(self, node: int, process: psutil.Process, seconds: float) -> None:
        end = time.monotonic() + _HALT_LIMIT_S
        while _lives(process) and time.monotonic() < end:
            time.sleep(0.1)
        # It may have had nothing to write.
        kill_node(self.info, node)
        self._back(node, seconds)

    def _back(self, node: int, seconds: float) -> None:
        time.sleep(seconds)
        self.info = restart_node(self.info, node)
        wait_until(self.whole, "copying what a node has missed")

    def whole(self) -> bool:
        """Whether every partition has a leader and all its copies are in step."""
        try:
            topics = self.admin.list_topics(timeout=5).topics
        except KafkaException:
            return False
        return all(
            partition.leader >= 0 and len(partition.isrs) == len(partition.replicas)
            for topic in topics.values()
            for partition in topic.partitions.values()
        )

    def move_leaders(self, seed: float) -> None:
        """Give half of the partitions another leader; nobody dies."""
        rng = random.Random(seed)
        self._beside(self._move, lambda topic: topic in ALL_TOPICS and rng.random() < 0.5)

    def move_coordinators(self) -> None:
        """Give every group and every transactional id another coordinator; nobody dies."""
        self._beside(self._move, lambda topic: topic in COORDINATORS)

    def _move(self, chosen: Callable[[str], bool]) -> None:
        topics = self.admin.list_topics(timeout=10).topics
        moved = [
            (name, number, [*partition.replicas[1:], partition.replicas[0]])
            for name, topic in sorted(topics.items())
            for number, partition in sorted(topic.partitions.items())
            if chosen(name)
        ]
        asyncio.run(self._reorder(moved))
        places = [TopicPartition(name, number) for name, number, _ in moved]
        self.admin.elect_leaders(ElectionType.PREFERRED, places).result()

    async def _reorder(self, moved: list[tuple[str, int, list[int]]]) -> None:
        """The first of the copies is who leads by preference; the copies themselves stay."""
        client = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await client.start()
        try:
            topics = [(name, [(number, copies, {})], {}) for name, number, copies in moved]
            request = AlterPartitionReassignmentsRequest(10_000, topics, {})
            answer = await client._send_to_controller(request)
            assert answer.error_code == 0, answer
        finally:
            await client.close()


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
