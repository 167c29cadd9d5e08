"""Offline answers: the same codec and fold as the gateway, fed from files instead of Kafka.

A receipt belongs to a record by its place (topic, partition, offset), never by its order among what
was written: deadlines that pass come first, released messages last. A repeat is answered with the
original receipt, whose place is the original's; only that one has the header `gw-duplicate`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import orjson

from gateway.cli.files import Given, Reader
from gateway.shell.assemble import Parts, offline_keys
from gateway.shell.fold import Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.states import DUE_HEADER
from schemas.codec import Codec, Record
from schemas.topics import STATE

PARTITIONS: Final = 6
_DUPLICATE: Final = ("gw-duplicate", b"true")

Place = tuple[str, int, int]


class Said(msgspec.Struct, frozen=True):
    """A receipt: its data as written, and whether it repeats an earlier one."""

    data: dict[str, Any]
    duplicate: bool

    @property
    def place(self) -> Place:
        """Topic, partition and offset of the message that it answers."""
        return self.data["topic"], self.data["partition"], self.data["offset"]


class Answered(msgspec.Struct, frozen=True):
    """A record, its own receipt, what became of others because of it, and the notices."""

    given: Given
    record: Record
    own: Said
    others: tuple[Said, ...]
    notices: tuple[tuple[str, str], ...]


class Memory(msgspec.Struct, frozen=True):
    """What the gateways of all partition numbers keep: offsets, and their `gateway.state`."""

    offsets: dict[str, int]
    state: dict[str, tuple[bytes, int | None]]


class Offline:
    """Folds of all partition numbers in one process, without Kafka."""

    def __init__(self, fixed: Parts, partitions: int = PARTITIONS) -> None:
        keys = offline_keys(fixed.keys)
        codec = Codec(keys, partitions)
        self.reader = Reader(keys, partitions)
        self._folds = [Fold(n, codec, fixed.agreement, keys) for n in range(partitions)]
        self._offsets: dict[str, int] = {}
        self._state: dict[str, tuple[bytes, int | None]] = {}

    def answer(self, given: Given) -> Answered:
        """Decide a record of a file as the next of its topic's partition."""
        record = self.numbered(given.record)
        written = self.decide(record)
        receipts = [_said(out) for out in written if out.topic.endswith(".receipts")]
        own = _own(receipts, record)
        return Answered(
            given,
            record,
            own,
            tuple(said for said in receipts if said is not own),
            tuple(_notice(out) for out in written if out.topic.endswith(".notice")),
        )

    def decide(self, record: Record) -> tuple[Outgoing, ...]:
        """Decide a record as it stands in a topic; everything that is written because of it."""
        fold = self._folds[record.partition]
        fold.take(record)
        written = tuple(fold.pending)
        for out in fold.drain():
            if isinstance(out, Outgoing) and out.topic == STATE:
                self._note(record.partition, out)
        return written

    def _note(self, partition: int, out: Outgoing) -> None:
        key = f"{partition} {(out.key or b'').decode()}"
        due = dict(out.headers).get(DUE_HEADER)
        if out.value:
            self._state[key] = out.value, None if due is None else int(due)
        else:
            self._state.pop(key, None)

    def numbered(self, record: Record) -> Record:
        """The record with the next offset of its topic's partition."""
        place = f"{record.topic} {record.partition}"
        offset = self._offsets.get(place, 0)
        self._offsets[place] = offset + 1
        return record._replace(offset=offset)

    def memory(self) -> Memory:
        """Everything that `remember` needs to go on from here."""
        return Memory(dict(self._offsets), dict(self._state))

    def remember(self, memory: Memory) -> None:
        """Go on where another has stopped."""
        self._offsets.update(memory.offsets)
        self._state.update(memory.state)
        for name, (value, due) in memory.state.items():
            partition, _, key = name.partition(" ")
            self._folds[int(partition)].restore(key, value, due)


def _said(out: Outgoing) -> Said:
    return Said(orjson.loads(out.value)["data"], _DUPLICATE in out.headers)


def _own(receipts: Iterable[Said], record: Record) -> Said:
    """The record's own: the first for its place, or the one that repeats an earlier receipt."""
    place = record.topic, record.partition, record.offset
    return next(said for said in receipts if said.duplicate or said.place == place)


def _notice(out: Outgoing) -> tuple[str, str]:
    return out.topic, orjson.loads(out.value)["type"].removeprefix("se.samverkan.")
