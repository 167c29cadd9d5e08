"""When a started broker counts as ready: every node answers, and lists every other.

Rule: what ``start`` returns has served a request; what cannot become ready says why.
"""

from __future__ import annotations

import time
from pathlib import Path

from gateway.broker.info import BrokerError, BrokerInfo, Cluster, Node, Runner
from gateway.broker.probe import ask, is_open

READY_LIMIT_S = 90.0
GIVEN_LIMIT_S = 10.0
_POLL_S = 0.05


def check_ports(nodes: list[Node]) -> None:
    """Refuse to start where another program listens already."""
    for node in nodes:
        for port in (node.port, node.controller_port):
            if is_open(port):
                raise BrokerError(
                    f"Port {port} on 127.0.0.1 is in use by another program; end that program "
                    "or start the broker on another port."
                )


def wait_ready(runner: Runner, data_dir: Path, cluster: Cluster, limit_s: float) -> None:
    """Return when every node answers and lists all nodes of this cluster."""
    deadline = time.monotonic() + limit_s
    for node in cluster.nodes:
        while not _serves(cluster, node):
            if not runner.is_running(data_dir, node):
                raise BrokerError(
                    f"Node {node.number} of the local Kafka ended before it served: "
                    f"{runner.last_words(data_dir, node)}."
                )
            if time.monotonic() >= deadline:
                raise BrokerError(
                    f"Node {node.number} of the local Kafka did not serve within {limit_s:.0f} s: "
                    f"{runner.last_words(data_dir, node)}."
                )
            time.sleep(_POLL_S)


def _serves(cluster: Cluster, node: Node) -> bool:
    answer = ask(f"127.0.0.1:{node.port}")
    if answer is None:
        return False
    if answer.cluster_id != cluster.cluster_id:
        raise BrokerError(
            f"Port {node.port} on 127.0.0.1 is answered by another Kafka; end it or start the "
            "broker on another port."
        )
    return answer.nodes == tuple(peer.number for peer in cluster.nodes)


def given(bootstrap: str, variable: str, limit_s: float) -> BrokerInfo:
    """The broker that the environment names, once one of its addresses answers."""
    deadline = time.monotonic() + limit_s
    while True:
        for address in bootstrap.split(","):
            answer = ask(address, timeout_s=2.0)
            if answer is not None and answer.nodes:
                return BrokerInfo(bootstrap, "given", len(answer.nodes), ())
        if time.monotonic() >= deadline:
            raise BrokerError(
                f"No Kafka answers at {bootstrap}, which {variable} names; start it or unset "
                "the variable."
            )
        time.sleep(4 * _POLL_S)
