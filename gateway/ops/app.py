"""The FastStream application of a gateway process: the engine in its lifespan, and what to ask it.

`/live` the process runs, `/ready` tasks are assigned and restored and no guard forbids it,
`/metrics` Prometheus, measured at the moment of asking, `/asyncapi` the contract document for
people, `/asyncapi.json` for tools.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
from faststream.asgi import AsgiFastStream, AsgiResponse, get
from faststream.kafka import KafkaBroker
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.ops.contract_document import document, specification
from gateway.shell.connection import security_of
from gateway.shell.engine import Engine
from gateway.shell.faults import ended
from gateway.shell.guards import blocking, publish, watch
from gateway.shell.settings import Settings
from gateway.shell.standstill import watch_reading
from gateway.shell.telemetry import REGISTRY


def gateway_app(engine: Engine, idle_exit: float | None = None) -> AsgiFastStream:
    """The application; serving it runs the engine, and the engine's end ends the serving."""
    settings = engine.settings

    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        work = asyncio.create_task(engine.run(idle_exit), name="engine")
        work.add_done_callback(lambda _: getattr(app, "stop_serving", lambda: None)())
        watches = [
            asyncio.create_task(watch(engine, settings), name="watch"),
            asyncio.create_task(watch_reading(engine), name="watch reading"),
        ]
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
        return AsgiResponse(b"ok", 200)

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
            "parked": now.parked,
            "alarms": [f"{guard}: {text}" for guard, text in alarms.items()],
        }
        return AsgiResponse(orjson.dumps(body), 200 if is_ready else 503)

    @get
    async def metrics(_scope: Any) -> AsgiResponse:
        publish(engine.measure(), engine.watched, settings)
        return AsgiResponse(
            generate_latest(REGISTRY), 200, headers={"content-type": CONTENT_TYPE_LATEST}
        )

    @get
    async def asyncapi(_scope: Any) -> AsgiResponse:
        return AsgiResponse(
            orjson.dumps(document()), 200, headers={"content-type": "application/json"}
        )

    app = AsgiFastStream(
        _edge(settings),
        lifespan=lifespan,
        specification=specification(),
        asyncapi_path="/asyncapi",
        asgi_routes=[
            ("/live", live),
            ("/ready", ready),
            ("/metrics", metrics),
            ("/asyncapi.json", asyncapi),
        ],
        logger=None,
    )
    return app


def _edge(settings: Settings) -> KafkaBroker:
    """FastStream's own connection for edge consumers; the engine does not use it."""
    return KafkaBroker(
        settings.bootstrap_servers.split(","),  # FastStream takes a text for one address
        client_id="samverkan-ops",
        security=security_of(settings),
        allow_auto_create_topics=False,
        logger=None,
    )
