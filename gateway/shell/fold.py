"""The synchronous middle of a task: records in, outgoing records and new states out.

`Fold` owns the states of one partition number. It fires what is due before a record is decided,
lets a later message of a batch see the earlier one's result, and remembers which persons have to be
written. It knows nothing of Kafka: tests drive it with plain records.
"""

from __future__ import annotations

from collections import OrderedDict
from heapq import heappop, heappush
from typing import Final

import msgspec

from gateway.domain.context import Context, Terms, Tick, context_at
from gateway.domain.days import Instant
from gateway.domain.decide import decide
from gateway.domain.decision import Decision
from gateway.domain.migrate import load
from gateway.domain.shadow import differing
from gateway.domain.state import EMPTY, PersonState, encode
from gateway.shell.outputs import AuditChain, Outgoing, outgoing
from gateway.shell.telemetry import SHADOW, Tally
from schemas.codec import Codec, Decoded, Record
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.topics import STATE

#: The one key of `gateway.state` that is no person: the task's own stream time and audit chain.
TASK_KEY: Final = "task"
#: Header of a state record: when the person next needs a tick, so that restoring decodes nothing.
DUE_HEADER: Final = "due"
#: Timestamps outside this range cannot be instants of the cooperation; they are brought into it.
LATEST: Final[Instant] = 4_102_444_800_000
#: States kept decoded besides the bytes, some 10 KiB each: of all folds of a process together.
HOT_MAX: Final = 12_000


class TaskState(msgspec.Struct, frozen=True, array_like=True):
    """What a task knows besides its persons."""

    stream_time: Instant
    audit_count: int
    audit_previous: str


class Fold:
    """States of one partition number and the records that come of deciding."""

    def __init__(
        self,
        partition: int,
        codec: Codec,
        terms: Terms,
        keys: KeyRing,
        hot_max: int = HOT_MAX,
    ) -> None:
        self.partition = partition
        self.stream_time: Instant = 0
        self.chain = AuditChain()
        self.tally = Tally()
        self.pending: list[Outgoing] = []
        self.pending_bytes = 0
        self._codec = codec
        self._terms = terms
        self._keys = keys
        self._hot_max = hot_max
        self._stored: dict[str, bytes] = {}
        self.stored_bytes = 0
        self._hot: OrderedDict[str, PersonState] = OrderedDict()
        self._dirty: dict[str, Instant] = {}
        self._dues: list[tuple[Instant, str]] = []
        self._due_of: dict[str, Instant] = {}

    # -- restore

    def restore(self, key: str, value: bytes, due: Instant | None) -> None:
        """Take one record of `gateway.state`; later records of a key replace earlier ones."""
        if key == TASK_KEY:
            task = msgspec.msgpack.decode(value, type=TaskState)
            self.stream_time = task.stream_time
            self.chain = AuditChain(task.audit_count, task.audit_previous)
            return
        self._keep(key, value)
        self._schedule(key, due)

    def _keep(self, key: str, value: bytes) -> None:
        self.stored_bytes += len(value) - len(self._stored.get(key, b""))
        self._stored[key] = value

    @property
    def persons(self) -> int:
        """How many persons are known."""
        return len(self._stored)

    # -- deciding

    def take(self, record: Record) -> None:
        """Decide one record; everything due before it is decided first."""
        now = min(max(record.timestamp_ms, 0), LATEST)
        # Also when this record is late: what a late one was held for may be due already.
        self.advance(max(now, self.stream_time))
        decoded = self._codec.decode(record)
        cause = f"{record.topic}/{record.partition}/{record.offset}"
        self._decide(_state_key(decoded), decoded, record, now, cause)

    def advance(self, now: Instant) -> None:
        """Let stream time pass to `now`, firing deadlines in order of time, then of key."""
        while self._dues and self._dues[0][0] <= now:
            due, key = heappop(self._dues)
            if self._due_of.get(key) != due:
                continue
            del self._due_of[key]
            self._decide(key, Tick(due), None, due, f"due/{due}")
        self.stream_time = max(self.stream_time, now)

    def _decide(
        self,
        key: str | None,
        event: Decoded | Tick,
        record: Record | None,
        now: Instant,
        cause: str,
    ) -> None:
        state = None if key is None else self._load(key)
        record_key = _record_key(key, record)
        person_key = "" if record_key is None else record_key.decode("ascii", "replace")
        context = context_at(now, person_key, self.partition, self._terms, self._keys, self._codec)
        decision = decide(state, event, context)
        if self._terms.in_shadow is not None and isinstance(event, Decoded):
            self._in_shadow(state, event, decision, context, self._terms.in_shadow)
        version = self._terms.version
        for out in outgoing(
            decision, record, record_key, cause, now, self.chain, version, self.tally
        ):
            self.pending.append(out)
            self.pending_bytes += len(out.value)
        if key is not None and decision.state is not (EMPTY if state is None else state):
            self._store(key, decision.state, now)

    def _in_shadow(
        self,
        state: PersonState | None,
        decoded: Decoded,
        decision: Decision,
        context: Context,
        shadow: Terms,
    ) -> None:
        """Count where the rules in shadow would have said otherwise; nothing else is done of it."""
        message = decoded.message
        if message is not None:
            for found in differing(state, message, decoded.record, decision, context, shadow):
                self.tally.add(SHADOW, *found)

    def _load(self, key: str) -> PersonState | None:
        state = self._hot.get(key)
        if state is not None:
            self._hot.move_to_end(key)
            return state
        stored = self._stored.get(key)
        return None if stored is None else load(stored)

    def _store(self, key: str, state: PersonState, now: Instant) -> None:
        self._hot[key] = state
        self._hot.move_to_end(key)
        self._dirty[key] = now
        self._schedule(key, state.next_due)

    def _schedule(self, key: str, due: Instant | None) -> None:
        if due is None:
            self._due_of.pop(key, None)
        elif self._due_of.get(key) != due:
            self._due_of[key] = due
            heappush(self._dues, (due, key))

    # -- committing

    def drain(self) -> list[Outgoing]:
        """Everything to be written in one transaction: outputs, then states, then the task's own.

        A person decided twice is written once, with the last state.
        """
        out = self.pending
        for key, now in self._dirty.items():
            value = encode(self._hot[key])
            self._keep(key, value)
            due = self._due_of.get(key)
            headers = () if due is None else ((DUE_HEADER, str(due).encode()),)
            out.append(Outgoing(STATE, now, key.encode(), value, headers))
        task = TaskState(self.stream_time, self.chain.count, self.chain.previous)
        value = msgspec.msgpack.encode(task)
        out.append(Outgoing(STATE, self.stream_time, TASK_KEY.encode(), value, ()))
        self.pending = []
        self.pending_bytes = 0
        self._dirty = {}
        while len(self._hot) > self._hot_max:
            self._hot.popitem(last=False)
        return out


def _state_key(decoded: Decoded) -> str | None:
    """Whose state a record is decided on; None when it is refused before any state is needed.

    A counted refusal has no person: its state is of its own id, so that repeats are recognised.
    """
    message = decoded.message
    if message is None:
        return None
    if message.personal_number is None:
        return f"{NO_PERSON_KEY}:{message.id}"
    key = decoded.record.key
    assert key is not None, "the codec has compared the key with the person"
    return key.decode("ascii")


def _record_key(key: str | None, record: Record | None) -> bytes | None:
    if record is not None:
        return record.key
    assert key is not None, "a tick is of a person"
    return key.partition(":")[0].encode()
