"""Brokers that do not answer: exit 69 at the start, not ready while running, and back by itself."""

from __future__ import annotations

import re
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import psutil
import pytest

from gateway.broker import BrokerInfo, start, stop
from gateway.broker.local import kill_node, restart_node
from gateway.silence import EXIT_AWAY, SILENT_S
from tests.kafka.live import Installation, wait_until
from tests.kafka.process import GATEWAY, Process, run_to_end
from tests.kafka.test_lost_records import Case

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900), pytest.mark.unmeasured]

SAMVERKAN = (sys.executable, "-m", "gateway.cli.main")
SINK = (sys.executable, "-m", "consumers.followup")
NOBODY = "127.0.0.1:1"
#: Longer than the alarm takes, with room for a busy machine.
NOTICED_S = SILENT_S + 15


@pytest.mark.parametrize(
    "command",
    [
        GATEWAY, SINK, (*SAMVERKAN, "gateway"), (*SAMVERKAN, "followup"),
        (*SAMVERKAN, "topics", "check"), (*SAMVERKAN, "topics", "create"),
        (*SAMVERKAN, "parked", "list"), (*SAMVERKAN, "case", "S-2024-000001"),
        (*SAMVERKAN, "rules", "diff", "--topic"), (*SAMVERKAN, "audit", "verify"),
    ],
    ids=lambda command: " ".join(command[1:]),
)  # fmt: skip
def test_who_starts_without_brokers_ends_with_69(command: tuple[str, ...], tmp_path: Path) -> None:
    done = run_to_end(command, {"BOOTSTRAP_SERVERS": NOBODY, "STORE": str(tmp_path)})
    assert done.returncode == EXIT_AWAY, done.stderr
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(said) == 1, done.stderr
    assert "SAMVERKAN_BOOTSTRAP_SERVERS" in said[0]


@contextmanager
def deaf_port() -> Iterator[str]:
    """An address that takes connections and never answers, as a frozen broker does."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(100)
        yield f"127.0.0.1:{deaf.getsockname()[1]}"


@contextmanager
def closing_port() -> Iterator[str]:
    """An address that ends every connection, as a proxy without brokers behind it does."""
    with socket.socket() as closing:
        closing.bind(("127.0.0.1", 0))
        closing.listen(100)

        def close_all() -> None:
            try:
                while True:
                    closing.accept()[0].close()
            except OSError:
                return

        thread = threading.Thread(target=close_all, daemon=True)
        thread.start()
        yield f"127.0.0.1:{closing.getsockname()[1]}"
        closing.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("command", [GATEWAY, SINK], ids=["gateway", "sink"])
@pytest.mark.parametrize("address", [deaf_port, closing_port])
def test_brokers_that_take_connections_and_do_not_answer_are_away_too(
    command: tuple[str, ...], address: type, tmp_path: Path
) -> None:
    with address() as where:
        done = run_to_end(command, {"BOOTSTRAP_SERVERS": where, "STORE": str(tmp_path)})
    assert done.returncode == EXIT_AWAY, done.stderr


@pytest.mark.parametrize(
    "wrong",
    [{"BOOTSTRAP_SERVERS": "host:many"}, {"OPS_PORT": "many"}, {"KEYS_FILE": "nowhere.json"}],
    ids=str,
)  # fmt: skip
def test_wrong_settings_are_not_taken_for_absent_brokers(wrong: dict[str, str]) -> None:
    done = run_to_end(GATEWAY, {"BOOTSTRAP_SERVERS": NOBODY, **wrong})
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[BrokerInfo, Installation]]:
    """A broker of one's own, that may be frozen and killed, with an installation."""
    folder = tmp_path / "kafka"
    info = start(port=0, data_dir=folder, heap="512m", quick=True, prefer="jars")
    made = Installation(info.bootstrap, tmp_path)
    try:
        made.renew()
        yield info, made
    finally:
        made.kill()
        stop(folder, remove=True)


def broker_process(info: BrokerInfo) -> psutil.Process:
    """The Java process that listens on the broker's port."""
    port = int(info.bootstrap.rpartition(":")[2])
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
            return psutil.Process(connection.pid)
    raise LookupError(port)


def asked(process: Process, path: str) -> tuple[int, bytes]:
    """Status and body of an endpoint of gateway or sink; status 0 without an answer."""
    found = re.search(r"http://127\.0\.0\.1:\d+", process.said())
    if found is None:
        return 0, b""
    try:
        with urllib.request.urlopen(found[0] + path, timeout=5) as answer:  # noqa: S310 - our own
            return answer.status, answer.read()
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, problem.read()
    except OSError:
        return 0, b""


def is_ready(process: Process) -> bool:
    return asked(process, "/ready")[0] == 200


def has_noticed(process: Process) -> bool:
    """Whether it says 503 and raises the alarm."""
    process.must_run()
    status, body = asked(process, "/ready")
    alarms = orjson.loads(body)["alarms"] if status == 503 else []
    told = [text for text in alarms if text.startswith("brokers: ")]
    if not told:
        # Also a group that has lost its member makes it unready, with no alarm of this kind yet.
        return False
    assert "have not answered for" in told[0]
    metrics = asked(process, "/metrics")[1]
    return b'samverkan_alarm{guard="brokers"} 1.0' in metrics


def started(live: Installation, folder: Path, case: Case) -> dict[str, Process]:
    """A gateway that has decided something, and a sink."""
    live.prefill(case.story.records)
    env = {"BOOTSTRAP_SERVERS": live.bootstrap, "STORE": str(folder / "store")}
    processes = {"gateway": live.start(), "sink": Process(SINK, env, folder, "sink")}
    live.processes.append(processes["sink"])
    for name, process in processes.items():
        wait_until(lambda p=process: is_ready(p), f"the {name} getting ready")
    live.wait_drained()
    return processes


def check_all_goes_on(live: Installation, processes: dict[str, Process], case: Case) -> None:
    """Both are ready again by themselves, and decide what comes next."""
    for name, process in processes.items():
        wait_until(
            lambda p=process: p.must_run() or is_ready(p), f"the {name} getting ready again", 90
        )
    fresh = Installation(live.bootstrap, live.folder, live.group)
    case.goes_on(fresh, "plan.set")
    wait_until(
        lambda: processes["gateway"].must_run() or fresh.drained(), "deciding what comes next"
    )
    fresh.kill()


@pytest.mark.faults
def test_a_frozen_broker_makes_every_process_unready_and_its_answer_ready_again(
    own: tuple[BrokerInfo, Installation], tmp_path: Path
) -> None:
    info, live = own
    case = Case()
    processes = started(live, tmp_path, case)
    broker = broker_process(info)
    broker.send_signal(signal.SIGSTOP)
    try:
        for name, process in processes.items():
            wait_until(lambda p=process: has_noticed(p), f"the {name} noticing", NOTICED_S)
    finally:
        broker.send_signal(signal.SIGCONT)
    check_all_goes_on(live, processes, case)


@pytest.mark.faults
def test_a_killed_broker_makes_every_process_unready_and_its_return_ready_again(
    own: tuple[BrokerInfo, Installation], tmp_path: Path
) -> None:
    """They go on by themselves: nothing was under way that could not be tried again."""
    info, live = own
    case = Case()
    processes = started(live, tmp_path, case)
    kill_node(info, 1)
    for name, process in processes.items():
        wait_until(lambda p=process: has_noticed(p), f"the {name} noticing", NOTICED_S)
    restart_node(info, 1)
    check_all_goes_on(live, processes, case)
