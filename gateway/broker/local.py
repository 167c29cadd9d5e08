"""Start, stop and watch a local real Kafka: given, else in Docker, else from Maven Central jars.

Rules: a start that finds the broker running returns it, and refuses to pass it off as one with
other settings; a start that fails leaves no process behind; whatever ``start`` returns has
answered a request. One command at a time works on a data folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gateway.broker import docker, jars, state
from gateway.broker.info import (
    DEFAULT_DATA_DIR,
    DEFAULT_PORT,
    BrokerError,
    BrokerInfo,
    Cluster,
    Kind,
    Node,
    Prefer,
)
from gateway.broker.java import find_runtime
from gateway.broker.probe import ask, free_ports
from gateway.broker.settings import checked_extra

GIVEN = "SAMVERKAN_BOOTSTRAP_SERVERS"
_GIVEN_LIMIT_S = 10.0
_CONTROLLER_OFFSET = 10


def start(
    nodes: int = 1,
    port: int = DEFAULT_PORT,
    data_dir: Path = DEFAULT_DATA_DIR,
    prefer: Prefer = "auto",
    *,
    extra: Mapping[str, str] | None = None,
    heap: str | None = None,
    quick: bool | None = None,
    ephemeral: bool = False,
) -> BrokerInfo:
    """Start a Kafka of 1 or 3 nodes, or return the one that runs already.

    Args:
        nodes: 1 or 3; node *n* listens on ``port`` + *n* - 1.
        port: the first client port; controllers listen ten ports higher.
        data_dir: data, logs and state; relative to the current folder.
        prefer: "auto" (given, Docker, jars), or only "docker" or "jars"; these two pass over a
            given broker.
        extra: further broker settings by Kafka's names; they win over ours.
        heap: Java's -Xmx per node; 1g for one lasting node, else 512m.
        quick: start sooner, run slower; by default only when ephemeral.
        ephemeral: free ports and a new temporary folder; ``port`` and ``data_dir`` are not used.

    Raises:
        BrokerError: one sentence on what is missing, in use or broken.
    """
    if nodes not in {1, 3}:
        raise BrokerError(f"A local Kafka has 1 or 3 nodes, not {nodes}.")
    settings = checked_extra(extra)
    if prefer == "auto" and os.environ.get(GIVEN, "").strip():
        return _given()
    kind: Kind = _kind(prefer)
    if ephemeral:
        folder = Path(tempfile.mkdtemp(prefix="samverkan-kafka-"))
        ports = free_ports(2 * nodes)
    else:
        folder = _made(data_dir)
        ports = [port + i for i in range(nodes)]
        ports += [port + _CONTROLLER_OFFSET + i for i in range(nodes)]
    if min(ports) < 1 or max(ports) > 65_535:
        raise BrokerError(f"Port {port} leaves no room for the broker's ports; choose 1024-65000.")
    with state.exclusive(folder / "lock"):
        wanted = Cluster(
            kind=kind,
            cluster_id=state.cluster_id(folder, nodes),
            nodes=tuple(Node(i + 1, ports[i], ports[nodes + i]) for i in range(nodes)),
            heap=heap or ("1g" if nodes == 1 and not ephemeral else "512m"),
            quick=ephemeral if quick is None else quick,
            extra=settings,
        )
        return _bring_up(folder, wanted)


def stop(data_dir: Path = DEFAULT_DATA_DIR, *, remove: bool = False) -> bool:
    """End the broker of this folder; whether one ran. ``remove`` deletes the folder as well."""
    folder = data_dir.absolute()
    if not folder.is_dir():
        return False
    with state.exclusive(folder / "lock"):
        cluster = state.load(folder)
        ran = cluster is not None and bool(_running(folder, cluster))
        if cluster is not None:
            _take_down(folder, cluster)
        if remove:
            shutil.rmtree(folder)
    return ran


def status(data_dir: Path = DEFAULT_DATA_DIR) -> BrokerInfo | None:
    """The given broker, or the one of this folder if at least one node runs; None: nothing runs.

    Raises:
        BrokerError: a given broker does not answer.
    """
    if os.environ.get(GIVEN, "").strip():
        return _given()
    folder = data_dir.absolute()
    cluster = state.load(folder)
    if cluster is None or not _running(folder, cluster):
        return None
    return _info(folder, cluster)


def kill_node(info: BrokerInfo, number: int) -> None:
    """SIGKILL for one node, for fault tests."""
    folder, cluster, node = _node(info, number)
    if cluster.kind == "docker":
        docker.kill_node(node)
    else:
        jars.kill_node(folder, node)


def restart_node(info: BrokerInfo, number: int) -> BrokerInfo:
    """Start a killed node again and wait until all nodes serve; the new process ids."""
    folder, _, _ = _node(info, number)
    with state.exclusive(folder / "lock"):
        _, cluster, _ = _node(info, number)
        return _bring_up(folder, cluster)


@contextmanager
def local_kafka(
    nodes: int = 1,
    prefer: Prefer = "auto",
    *,
    extra: Mapping[str, str] | None = None,
    heap: str | None = None,
    quick: bool | None = None,
) -> Iterator[BrokerInfo]:
    """A broker for the length of a ``with`` block: given, or an own one that leaves nothing."""
    info = start(nodes, prefer=prefer, extra=extra, heap=heap, quick=quick, ephemeral=True)
    try:
        yield info
    finally:
        if info.data_dir is not None:
            stop(info.data_dir, remove=True)


def _given() -> BrokerInfo:
    """The broker named in the environment, once it answers."""
    bootstrap = os.environ[GIVEN].strip()
    deadline = time.monotonic() + _GIVEN_LIMIT_S
    while True:
        for address in bootstrap.split(","):
            answer = ask(address, timeout_s=2.0)
            if answer is not None and answer.nodes:
                return BrokerInfo(bootstrap, "given", len(answer.nodes), ())
        if time.monotonic() >= deadline:
            raise BrokerError(
                f"No Kafka answers at {bootstrap}, which {GIVEN} names; start it or unset "
                "the variable."
            )
        time.sleep(0.2)


def _kind(prefer: Prefer) -> Kind:
    if prefer == "jars":
        return "jars"
    if docker.engine_answers():
        return "docker"
    if prefer == "docker":
        raise BrokerError("No Docker engine answers; start Docker, or leave the choice open.")
    return "jars"


def _made(data_dir: Path) -> Path:
    folder = data_dir.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrokerError(
            f"The data folder {folder} cannot be made ({error.strerror}); choose another."
        ) from error
    return folder


def _bring_up(folder: Path, wanted: Cluster) -> BrokerInfo:
    """Start what does not run yet, wait until all serve; on any failure end what was started."""
    known = state.load(folder)
    if known is not None and _running(folder, known):
        if _without_runners(known) != _without_runners(wanted):
            raise BrokerError(
                f"A local Kafka with other settings runs at {known.bootstrap}; stop it first, or "
                "choose another data folder."
            )
        wanted = known
    try:
        if wanted.kind == "docker":
            wanted = docker.start_nodes(folder, wanted)
        else:
            wanted = jars.start_nodes(find_runtime(), folder, wanted)
        state.save(folder, wanted)
        jars.wait_ready(folder, wanted)
    except BaseException:
        _take_down(folder, wanted)
        raise
    return _info(folder, wanted)


def _without_runners(cluster: Cluster) -> Cluster:
    nodes = tuple(replace(node, pid=None, container=None) for node in cluster.nodes)
    return replace(cluster, nodes=nodes)


def _running(folder: Path, cluster: Cluster) -> list[Node]:
    runs = docker.is_running if cluster.kind == "docker" else jars.is_running
    return [node for node in cluster.nodes if runs(folder, node)]


def _take_down(folder: Path, cluster: Cluster) -> None:
    if cluster.kind == "docker":
        docker.stop_nodes(folder, cluster)
    else:
        jars.stop_nodes(folder, cluster)
    state.forget(folder)


def _info(folder: Path, cluster: Cluster) -> BrokerInfo:
    pids = tuple(node.pid for node in _running(folder, cluster) if node.pid is not None)
    return BrokerInfo(cluster.bootstrap, cluster.kind, len(cluster.nodes), pids, folder)


def _node(info: BrokerInfo, number: int) -> tuple[Path, Cluster, Node]:
    cluster = None if info.data_dir is None else state.load(info.data_dir)
    if info.data_dir is None or cluster is None:
        raise BrokerError("Only a broker that was started here can lose a node.")
    for node in cluster.nodes:
        if node.number == number:
            return info.data_dir, cluster, node
    raise BrokerError(f"The broker has nodes 1 to {len(cluster.nodes)}, not {number}.")
