"""The sink's own health, readiness and metrics, over HTTP.

FastStream's ping asks the admin client and is blind to a dead consumer. Ready means here: the
partitions are assigned, each is read from where the store ends, and the last fetch is recent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from aiokafka.errors import IllegalStateError
from faststream.asgi import AsgiResponse, get
from faststream.asgi.types import ASGIApp
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.followup.sink import Sink
from gateway.silence import sentence

FETCH_AGE_MAX_S = 60.0
POSITION_TIMEOUT_S = 1.0
#: All that is served; a test compares it with the routes of the application.
PATHS = ("/live", "/ready", "/metrics")


class SinkStatus(NamedTuple):
    """What an operator wants to know; ages in seconds, `lag` in offsets per partition."""

    ready: bool
    assigned: tuple[int, ...]
    lag: dict[int, int]
    last_write_age_s: float | None
    last_fetch_age_s: float | None
    brokers_silent_s: float
    alarms: tuple[str, ...]


async def sink_status(sink: Sink) -> SinkStatus:
    """The state of a running sink."""
    consumer: Any = sink.consumer
    assigned = [] if consumer is None else sorted(consumer.assignment())
    lag: dict[int, int] = {}
    fetches: list[float] = []
    for tp in assigned:
        try:
            end = consumer.last_stable_offset(tp)
            fetched = consumer.last_poll_timestamp(tp)
            position = await asyncio.wait_for(consumer.position(tp), POSITION_TIMEOUT_S)
        except (TimeoutError, IllegalStateError, AssertionError):  # revoked meanwhile
            continue
        if end is not None and end >= 0:
            lag[tp.partition] = max(0, end - position)
        if fetched is not None:
            fetches.append(time.time() - fetched / 1000)
    fetch_age = round(max(fetches), 3) if fetches else None
    fresh = not assigned or (fetch_age is not None and fetch_age < FETCH_AGE_MAX_S)
    write_age = round(time.monotonic() - sink.last_write, 3) if sink.batches else None
    silent = sentence(sink.silence.seconds)
    return SinkStatus(
        ready=sink.running and sink.assignment.ready and fresh and silent is None,
        assigned=tuple(tp.partition for tp in assigned),
        lag=lag,
        last_write_age_s=write_age,
        last_fetch_age_s=fetch_age,
        brokers_silent_s=round(sink.silence.seconds, 3),
        alarms=() if silent is None else (f"brokers: {silent}",),
    )


class _SinkMetrics(Collector):
    """The status and the counts of a sink at the time of the scrape."""

    def __init__(self, sink: Sink, status: SinkStatus) -> None:
        self._sink = sink
        self._status = status

    def collect(self) -> list[Metric]:
        """The metric families; no label holds anything of a fact."""
        name = "samverkan_followup_"
        records = CounterMetricFamily(
            f"{name}records", "Records taken from the follow-up topic.", labels=["result"]
        )
        for result, number in self._sink.total._asdict().items():
            records.add_metric([result], number)
        batches = CounterMetricFamily(f"{name}batches", "Batches written to the store.")
        batches.add_metric([], self._sink.batches)
        ready = GaugeMetricFamily(f"{name}ready", "1 when the sink reads and stores.")
        ready.add_metric([], int(self._status.ready))
        lag = GaugeMetricFamily(
            f"{name}lag", "Committed offsets not read yet.", labels=["partition"]
        )
        for partition, offsets in self._status.lag.items():
            lag.add_metric([str(partition)], offsets)
        stored = GaugeMetricFamily(
            f"{name}stored_offset", "Last offset stored.", labels=["partition"]
        )
        for partition in self._status.assigned:
            offset = self._sink.store.high_water(partition)
            if offset is not None:
                stored.add_metric([str(partition)], offset)
        families: list[Metric] = [records, batches, ready, lag, stored]
        alarm = GaugeMetricFamily(
            "samverkan_alarm", "1 while a guard has an alarm.", labels=["guard"]
        )
        alarm.add_metric(["brokers"], len(self._status.alarms))
        families.append(alarm)
        for key, age in (
            ("brokers_silent_seconds", self._status.brokers_silent_s),
            ("last_write_age_seconds", self._status.last_write_age_s),
            ("last_fetch_age_seconds", self._status.last_fetch_age_s),
        ):
            if age is not None:
                gauge = GaugeMetricFamily(name + key, "Age at the time of the scrape.")
                gauge.add_metric([], age)
                families.append(gauge)
        return families


def ops_routes(sink: Sink) -> Sequence[tuple[str, ASGIApp]]:
    """`/live`, `/ready` (200 or 503, JSON) and `/metrics` (Prometheus text)."""

    @get
    async def live(scope: dict[str, Any]) -> AsgiResponse:  # noqa: ARG001 - given by the framework
        """200 as long as the process answers."""
        return AsgiResponse(b"ok\n", 200, {"Content-Type": "text/plain"})

    @get
    async def ready(scope: dict[str, Any]) -> AsgiResponse:  # noqa: ARG001 - given by the framework
        """200 when the sink reads and stores, 503 otherwise, with its state as JSON."""
        status = await sink_status(sink)
        body = orjson.dumps(status._asdict(), option=orjson.OPT_NON_STR_KEYS)
        code = 200 if status.ready else 503
        return AsgiResponse(body, code, {"Content-Type": "application/json"})

    @get
    async def metrics(scope: dict[str, Any]) -> AsgiResponse:  # noqa: ARG001 - given by the framework
        """Metrics in Prometheus text format."""
        registry = CollectorRegistry()
        registry.register(_SinkMetrics(sink, await sink_status(sink)))
        return AsgiResponse(
            generate_latest(registry), 200, {"Content-Type": "text/plain; version=0.0.4"}
        )

    return tuple(zip(PATHS, (live, ready, metrics), strict=True))
