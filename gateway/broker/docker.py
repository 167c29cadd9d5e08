"""Runs the nodes of a local Kafka as containers of the official image, with testcontainers.

Rules: Docker is used only if its engine answers at once; the client ports are bound to the
loopback address only, as nobody has to sign in; the containers outlive the command that started
them, so testcontainers' reaper is not used, and ``stop`` removes them with their data.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gateway.broker.info import KAFKA_VERSION, BrokerError, Cluster, Node
from gateway.broker.settings import common_settings

if TYPE_CHECKING:
    from testcontainers.core.docker_client import DockerClient

IMAGE = f"apache/kafka:{KAFKA_VERSION}"
_ENGINE_LIMIT_S = 2.0
_INTERNAL_PORT = 9091
_CONTROLLER_PORT = 9090
_SOCKETS = ("/var/run/docker.sock", "~/.docker/run/docker.sock")


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a local socket file."""

    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=_ENGINE_LIMIT_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket file instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_ENGINE_LIMIT_S)
        self.sock.connect(self._path)


def engine_answers() -> bool:
    """Whether a Docker engine answers within 2 s; asked without loading Docker's libraries."""
    named = os.environ.get("DOCKER_HOST", "")
    found = next((p for p in (Path(s).expanduser() for s in _SOCKETS) if p.exists()), None)
    address = urlsplit(named or f"unix://{found or ''}")
    link: http.client.HTTPConnection
    if address.scheme == "unix" and address.path:
        link = _UnixConnection(address.path)
    elif address.scheme in {"tcp", "http"} and address.hostname:
        link = http.client.HTTPConnection(
            address.hostname, address.port or 2375, timeout=_ENGINE_LIMIT_S
        )
    else:
        return False
    try:
        link.request("GET", "/_ping")
        return link.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def environment(cluster: Cluster, node: Node) -> dict[str, str]:
    """The environment of one node's container, from which the image writes its settings."""
    voters = (f"{peer.number}@{_name(cluster, peer)}:{_CONTROLLER_PORT}" for peer in cluster.nodes)
    settings = {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "controller.quorum.voters": ",".join(voters),
        "listeners": f"PLAINTEXT://:{node.port},INTERNAL://:{_INTERNAL_PORT},"
        f"CONTROLLER://:{_CONTROLLER_PORT}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{node.port},"
        f"INTERNAL://{_name(cluster, node)}:{_INTERNAL_PORT}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "INTERNAL",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,"
        "CONTROLLER:PLAINTEXT",
        "log.dirs": "/var/lib/kafka/data",
        **common_settings(len(cluster.nodes)),
        **dict(cluster.extra),
    }
    return {
        "CLUSTER_ID": cluster.cluster_id,
        "KAFKA_HEAP_OPTS": f"-Xmx{cluster.heap}",
        **{_variable(name): value for name, value in settings.items()},
    }


def start_nodes(data_dir: Path, cluster: Cluster) -> Cluster:
    """Start every node that does not run; the result holds the container names."""
    named = replace(
        cluster,
        nodes=tuple(replace(node, container=_name(cluster, node)) for node in cluster.nodes),
    )
    created: list[Node] = []
    try:
        client = _client()
        if not client.client.networks.list(names=[_network(cluster)]):
            client.client.networks.create(_network(cluster))
        for node in named.nodes:
            found = _container(node)
            if found is not None:
                found.start()  # a running one stays as it is
                continue
            created.append(node)
            client.run(
                IMAGE,
                detach=True,
                name=node.container,
                network=_network(cluster),
                environment=environment(cluster, node),
                ports={f"{node.port}/tcp": ("127.0.0.1", node.port)},
            )
    except Exception as error:
        stop_nodes(data_dir, replace(named, nodes=tuple(created)), 0.0)
        told = (str(error) or type(error).__name__).splitlines()[0][:200].rstrip(".")
        raise BrokerError(
            f"Docker could not start {IMAGE} ({told}); check that the image can be pulled, or end "
            "Docker to use Java instead."
        ) from error
    return named


def is_running(data_dir: Path, node: Node) -> bool:
    """Whether this node's container runs."""
    _ = data_dir  # here and below: the data stay in the containers
    found = _container(node)
    return found is not None and found.status == "running"


def stop_nodes(data_dir: Path, cluster: Cluster, grace_s: float) -> None:
    """Stop and remove the containers of these nodes, and the network once it is empty."""
    _ = data_dir
    for node in cluster.nodes:
        found = _container(node)
        if found is not None:
            if grace_s > 0:
                found.stop(timeout=int(grace_s))
            found.remove(force=True, v=True)
    if any(node.container for node in cluster.nodes) and engine_answers():
        for network in _client().client.networks.list(names=[_network(cluster)]):
            network.reload()
            if not network.containers:
                network.remove()


def kill_node(data_dir: Path, node: Node) -> None:
    """SIGKILL for one node's container."""
    _ = data_dir
    found = _container(node)
    if found is not None and found.status == "running":
        found.kill()


def last_words(data_dir: Path, node: Node) -> str:
    """The last lines of a container's log."""
    _ = data_dir
    found = _container(node)
    lines = [] if found is None else found.logs(tail=3).decode(errors="replace").splitlines()
    return (" / ".join(lines)[:300] or "it left no message").rstrip(".")


@lru_cache(maxsize=1)
def _client() -> DockerClient:
    # Loaded here, because Docker's libraries take longer to load than a status takes to answer.
    from testcontainers.core.docker_client import DockerClient  # noqa: PLC0415 - slow to load

    return DockerClient()


def _container(node: Node) -> Any:
    """Docker's object for a node; None when it has no container, or no engine answers any more."""
    if node.container is None or not engine_answers():
        return None
    listed = _client().client.containers.list(all=True, filters={"name": node.container})
    return next((found for found in listed if found.name == node.container), None)


def _name(cluster: Cluster, node: Node) -> str:
    """The container's name, which is its host name for the other nodes as well."""
    return f"{_network(cluster)}-{node.number}"


def _network(cluster: Cluster) -> str:
    """A name made of the cluster id, in the letters that a host name may have."""
    return f"samverkan-{hashlib.sha256(cluster.cluster_id.encode()).hexdigest()[:12]}"


def _variable(setting: str) -> str:
    """The image's name for a setting: dots become one line, lines two, dashes three."""
    return "KAFKA_" + setting.replace("_", "__").replace("-", "___").replace(".", "_").upper()
