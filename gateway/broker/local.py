"""Start, stop and watch a local real Kafka: given, else in Docker, else from Maven Central jars.

Rules: a start that finds the broker running returns it, and refuses to pass it off as one with
other settings; a start that fails ends what it started; whatever ``start`` returns has answered a
request. One command at a time works on a data folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gateway.broker import docker, guard, jars, processes, state
from gateway.broker.info import (
    DEFAULT_DATA_DIR,
    DEFAULT_PORT,
    BrokerError,
    BrokerInfo,
    Cluster,
    Kind,
    Node,
    Prefer,
    Runner,
)
from gateway.broker.probe import free_ports
from gateway.broker.ready import GIVEN_LIMIT_S, READY_LIMIT_S, check_ports, given, wait_ready
from gateway.broker.settings import checked_extra

GIVEN = "SAMVERKAN_BOOTSTRAP_SERVERS"
STOP_GRACE_S = 15.0
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
    owner_pid: int | None = None,
    ephemeral: bool = False,
) -> BrokerInfo:
    """Start a Kafka of 1 or 3 nodes, or return the one that runs already in ``data_dir``.

    Args:
        nodes: 1 or 3; node *n* listens on ``port`` + *n* - 1.
        port: the first client port; controllers listen ten ports higher; 0: any free ports.
        data_dir: data, logs and state; relative to the current folder.
        prefer: "auto" (given, Docker, jars), or only "docker" or "jars"; these two pass over a
            given broker.
        extra: further broker settings by Kafka's names; they win over ours.
        heap: Java's -Xmx per node; by default 1g for one lasting node, else 512m.
        quick: start sooner, run slower; by default only when ephemeral.
        owner_pid: the broker and its folder end when this process does.
        ephemeral: a new temporary folder, free ports, and the caller as owner.

    Raises:
        BrokerError: one sentence on what is missing, in use or broken.
    """
    if nodes not in {1, 3}:
        raise BrokerError(f"A local Kafka has 1 or 3 nodes, not {nodes}.")
    settings = checked_extra(extra)
    if prefer == "auto" and (named := os.environ.get(GIVEN, "").strip()):
        return given(named, GIVEN, GIVEN_LIMIT_S)
    kind = _kind(prefer)
    if ephemeral:
        data_dir = Path(tempfile.mkdtemp(prefix="samverkan-kafka-"))
        port, owner_pid = 0, owner_pid or os.getpid()
    folder = _made(data_dir)
    try:
        with state.exclusive(folder / "lock"):
            return _start_in(
                folder,
                Cluster(
                    kind=kind,
                    cluster_id=state.cluster_id(folder, nodes),
                    nodes=_layout(port, nodes),
                    heap=heap or ("1g" if nodes == 1 and not ephemeral else "512m"),
                    quick=ephemeral if quick is None else quick,
                    extra=settings,
                ),
                ports_matter=port != 0,
                owner_pid=owner_pid,
            )
    except BrokerError:
        if ephemeral and not any((folder / "logs").iterdir()):
            shutil.rmtree(folder)  # what has logs is kept: the error points to them
        raise


def stop(data_dir: Path = DEFAULT_DATA_DIR, *, remove: bool = False) -> bool:
    """End the broker of this folder; whether one ran. ``remove`` deletes the folder as well."""
    folder = data_dir.absolute()
    if not folder.is_dir():
        return False
    with state.exclusive(folder / "lock"):
        cluster = state.load(folder)
        if cluster is not None:
            ran = bool(_running(folder, cluster))
            _runner(cluster.kind).stop_nodes(folder, cluster, 0.0 if remove else STOP_GRACE_S)
            state.forget(folder)
            if cluster.guard_pid is not None and cluster.guard_pid != os.getpid():
                processes.kill(cluster.guard_pid, guard.mark(folder))
        if remove:
            shutil.rmtree(folder)
    return cluster is not None and ran


def status(data_dir: Path = DEFAULT_DATA_DIR) -> BrokerInfo | None:
    """The given broker, or the one of this folder if at least one node runs; None: nothing runs.

    Raises:
        BrokerError: a given broker does not answer.
    """
    if named := os.environ.get(GIVEN, "").strip():
        return given(named, GIVEN, GIVEN_LIMIT_S)
    folder = data_dir.absolute()
    cluster = _known(folder)
    return None if cluster is None else _info(folder, cluster)


def kill_node(info: BrokerInfo, number: int) -> None:
    """SIGKILL for node ``number`` (from 1), for fault tests."""
    folder, cluster = _started(info)
    _runner(cluster.kind).kill_node(folder, _node(cluster, number))


def restart_node(info: BrokerInfo, number: int) -> BrokerInfo:
    """Start a killed node again and wait until all nodes serve; ``pids`` are the new ones."""
    folder, cluster = _started(info)
    _node(cluster, number)
    with state.exclusive(folder / "lock"):
        return _bring_up(folder, _started(info)[1])


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


def _kind(prefer: Prefer) -> Kind:
    if prefer == "jars":
        return "jars"
    if docker.engine_answers():
        return "docker"
    if prefer == "docker":
        raise BrokerError("No Docker engine answers; start Docker, or leave the choice open.")
    return "jars"


def _layout(port: int, nodes: int) -> tuple[Node, ...]:
    """The nodes and their ports: the named one and those after it, or free ones for 0."""
    if port == 0:
        free = free_ports(2 * nodes)
        return tuple(Node(i + 1, free[i], free[nodes + i]) for i in range(nodes))
    if not 1 <= port <= 65_500:
        raise BrokerError(f"Port {port} cannot be used; choose one from 1024 to 65500.")
    return tuple(Node(i + 1, port + i, port + _CONTROLLER_OFFSET + i) for i in range(nodes))


def _made(data_dir: Path) -> Path:
    folder = data_dir.absolute()
    if "," in str(folder):
        raise BrokerError(f"Kafka takes {folder} for two folders; choose one without a comma.")
    try:
        (folder / "logs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrokerError(
            f"The data folder {folder} cannot be made ({error.strerror}); choose another."
        ) from error
    return folder


def _start_in(
    folder: Path, wanted: Cluster, *, ports_matter: bool, owner_pid: int | None
) -> BrokerInfo:
    """Bring up what runs here already, if it is what is wanted, else what is wanted."""
    known = _known(folder)
    if known is not None:
        _check_same(known, wanted, ports_matter=ports_matter)
        return _bring_up(folder, known)
    info = _bring_up(folder, wanted)
    if owner_pid is not None:
        _set_guard(folder, owner_pid)
    return info


def _known(folder: Path) -> Cluster | None:
    """What runs in this folder, at least in part; a state left by a dead broker is passed over."""
    cluster = state.load(folder)
    return cluster if cluster is not None and _running(folder, cluster) else None


def _check_same(known: Cluster, wanted: Cluster, *, ports_matter: bool) -> None:
    def shape(cluster: Cluster) -> tuple[object, ...]:
        ports = cluster.bootstrap if ports_matter else len(cluster.nodes)
        return (cluster.kind, cluster.heap, cluster.quick, cluster.extra, ports)

    if shape(known) != shape(wanted):
        raise BrokerError(
            f"A local Kafka with other settings runs at {known.bootstrap}; stop it first, or "
            "choose another data folder."
        )


def _bring_up(folder: Path, cluster: Cluster) -> BrokerInfo:
    """Start the nodes that do not run, wait until all serve; on failure end what was started."""
    runner = _runner(cluster.kind)
    before = _running(folder, cluster)
    check_ports([node for node in cluster.nodes if node not in before])
    try:
        cluster = runner.start_nodes(folder, cluster)
        state.save(folder, cluster)
        wait_ready(runner, folder, cluster, READY_LIMIT_S)
    except BaseException:
        started = tuple(node for node in cluster.nodes if node not in before)
        runner.stop_nodes(folder, replace(cluster, nodes=started), STOP_GRACE_S)
        if not before:
            state.forget(folder)
        raise
    return _info(folder, cluster)


def _set_guard(folder: Path, owner_pid: int) -> None:
    cluster = state.load(folder)
    if cluster is not None:
        state.save(folder, replace(cluster, guard_pid=guard.spawn(owner_pid, folder)))


def _runner(kind: Kind) -> Runner:
    return docker if kind == "docker" else jars


def _running(folder: Path, cluster: Cluster) -> list[Node]:
    runner = _runner(cluster.kind)
    return [node for node in cluster.nodes if runner.is_running(folder, node)]


def _info(folder: Path, cluster: Cluster) -> BrokerInfo:
    pids = tuple(node.pid for node in _running(folder, cluster) if node.pid is not None)
    return BrokerInfo(cluster.bootstrap, cluster.kind, len(cluster.nodes), pids, folder)


def _started(info: BrokerInfo) -> tuple[Path, Cluster]:
    cluster = None if info.data_dir is None else state.load(info.data_dir)
    if info.data_dir is None or cluster is None:
        raise BrokerError("Only a broker that was started here, and not stopped, can lose a node.")
    return info.data_dir, cluster


def _node(cluster: Cluster, number: int) -> Node:
    for node in cluster.nodes:
        if node.number == number:
            return node
    raise BrokerError(f"The broker has nodes 1 to {len(cluster.nodes)}, not {number}.")
