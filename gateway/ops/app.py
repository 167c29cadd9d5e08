"""The FastStream application of a gateway process: the engine in its lifespan, and what to ask it.

`/live` the process runs, `/ready` tasks are assigned and restored and no guard forbids it,
`/metrics` Prometheus, measured at the moment of asking, `/asyncapi` the contract document for
people, `/asyncapi.json` for tools. No other path is served (`gateway.web`), FastStream's own
`asyncapi_path` least of all: it mounts a route that publishes what it is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Any, Final

import orjson
from faststream.asgi import AsgiFastStream, AsgiResponse, get
from faststream.kafka import KafkaBroker
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.ops.contract_document import document
from gateway.ops.contract_page import PAGE_POLICY, page
from gateway.shell.engine import Engine
from gateway.shell.faults import ended
from gateway.shell.guards import blocking, publish, watch
from gateway.shell.standstill import watch_reading
from gateway.shell.telemetry import REGISTRY
from gateway.shell.topic_ids import watch_topics

#: All that is served; a test compares it with the routes of the application.
PATHS: Final = ("/live", "/ready", "/metrics", "/asyncapi", "/asyncapi.json")
_TEXT: Final = {"content-type": "text/plain; charset=utf-8"}
_JSON: Final = {"content-type": "application/json"}


_MAKING: Final = threading.Lock()


@cache
def _json() -> bytes:
    return orjson.dumps(document())


def _one_at_a_time(make: Callable[[], bytes]) -> bytes:
    """A document; it is made at the first question, which takes seconds, and by one thread."""
    with _MAKING:
        return make()


def gateway_app(engine: Engine, idle_exit: float | None = None) -> AsgiFastStream:
    """The application; serving it runs the engine, and the engine's end ends the serving."""
    settings = engine.settings

    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        work = asyncio.create_task(engine.run(idle_exit), name="engine")
        work.add_done_callback(lambda _: getattr(app, "stop_serving", lambda: None)())
        watches = _watches(engine)
        for watching in watches:
            watching.add_done_callback(ended)
        yield
        for watching in watches:
            watching.remove_done_callback(ended)
            watching.cancel()
        engine.stop()
        await work

    @get
    async def live(_scope: Any) -> AsgiResponse:
        return AsgiResponse(b"ok", 200, _TEXT)

    @get
    async def ready(_scope: Any) -> AsgiResponse:
        now = engine.measure()
        alarms = publish(now, engine.watched, settings)
        is_ready = engine.ready and not blocking(alarms)
        body = {
            "ready": is_ready,
            "partitions": sorted(engine.tasks),
            "persons": now.persons,
            "caught_up": engine.caught_up,
            "express": engine.express,
            "rules_version": engine.installation.agreement,
            "installation": engine.installation.name,
            "parked": now.parked,
            "alarms": [f"{guard}: {text}" for guard, text in alarms.items()],
        }
        return AsgiResponse(orjson.dumps(body), 200 if is_ready else 503, _JSON)

    @get
    async def metrics(_scope: Any) -> AsgiResponse:
        publish(engine.measure(), engine.watched, settings)
        return AsgiResponse(
            generate_latest(REGISTRY), 200, headers={"content-type": CONTENT_TYPE_LATEST}
        )

    @get
    async def asyncapi(_scope: Any) -> AsgiResponse:
        body = await asyncio.to_thread(_one_at_a_time, page)
        headers = {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": PAGE_POLICY,
        }
        return AsgiResponse(body, 200, headers=headers)

    @get
    async def asyncapi_json(_scope: Any) -> AsgiResponse:
        return AsgiResponse(await asyncio.to_thread(_one_at_a_time, _json), 200, _JSON)

    handlers = (live, ready, metrics, asyncapi, asyncapi_json)
    app = AsgiFastStream(
        _no_connection(),
        lifespan=lifespan,
        asgi_routes=list(zip(PATHS, handlers, strict=True)),
        logger=None,
    )
    return app


def _watches(engine: Engine) -> list[asyncio.Task[None]]:
    """What is watched beside the work; each lasts as long as the process."""
    return [
        asyncio.create_task(watch(engine, engine.settings), name="watch"),
        asyncio.create_task(watch_reading(engine), name="watch reading"),
        asyncio.create_task(watch_topics(engine.topic_ids), name="watch topics"),
        asyncio.create_task(engine.silence.listen(engine.ask_brokers), name="watch brokers"),
    ]


def _no_connection() -> KafkaBroker:
    """FastStream's frame asks for a broker; this one never connects and has no producer.

    `consumer_only` is what keeps FastStream from starting a producer and an admin client, and
    without a subscriber no consumer is made either. All that is written is written by the tasks.
    """
    return KafkaBroker(client_id="samverkan-ops", consumer_only=True, logger=None)
