"""The sink as a process: its exit codes, its endpoints, and what kill -9 does to the facts."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.broker import BrokerInfo
from gateway.followup.store import FactStore
from tests.followup.followup_dsl import assessment, fact_id, log, stored
from tests.followup.kafka_dsl import (
    PARTITIONS,
    ROOT,
    committed,
    finished,
    process,
    until,
    write,
)

FACTS = [assessment(f"a{number}") for number in range(300)]
IDS = sorted(fact_id(f"a{number}") for number in range(300))
EXIT_WAIT_S = 40.0


@pytest.fixture
def topic(topic_factory: Callable[..., str]) -> str:
    """A follow-up topic of one's own."""
    return topic_factory("followup", partitions=PARTITIONS)


def ids(root: Path) -> list[str]:
    return sorted(row[4] for row in stored(root))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def segments(root: Path) -> int:
    return sum(1 for _ in root.rglob("[0-9]*.parquet"))


@pytest.mark.kafka
async def test_idle_exit_ends_with_0_once_all_is_read(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """A demo or a nightly run: read everything, then stop."""
    await write(kafka.bootstrap, topic, FACTS)
    async with process(kafka.bootstrap, tmp_path, topic, f"g-{topic}", idle="1") as sink:
        out, err = await finished(sink)
    assert sink.returncode == 0, err
    assert "ops on http://127.0.0.1:" in out
    assert "stored 300 facts" in out
    assert ids(tmp_path) == IDS


@pytest.mark.kafka
async def test_sigterm_ends_with_0_and_all_that_is_stored_is_committed(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """In the middle of a stream; the next process has nothing twice and misses nothing."""
    group = f"g-{topic}"
    writing = asyncio.create_task(
        write(kafka.bootstrap, topic, FACTS, per_transaction=6, pause_s=0.25)
    )
    async with process(kafka.bootstrap, tmp_path, topic, group) as sink:
        await until(lambda: segments(tmp_path) > 3 * PARTITIONS, "some is stored")
        sink.terminate()
        _, err = await finished(sink)
    assert sink.returncode == 0, err
    assert not writing.done()
    last = {row[0]: row[1] + 1 for row in stored(tmp_path)}
    assert await committed(kafka.bootstrap, topic, group) == last
    await writing
    async with process(kafka.bootstrap, tmp_path, topic, group, idle="1") as again:
        _, err = await finished(again)
    assert again.returncode == 0, err
    assert ids(tmp_path) == IDS


@pytest.mark.kafka
@pytest.mark.faults
async def test_idle_exit_waits_for_the_share_of_a_member_that_died(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """It was given a part of the partitions only; the group does not know yet who is dead."""
    group = f"g-{topic}"
    await write(kafka.bootstrap, topic, FACTS)
    ghost = subprocess.Popen(
        [sys.executable, "-m", "tests.kafka.ghost", kafka.bootstrap, group, "2000", topic],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert ghost.stdout is not None
    with ghost, ghost.stdout:
        assert await asyncio.to_thread(ghost.stdout.readline) == "alone\n"
        async with process(kafka.bootstrap, tmp_path, topic, group, idle="0.2") as sink:
            _, err = await finished(sink)
        assert ghost.wait(1) == -signal.SIGKILL
    assert sink.returncode == 0, err
    assert ids(tmp_path) == IDS


@pytest.mark.kafka
@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_kill_9_at_any_time_loses_and_doubles_nothing(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """Processes are killed as long as facts are written; the last one finishes."""
    group = f"g-{topic}"
    writing = asyncio.create_task(
        write(kafka.bootstrap, topic, FACTS, per_transaction=3, pause_s=0.12)
    )
    killed = 0
    while not writing.done():
        async with process(kafka.bootstrap, tmp_path, topic, group) as sink:
            before = segments(tmp_path)
            while segments(tmp_path) == before and not writing.done():
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.003 * killed)
            os.kill(sink.pid, signal.SIGKILL)
            killed += 1
    await writing
    assert killed >= 3
    async with process(kafka.bootstrap, tmp_path, topic, group, idle="1") as last:
        _, err = await finished(last)
    assert last.returncode == 0, err
    assert ids(tmp_path) == IDS


@pytest.mark.kafka
async def test_a_write_error_ends_with_70(kafka: BrokerInfo, topic: str, tmp_path: Path) -> None:
    """At once, without a word of the facts."""
    port = free_port()
    async with process(kafka.bootstrap, tmp_path, topic, f"g-{topic}", port=port) as sink:
        await until(lambda: get(port, "/ready")[0] == 200, "the sink is ready")
        for number in range(PARTITIONS):
            (tmp_path / "facts" / f"partition={number}").write_bytes(b"in the way")
        await write(kafka.bootstrap, topic, FACTS[:30])
        _, err = await finished(sink)
    assert sink.returncode == 70, err
    assert "fault: FileExistsError" in err
    assert fact_id("a0") not in err
    assert await committed(kafka.bootstrap, topic, f"g-{topic}") == dict.fromkeys(range(PARTITIONS))


@pytest.mark.kafka
async def test_a_store_of_another_kafka_ends_with_1_and_says_so(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """The store is older than the broker: a restart would not help."""
    FactStore.open(tmp_path, topic).append(log(FACTS))
    async with process(kafka.bootstrap, tmp_path, topic, f"g-{topic}") as sink:
        _, err = await finished(sink)
    assert sink.returncode == 1
    assert "the store was filled from another Kafka" in err.strip().splitlines()[-1]


@pytest.mark.kafka
async def test_a_missing_topic_is_one_sentence(kafka: BrokerInfo, tmp_path: Path) -> None:
    """Subscribing to it would wait for ever."""
    async with process(kafka.bootstrap, tmp_path, "no-such-topic", "g") as sink:
        _, err = await finished(sink)
    assert sink.returncode == 1
    assert err.strip().splitlines()[-1].startswith("The topic no-such-topic does not exist")
    assert "Traceback" not in err


@pytest.mark.kafka
async def test_a_taken_port_is_one_sentence(kafka: BrokerInfo, topic: str, tmp_path: Path) -> None:
    """The health port belongs to somebody else."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with process(kafka.bootstrap, tmp_path, topic, "g", port=port) as sink:
            _, err = await finished(sink)
    assert sink.returncode == 1
    assert f"Port {port} for health and metrics cannot be taken" in err
    assert "Traceback" not in err


@pytest.mark.kafka
async def test_health_readiness_and_metrics_answer(
    kafka: BrokerInfo, topic: str, tmp_path: Path
) -> None:
    """Over HTTP while the sink runs."""
    await write(kafka.bootstrap, topic, FACTS)
    port = free_port()
    async with process(kafka.bootstrap, tmp_path, topic, f"g-{topic}", port=port) as sink:
        await until(lambda: get(port, "/ready")[0] == 200, "ready")
        await until(lambda: 'result="written"} 300.0' in get(port, "/metrics")[1], "all counted")
        assert get(port, "/live") == (200, "ok\n")
        assert json.loads(get(port, "/ready")[1])["lag"] == {str(n): 0 for n in range(PARTITIONS)}
        assert "samverkan_followup_ready 1.0" in get(port, "/metrics")[1]
        assert get(port, "/nothing")[0] == 404
        sink.terminate()
        await finished(sink)
    assert sink.returncode == 0


def get(port: int, path: str) -> tuple[int, str]:
    """Status and body of an ops endpoint; status 0 while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def run_consumer(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "consumers.followup", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=EXIT_WAIT_S,
        check=False,
    )


def test_the_process_without_a_broker_is_one_sentence(tmp_path: Path) -> None:
    """What to do is said; exit code 69, so that a supervisor tries again."""
    done = run_consumer(
        SAMVERKAN_BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}", SAMVERKAN_STORE=str(tmp_path / "s")
    )
    assert done.returncode == 69
    assert "samverkan broker start" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_wrong_use_is_exit_code_2() -> None:
    """As every command."""
    assert run_consumer("--idle-exit", "soon").returncode == 2
    assert run_consumer("--help").returncode == 0


def test_a_wrong_setting_is_one_sentence() -> None:
    """As of every process; exit code 1."""
    done = run_consumer(SAMVERKAN_OPS_PORT="many")
    assert done.returncode == 1
    assert "SAMVERKAN_OPS_PORT is 'many' but must be a whole number" in done.stderr
