"""Runs the nodes of a local Kafka as Java processes: format once, start, wait until they serve.

Layout of a data folder: ``node-<n>/server.properties``, ``node-<n>/data``, ``logs/node-<n>.log``
(Kafka's own log) and ``logs/node-<n>.out`` (what the Java process itself says).
Rule: data are never deleted here unless the folder holds no topic yet.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from gateway.broker import processes
from gateway.broker.info import BrokerError, Cluster, Node
from gateway.broker.java import Runtime
from gateway.broker.probe import ask, is_open
from gateway.broker.settings import node_settings, properties_text

READY_LIMIT_S = 90.0
STOP_GRACE_S = 15.0
_FORMAT_LIMIT_S = 120.0
_POLL_S = 0.05
_METADATA_LOG = "__cluster_metadata-0"


def mark(data_dir: Path, node: Node) -> str:
    """What stands in the command line of exactly this node's process."""
    return f"-Dsamverkan.node={data_dir}/node-{node.number};"


def is_running(data_dir: Path, node: Node) -> bool:
    """Whether this node's process lives."""
    return processes.is_alive(node.pid, mark(data_dir, node))


def start_nodes(runtime: Runtime, data_dir: Path, cluster: Cluster) -> Cluster:
    """Start every node that does not run; the result holds the new process ids.

    The nodes are not waited for: see ``wait_ready``.
    """
    missing = [node for node in cluster.nodes if not is_running(data_dir, node)]
    for node in missing:
        for port in (node.port, node.controller_port):
            if is_open(port):
                raise BrokerError(
                    f"Port {port} on 127.0.0.1 is in use by another program; end that program "
                    "or start the broker on another port."
                )
    (data_dir / "logs").mkdir(exist_ok=True)
    for node in missing:
        _write_settings(data_dir, cluster, node)
    _format([node for node in missing if _needs_format(data_dir, cluster, node)],
            runtime, data_dir, cluster)  # fmt: skip
    pids = {node.number: _spawn(runtime, data_dir, cluster, node) for node in missing}
    return replace(
        cluster,
        nodes=tuple(replace(node, pid=pids.get(node.number, node.pid)) for node in cluster.nodes),
    )


def wait_ready(data_dir: Path, cluster: Cluster, limit_s: float = READY_LIMIT_S) -> None:
    """Return when every node that runs serves and all see each other."""
    deadline = time.monotonic() + limit_s
    numbers = tuple(node.number for node in cluster.nodes)
    for node in cluster.nodes:
        while True:
            answer = ask(f"127.0.0.1:{node.port}")
            if answer is not None and answer.cluster_id != cluster.cluster_id:
                raise BrokerError(
                    f"Port {node.port} on 127.0.0.1 is answered by another Kafka; end it or "
                    "start the broker on another port."
                )
            if answer is not None and answer.nodes == numbers:
                break
            log = data_dir / "logs" / f"node-{node.number}.log"
            if not is_running(data_dir, node):
                raise BrokerError(f"Node {node.number} of the local Kafka ended at once: "
                                  f"{_last_words(log)} (see {log}).")  # fmt: skip
            if time.monotonic() >= deadline:
                raise BrokerError(
                    f"Node {node.number} of the local Kafka did not serve within {limit_s:.0f} s; "
                    f"see {log}."
                )
            time.sleep(_POLL_S)


def stop_nodes(data_dir: Path, cluster: Cluster, grace_s: float = STOP_GRACE_S) -> None:
    """End every node: SIGTERM to all, patience, SIGKILL for what is left."""
    running = [
        (node.pid, mark(data_dir, node))
        for node in cluster.nodes
        if node.pid is not None and is_running(data_dir, node)
    ]
    for pid, name in running:
        processes.ask_to_end(pid, name)
    deadline = time.monotonic() + grace_s
    for pid, name in running:
        if not processes.wait_gone(pid, name, max(0.0, deadline - time.monotonic())):
            processes.kill(pid, name)


def kill_node(data_dir: Path, node: Node) -> None:
    """SIGKILL for one node, as when a machine loses power."""
    if node.pid is not None:
        processes.kill(node.pid, mark(data_dir, node))


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
        if any(path.is_dir() and path.name != _METADATA_LOG for path in folder.iterdir()):
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
            f"The data folder of node {node.number} could not be formatted: {_last_words(log)} "
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


def _last_words(log: Path) -> str:
    """The last error line of a log, or of what the Java process itself wrote."""
    for path in (log, log.with_suffix(".out")):
        try:
            lines = path.read_text(errors="replace").splitlines()
        except OSError:
            continue
        told = [line for line in lines[-200:] if "ERROR" in line or "FATAL" in line or
                "Exception" in line or "Error" in line]  # fmt: skip
        if told:
            return told[-1].strip()[:300].rstrip(".")
    return "it left no message"
