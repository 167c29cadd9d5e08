"""The HTTP side of every process answers GET and HEAD on its listed paths, and writes nothing."""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway import web
from gateway.broker import BrokerInfo
from gateway.followup import ops as sink_side
from gateway.ops import app as gateway_side
from gateway.shell.settings import Settings
from schemas.topics import AUDIT, COMMANDS, FAMILIES, FOLLOWUP
from tests.kafka.live import Installation, installation, wait_until
from tests.kafka.process import ROOT, Process

pytestmark = [
    pytest.mark.unmeasured,
    pytest.mark.kafka,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(300),
]

#: The whole HTTP side, by process. A new route is added here on purpose or not at all.
ROUTES = {
    "gateway": ("/live", "/ready", "/metrics", "/asyncapi", "/asyncapi.json"),
    "followup": ("/live", "/ready", "/metrics"),
}
UNKNOWN = (
    "/", "/asyncapi/try", "/asyncapi/try/", "//asyncapi/try", "/asyncapi%2Ftry", "/asyncapi/",
    "/docs", "/openapi.json", "/ready/", "/READY", "/live/../asyncapi/try", "/api/v1", "*",
)  # fmt: skip
REFUSED = (
    "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "MKCOL", "get", "Post",
    "MADE-UP",
)  # fmt: skip
TRY = {"message": {"message": {"forged": True}}, "options": {"sendToRealBroker": True}}
LAUNCHER = (sys.executable, str(ROOT / "tests" / "kafka" / "producers.py"))


@contextmanager
def both(kafka: BrokerInfo, folder: Path) -> Iterator[tuple[Installation, dict[str, Process]]]:
    """An installation with a real process of each kind."""
    with installation(kafka, folder) as live, ExitStack() as stack:
        gateway = live.start(LAUNCHER)
        env = {"BOOTSTRAP_SERVERS": live.bootstrap, "STORE": str(folder / "store")}
        sink = Process((sys.executable, "-m", "consumers.followup"), env, folder, "sink")
        stack.callback(sink.destroy)
        processes = {"gateway": gateway, "followup": sink}
        for process in processes.values():
            wait_until(lambda p=process: port_of(p), "listening")
        wait_until(lambda: (gateway.ready() or {}).get("ready"), "the gateway getting ready")
        # Made at the first question; on a busy machine that takes longer than a connection lives.
        for path in ("/asyncapi", "/asyncapi.json"):
            wait_until(lambda p=path: raw(gateway, "GET", p), f"{path} being made")
        yield live, processes


@pytest.fixture(scope="module")
def running(
    kafka: BrokerInfo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Installation, dict[str, Process]]]:
    with both(kafka, tmp_path_factory.mktemp("doors")) as made:
        yield made


def port_of(process: Process) -> int | None:
    """Where it serves, None before it does."""
    found = re.search(r"http://127\.0\.0\.1:(\d+)", process.said())
    return int(found[1]) if found else None


def raw(process: Process, method: str, path: str, body: bytes = b"", more: str = "") -> bytes:
    """An answer exactly as it came over the wire; empty when the connection ended without one."""
    port = port_of(process)
    more = more if "Connection:" in more else f"Connection: close\r\n{more}"
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(head.encode() + body)
        answer = b""
        while piece := wire.recv(65_536):
            answer += piece
    return answer


