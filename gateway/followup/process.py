"""One sink process: check, start, watch, stop.

Exit codes: 0 after SIGTERM, SIGINT or `idle_exit`, with the batch in hand stored and committed; 1
when it was refused and 69 when the brokers do not answer, with one sentence on stderr; 70 at once
on any fault, to be started again by its supervisor, which loses and doubles nothing. 70 is
EX_SOFTWARE; 3 would be uvicorn's.
FastStream restarts a consuming task that died and logs an unreachable broker and waits; the watch
here ends the process on the first, and readiness shows the second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import uvicorn
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from faststream.asgi import AsgiFastStream
from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity

from gateway.followup.errors import AwayError, FollowupError, SinkError
from gateway.followup.ops import PATHS, ops_routes
from gateway.followup.sink import GRACEFUL_TIMEOUT_S, SESSION_TIMEOUT_MS, Sink
from gateway.followup.store import FactStore
from gateway.silence import is_away
from gateway.web import STOP_S, web_config
from schemas.topics import FOLLOWUP

_LOG = logging.getLogger("samverkan.followup")
EXIT_REFUSED = 1
EXIT_FAULT = 70
WATCH_INTERVAL_S = 0.1


def run_followup(
    bootstrap: str,
    store: Path | str,
    group: str,
    idle_exit: float | None = None,
    *,
    ops_port: int = 0,
    ops_host: str = "127.0.0.1",
    session_timeout_ms: int = SESSION_TIMEOUT_MS,
    topic: str = FOLLOWUP,
    security: BaseSecurity | None = None,
) -> int:
    """Runs the follow-up sink in this process until a signal stops it.

    Args:
        bootstrap: Kafka's address, `host:port`, several joined by commas.
        store: folder of the fact store; made if there is none.
        group: consumer group id; processes of one group share one store folder.
        idle_exit: stop after this many seconds without input, once all is read; None: never.
        ops_host: address on which health and metrics are served.
        ops_port: port for health and metrics; 0 takes a free one. It is printed.
        session_timeout_ms: after a kill -9 the group gives the partitions away this much later.
        topic: the follow-up topic; another one only in tests.
        security: how to speak with Kafka; None: in plain text.

    Returns:
        0. A fault ends the process at once with 70 and does not return.

    Raises:
        FollowupError: it cannot start, or the store and the topic do not belong together.
    """

    async def run() -> int:
        await _check_topic(bootstrap, topic, security)
        facts = FactStore.open(store, topic)
        sink = Sink(facts, bootstrap, topic, group, _end_now, session_timeout_ms, security)
        return await _serve(sink, idle_exit, (ops_host, ops_port))

    return asyncio.run(run())


async def _serve(sink: Sink, idle_exit: float | None, place: tuple[str, int]) -> int:
    app = AsgiFastStream(sink.broker, asgi_routes=ops_routes(sink), logger=None)
    with _listening(place) as listener:
        # The life of the app is led here, not by uvicorn: with its lifespan a broker that fails to
        # start would leave a healthy server over a dead consumer.
        server = uvicorn.Server(web_config(app, PATHS, lifespan="off"))
        stop = _on_signal()
        _say(f"ops on http://{place[0]}:{listener.getsockname()[1]} ({' '.join(PATHS)})")
        try:
            await app.start()
        except KafkaError as error:
            _end_now(error)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        listening = asyncio.create_task(sink.silence.listen(sink.ask_brokers))
        listening.add_done_callback(_listened)
        await _watch(sink, stop, idle_exit)
        listening.remove_done_callback(_listened)
        listening.cancel()
        server.should_exit = True
        try:
            limit_s = GRACEFUL_TIMEOUT_S + STOP_S
            await asyncio.wait_for(asyncio.gather(app.stop(), serving), limit_s)
        except TimeoutError:  # the broker does not answer; what was taken is stored all the same
            _LOG.warning("stopped without leaving the group")
            _exit(0)
    _say(f"stored {sink.total.written} facts")
    return 0


async def _check_topic(bootstrap: str, topic: str, security: BaseSecurity | None) -> None:
    """Subscribing to a topic that is not there would wait for ever without a word."""
    probe = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id="samverkan-followup-check",
        request_timeout_ms=15_000,
        **parse_security(security),
    )
    try:
        await probe.start()
        known = await probe.topics()
    except (KafkaError, OSError) as problem:
        if not is_away(problem):
            raise SinkError(
                f"The brokers at {bootstrap} refuse what was asked of them"
                f" ({type(problem).__name__}); grant the sink the rights that `samverkan topics"
                " rights followup` prints."
            ) from None
        raise AwayError(
            f"Kafka does not answer at {bootstrap}: start it (`samverkan broker start`) or name "
            "its address in SAMVERKAN_BOOTSTRAP_SERVERS."
        ) from None
    finally:
        await probe.stop()
    if topic not in known:
        raise SinkError(
            f"The topic {topic} does not exist on {bootstrap}: run `samverkan topics create`."
        )


@contextlib.contextmanager
def _listening(place: tuple[str, int]) -> Iterator[socket.socket]:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
    except OSError as error:
        listener.close()
        raise SinkError(
            f"Port {place[1]} for health and metrics cannot be taken ({error.strerror}): name a"
            " free one in SAMVERKAN_OPS_PORT, or 0 for any."
        ) from None
    with listener:
        yield listener


def _on_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set.

    uvicorn takes the signals over while it serves and raises them again afterwards; with a handler
    of the loop in place that second one is harmless, and the exit code stays 0.
    """
    stop = asyncio.Event()
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
    return stop


async def _watch(sink: Sink, stop: asyncio.Event, idle_exit: float | None) -> None:
    """Returns when the sink shall stop in good order."""
    while not stop.is_set():
        if any(task.done() for task in sink.subscriber.tasks):
            _end_now(RuntimeError("the consuming task ended"))
        if idle_exit is not None and time.monotonic() - sink.last_input >= idle_exit:
            try:
                if await sink.caught_up():
                    return
            except KafkaError as error:
                _LOG.warning("cannot tell whether all is read: %s", type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), WATCH_INTERVAL_S)


def _listened(task: asyncio.Task[None]) -> None:
    """The watch over the brokers lasts as long as the process; its silence would be good news."""
    problem = asyncio.CancelledError() if task.cancelled() else task.exception()
    _end_now(problem or RuntimeError("the watch over the brokers ended"))


def _end_now(error: BaseException) -> NoReturn:
    """Ends the process without any cleanup: what is stored is whole, the rest is read again."""
    refused = isinstance(error, FollowupError)
    try:
        if refused:
            sys.stderr.write(f"{error}\n")
        else:
            # Only the type: a foreign exception's text might quote a record. A disk's does not.
            detail = f" ({error.strerror})" if isinstance(error, OSError) else ""
            _LOG.critical("fault: %s%s", type(error).__name__, detail)
    finally:
        _exit(EXIT_REFUSED if refused else EXIT_FAULT)


def _exit(code: int) -> NoReturn:
    try:
        sys.stderr.flush()
        sys.stdout.flush()
    finally:
        # Whoever reads what is said may be gone, and the pipe with them.
        os._exit(code)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
