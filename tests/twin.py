"""A fold with its express twin beside it: whatever is done to one is done to both, and compared.

Without Rust on the machine, or with rules in shadow, it is a plain fold. Else a lane that cannot
be used is a failure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from gateway.domain.context import Terms
from gateway.domain.days import Instant
from gateway.express.lane import open_lane
from gateway.shell import telemetry
from gateway.shell.batches import Prepared
from gateway.shell.express_fold import ExpressFold
from gateway.shell.fold import Fold
from gateway.shell.outputs import Outgoing
from schemas.codec import Codec, Decoded, Record
from schemas.keys import KeyRing
from tests.comparable import comparable

#: Of this session: messages given to a lane, taken by it, and comparisons made.
COUNTED: Final = Counter[str]()
_TABLES: dict[int, tuple[Terms, str | None]] = {}


def _tables(terms: Terms, keys: KeyRing, partitions: int) -> str | None:
    """What a lane needs under these terms, worked out once for them; None when there is no lane."""
    if id(terms) not in _TABLES:
        said = comparable("required", terms, keys, partitions)
        # The terms are kept, so that nothing else can get their identity.
        _TABLES[id(terms)] = (terms, said)
    return _TABLES[id(terms)][1]


class TwinFold(Fold):
    """Decides in Python, and asserts that the express lane would write the very same."""

    def __init__(
        self, partition: int, codec: Codec, terms: Terms, keys: KeyRing, partitions: int
    ) -> None:
        super().__init__(partition, codec, terms, keys)
        self._within = False
        self._compared = 0
        self._partitions = partitions

    @cached_property
    def _twin(self) -> ExpressFold | None:
        """Made when something happens: of most folds of a test nothing does."""
        said = _tables(self._terms, self._keys, self._partitions)
        if said is None:
            return None
        fixed = (self.partition, self._codec, self._terms, self._keys)
        return ExpressFold(*fixed, lane=open_lane(said))

    def restore(self, key: str, value: bytes, due: Instant | None) -> None:
        """Both."""
        super().restore(key, value, due)
        if self._twin is not None:
            self._twin.restore(key, value, due)

    def take(self, record: Record, decoded: Decoded | None = None) -> None:
        """Both; only Python is given what was read ahead."""
        self._within = True
        try:
            super().take(record, decoded)
        finally:
            self._within = False
        if self._twin is not None:
            COUNTED["wanted"] += 1
            self._twin.take(record)
            self._compare(f"{record.topic}/{record.partition}/{record.offset}")

    def advance(self, now: Instant) -> None:
        """Both; not when it is part of taking a record."""
        super().advance(now)
        if self._twin is not None and not self._within:
            self._twin.advance(now)
            self._compare(f"time {now}")

    def drain(self) -> Sequence[Outgoing | Prepared]:
        """Both; states are compared with all the rest here."""
        out = super().drain()
        if self._twin is not None:
            self._twin.settle()
            assert _shown(self._twin.records()) == _shown(out), "the transaction differs"
            self._twin.forget()
            COUNTED["taken"] += self._twin.tally.taken().get((telemetry.EXPRESS, ()), 0)
            assert (self._twin.persons, self._twin.stored_bytes) == (
                self.persons, self.stored_bytes
            )  # fmt: skip
            self._compared = 0
        return out

    def _compare(self, cause: str) -> None:
        assert self._twin is not None
        mine, its = _shown(self.pending), _shown(self._twin.records())
        assert its[self._compared :] == mine[self._compared :], f"after {cause}"
        self._compared = len(mine)
        COUNTED["compared"] += 1


def _shown(records: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [(*record[:4], tuple(record[4])) for record in records]