def ask(
    process: Process, method: str, path: str, body: bytes = b"", more: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer."""
    top, _, rest = raw(process, method, path, body, more).partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, rest


@pytest.mark.parametrize("name", ROUTES)
def test_only_get_and_head_are_answered_on_every_path(
    running: tuple[Installation, dict[str, Process]], name: str
) -> None:
    process = running[1][name]
    for path in (*ROUTES[name], *UNKNOWN):
        for method in REFUSED:
            status, headers, _ = ask(process, method, path, b"{}")
            assert (status, headers.get("allow")) == (405, "get, head"), (method, path)
    process.must_run()


@pytest.mark.parametrize("name", ROUTES)
def test_listed_paths_are_answered_and_no_others(
    running: tuple[Installation, dict[str, Process]], name: str
) -> None:
    process = running[1][name]
    for path in ROUTES[name]:
        status, headers, body = ask(process, "GET", path)
        assert status in {200, 503}, path
        assert body
        assert headers["content-security-policy"].startswith("default-src 'none'; ")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "content-type" in headers
        assert "server" not in headers
        head = ask(process, "HEAD", path)
        assert (head[0] in {200, 503}, head[2]) == (True, b"")
    for path in UNKNOWN:
        status, headers, _ = ask(process, "GET", path)
        assert status == 404, path
        assert headers["content-security-policy"].startswith("default-src 'none'; ")
    # Paths that this process lacks and another has do not exist either.
    for path in set(ROUTES["gateway"]) - set(ROUTES[name]):
        assert ask(process, "GET", path)[0] == 404


@pytest.mark.parametrize("name", ROUTES)
def test_nothing_is_upgraded(running: tuple[Installation, dict[str, Process]], name: str) -> None:
    process = running[1][name]
    for protocol in ("websocket", "h2c", "made-up"):
        more = (
            f"Connection: Upgrade\r\nUpgrade: {protocol}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        )
        assert ask(process, "GET", "/live", more=more)[0] == 200
        assert ask(process, "GET", "/asyncapi/try", more=more)[0] == 404
    assert ask(process, "CONNECT", "kafka:9092")[0] == 405


def test_the_listed_routes_are_all_routes_of_the_applications() -> None:
    engine: Any = SimpleNamespace(settings=Settings())
    assert ROUTES == {"gateway": gateway_side.PATHS, "followup": sink_side.PATHS}
    app = gateway_side.gateway_app(engine)
    assert tuple(path for path, _ in app.routes) == ROUTES["gateway"]
    sink: Any = SimpleNamespace()
    assert tuple(path for path, _ in sink_side.ops_routes(sink)) == ROUTES["followup"]


def test_http_is_served_in_one_way_only() -> None:
    """Whoever serves in another way must come by here and list the routes."""
    ways = re.compile(
        r"uvicorn\.(?:Config|run)|http\.server|HTTPServer|start_server|asyncapi_path|\.mount\("
    )
    found = {
        str(file.relative_to(ROOT))
        for folder in ("gateway", "consumers", "simulator")
        for file in (ROOT / folder).rglob("*.py")
        if any(ways.search(line.split("`")[0]) for line in file.read_text().splitlines())
    }
    assert found == {"gateway/web.py"}


def test_the_contracts_page_loads_nothing(
    running: tuple[Installation, dict[str, Process]],
) -> None:
    _, headers, body = ask(running[1]["gateway"], "GET", "/asyncapi")
    assert headers["content-type"].startswith("text/html")
    for word in (b"<script", b" src=", b"<link", b"@import", b"url(", b"<form", b"<iframe"):
        assert word not in body
    for where in re.findall(rb'href="([^"]*)"', body):
        assert where.startswith((b"#", b"/asyncapi.json"))
    assert b"fk.out.referral" in body


@pytest.mark.parametrize("topic", ["fk.receipts", AUDIT, COMMANDS, FOLLOWUP, "af.out.consent"])
def test_nobody_can_write_to_kafka_through_the_operations_port(
    running: tuple[Installation, dict[str, Process]], topic: str
) -> None:
    live, processes = running
    before = live.ends([topic])
    for real in (True, False):
        form = TRY | {"channelName": f"{topic}:x", "options": {"sendToRealBroker": real}}
        for process in processes.values():
            for path in ("/asyncapi/try", "/asyncapi", "/ready", "/"):
                more = "Content-Type: application/json\r\nX-HTTP-Method-Override: POST\r\n"
                for method in ("POST", "PUT", "GET"):
                    ask(process, method, path, json.dumps(form).encode(), more)
    time.sleep(0.5)
    assert live.ends([topic]) == before
    for process in processes.values():
        process.must_run()


def test_the_operations_side_has_no_producer(
    running: tuple[Installation, dict[str, Process]],
) -> None:
    """Every producer of the process is a task's own, and so fenced and transactional."""
    live, processes = running
    producers = processes["gateway"].events("producer")
    tasks = {(f"{live.group}-{n}", f"{live.group}-{n}") for n in range(6)}
    assert {(event["client"], event["transactional"]) for event in producers} == tasks


def test_slow_and_endless_requests_do_not_keep_others_out(
    running: tuple[Installation, dict[str, Process]],
) -> None:
    """Each connection would take a file descriptor from the process."""
    gateway = running[1]["gateway"]
    with ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port_of(gateway))))
            for _ in range(3 * web.CONNECTIONS_MAX)
        ]
        for wire in slow[-5:]:
            wire.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\n")
        assert ask(gateway, "GET", "/live")[0] == 200
        open_files = list(Path(f"/proc/{gateway.pid}/fd").iterdir())
        assert len(open_files) < 2 * web.CONNECTIONS_MAX + 100
        time.sleep(web.LIFE_S + 1)
        for wire in slow:
            wire.settimeout(1)
            try:
                assert wire.recv(1) == b""
            except ConnectionResetError:
                continue
    huge = f"X-Long: {'a' * 2_000_000}\r\n"
    try:
        status = ask(gateway, "GET", "/live", more=huge)[0]
    except (ConnectionResetError, BrokenPipeError):
        status = 400
    assert status == 400
    assert ask(gateway, "GET", "/live")[0] == 200


def test_every_family_of_every_agency_has_its_age_and_its_agreed_time(
    running: tuple[Installation, dict[str, Process]],
) -> None:
    _, _, body = ask(running[1]["gateway"], "GET", "/metrics")
    for agency in ("fk", "af"):
        for family in FAMILIES:
            line = f'samverkan_undecided_age_seconds{{agency="{agency}",family="{family}"}} 0.0'
            assert line.encode() in body
            assert f'samverkan_receipt_within_seconds{{family="{family}"}}'.encode() in body
