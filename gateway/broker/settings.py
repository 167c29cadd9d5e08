"""The settings of one node as text: a pure function, so that tests can read what is promised.

Rules: tests must be fast (no rebalance delay, short sessions, small internal topics); topics are
declared and never made by accident; one node replicates nothing, three nodes keep three copies
of everything and need two of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.broker.info import BrokerError, Cluster, Node

# Three nodes: a killed node's partitions move after 2 s, not after Kafka's 9 s. A single node has
# nobody to move them to, and is only harmed when a busy machine lets its session expire.
_SESSION_MS = {1: 9_000, 3: 2_000}
_HEARTBEAT_MS = 500
_SETTLE_SESSION_MS = 500
_NAME = re.compile(r"[a-z][a-z0-9._-]*")


def node_settings(cluster: Cluster, node: Node, log_dir: str) -> dict[str, str]:
    """The properties of one node whose data lie in ``log_dir``; ``extra`` wins over the rest."""
    client = f"PLAINTEXT://127.0.0.1:{node.port}"
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "controller.quorum.voters": _voters(cluster),
        "listeners": f"{client},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": client,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": log_dir,
        **common_settings(len(cluster.nodes)),
        **dict(cluster.extra),
    }


def controller_settings(cluster: Cluster, node: Node, log_dir: str) -> dict[str, str]:
    """The same node as a controller that serves no client and soon forgets absent brokers."""
    return {
        "process.roles": "controller",
        "node.id": str(node.number),
        "controller.quorum.voters": _voters(cluster),
        "listeners": f"CONTROLLER://127.0.0.1:{node.controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT",
        "log.dirs": log_dir,
        "broker.session.timeout.ms": str(_SETTLE_SESSION_MS),
        "broker.heartbeat.interval.ms": str(_SETTLE_SESSION_MS // 5),
        "metadata.max.idle.interval.ms": "50",  # how one sees from outside that it has written
    }


def _voters(cluster: Cluster) -> str:
    return ",".join(f"{peer.number}@127.0.0.1:{peer.controller_port}" for peer in cluster.nodes)


def common_settings(nodes: int) -> dict[str, str]:
    """What is the same on every node of a cluster of 1 or 3 nodes, whatever runs it."""
    copies = str(nodes)
    needed = "2" if nodes > 1 else "1"
    return {
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": needed,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": needed,
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": needed,
        "share.coordinator.state.topic.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "500",
        "broker.session.timeout.ms": str(_SESSION_MS[nodes]),
        "broker.heartbeat.interval.ms": str(_HEARTBEAT_MS),
        "unclean.leader.election.enable": "false",
    }


def properties_text(settings: Mapping[str, str]) -> str:
    """A Java properties file, one ``name=value`` per line; backslashes are doubled."""
    return "".join(f"{name}={value}\n".replace("\\", "\\\\") for name, value in settings.items())


def checked_extra(extra: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """The caller's own settings, sorted; a name or value that would break the file is refused."""
    items = tuple(sorted((extra or {}).items()))
    for name, value in items:
        if not _NAME.fullmatch(name) or not value.isprintable():
            raise BrokerError(
                f"Broker setting {name!r} is not a name and a one-line text; give it as Kafka "
                "writes it, for example message.max.bytes=4194304."
            )
    return items
