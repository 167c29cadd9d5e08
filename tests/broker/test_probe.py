"""Only an answer in Kafka's protocol counts as a broker."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from gateway.broker import probe
from gateway.broker.probe import Answer, ask, free_ports, is_open


def text(value: str | None) -> bytes:
    return (
        struct.pack(">h", -1) if value is None else struct.pack(">h", len(value)) + value.encode()
    )


def metadata(cluster_id: str | None, nodes: list[int], correlation: int = 1) -> bytes:
    """A metadata answer, version 4, without topics."""
    body = struct.pack(">iii", correlation, 0, len(nodes))
    for number in nodes:
        body += struct.pack(">i", number) + text("127.0.0.1") + struct.pack(">i", 9) + text(None)
    body += text(cluster_id) + struct.pack(">ii", 1, 0)
    return struct.pack(">i", len(body)) + body


@contextmanager
def answering(reply: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server on the loopback address that handles each connection with ``reply``."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            with link:
                reply(link)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def sends(data: bytes) -> Callable[[socket.socket], None]:
    def reply(link: socket.socket) -> None:
        link.recv(1000)
        with suppress(OSError):  # who asked may have heard enough
            for byte in data:
                link.sendall(bytes([byte]))

    return reply


def test_an_answer_names_the_cluster_and_its_nodes() -> None:
    """Also when it comes byte by byte."""
    with answering(sends(metadata("abc", [3, 1, 2]))) as address:
        assert ask(address) == Answer("abc", (1, 2, 3))


def test_a_cluster_without_an_id_is_still_a_cluster() -> None:
    with answering(sends(metadata(None, [1]))) as address:
        assert ask(address) == Answer("", (1,))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        metadata("abc", [1])[:-9],
        metadata("abc", [1], correlation=7),
        struct.pack(">i", 20) + struct.pack(">iii", 1, 0, 1000) + b"\0" * 8,
        struct.pack(">i", 2) + b"\0\0",
    ],
    ids=["silence", "http", "cut", "other question", "too few bytes", "tiny"],
)
def test_anything_else_is_no_broker(data: bytes) -> None:
    with answering(sends(data)) as address:
        assert ask(address, timeout_s=0.5) is None


@pytest.mark.parametrize(
    "address", ["", "host", "127.0.0.1:", ":9092", "127.0.0.1:99999999", "a:b"]
)
def test_what_is_no_address_does_not_answer(address: str) -> None:
    assert ask(address, timeout_s=0.2) is None


def test_a_closed_port_does_not_answer() -> None:
    (port,) = free_ports(1)
    assert not is_open(port)
    assert ask(f"127.0.0.1:{port}") is None


def test_free_ports_differ_and_skip_those_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(set(free_ports(6))) == 6
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert is_open(port)
        monkeypatch.setattr(probe, "_PORTS", range(port, port + 1))
        assert free_ports(1) == []
