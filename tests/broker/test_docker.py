"""Docker is used only when its engine answers, and is told the same as Java would be.

The engine itself is played here: what is checked is what we ask of it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.broker import docker, kill_node, restart_node, start, state, status, stop
from gateway.broker.info import BrokerError, Cluster, Node

# The folder's conftest silences the engine for all other tests.
really_answers = docker.engine_answers


@dataclass
class _Container:
    name: str
    engine: _Engine
    asked: dict[str, Any]
    status: str = "running"

    def start(self) -> None:
        self.status = "running"

    def stop(self, timeout: int) -> None:
        self.engine.calls.append(f"stop {timeout}")
        self.status = "exited"

    def kill(self) -> None:
        self.status = "exited"

    def remove(self, *, force: bool, v: bool) -> None:
        assert force
        assert v
        del self.engine.running[self.name]

    def logs(self, tail: int) -> bytes:
        return b"\n".join([b"zeroth", b"first", b"ERROR no luck"][-tail:])


@dataclass
class _Network:
    name: str
    engine: _Engine

    def reload(self) -> None: ...

    @property
    def containers(self) -> list[_Container]:
        return list(self.engine.running.values())

    def remove(self) -> None:
        self.engine.nets.remove(self)


@dataclass
class _Engine:
    """As much of testcontainers' client as we use; ``fails_at`` refuses the n-th container."""

    running: dict[str, _Container] = field(default_factory=dict)
    nets: list[_Network] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fails_at: int | None = None

    @property
    def client(self) -> _Engine:
        return self

    @property
    def networks(self) -> _Networks:
        return _Networks(self)

    @property
    def containers(self) -> _Engine:
        return self

    def run(self, image: str, **asked: Any) -> None:
        if self.fails_at == len(self.running) + 1:
            raise RuntimeError("pull access denied.\nmore lines")
        assert image == "apache/kafka:4.3.1"
        assert any(net.name == asked["network"] for net in self.nets)
        self.running[asked["name"]] = _Container(asked["name"], self, asked)

    def list(self, *, all: bool, filters: dict[str, str]) -> list[_Container]:  # noqa: A002  Docker calls it so
        assert all
        return [found for name, found in self.running.items() if filters["name"] in name]


@dataclass
class _Networks:
    engine: _Engine

    def list(self, names: list[str]) -> list[_Network]:
        return [net for net in self.engine.nets if net.name in names]

    def create(self, name: str) -> None:
        self.engine.nets.append(_Network(name, self.engine))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> _Engine:
    """An engine that answers, and brokers that serve once their container runs."""
    fake = _Engine()
    monkeypatch.setattr(docker, "engine_answers", lambda: True)
    monkeypatch.setattr(docker, "_client", lambda: fake)
    monkeypatch.setattr(
        "gateway.broker.ready._serves",
        lambda _, node: fake.running[node.container].status == "running",
    )
    return fake


