"""What can go wrong around a start is told in one sentence, and undone."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.broker import (
    jars,
    kill_node,
    local_kafka,
    processes,
    restart_node,
    start,
    state,
    status,
    stop,
)
from gateway.broker.info import BrokerError, BrokerInfo, Cluster, Node
from gateway.broker.java import Runtime
from gateway.broker.probe import free_ports

# A Java that formats like Kafka's tool and serves like a broker, as far as a start can see.
FAKE_JAVA = """\
import pathlib, re, socketserver, struct, sys

def words(text):
    return struct.pack(">h", len(text)) + text.encode()

argv = sys.argv
if "kafka.tools.StorageTool" in argv:
    config = dict(
        line.split("=", 1) for line in pathlib.Path(argv[-1]).read_text().splitlines()
    )
    folder = pathlib.Path(config["log.dirs"])
    folder.mkdir()
    cluster = argv[argv.index("--cluster-id") + 1]
    (folder / "meta.properties").write_text(
        f"version=1\\ncluster.id={cluster}\\nnode.id={config['node.id']}\\n"
    )
    sys.exit(FORMAT_CODE)
config = dict(line.split("=", 1) for line in pathlib.Path(argv[-1]).read_text().splitlines())
meta = (pathlib.Path(config["log.dirs"]) / "meta.properties").read_text()
cluster = re.search("cluster.id=(.*)", meta).group(1)
voters = [int(voter.split("@")[0]) for voter in config["controller.quorum.voters"].split(",")]
port = int(re.search(r"PLAINTEXT://127.0.0.1:(\\d+)", config["listeners"]).group(1))
if END_AT_ONCE:
    print("ERROR out of luck")
    sys.exit(1)

class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(1000)
        body = struct.pack(">iii", 1, 0, len(voters))
        for number in voters:
            body += struct.pack(">i", number) + words("h") + struct.pack(">ih", 1, -1)
        body += words(cluster) + struct.pack(">ii", 1, 0)
        self.request.sendall(struct.pack(">i", len(body)) + body)

class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True

Server(("127.0.0.1", port), Handler).serve_forever()
"""


def fake(folder: Path, *, format_code: int = 0, end_at_once: bool = False) -> Runtime:
    """A runtime whose Java is the program above."""
    program = folder / "fake_java.py"
    program.write_text(
        FAKE_JAVA.replace("FORMAT_CODE", str(format_code)).replace("END_AT_ONCE", str(end_at_once))
    )
    java = folder / "java"
    java.write_text(f'#!/bin/sh\nexec {sys.executable} {program} "$@"\n')
    java.chmod(0o755)
    return Runtime(str(java), folder / "libs")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder for brokers of the fake Java; whatever runs there is ended afterwards."""
    runtime = fake(tmp_path)
    monkeypatch.setattr(jars, "find_runtime", lambda: runtime)
    data = tmp_path / "kafka"
    yield data
    stop(data)


def test_a_second_start_returns_the_running_broker(folder: Path) -> None:
    first = start(port=0, data_dir=folder)
    assert first.kind == "jars"
    assert start(port=0, data_dir=folder) == first
    assert start(port=int(first.bootstrap.split(":")[1]), data_dir=folder) == first
    assert status(folder) == first


def test_starts_at_the_same_time_give_one_broker(folder: Path) -> None:
    with ThreadPoolExecutor(max_workers=4) as pool:
        started = [pool.submit(start, port=0, data_dir=folder) for _ in range(4)]
        assert len({future.result() for future in started}) == 1


@pytest.mark.parametrize(
    "other",
    [{"extra": {"message.max.bytes": "2000000"}}, {"heap": "256m"}, {"quick": True}, {"port": 1}],
    ids=str,
)
def test_a_running_broker_is_not_passed_off_as_another(
    folder: Path, other: dict[str, object]
) -> None:
    """Started with other settings, it is refused and keeps running."""
    first = start(port=0, data_dir=folder)
    with pytest.raises(BrokerError, match=r"^A local Kafka with other settings runs at .*\.$"):
        start(**{"port": 0, "data_dir": folder} | other)
    assert status(folder) == first


def test_stop_ends_it_and_says_whether_there_was_one(folder: Path) -> None:
    info = start(port=0, data_dir=folder)
    assert stop(folder)
    assert status(folder) is None
    assert not stop(folder)
    assert folder.is_dir(), "the data stay"
    for pid in info.pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_stop_where_nothing_ever_was(tmp_path: Path) -> None:
    assert not stop(tmp_path / "nothing")
    assert status(tmp_path / "nothing") is None
    assert not (tmp_path / "nothing").exists()


