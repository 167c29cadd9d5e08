"""Serving an ASGI application beside the work it reports on, without giving it the signals."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from threading import Timer
from typing import Any, Final

import uvicorn
from uvicorn.lifespan.on import LifespanOn

from gateway.shell.faults import Fault, crash, place
from gateway.shell.settings import UserError
from gateway.shell.telemetry import log
from gateway.web import web_config

#: Below the 30 s after which what watches over processes commonly kills them. What was decided and
#: not committed by then never was, as after any fault.
STOP_LIMIT_S: Final = 25.0


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


def _waited_for(loop: asyncio.AbstractEventLoop) -> str:
    """Where the tasks stand that have not ended, as names and places without anybody's data."""
    found = []
    for task in asyncio.all_tasks(loop):
        for frame in task.get_stack(limit=1):
            code = frame.f_code
            stands = place(code.co_filename, frame.f_lineno, code.co_name)
            found.append(f"{task.get_name()} at {stands}")
    return ", ".join(sorted(found))


async def serve(
    app: Any,
    host: str,
    port: int,
    on_signal: Callable[[], None],
    paths: tuple[str, ...] = (),
    stop_limit_s: float = STOP_LIMIT_S,
) -> None:
    """Serve `paths` until the app's own work ends; SIGTERM and SIGINT call `on_signal`.

    Whatever has not ended `stop_limit_s` seconds after a signal is a fault: a process that takes
    for ever to leave would be killed without a word, and what it waited for would stay unknown.

    Raises:
        UserError: the port is taken.
    """
    listening = _bound(host, port)
    server = _Server(web_config(app, paths, lifespan="on"))
    loop = asyncio.get_running_loop()

    def too_late() -> None:
        waited_for = "what, cannot be said"
        try:
            waited_for = _waited_for(loop)
        finally:
            crash(
                "stop",
                Fault(
                    f"not stopped {stop_limit_s:g} s after the signal: {waited_for}"
                    " (runbook: general)"
                ),
            )

    def stop() -> None:
        # A thread of its own: the loop may be what hangs.
        limit = Timer(stop_limit_s, too_late)
        limit.daemon = True
        limit.start()
        on_signal()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    app.stop_serving = lambda: setattr(server, "should_exit", True)
    log("ops", url=f"http://{host}:{listening.getsockname()[1]}")
    await server.serve(sockets=[listening])
    # An error of the application beside its work only ends the lifespan.
    if isinstance(server.lifespan, LifespanOn) and server.lifespan.error_occurred:
        crash(
            "ops", Fault("the application ended with an error beside its work (runbook: general)")
        )
