"""What is remembered of a local broker between commands, in its data folder.

Rules: one command at a time changes a data folder (a file lock, freed by the kernel even after a
kill); ``broker.json`` says what was started and takes its name in one step, so it is whole or not
there; ``cluster.json`` outlives a stop, because the data on disk belong to
that cluster id.
"""

from __future__ import annotations

import base64
import dataclasses
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.broker.info import KINDS, BrokerError, Cluster, Node

_STATE = "broker.json"
_CLUSTER = "cluster.json"


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Hold the file ``lock`` for this process; waits for whoever holds it."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def load(data_dir: Path) -> Cluster | None:
    """What was started in this folder and not stopped since; None when nothing was."""
    path = data_dir / _STATE
    try:
        stored = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    try:
        if stored["kind"] not in KINDS:
            raise _unreadable(path)
        return Cluster(
            kind=stored["kind"],
            cluster_id=str(stored["cluster_id"]),
            nodes=tuple(Node(**node) for node in stored["nodes"]),
            heap=str(stored["heap"]),
            quick=bool(stored["quick"]),
            extra=tuple((str(name), str(value)) for name, value in stored["extra"]),
            guard_pid=stored.get("guard_pid"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> BrokerError:
    return BrokerError(
        f"{path} cannot be read as a broker's state; end the Java process that its folder belongs "
        "to, if one runs, and delete that file."
    )


def save(data_dir: Path, cluster: Cluster) -> None:
    """Write the state so that a reader sees the old or the new one, never a part."""
    side = data_dir / f"{_STATE}.new"
    side.write_text(json.dumps(dataclasses.asdict(cluster), indent=1) + "\n")
    side.replace(data_dir / _STATE)


def forget(data_dir: Path) -> None:
    """Nothing runs here any more; the data stay."""
    (data_dir / _STATE).unlink(missing_ok=True)


def cluster_id(data_dir: Path, nodes: int) -> str:
    """The id of the cluster of ``nodes`` nodes whose data lie here, made on first use."""
    path = data_dir / _CLUSTER
    try:
        stored = json.loads(path.read_bytes())
        found, size = str(stored["cluster_id"]), int(stored["nodes"])
    except FileNotFoundError:
        found, size = new_cluster_id(), nodes
        path.write_text(json.dumps({"cluster_id": found, "nodes": size}) + "\n")
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BrokerError(
            f"{path} does not say whose data the folder holds; delete {data_dir} to start empty."
        ) from error
    if size != nodes:
        raise BrokerError(
            f"{data_dir} holds the data of a broker with {size} node(s), not {nodes}; ask for "
            f"{size}, or delete that folder to start empty."
        )
    return found


def new_cluster_id() -> str:
    """22 characters of base64url as Kafka makes them: the first is no dash."""
    while (text := base64.urlsafe_b64encode(secrets.token_bytes(16))[:22].decode())[0] == "-":
        pass
    return text