def test_a_state_left_by_a_dead_broker_is_passed_over(folder: Path) -> None:
    """Also when the system has given its process id to something else."""
    first = start(port=0, data_dir=folder)
    kill_node(first, 1)
    cluster = state.load(folder)
    assert cluster is not None
    reused = replace(cluster, nodes=(replace(cluster.nodes[0], pid=os.getpid()),))
    state.save(folder, reused)
    assert status(folder) is None
    again = start(port=0, data_dir=folder)
    assert again.pids != first.pids
    assert status(folder) == again


def test_three_nodes_run_and_one_comes_back(folder: Path) -> None:
    info = start(3, port=0, data_dir=folder)
    assert len(info.pids) == info.nodes == len(info.bootstrap.split(",")) == 3
    kill_node(info, 2)
    left = status(folder)
    assert left is not None
    assert left.pids == (info.pids[0], info.pids[2])
    back = restart_node(info, 2)
    assert (back.pids[0], back.pids[2]) == (info.pids[0], info.pids[2])
    assert back.pids[1] != info.pids[1]


def test_start_brings_back_the_nodes_that_fell(folder: Path) -> None:
    info = start(3, port=0, data_dir=folder)
    kill_node(info, 3)
    assert len(start(3, port=0, data_dir=folder).pids) == 3


def test_a_node_that_cannot_return_does_not_take_the_others_along(
    folder: Path, tmp_path: Path
) -> None:
    info = start(3, port=0, data_dir=folder)
    kill_node(info, 3)
    fake(tmp_path, end_at_once=True)
    with pytest.raises(BrokerError, match=r"^Node 3 .* ended before it served: ERROR out of luck"):
        restart_node(info, 3)
    left = status(folder)
    assert left is not None
    assert left.pids == info.pids[:2]


@pytest.mark.parametrize("number", [0, 2, -1])
def test_there_is_no_such_node(folder: Path, number: int) -> None:
    info = start(port=0, data_dir=folder)
    for act in (kill_node, restart_node):
        with pytest.raises(BrokerError, match=r"^The broker has nodes 1 to 1, not .*\.$"):
            act(info, number)


def test_a_given_broker_loses_no_node() -> None:
    with pytest.raises(BrokerError, match=r"^Only a broker that was started here.*\.$"):
        kill_node(BrokerInfo("127.0.0.1:9", "given", 1, ()), 1)


def test_a_node_that_ends_at_once_says_why_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    fake(tmp_path, end_at_once=True)
    with pytest.raises(BrokerError, match=r"ERROR out of luck \(see .*node-1\.log\)\.$"):
        start(port=0, data_dir=folder)
    assert status(folder) is None
    assert state.load(folder) is None


def test_a_failed_format_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    fake(tmp_path, format_code=1)
    with pytest.raises(BrokerError, match=r"node 1 could not be formatted: .*format\.log\)\.$"):
        start(port=0, data_dir=folder)


def test_a_node_that_never_serves_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.broker.ready.ask", lambda *_: None)
    monkeypatch.setattr("gateway.broker.local.READY_LIMIT_S", 0.3)
    with pytest.raises(BrokerError, match=r"did not serve within 0 s: .*\.$"):
        start(port=0, data_dir=folder)
    assert status(folder) is None


@pytest.mark.parametrize("offset", [0, 10], ids=["client port", "controller port"])
def test_a_port_in_use_is_named(folder: Path, offset: int) -> None:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        expected = rf"^Port {port} on 127\.0\.0\.1 is in use by another program; .*\.$"
        with pytest.raises(BrokerError, match=expected):
            start(port=port - offset, data_dir=folder)
    assert state.load(folder) is None


@pytest.mark.parametrize("port", [-1, 65_501, 100_000])
def test_a_port_that_cannot_be_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(BrokerError, match=rf"^Port {port} cannot be used; .*\.$"):
        start(port=port, data_dir=tmp_path)


@pytest.mark.parametrize("nodes", [0, 2, 5])
def test_other_numbers_of_nodes_are_refused(tmp_path: Path, nodes: int) -> None:
    with pytest.raises(BrokerError, match=rf"^A local Kafka has 1 or 3 nodes, not {nodes}\.$"):
        start(nodes, data_dir=tmp_path)


def test_a_folder_with_a_comma_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="choose one without a comma"):
        start(data_dir=tmp_path / "a,b")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokerError, match=r"cannot be made \(.*\); choose another\.$"):
        start(data_dir=tmp_path / "file" / "kafka")


