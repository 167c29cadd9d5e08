"""From drafts to the records that go to Kafka, written with the same SDK as a real back-end."""

from __future__ import annotations

from typing import Any, NamedTuple

from gateway.sdk import Headers, Mode, Writer
from schemas.keys import KeyRing
from simulator.days import rfc3339
from simulator.story import Draft


class SimRecord(NamedTuple):
    """One record of the simulated year.

    Attributes:
        topic: input topic.
        partition: only where it is not Kafka's own partition of the key.
        key, value, headers: as they go to Kafka; value None is a tombstone.
        timestamp_ms: CreateTime.
        expect: status of the first receipt, None where it is open.
        kind: what sort of message this is: `plain`, `confirmation`, `late`, `duplicate`, ...
        codes: reason codes that the first receipt must contain; complete only for refusals.
    """

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int
    expect: str | None
    kind: str
    codes: tuple[str, ...] = ()


class Wire:
    """The case systems of both agencies as writers of records."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._writers = {agency: Writer(agency, keys) for agency in ("fk", "af")}

    def fact_id(self, draft: Draft) -> str:
        """The id of the fact that the gateway makes of a draft (contract-2 F 1)."""
        writer = self._writers[draft.agency]
        source = draft.attributes.get("source", writer.source)
        return self._keys.fact_id(writer.person_key(draft.data), source, draft.message_id)

    def envelope(self, draft: Draft) -> dict[str, Any]:
        """The CloudEvent of a draft."""
        return self._writers[draft.agency].envelope(
            draft.type,
            draft.data,
            message_id=draft.message_id,
            time=rfc3339(draft.sent_ms),
            **draft.attributes,
        )

    def record(self, draft: Draft, mode: Mode = "structured") -> SimRecord:
        """The record of a draft."""
        made = self._writers[draft.agency].record(self.envelope(draft), mode)
        return SimRecord(
            topic=made.topic,
            partition=None,
            key=made.key,
            # orjson's bytes keep the whole buffer they were written in: a copy is a sixth of it
            value=bytes(memoryview(made.value)),
            headers=made.headers,
            timestamp_ms=draft.sent_ms,
            expect=draft.first_status,
            kind=draft.kind,
        )
