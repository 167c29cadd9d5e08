"""Between aiokafka's task for the group and the engine: nothing that goes wrong gets lost there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from aiokafka import ConsumerRebalanceListener, TopicPartition

from gateway.shell.connection import is_cancelled
from gateway.shell.faults import crash
from gateway.shell.telemetry import log


class Owner(Protocol):
    """The part of the engine that reacts to a rebalance."""

    async def revoked(self) -> None:
        """Give everything up."""
        ...

    def stay_member(self) -> None:
        """Stay in the group meanwhile."""
        ...

    async def assign(self, partitions: Iterable[TopicPartition]) -> None:
        """Take over."""
        ...


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """Hands rebalances to the engine; aiokafka would log and swallow an exception raised here."""

    def __init__(self, engine: Owner) -> None:
        self._engine = engine

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:
        """Before a rebalance, and with nothing revoked at the first join."""
        log("revoked", partitions=sorted({tp.partition for tp in revoked}))
        try:
            await self._engine.revoked()
        except BaseException as problem:  # noqa: BLE001 - see `_ended`
            self._ended("revoked", problem)

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        """After a rebalance."""
        try:
            self._engine.stay_member()
            await self._engine.assign(assigned)
        except BaseException as problem:  # noqa: BLE001 - see `_ended`
            self._ended("assigned", problem)

    def _ended(self, where: str, problem: BaseException) -> None:
        """Every fault ends the process.

        Also a CancelledError that is nobody's: aiokafka would take it for its own, and end the task
        that keeps the group, while heartbeats go on and nothing is decided any more.
        """
        if isinstance(problem, asyncio.CancelledError) and is_cancelled():
            raise problem
        crash(where, problem)