def node_folder(data_dir: Path) -> Path:
    return data_dir / "node-1" / "data"


def test_half_a_format_is_done_again(folder: Path) -> None:
    """A folder without meta.properties was never in use, so nothing is lost."""
    node_folder(folder).mkdir(parents=True)
    (node_folder(folder) / "bootstrap.checkpoint").write_text("half")
    (node_folder(folder) / "__cluster_metadata-0").mkdir()
    start(port=0, data_dir=folder)
    assert [path.name for path in node_folder(folder).iterdir()] == ["meta.properties"]


def test_topics_without_meta_properties_are_not_touched(folder: Path) -> None:
    (node_folder(folder) / "fk.out.referral-0").mkdir(parents=True)
    with pytest.raises(BrokerError, match=r"holds topics but no meta\.properties, .*\.$"):
        start(port=0, data_dir=folder)
    assert (node_folder(folder) / "fk.out.referral-0").is_dir()


def test_data_of_another_kafka_are_not_touched(folder: Path) -> None:
    node_folder(folder).mkdir(parents=True)
    meta = node_folder(folder) / "meta.properties"
    meta.write_text("cluster.id=other\nnode.id=1\n")
    with pytest.raises(BrokerError, match=r"holds the data of another Kafka; .*\.$"):
        start(port=0, data_dir=folder)
    assert meta.read_text() == "cluster.id=other\nnode.id=1\n"


def test_another_kafka_on_the_port_is_told_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its cluster id is not the one that was started."""
    monkeypatch.setattr("gateway.broker.local.check_ports", lambda _: None)
    other = start(port=0, data_dir=folder)
    second = folder.parent / "second"
    try:
        with pytest.raises(BrokerError, match=r"is answered by another Kafka; .*\.$"):
            start(port=int(other.bootstrap.split(":")[1]), data_dir=second)
        assert status(second) is None
    finally:
        stop(second)


def test_a_java_that_cannot_be_executed_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(processes, "spawn", refuse)
    with pytest.raises(BrokerError, match=r"^Java could not be started \(Cannot allocate .*\.$"):
        start(port=0, data_dir=folder)


def test_a_given_broker_is_asked_and_nothing_is_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap = f"127.0.0.1:1,{start(port=0, data_dir=folder).bootstrap}"
    monkeypatch.setenv("SAMVERKAN_BOOTSTRAP_SERVERS", f" {bootstrap} ")
    given = BrokerInfo(bootstrap, "given", 1, ())
    assert start(data_dir=folder.parent / "unused") == given
    assert status(folder.parent / "unused") == given
    with local_kafka() as info:
        assert info == given
    assert not (folder.parent / "unused").exists()
    assert start(port=0, data_dir=folder, prefer="jars").kind == "jars", "asked for by name"


def test_a_given_broker_that_is_silent_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMVERKAN_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setattr("gateway.broker.local.GIVEN_LIMIT_S", 0.0)
    expected = (
        r"^No Kafka answers at 127\.0\.0\.1:1, which SAMVERKAN_BOOTSTRAP_SERVERS names; .*\.$"
    )
    with pytest.raises(BrokerError, match=expected):
        start()
    with pytest.raises(BrokerError, match=expected):
        status()


def test_an_ephemeral_broker_leaves_nothing(folder: Path) -> None:
    with local_kafka() as info:
        assert info.data_dir is not None
        assert info.data_dir != folder
        cluster = state.load(info.data_dir)
        assert isinstance(cluster, Cluster)
        assert cluster.guard_pid is not None
        guard_pid = cluster.guard_pid
        assert (cluster.heap, cluster.quick) == ("512m", True)
    assert not info.data_dir.exists()
    for pid in (*info.pids, guard_pid):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_an_error_inside_the_block_ends_the_broker_too(folder: Path) -> None:
    with pytest.raises(ValueError, match="inside"), local_kafka() as info:
        raise ValueError("inside")
    assert info.data_dir is not None
    assert not info.data_dir.exists()


def test_a_lasting_broker_has_a_full_compiler_and_a_gigabyte(folder: Path) -> None:
    start(port=0, data_dir=folder)
    cluster = state.load(folder)
    assert cluster is not None
    assert (cluster.heap, cluster.quick, cluster.guard_pid) == ("1g", False, None)
    command = Runtime("java", Path("/libs")).node_command(
        heap="1g", quick=False, log=Path("/l.log"), mark=jars.mark(folder, Node(1, 1, 2))
    )
    assert "-Xmx1g" in command
    assert not [word for word in command if "TieredStopAtLevel" in word]
    assert "/libs/*" in command
