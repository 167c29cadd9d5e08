"""Makes a cluster that was cut off forget that its nodes were serving, before any serves again.

Why: a node comes back still registered as the leader of its partitions, and takes up its
transactions at once. When the registration then expires, the partitions have no leader for a
moment, and Kafka 4.3.1 takes "no leader" for "topic deleted": it drops the commit markers that
it was about to write (KAFKA-20734). A committed transaction then stays invisible to read_committed
readers, and offsets committed in it seem not to be. Seen in 2 of 10 kills right after a commit.
How: run the nodes as controllers only, with a session so short that the registrations expire at
once; then nobody leads anything until it has registered anew.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from gateway.broker import processes
from gateway.broker.info import BrokerError, Cluster, Node
from gateway.broker.java import Runtime
from gateway.broker.settings import controller_settings, properties_text

METADATA_LOG = "__cluster_metadata-0"
_LIMIT_S = 60.0
_POLL_S = 0.05
# After the controller leads it looks for expired sessions twice per session.
_EXPIRED_S = 3.0
_HEAP = "256m"
_WRITES = 3
_WRITTEN_LIMIT_S = 10.0


def was_cut_off(node_dir: Path) -> bool:
    """Whether a node that has run did not end cleanly: Kafka leaves a mark when it does."""
    data = node_dir / "data"
    ran = (data / METADATA_LOG).is_dir() and (data / "meta.properties").exists()
    return ran and not (data / ".kafka_cleanshutdown").exists()


def settle(runtime: Runtime, data_dir: Path, cluster: Cluster) -> None:
    """Let every registration of a cluster of which no node runs expire; takes 2-4 s."""
    logs = {node: data_dir / "logs" / f"node-{node.number}-settle.log" for node in cluster.nodes}
    started: list[tuple[int, str]] = []
    try:
        for node, log in logs.items():
            log.unlink(missing_ok=True)
            started.append(_spawn(runtime, data_dir, cluster, node, log))
        _wait_expired(started, list(logs.values()))
        _wait_written([data_dir / f"node-{node.number}" / "data" for node in cluster.nodes])
    finally:
        for pid, mark in started:
            processes.kill(pid, mark)


def _spawn(
    runtime: Runtime, data_dir: Path, cluster: Cluster, node: Node, log: Path
) -> tuple[int, str]:
    folder = data_dir / f"node-{node.number}"
    settings = controller_settings(cluster, node, str(folder / "data"))
    config = folder / "settle.properties"
    config.write_text(properties_text(settings), encoding="utf-8")
    mark = f"-Dsamverkan.settle={folder};"
    command = [*runtime.node_command(heap=_HEAP, quick=True, log=log, mark=mark), str(config)]
    return processes.spawn(command, log.with_suffix(".out")), mark


def _wait_expired(started: list[tuple[int, str]], logs: list[Path]) -> None:
    """Until a leading controller has fenced every node, or has had the time to."""
    deadline = time.monotonic() + _LIMIT_S
    expired_at = deadline
    fenced: set[str] = set()
    while len(fenced) < len(logs) and time.monotonic() < expired_at:
        if not all(processes.is_alive(pid, mark) for pid, mark in started):
            raise BrokerError(
                f"The local Kafka was cut off and cannot be recovered; see {logs[0]}, or delete "
                "its data folder to start empty."
            )
        told = "".join(log.read_text(errors="replace") for log in logs if log.exists())
        fenced = set(re.findall(r"Fencing broker (\d+) at epoch", told))
        if "Performing controller activation" in told:
            expired_at = min(expired_at, time.monotonic() + _EXPIRED_S)
        time.sleep(_POLL_S)


def _wait_written(folders: list[Path]) -> None:
    """Until each node's metadata log has grown three times more.

    A controller says that it fences before it writes so; it writes in order, and something at
    least every 50 ms (see ``controller_settings``). The first write may have been under way.
    """
    deadline = time.monotonic() + _WRITTEN_LIMIT_S
    for folder in folders:
        log = folder / METADATA_LOG
        size, grown = _size(log), 0
        while grown < _WRITES and time.monotonic() < deadline:
            time.sleep(_POLL_S / 5)
            if (now := _size(log)) != size:
                size, grown = now, grown + 1


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.log"))
