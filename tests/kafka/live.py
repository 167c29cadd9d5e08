"""A whole installation on the session's real Kafka: fresh topics, a fresh group, real processes.

Topic names are fixed by the contract, so installations come one after the other: a lock makes sure
of it whatever pytest-xdist does, and the tests share the xdist group `topics` so that no worker
waits for it. Two cores are busy with one broker and its gateways; a broker per worker would only
make both slower.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from confluent_kafka import Consumer, IsolationLevel, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from gateway.agreement import load as load_agreement
from gateway.broker import BrokerInfo
from gateway.shell.settings import Settings
from gateway.shell.topics import Timestamps, create
from schemas.record import Record
from schemas.topics import ALL_TOPICS, INPUT_TOPICS
from simulator.agencies import prefill
from simulator.wire import SimRecord
from tests.kafka.process import GATEWAY, Process, patience

PARTITIONS: Final = 6
#: Topics are deleted and made again; on a broker that is not ours that has to be allowed.
ALLOWED: Final = "SAMVERKAN_TEST_MAY_DELETE_TOPICS"
OUTPUT_TOPICS: Final = tuple(topic for topic in ALL_TOPICS if topic not in INPUT_TOPICS)
_LIMIT_S: Final = 60.0

Place = tuple[str, int]
Log = dict[Place, list[Record]]


def wait_until(condition: Callable[[], Any], what: str, limit_s: float = _LIMIT_S) -> Any:
    """The condition's first true value; seconds of a busy machine count for less.

    Raises:
        TimeoutError: it did not come true in time.
    """
    started = before = time.monotonic()
    left = limit_s
    while not (value := condition()):
        now = time.monotonic()
        left -= (now - before) / patience()
        before = now
        if left < 0:
            busy = f"{patience():.1f} processes a core"
            raise TimeoutError(f"{what} took longer than {now - started:.0f} s, with {busy}")
        time.sleep(0.05)
    return value


class TopicsError(TimeoutError):
    """The brokers have not made the topics."""


@dataclass
class Installation:
    """Topics, a group, and the gateway processes that were started for it."""

    bootstrap: str
    folder: Path
    group: str = field(default_factory=lambda: f"g-{secrets.token_hex(4)}")
    processes: list[Process] = field(default_factory=list)
    timestamps: Timestamps = "create"

    def __post_init__(self) -> None:
        self.admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        # Asking for stable offsets would wait for a moment without any open transaction.
        self._watch = self._consumer("read_uncommitted")

    # -- topics

    def renew(self, topics: Sequence[str] = ALL_TOPICS) -> None:
        """Delete topics and make them again, empty."""
        for topic in (there := set(self._topics()) & set(topics)):
            assert topic in ALL_TOPICS
        if there:
            for done in self.admin.delete_topics(sorted(there)).values():
                done.result()
            wait_until(lambda: not self._topics().keys() & there, "deleting the topics")
        asyncio.run(create(self.settings(), load_agreement(), PARTITIONS, self.timestamps))
        try:
            wait_until(lambda: not self._unled(), "making the topics")
        except TimeoutError as problem:
            raise TopicsError(f"{problem}: {self._unled()}") from None

    def forget_outputs(self) -> None:
        """As if nothing had been decided yet: the inputs stay, the group is another one."""
        self.renew(OUTPUT_TOPICS)
        self.group = f"{self.group}-again"
        self._watch.close()
        self._watch = self._consumer("read_uncommitted")

    def _topics(self) -> Mapping[str, Any]:
        topics: Mapping[str, Any] = self.admin.list_topics(timeout=10).topics
        return topics

    def _unled(self) -> str:
        """Of what does not answer yet the first; a leader is announced before it knows it leads."""
        if missing := sorted(set(ALL_TOPICS) - self._topics().keys()):
            return f"{missing[0]} is not announced"
        answers = self._latest(ALL_TOPICS, IsolationLevel.READ_UNCOMMITTED)
        for tp, answer in sorted(answers.items()):
            if (problem := answer.exception()) is not None:
                return f"{tp.topic}/{tp.partition}: {problem}"
        return ""

    def settings(self) -> Settings:
        """Settings of a gateway process of this installation."""
        return Settings(bootstrap_servers=self.bootstrap, group=self.group)

    # -- processes

    def start(self, launcher: Sequence[str] = GATEWAY, **env: str) -> Process:
        """Start one more gateway process; keyword arguments are settings without their prefix."""
        env = {"BOOTSTRAP_SERVERS": self.bootstrap, "GROUP": self.group, "OPS_PORT": "0"} | env
        process = Process(launcher, env, self.folder, f"gateway-{len(self.processes)}")
        self.processes.append(process)
        return process

    def start_ready(self, count: int = 1, **env: str) -> list[Process]:
        """Start processes and wait until they share the partitions."""
        started = [self.start(**env) for _ in range(count)]
        wait_until(lambda: shared_out(started), "sharing the partitions")
        return started

    def stop(self) -> list[int]:
        """End every process that still runs as an operator would; their exit codes."""
        running = [process for process in self.processes if process.running]
        for process in running:
            process.terminate()
        return [process.wait(20) for process in running]

    def kill(self) -> None:
        """Leave nothing behind."""
        for process in self.processes:
            process.destroy()
        self._watch.close()

    # -- records

    def prefill(self, records: Sequence[SimRecord]) -> None:
        """Write records as the agencies would, with any timestamp."""
        assert asyncio.run(prefill(self.bootstrap, records)) == len(records)

    def ends(
        self,
        topics: Iterable[str] = INPUT_TOPICS,
        isolation_level: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
    ) -> dict[Place, int]:
        """End offsets of all partitions of the topics, the inputs by default."""
        answers = self._latest(topics, isolation_level)
        return {(tp.topic, tp.partition): f.result().offset for tp, f in answers.items()}

    def _latest(
        self, topics: Iterable[str], isolation_level: IsolationLevel
    ) -> Mapping[TopicPartition, Future[Any]]:
        """For each partition its end, or why there is none."""
        wanted = {
            TopicPartition(topic, n): OffsetSpec.latest()
            for topic in topics
            for n in range(PARTITIONS)
        }
        # Held until all has been answered: without its client an answer never comes.
        admin = self.lister()
        answers: Mapping[TopicPartition, Future[Any]] = admin.list_offsets(
            wanted, isolation_level=isolation_level
        )
        wait(answers.values())
        return answers

    def lister(self) -> AdminClient:
        """Who is asked for offsets."""
        return self.admin

    def committed(self) -> dict[Place, int]:
        """What the group has committed; 0 where nothing."""
        asked = [TopicPartition(t, n) for t in INPUT_TOPICS for n in range(PARTITIONS)]
        found = self._watch.committed(asked, timeout=10)
        return {(tp.topic, tp.partition): max(tp.offset, 0) for tp in found}

    def drained(self) -> bool:
        """Whether everything in the inputs has been decided and committed."""
        return self.committed() == self.ends()

    def wait_drained(self, limit_s: float = _LIMIT_S) -> None:
        """Wait for it."""
        wait_until(self.drained, "deciding everything", limit_s)

    def log(self, topics: Iterable[str] = ALL_TOPICS) -> Log:
        """All committed records by topic and partition, read with a client of another make.

        Only once every commit of the gateways shows: Kafka answers a commit before its markers
        stand in every partition. Inputs may be open; agencies do as they like.
        """
        topics = list(topics)
        written = set(topics) - set(INPUT_TOPICS)
        wait_until(
            lambda: self.ends(written, IsolationLevel.READ_COMMITTED) == self.ends(written),
            "showing what is committed",
        )
        consumer = self._consumer()
        try:
            return read(consumer, topics)
        finally:
            consumer.close()

    def _consumer(self, isolation_level: str = "read_committed") -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": self.group,
                "isolation.level": isolation_level,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "log_level": 0,
            }
        )


def shared_out(processes: Iterable[Process]) -> bool:
    """Whether the processes are ready and each partition has exactly one owner."""
    owned: list[int] = []
    for process in processes:
        process.must_run()
        state = process.ready()
        if state is None or not state["ready"]:
            return False
        owned += state["partitions"]
    return sorted(owned) == list(range(PARTITIONS))


def read(consumer: Consumer, topics: Iterable[str]) -> Log:
    """Read every partition of the topics to its end."""
    log: Log = {(topic, n): [] for topic in topics for n in range(PARTITIONS)}
    consumer.assign([TopicPartition(topic, n, 0) for topic, n in log])
    waiting = set(log)
    deadline = time.monotonic() + _LIMIT_S
    while waiting:
        if time.monotonic() > deadline:
            raise TimeoutError(f"reading {len(waiting)} partitions to their end")
        for message in consumer.consume(num_messages=5_000, timeout=0.2):
            place = (message.topic(), message.partition())
            problem = message.error()
            if problem is None:
                log[place].append(_record(message))
            elif problem.code() == KafkaError._PARTITION_EOF:
                waiting.discard(place)
            else:
                raise RuntimeError(str(problem))
    return log


def _record(message: Any) -> Record:
    return Record(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        timestamp_ms=message.timestamp()[1],
        key=message.key(),
        value=message.value(),
        headers=tuple(message.headers() or ()),
    )


@contextlib.contextmanager
def installation(kafka: BrokerInfo, folder: Path) -> Iterator[Installation]:
    """An installation of one's own; nothing of it runs any more when the block is left."""
    if kafka.kind == "given" and os.environ.get(ALLOWED) != "1":
        raise RuntimeError(
            f"These tests delete and create the gateway's topics on {kafka.bootstrap}; set"
            f" {ALLOWED}=1 if that broker is for tests, else unset SAMVERKAN_BOOTSTRAP_SERVERS."
        )
    # One at a time on a broker; on another one nobody is in the way.
    name = kafka.bootstrap.replace(":", "-").replace(",", "-")
    lock = Path(os.environ["SAMVERKAN_TEST_KAFKA_DIR"]) / f"{name}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        made = Installation(kafka.bootstrap, folder)
        try:
            made.renew()
            yield made
        finally:
            made.kill()
