"""Asks a Kafka broker whether it serves: one metadata request, written by hand.

Rule: an open port is not a broker. A node counts once a metadata answer lists it, which it does
only after it has registered and caught up. By hand, because a client library would retry, log and
want an event loop, and the caller may be inside one.
"""

from __future__ import annotations

import secrets
import socket
import struct
from dataclasses import dataclass
from typing import Final

_METADATA: Final = 3
_VERSION: Final = 4  # not yet the compact encoding; Kafka 2.1 to 4.x accept it
_ANSWER_BYTES_MAX: Final = 1 << 20
_PORTS: Final = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class Answer:
    """The cluster as a broker sees it: its id and the numbers of the nodes that serve."""

    cluster_id: str
    nodes: tuple[int, ...]


def ask(address: str, timeout_s: float = 1.0) -> Answer | None:
    """What the broker at ``host:port`` answers; None when none answers in Kafka's protocol."""
    host, _, port = address.strip().rpartition(":")
    if not host or not port.isdigit():
        return None
    head = struct.pack(">hhih", _METADATA, _VERSION, 1, len(b"samverkan")) + b"samverkan"
    body = head + struct.pack(">i?", 0, False)  # no topics, and make none
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout_s) as link:
            link.settimeout(timeout_s)
            link.sendall(struct.pack(">i", len(body)) + body)
            (size,) = struct.unpack(">i", _read(link, 4))
            if not 8 <= size <= _ANSWER_BYTES_MAX:
                return None
            return _parse(_read(link, size))
    except (OSError, struct.error, UnicodeDecodeError, OverflowError):
        return None


def is_open(port: int) -> bool:
    """Whether something listens on this port of the loopback address."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """``count`` different ports that nothing listens on.

    Below the range from which systems give outgoing connections their ports, so that a node
    finds its port free again after a kill.
    """
    found: list[int] = []
    for port in secrets.SystemRandom().sample(_PORTS, len(_PORTS)):
        if len(found) == count:
            break
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        found.append(port)
    return found


def _read(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = link.recv(size - len(data))
        if not part:
            raise OSError("the connection ended inside an answer")
        data += part
    return data


def _parse(data: bytes) -> Answer:
    correlation, _throttle, count = struct.unpack_from(">iii", data)
    if correlation != 1:
        raise struct.error("an answer to another question")
    at = 12
    nodes = []
    for _ in range(count):
        nodes.append(struct.unpack_from(">i", data, at)[0])
        _host, at = _text(data, at + 4)
        _rack, at = _text(data, at + 4)
    cluster_id, at = _text(data, at)
    return Answer(cluster_id, tuple(sorted(nodes)))


def _text(data: bytes, at: int) -> tuple[str, int]:
    (size,) = struct.unpack_from(">h", data, at)
    start = at + 2
    return ("", start) if size < 0 else (data[start : start + size].decode(), start + size)
