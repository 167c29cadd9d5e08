"""The states of a task's persons in memory: bytes per person key, the latest ones decoded besides.

Also when each of them next needs a tick, and which have changed since the last transaction.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from heapq import heappush
from typing import Final

from gateway.domain.days import Instant
from gateway.domain.migrate import load
from gateway.domain.room import is_crowded
from gateway.domain.state import PersonState, encode
from gateway.shell.outputs import Outgoing
from schemas.topics import STATE

#: Header of a state record: when the person next needs a tick, so that restoring decodes nothing.
DUE_HEADER: Final = "due"
#: States kept decoded besides the bytes, some 10 KiB each: of all folds of a process together.
HOT_MAX: Final = 12_000


class States:
    """Persons by key; `hot_max` of them are kept decoded."""

    def __init__(self, hot_max: int) -> None:
        #: Persons of whom an agency has filled most of its part.
        self.crowded: set[str] = set()
        self._hot_max = hot_max
        self._stored: dict[str, bytes] = {}
        self._bytes = 0
        self._hot: OrderedDict[str, PersonState] = OrderedDict()
        self._dirty: dict[str, Instant] = {}
        self._dues: list[tuple[Instant, str]] = []
        self._due_of: dict[str, Instant] = {}

    def _keep(self, key: str, value: bytes) -> None:
        self._bytes += len(value) - len(self._stored.get(key, b""))
        self._stored[key] = value

    @property
    def persons(self) -> int:
        """How many persons are known."""
        return len(self._stored)

    @property
    def stored_bytes(self) -> int:
        """Bytes of all states."""
        return self._bytes

    def _load(self, key: str) -> PersonState | None:
        state = self._hot.get(key)
        if state is not None:
            self._hot.move_to_end(key)
            return state
        stored = self._stored.get(key)
        return None if stored is None else load(stored)

    def _note_room(self, key: str, state: PersonState) -> None:
        (self.crowded.add if is_crowded(state) else self.crowded.discard)(key)

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

    def _written(self) -> Iterator[Outgoing]:
        """The states that have changed, as records; they count as committed."""
        for key, now in self._dirty.items():
            value = encode(self._hot[key])
            self._keep(key, value)
            due = self._due_of.get(key)
            headers = () if due is None else ((DUE_HEADER, str(due).encode()),)
            yield Outgoing(STATE, now, key.encode(), value, headers)
        self._dirty = {}
        while len(self._hot) > self._hot_max:
            self._hot.popitem(last=False)
