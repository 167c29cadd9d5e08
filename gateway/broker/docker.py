"""Placeholder until the Docker kind is written: no engine ever answers."""

from __future__ import annotations

from pathlib import Path

from gateway.broker.info import BrokerError, Cluster, Node


def engine_answers() -> bool:
    """No."""
    return False


def start_nodes(data_dir: Path, cluster: Cluster) -> Cluster:
    """Never called."""
    raise BrokerError(f"no Docker for {cluster.bootstrap} in {data_dir}")


def stop_nodes(data_dir: Path, cluster: Cluster) -> None:
    """Never called."""


def kill_node(node: Node) -> None:
    """Never called."""


def is_running(data_dir: Path, node: Node) -> bool:
    """No."""
    return bool(node.container and data_dir is None)
