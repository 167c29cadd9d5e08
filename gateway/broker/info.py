"""What a local broker is, as plain data, and the one error that this package raises.

Rule: every ``BrokerError`` is one sentence that says what is wrong and what to do about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

KAFKA_VERSION = "4.3.1"
DEFAULT_PORT = 19092
DEFAULT_DATA_DIR = Path(".samverkan/kafka")

Kind = Literal["given", "docker", "jars"]
Prefer = Literal["auto", "docker", "jars"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class BrokerError(Exception):
    """A local broker could not be started, found or stopped; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class BrokerInfo:
    """A broker that answers.

    ``bootstrap`` is a comma separated list of ``host:port``; ``pids`` are the process ids of the
    nodes that run on this machine (empty for a given broker and for Docker); ``data_dir`` is None
    for a given broker.
    """

    bootstrap: str
    kind: Kind
    nodes: int
    pids: tuple[int, ...]
    data_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One broker+controller: its number (from 1), its ports, and what runs it (None: nothing)."""

    number: int
    port: int
    controller_port: int
    pid: int | None = None
    container: str | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Everything that is fixed when a broker is first started in a data folder."""

    kind: Kind
    cluster_id: str
    nodes: tuple[Node, ...]
    heap: str
    quick: bool
    extra: tuple[tuple[str, str], ...] = ()
    guard_pid: int | None = None

    @property
    def bootstrap(self) -> str:
        """The client addresses of all nodes."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)


class Runner(Protocol):
    """What runs nodes: the modules ``jars`` and ``docker`` are the two of this kind."""

    def start_nodes(self, data_dir: Path, cluster: Cluster) -> Cluster:
        """Start every node that does not run, without waiting for it; the nodes as they run now."""

    def is_running(self, data_dir: Path, node: Node) -> bool:
        """Whether the node's process lives."""

    def stop_nodes(self, data_dir: Path, cluster: Cluster, grace_s: float) -> None:
        """End all nodes, with up to ``grace_s`` seconds to close their files (0: none)."""

    def kill_node(self, data_dir: Path, node: Node) -> None:
        """End one node as a power cut would."""

    def last_words(self, data_dir: Path, node: Node) -> str:
        """Why a node ended, as far as it said so, and where to read more; no full stop."""
