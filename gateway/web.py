"""The HTTP side of every process: GET and HEAD on listed paths, and nothing else.

Rules: a path that is not listed does not exist, whatever a framework has mounted; a method other
than GET and HEAD is refused on every path; there are no websockets; no page loads anything from
elsewhere. A connection ends after its one answer, or after `LIFE_S`, so that slow or idle clients
can not use up the file descriptors with which the process speaks to Kafka.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

METHODS: Final = ("GET", "HEAD")
#: One request with its headers, in bytes; a Prometheus scrape has about 300.
REQUEST_BYTES_MAX: Final = 16 * 1024
#: Seconds from the opening of a connection to its end.
LIFE_S: Final = 10.0
#: Open connections; above it the oldest is dropped, so that the next probe is answered.
CONNECTIONS_MAX: Final = 64
STOP_S: Final = 5
#: On every answer that does not set them itself.
POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"connection", b"close"),
)
_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")


class ReadOnly:
    """An ASGI application behind a closed list of paths and methods."""

    def __init__(self, app: App, paths: tuple[str, ...]) -> None:
        self.paths = paths
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on what is listed."""

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = [(name.lower(), value) for name, value in message.get("headers", ())]
                named = {name for name, _ in own}
                more = [(name, value) for name, value in _HEADERS if name not in named]
                message = {**message, "headers": [*own, *more]}
            await send(message)

        match scope["type"]:
            case "lifespan":
                await self._app(scope, receive, send)
            case "http" if scope["method"] not in METHODS:
                text = "This side answers GET and HEAD only.\n"
                await _say(answer, 405, text, (b"allow", ", ".join(METHODS).encode()))
            case "http" if scope["path"] not in self.paths:
                text = f"There is nothing here; see {', '.join(self.paths)}.\n"
                await _say(answer, 404, text)
            case "http":
                await self._app(scope, receive, answer)
            case _:
                await send({"type": "websocket.close", "code": 1008})


async def _say(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    own = [_TEXT, (b"content-length", str(len(text)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": text.encode()})


class Bounded(H11Protocol):
    """A connection that ends in time; of too many the oldest ends at once."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start its time."""
        super().connection_made(transport)
        self.made_at = time.monotonic()
        self._life = self.loop.call_later(LIFE_S, transport.abort)
        if len(self.connections) > CONNECTIONS_MAX:
            min(self.connections, key=_made_at).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Its time is over."""
        self._life.cancel()
        super().connection_lost(exc)


def _made_at(connection: Any) -> float:
    at: float = connection.made_at
    return at


def web_config(app: App, paths: tuple[str, ...], **more: Any) -> uvicorn.Config:
    """How uvicorn serves an application of this project; the one place where that is said."""
    return uvicorn.Config(
        ReadOnly(app, paths),
        http=Bounded,
        ws="none",
        h11_max_incomplete_event_size=REQUEST_BYTES_MAX,
        timeout_graceful_shutdown=STOP_S,
        server_header=False,
        proxy_headers=False,
        # Its lines would be written by whoever sends it nonsense.
        log_config=None,
        log_level="critical",
        access_log=False,
        **more,
    )
