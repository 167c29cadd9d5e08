"""Serving an ASGI application beside the work it reports on, without giving it the signals."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.lifespan.on import LifespanOn

from gateway.shell.faults import Fault, crash
from gateway.shell.settings import UserError
from gateway.shell.telemetry import log


class _Server(uvicorn.Server):
    """uvicorn raises a captured SIGTERM again after its shutdown; a clean stop must exit with 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve`."""
        yield


def _bound(host: str, port: int) -> socket.socket:
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
    except OSError as problem:
        server.close()
        raise UserError(
            f"The port {port} on {host} cannot be used ({problem.strerror}); free it, or set"
            " SAMVERKAN_OPS_PORT to another one (0 takes any free one)."
        ) from None
    return server


async def serve(app: Any, host: str, port: int, on_signal: Callable[[], None]) -> None:
    """Serve until the app's own work ends; SIGTERM and SIGINT call `on_signal`.

    Raises:
        UserError: the port is taken.
    """
    listening = _bound(host, port)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    app.stop_serving = lambda: setattr(server, "should_exit", True)
    log("ops", url=f"http://{host}:{listening.getsockname()[1]}")
    await server.serve(sockets=[listening])
    # FastStream connects beside the serving; what goes wrong there only ends the lifespan.
    if isinstance(server.lifespan, LifespanOn) and server.lifespan.error_occurred:
        crash("ops", Fault("the application ended with an error: has it lost its connection?"))
