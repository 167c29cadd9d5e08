"""Records that end the process: the language of the tests on parked persons.

A `Troubled` gateway has a fault of the code for chosen types of messages; the supervisor starts it
again after each failure, as in production, with the mark that the process leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import orjson
import pytest

from gateway.domain.context import Context, Tick
from gateway.domain.decide import decide
from gateway.domain.decision import Decision
from gateway.domain.state import PersonState
from gateway.shell import fold as fold_module
from gateway.shell.fold import Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.parking import FAILED, PARK_AFTER, Lot, Poison
from schemas.codec import Decoded, Record
from schemas.partition import partition_of
from schemas.topics import AUDIT, COMMANDS, QUARANTINE, STATE
from tests.answer import Answer
from tests.dsl import AGREEMENT, ANNA, KEYS, PARTITIONS, Gateway

ANNAS_KEY = KEYS.person_key(ANNA)


class BrokenError(Exception):
    """The fault of the code; its text quotes a record, as texts of exceptions do."""


class Troubled(Gateway):
    """A gateway whose code cannot decide some messages."""

    def __init__(self, patch: pytest.MonkeyPatch, *broken: str, person: str = ANNA) -> None:
        self.broken = set(broken)
        self.failing = KEYS.person_key(person)
        self.lots: dict[str, int] = {}
        super().__init__(agreement=AGREEMENT)
        patch.setattr(fold_module, "decide", self._decide)
        patch.setattr(fold_module, "decide_kept", self._guarded(fold_module.decide_kept))

    @classmethod
    def at_a_call(cls, patch: pytest.MonkeyPatch) -> Troubled:
        """Anna has an open case, and her call cannot be decided."""
        troubled = cls(patch)
        troubled.opened_case()
        troubled.broken = {"referral.called"}
        return troubled

    def _fold(self, partition: int) -> Fold:
        return Fold(partition, self._codec, self.agreement, KEYS, lot=Lot(**self.lots))

    def _decide(
        self, state: PersonState | None, event: Decoded | Tick, context: Context
    ) -> Decision:
        name = "tick" if isinstance(event, Tick) else event.message and event.message.type.name
        if name in self.broken and context.person_key == self.failing:
            raise BrokenError(f"cannot decide {self.person}")
        return decide(state, event, context)

    def _guarded(self, decide_kept: Callable[..., Decision]) -> Callable[..., Decision]:
        def guarded(state: Any, line: Any, context: Context, *, ends: bool) -> Decision:
            for _, decoded in line:
                if decoded.message is not None and decoded.message.type.name in self.broken:
                    raise BrokenError
            decided: Decision = decide_kept(state, line, context, ends=ends)
            return decided

        return guarded

    def mended(self) -> Troubled:
        """The release in which it works."""
        self.broken.clear()
        return self

    # -- failing

    def failed(self, poison: Poison) -> Outgoing:
        """What the process writes before it ends, and what the next one begins with."""
        failure = self.folds[poison.partition].lot.after(poison)
        key = f"{FAILED}{poison.key}".encode()
        mark = Outgoing(STATE, 0, key, msgspec.msgpack.encode(failure), ())
        self.stored[poison.partition, key] = mark
        self.restart()
        return mark

    def take(self, topic: str, value: bytes | None, key: bytes | None, *more: Any, **of: Any):  # type: ignore[no-untyped-def]  # as in the base
        """Decide a record, one start after the other until one lives through it."""
        where = partition_of(key or b"", PARTITIONS) if of.get("partition") is None else 0
        for _ in range(PARK_AFTER + 5):
            try:
                return super().take(topic, value, key, *more, **of)
            except Poison as poison:
                self._offsets[topic, where] -= 1
                self.records.pop()
                self.failed(poison)
        raise AssertionError("it fails for ever")

    # -- operating

    def command(self, name: str, person: str = ANNAS_KEY, record: str = "", **of: Any) -> Answer:
        """An operator's command, on the partition on which the person is parked."""
        command = {
            "id": "c-1", "command": name, "person": person, "record": record,
            "who": "drift@fk", "why": "ärende 4711", **of,
        }  # fmt: skip
        return self.commanded(orjson.dumps(command), person)

    def commanded(self, value: bytes | None, person: str = ANNAS_KEY) -> Answer:
        """The same as bytes."""
        where = partition_of(person.partition(":")[0].encode(), PARTITIONS)
        for number, fold in enumerate(self.folds):
            where = number if person in fold.lot.parked else where
        for _ in range(PARK_AFTER + 1):
            try:
                fold = self.folds[where]
                fold.take(Record(COMMANDS, where, 0, self.now, person.encode(), value, ()))
            except Poison as poison:
                self.failed(poison)
            else:
                break
        written = tuple(self._commit(where))
        self.observer.wrote(written)
        return Answer("", written)

    def place(self, answer: Answer) -> str:
        """Where the record of an answer stands, as commands name it."""
        receipt = answer.receipts[0]
        return f"{receipt['topic']}/{receipt['partition']}/{receipt['offset']}"

    @property
    def parked(self) -> list[str]:
        """Persons parked, by key."""
        return sorted(key for fold in self.folds for key in fold.lot.parked)


def outcome(answer: Answer) -> dict[str, Any]:
    """What the audit says of a command: its last entry."""
    entries = [orjson.loads(o.value) for o in answer.records if o.topic == AUDIT]
    return dict(entries[-1])


def quarantined(answer: Answer) -> list[dict[str, Any]]:
    """What stands in quarantine."""
    return [orjson.loads(o.value) for o in answer.records if o.topic == QUARANTINE]