def test_three_nodes_find_each_other_by_name_and_clients_by_loopback(
    engine: _Engine, tmp_path: Path
) -> None:
    info = start(3, port=0, data_dir=tmp_path, prefer="docker", extra={"message.max.bytes": "9"})
    assert (info.kind, info.nodes, info.pids) == ("docker", 3, ())
    names = list(engine.running)
    assert len(set(names)) == 3
    voters = ",".join(f"{i}@{name}:9090" for i, name in enumerate(names, 1))
    for address, (name, container) in zip(
        info.bootstrap.split(","), engine.running.items(), strict=True
    ):
        port = int(address.split(":")[1])
        told = container.asked["environment"]
        assert container.asked["ports"] == {f"{port}/tcp": ("127.0.0.1", port)}
        assert told["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
        assert told["KAFKA_ADVERTISED_LISTENERS"] == (
            f"PLAINTEXT://127.0.0.1:{port},INTERNAL://{name}:9091"
        )
        assert told["KAFKA_INTER_BROKER_LISTENER_NAME"] == "INTERNAL"
        assert told["KAFKA_TRANSACTION_STATE_LOG_MIN_ISR"] == "2"
        assert told["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
        assert told["KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS"] == "500"
        assert told["KAFKA_MESSAGE_MAX_BYTES"] == "9"
        assert told["KAFKA_HEAP_OPTS"] == "-Xmx512m"
    assert start(3, port=0, data_dir=tmp_path, extra={"message.max.bytes": "9"}) == info


def test_stop_removes_containers_and_network(engine: _Engine, tmp_path: Path) -> None:
    start(3, port=0, data_dir=tmp_path)
    assert stop(tmp_path)
    assert (engine.running, engine.nets) == ({}, [])
    assert engine.calls == ["stop 15"] * 3
    assert status(tmp_path) is None


def test_a_passing_broker_is_removed_without_grace(engine: _Engine, tmp_path: Path) -> None:
    info = start(ephemeral=True)
    assert info.data_dir is not None
    assert stop(info.data_dir, remove=True)
    assert (engine.running, engine.calls) == ({}, [])


def test_a_killed_container_comes_back_with_its_data(engine: _Engine, tmp_path: Path) -> None:
    info = start(3, port=0, data_dir=tmp_path)
    before = dict(engine.running)
    kill_node(info, 2)
    assert [found.status for found in engine.running.values()] == ["running", "exited", "running"]
    restart_node(info, 2)
    assert engine.running == before


@pytest.mark.parametrize("nth", [1, 3])
def test_a_container_that_cannot_start_takes_its_siblings_along(
    engine: _Engine, tmp_path: Path, nth: int
) -> None:
    engine.fails_at = nth
    with pytest.raises(BrokerError, match=r"^Docker could not start apache/kafka:4\.3\.1 \(pull "):
        start(3, port=0, data_dir=tmp_path)
    assert (engine.running, engine.nets) == ({}, [])
    assert state.load(tmp_path) is None


def test_the_last_words_of_a_container_are_told(engine: _Engine, tmp_path: Path) -> None:
    start(port=0, data_dir=tmp_path)
    cluster = state.load(tmp_path)
    assert cluster is not None
    assert docker.last_words(tmp_path, cluster.nodes[0]) == "zeroth / first / ERROR no luck"
    assert docker.last_words(tmp_path, Node(9, 1, 2)) == "it left no message"


def test_a_state_of_an_engine_that_is_gone_is_passed_over(
    engine: _Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(port=0, data_dir=tmp_path)
    monkeypatch.setattr(docker, "engine_answers", lambda: False)
    assert status(tmp_path) is None


def test_docker_by_name_needs_an_engine(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"^No Docker engine answers; .*\.$"):
        start(data_dir=tmp_path, prefer="docker")


def test_settings_become_the_images_variables() -> None:
    one = Cluster("docker", "c", (Node(1, 5, 6),), "1g", quick=False, extra=(("a.b-c_d", "x"),))
    assert docker.environment(one, one.nodes[0])["KAFKA_A_B___C__D"] == "x"


@pytest.fixture
def engine_socket(tmp_path: Path) -> Iterator[Callable[[bytes | None], str]]:
    """Makes a local socket that gives one answer (None: none ever); returns its address."""
    servers: list[socket.socket] = []

    def serve(answer: bytes | None) -> str:
        path = tmp_path / "engine.sock"
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(path))
        server.listen()
        servers.append(server)

        def reply() -> None:
            link, _ = server.accept()
            with link:
                assert link.recv(1000).startswith(b"GET /_ping ")
                if answer is not None:
                    link.sendall(answer)
                else:
                    link.recv(1)  # until the other end has had enough

        threading.Thread(target=reply, daemon=True).start()
        return f"unix://{path}"

    yield serve
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", True),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", False),
        (b"what?", False),
        (b"", False),
    ],
)
def test_only_an_engine_that_says_ok_counts(
    engine_socket: Callable[[bytes | None], str],
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
    expected: bool,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine_socket(answer))
    assert really_answers() is expected


def test_a_silent_engine_is_given_up_after_two_seconds(
    engine_socket: Callable[[bytes | None], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert docker._ENGINE_LIMIT_S == 2.0
    monkeypatch.setattr(docker, "_ENGINE_LIMIT_S", 0.1)
    monkeypatch.setenv("DOCKER_HOST", engine_socket(None))
    assert not really_answers()


@pytest.mark.parametrize("host", ["tcp://127.0.0.1:1", "ssh://somewhere", "unix:///no/such.sock"])
def test_where_no_engine_is_none_answers(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert not really_answers()


def test_without_any_socket_there_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(docker, "_SOCKETS", ("/no/such.sock",))
    assert not really_answers()
