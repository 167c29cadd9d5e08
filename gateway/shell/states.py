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
from gateway.domain.pieces import Apart, apart, whole
from gateway.domain.room import is_crowded
from gateway.domain.state import PersonState
from gateway.shell.outputs import Outgoing
from gateway.shell.pieces import Pieces
from schemas.topics import STATE

#: Header of a state record: when the person next needs a tick, so that restoring decodes nothing.
DUE_HEADER: Final = "due"
#: States kept decoded besides the bytes, some 10 KiB each: of all folds of a process together.
HOT_MAX: Final = 12_000


class States:
    """Persons by key; `hot_max` of them are kept decoded."""

    def __init__(self, hot_max: int) -> None:
        self._crowded: set[str] = set()
        #: Persons whose room has not been looked at since they were restored.
        self._restored: set[str] = set()
        self._pieces = Pieces()
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
        """Bytes of all states and pieces in memory."""
        return self._bytes + self._pieces.bytes

    @property
    def crowded(self) -> set[str]:
        """Persons of whom an agency has filled most of its part."""
        while self._restored:
            key = self._restored.pop()
            state = self._load(key)
            if state is not None:
                self._note_room(key, state)
        return self._crowded

    def _load(self, key: str) -> PersonState | None:
        main = self._hot.get(key)
        if main is not None:
            self._hot.move_to_end(key)
        else:
            stored = self._stored.get(key)
            if stored is None:
                return None
            main = load(stored)
        return self._whole(key, main)

    def _whole(self, key: str, main: PersonState) -> PersonState:
        return whole(main, self._pieces.of(key)) if main.pieces else main

    def _restore_piece(self, key: str, value: bytes) -> bool:
        """Take a record of `gateway.state` if it is a piece; whether it was."""
        person = self._pieces.restore(key, value)
        if person is None:
            return False
        self._restored.add(person)
        return True

    def _note_room(self, key: str, state: PersonState) -> None:
        (self._crowded.add if is_crowded(state) else self._crowded.discard)(key)

    def _apart(self, key: str, state: PersonState, now: Instant) -> Apart:
        """The stored form of a person's next state; its pieces are taken over."""
        found = apart(state)
        if found.pieces or key in self._pieces:
            self._pieces.put(key, found.pieces, now)
        return found

    def _store(self, key: str, state: PersonState, now: Instant) -> None:
        found = self._apart(key, state, now)
        self._hot[key] = found.main
        self._hot.move_to_end(key)
        self._keep(key, found.stored)
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
            due = self._due_of.get(key)
            headers = () if due is None else ((DUE_HEADER, str(due).encode()),)
            yield Outgoing(STATE, now, key.encode(), self._stored[key], headers)
        self._dirty = {}
        while len(self._hot) > self._hot_max:
            self._hot.popitem(last=False)
