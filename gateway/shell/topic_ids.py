"""The ids of topics (KIP-516): whether a topic is still the one that was read.

A topic that is deleted and made anew has the same name and begins at offset 0 again. aiokafka
(0.14.0) fetches by name, so it would go on at its old place in the new log, and pass over what
stands before it. It speaks no version of the metadata request that tells the id, so version 12 is
spelled out here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from gateway.shell.faults import Fault, crash
from gateway.shell.private_aiokafka import client_of
from gateway.shell.topics import READ_TOPICS

#: Seconds between two looks, and how long an answer is waited for.
LOOK_S: Final = 5.0
_WAIT_S: Final = 5.0
_NO_ID: Final = bytes(16)

Ids = Mapping[str, bytes]
"""Topic -> id, of those that exist."""


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]  # aiokafka is untyped
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(16)


_PARTITION: Final = (
    ("error_code", Int16), ("partition", Int32), ("leader", Int32), ("leader_epoch", Int32),
    ("replicas", CompactArray(Int32)), ("isr", CompactArray(Int32)),
    ("offline_replicas", CompactArray(Int32)), ("tags", TaggedFields),
)  # fmt: skip
_BROKER: Final = (
    ("node_id", Int32), ("host", CompactString("utf-8")), ("port", Int32),
    ("rack", CompactString("utf-8")), ("tags", TaggedFields),
)  # fmt: skip
_TOPIC: Final = (
    ("error_code", Int16), ("topic", CompactString("utf-8")), ("topic_id", _Uuid),
    ("is_internal", Boolean), ("partitions", CompactArray(*_PARTITION)),
    ("operations", Int32), ("tags", TaggedFields),
)  # fmt: skip


class _Answer(Response):  # type: ignore[misc]  # aiokafka is untyped
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32), ("brokers", CompactArray(*_BROKER)),
        ("cluster_id", CompactString("utf-8")), ("controller_id", Int32),
        ("topics", CompactArray(*_TOPIC)), ("tags", TaggedFields),
    )  # fmt: skip


class _Question(RequestStruct):  # type: ignore[misc]  # aiokafka is untyped
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("topic_id", _Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields)
            ),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _Ask(Request[_Question]):  # type: ignore[misc]  # aiokafka is untyped
    API_KEY = 3

    def build(self, request_struct_class: Callable[..., Any]) -> Any:
        """The question for what a gateway reads; nothing is created by asking."""
        topics: list[Any] = [(_NO_ID, topic, {}) for topic in READ_TOPICS]
        return request_struct_class(topics, False, False, {})


async def topic_ids(consumer: AIOKafkaConsumer) -> Ids:
    """The ids of what a gateway reads; a topic that is not there has none."""
    client = client_of(consumer)
    answer = await client.send(client.get_random_node(), _Ask())
    return {topic[1]: topic[2] for topic in answer.topics if topic[0] == 0}


class Known:
    """The ids as they were when reading began."""

    def __init__(self) -> None:
        self._ids: dict[str, bytes] = {}

    def look(self, ids: Ids) -> None:
        """Take in the ids of now.

        Raises:
            Fault: a topic is another one than before. One that is missing may only be unknown yet
                to the broker that was asked.
        """
        for topic, found in ids.items():
            if self._ids.setdefault(topic, found) != found:
                raise Fault(
                    f"the topic {topic} was deleted and made anew while it was read: what the new"
                    " one holds before the old place is unread (runbook: topic-made-anew)"
                )


async def watch_topics(ask: Callable[[], Any], every_s: float = LOOK_S) -> None:
    """Look now and then, for ever; another topic of the same name ends the process."""
    known = Known()
    while True:
        try:
            known.look(await asyncio.wait_for(ask(), _WAIT_S))
        except (TimeoutError, OSError, KafkaError):
            pass
        except Fault as problem:
            crash("topics", problem)
        await asyncio.sleep(every_s)
