"""Runs the nodes of a local Kafka as Java processes: format once, start, wait until they serve.

Layout of a data folder: ``node-<n>/server.properties``, ``node-<n>/data``, ``logs/node-<n>.log``
(Kafka's own log) and ``logs/node-<n>.out`` (what the Java process itself says).
Rule: data are never deleted here unless the folder holds no topic yet.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from gateway.broker import processes
from gateway.broker.info import BrokerError, Cluster, Node
from gateway.broker.java import Runtime, find_runtime
from gateway.broker.settings import node_settings, properties_text
from gateway.broker.settle import METADATA_LOG, settle, was_cut_off

_FORMAT_LIMIT_S = 120.0


def mark(data_dir: Path, node: Node) -> str:
    """What stands in the command line of exactly this node's process."""
    return f"-Dsamverkan.node={data_dir}/node-{node.number};"


def is_running(data_dir: Path, node: Node) -> bool:
    """Whether this node's process lives."""
    return processes.is_alive(node.pid, mark(data_dir, node))


def start_nodes(data_dir: Path, cluster: Cluster) -> Cluster:
    """Start every node that does not run; the result holds the new process ids."""
    missing = [node for node in cluster.nodes if not is_running(data_dir, node)]
    if not missing:
        return cluster
    runtime = find_runtime()
    (data_dir / "logs").mkdir(exist_ok=True)
    for node in missing:
        _write_settings(data_dir, cluster, node)
    new = [node for node in missing if _needs_format(data_dir, cluster, node)]
    _format(new, runtime, data_dir, cluster)
    if len(missing) == len(cluster.nodes) and any(
        was_cut_off(data_dir / f"node-{node.number}") for node in missing
    ):
        settle(runtime, data_dir, cluster)
    started: dict[int, Node] = {}
    for node in missing:
        try:
            pid = _spawn(runtime, data_dir, cluster, node)
        except OSError as error:
            for begun in started.values():
                kill_node(data_dir, begun)
            raise BrokerError(
                f"Java could not be started ({error.strerror}); check {runtime.java} and free "
                "memory."
            ) from error
        started[node.number] = replace(node, pid=pid)
    return replace(cluster, nodes=tuple(started.get(node.number, node) for node in cluster.nodes))


def stop_nodes(data_dir: Path, cluster: Cluster, grace_s: float) -> None:
    """End every node: SIGTERM to all, ``grace_s`` seconds, SIGKILL; without grace only that."""
    running = [
        (node.pid, mark(data_dir, node))
        for node in cluster.nodes
        if node.pid is not None and is_running(data_dir, node)
    ]
    for pid, name in running if grace_s > 0 else []:
        processes.ask_to_end(pid, name)
    deadline = time.monotonic() + grace_s
    for pid, name in running:
        if not processes.wait_gone(pid, name, max(0.0, deadline - time.monotonic())):
            processes.kill(pid, name)


def kill_node(data_dir: Path, node: Node) -> None:
    """SIGKILL for one node, as when a machine loses power."""
    if node.pid is not None:
        processes.kill(node.pid, mark(data_dir, node))


def last_words(data_dir: Path, node: Node) -> str:
    """The last error in a node's log, or what its Java process wrote, and the file's name."""
    log = data_dir / "logs" / f"node-{node.number}.log"
    return f"{_last_error(log, log.with_suffix('.out'))} (see {log})"


def _write_settings(data_dir: Path, cluster: Cluster, node: Node) -> None:
    folder = data_dir / f"node-{node.number}"
    folder.mkdir(exist_ok=True)
    settings = node_settings(cluster, node, str(folder / "data"))
    (folder / "server.properties").write_text(properties_text(settings), encoding="latin-1",
                                              errors="backslashreplace")  # fmt: skip


def _needs_format(data_dir: Path, cluster: Cluster, node: Node) -> bool:
    """Whether a node's folder is new; half a format is cleared away, foreign data are refused.

    The format tool writes ``meta.properties`` last, so a folder without it was never in use.
    """
    folder = data_dir / f"node-{node.number}" / "data"
    meta = folder / "meta.properties"
    if meta.exists():
        lines = meta.read_text(encoding="latin-1").split()
        if f"cluster.id={cluster.cluster_id}" in lines and f"node.id={node.number}" in lines:
            return False
        raise BrokerError(
            f"{folder} holds the data of another Kafka; choose another data folder, or delete "
            f"{data_dir} to start empty."
        )
    if folder.exists():
        if any(path.is_dir() and path.name != METADATA_LOG for path in folder.iterdir()):
            raise BrokerError(
                f"{folder} holds topics but no meta.properties, so Kafka cannot open it; restore "
                f"that file, or delete {data_dir} to start empty."
            )
        shutil.rmtree(folder)
    return True


def _format(nodes: list[Node], runtime: Runtime, data_dir: Path, cluster: Cluster) -> None:
    running = []
    for node in nodes:
        log = data_dir / "logs" / f"node-{node.number}-format.log"
        config = data_dir / f"node-{node.number}" / "server.properties"
        with log.open("ab") as output:
            tool = subprocess.Popen(
                [*runtime.format_command(log), "format", "--cluster-id", cluster.cluster_id,
                 "--config", str(config)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        running.append((node, log, tool))
    failed = []
    for node, log, tool in running:
        try:
            code = tool.wait(_FORMAT_LIMIT_S)
        except subprocess.TimeoutExpired:
            tool.kill()
            code = tool.wait()
        if code != 0:
            failed.append((node, log))
    for node, log in failed:
        raise BrokerError(
            f"The data folder of node {node.number} could not be formatted: {_last_error(log)} "
            f"(see {log})."
        )


def _spawn(runtime: Runtime, data_dir: Path, cluster: Cluster, node: Node) -> int:
    logs = data_dir / "logs"
    command = [
        *runtime.node_command(
            heap=cluster.heap,
            quick=cluster.quick,
            log=logs / f"node-{node.number}.log",
            mark=mark(data_dir, node),
        ),
        str(data_dir / f"node-{node.number}" / "server.properties"),
    ]
    return processes.spawn(command, logs / f"node-{node.number}.out")


def _last_error(*logs: Path) -> str:
    for log in logs:
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        told = [line for line in lines[-500:] if re.search(r"ERROR|FATAL|Exception|Error", line)]
        if told:
            return told[-1].strip()[:300].rstrip(".")
    return "it left no message"
