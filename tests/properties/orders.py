"""Interleavings of topics: each keeps its own order, everything between them is free (law 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from gateway.shell.outputs import Outgoing
from tests.answer import counted
from tests.dsl import Gateway

Sent = tuple[str, dict[str, Any]]
"""Topic and event."""


def interleavings(messages: Sequence[Sent]) -> st.SearchStrategy[list[Sent]]:
    """Every order in which the topics' records can arrive."""
    turns = [topic for topic, _ in messages]
    return st.permutations(turns).map(lambda order: in_turns(messages, order))


def in_turns(messages: Sequence[Sent], turns: Sequence[str]) -> list[Sent]:
    """The messages with their topics taking turns as told."""
    queues: dict[str, list[Sent]] = {}
    for message in messages:
        queues.setdefault(message[0], []).append(message)
    return [queues[topic].pop(0) for topic in turns]


class Outcome:
    """What must not depend on the order: who was accepted, what was delivered, what is counted."""

    def __init__(self, gateway: Gateway, messages: Sequence[Sent]) -> None:
        """Let a fresh gateway take the messages a second apart."""
        for topic, event in messages:
            gateway.later(seconds=1).put(topic, event)
        self.gateway = gateway
        self.statuses = statuses(gateway.log)
        self.delivered = delivered(gateway.log)
        self.counts = counted(gateway.log)

    @property
    def accepted(self) -> set[str]:
        """Ids of the accepted messages."""
        return {m for m, status in self.statuses.items() if status.startswith("ACCEPTED")}


def statuses(log: Sequence[Outgoing]) -> dict[str, str]:
    """Message id -> its last status."""
    import orjson  # noqa: PLC0415 - receipts are read here only

    found = {}
    for out in log:
        if out.topic.endswith(".receipts"):
            data = orjson.loads(out.value)["data"]
            found[data["message_id"]] = data["status"]
    return found


def delivered(log: Sequence[Outgoing]) -> Counter[tuple[Any, ...]]:
    """Deliveries without the instant of their decision."""
    return Counter(
        (
            out.topic,
            out.key,
            out.value,
            tuple((name, value) for name, value in out.headers if name != "gw-accepted-at"),
        )
        for out in log
        if ".in." in out.topic and not out.topic.endswith(".notice")
    )
