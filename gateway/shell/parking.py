"""Records that fail, and the persons who are parked because of it: what of that is remembered.

A record whose deciding raises ends the process, like every fault. Before it ends, the process
writes a mark beside the state (`gateway.shell.marks`); the next owner restores the marks with the
states. When a record has failed the same way as often as the setting says, it is not tried again:
its person is parked (`gateway.domain.parking`). Faults that are not of the record leave no mark.

Everything is a value of `gateway.state` with a key of its own: `failed:<person>`,
`parked:<person>`, `kept:<number>:<person>`. An empty value ends it. All but marks are written in
the task's usual transaction. Nothing here holds an exception's text: it may quote a record.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from gateway.domain.days import Instant
from gateway.domain.migrate import UnknownVersionError
from gateway.domain.state import Kept
from gateway.shell.faults import Fault
from gateway.shell.outputs import Outgoing
from schemas.topics import STATE

K = TypeVar("K")
V = TypeVar("V")

FAILED: Final = "failed:"
PARKED: Final = "parked:"
KEPT: Final = "kept:"
_NUMBER_DIGITS: Final = 6
PARK_AFTER: Final = 3
PARKED_MAX: Final = 20
#: A full memory and an older release are no fault of the record in hand.
NOT_OF_THE_RECORD: Final = (MemoryError, UnknownVersionError)


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """How often something of a person has failed in the same way, one start after the other.

    `cause` is the record (topic/partition/offset) or the deadline, `problem` the exception's type.
    """

    cause: str
    problem: str
    count: int


class Parked(msgspec.Struct, frozen=True, array_like=True):
    """Why a person is parked, and since when."""

    cause: str
    problem: str
    failures: int
    since: Instant


class Poison(Fault):
    """Deciding something of one person has raised; the next owner has to know."""

    def __init__(self, partition: int, key: str, cause: str, problem: str) -> None:
        # The cause of a deadline ends with the person key, which belongs into no log.
        shown = cause.rpartition("/")[0] if cause.startswith("due/") else cause
        super().__init__(f"deciding {shown} failed with {problem} (runbook: failing-record)")
        self.partition = partition
        self.key = key
        self.cause = cause
        self.problem = problem


class Lot:
    """The marks and the parked persons of one task.

    `park_after` failures of the same kind park a person, 0 never does; when `parked_max` persons
    are parked it is not the records that are wrong, and no more are.
    """

    def __init__(self, park_after: int = PARK_AFTER, parked_max: int = PARKED_MAX) -> None:
        self.failed: dict[str, Failure] = {}
        self.parked: dict[str, Parked] = {}
        self._lines: dict[str, dict[int, Kept]] = {}
        self._park_after = park_after
        self._parked_max = parked_max
        self._dirty: dict[str, bytes] = {}

    # -- restore

    def restore(self, key: str, value: bytes) -> bool:
        """Take a record of `gateway.state` if it is one of these; whether it was."""
        if key.startswith(FAILED):
            _set(self.failed, key.removeprefix(FAILED), _failure, value)
        elif key.startswith(PARKED):
            _set(self.parked, key.removeprefix(PARKED), _parked, value)
        elif key.startswith(KEPT):
            number, _, whose = key.removeprefix(KEPT).partition(":")
            _set(self._lines.setdefault(whose, {}), int(number), _kept, value)
        else:
            return False
        return True

    # -- marks

    def after(self, poison: Poison) -> Failure:
        """The mark to write for a failure: one more of the same, or the first of another."""
        before = self.failed.get(poison.key)
        first = Failure(poison.cause, poison.problem, 1)
        if before is None or (before.cause, before.problem) != (first.cause, first.problem):
            return first
        return Failure(first.cause, first.problem, before.count + 1)

    def due(self, cause: str) -> str | None:
        """Whose record or deadline has failed often enough not to be tried again."""
        for key, failure in self.failed.items():
            if failure.cause == cause and 0 < self._park_after <= failure.count:
                room = key in self.parked or len(self.parked) < self._parked_max
                return key if room else None
        return None

    def went_well(self, cause: str) -> None:
        """What had failed was decided, or is not tried any more: its mark goes."""
        for key in [key for key, failure in self.failed.items() if failure.cause == cause]:
            del self.failed[key]
            self._dirty[FAILED + key] = b""

    # -- parked persons

    def park(self, key: str, now: Instant) -> Failure:
        """Park the person; the failure because of which."""
        failure = self.failed[key]
        self.went_well(failure.cause)
        if key not in self.parked:
            parked = Parked(failure.cause, failure.problem, failure.count, now)
            self.parked[key] = parked
            self._dirty[PARKED + key] = msgspec.msgpack.encode(parked)
        return failure

    def keep(self, key: str, kept: Kept) -> None:
        """Put a record at the end of the person's line."""
        line = self._lines.setdefault(key, {})
        number = max(line, default=0) + 1
        line[number] = kept
        self._dirty[_kept_key(key, number)] = msgspec.msgpack.encode(kept)

    def line(self, key: str) -> list[Kept]:
        """What is kept of a person, in the order in which it came."""
        line = self._lines.get(key, {})
        return [line[number] for number in sorted(line)]

    def left(self, key: str, count: int) -> None:
        """The first of the line were decided: their bytes go."""
        line = self._lines.get(key, {})
        for number in sorted(line)[:count]:
            del line[number]
            self._dirty[_kept_key(key, number)] = b""

    def free(self, key: str) -> None:
        """The person is as all others again."""
        del self.parked[key]
        self._lines.pop(key, None)
        self._dirty[PARKED + key] = b""

    @property
    def kept(self) -> int:
        """Records that wait for an operator."""
        return sum(len(line) for line in self._lines.values())

    def drain(self, now: Instant) -> list[Outgoing]:
        """What changed since the last transaction, as records of the state topic."""
        out = [Outgoing(STATE, now, key.encode(), value, ()) for key, value in self._dirty.items()]
        self._dirty = {}
        return out


_failure: Final = msgspec.msgpack.Decoder(Failure)
_parked: Final = msgspec.msgpack.Decoder(Parked)
_kept: Final = msgspec.msgpack.Decoder(Kept)


def _set(found: dict[K, V], key: K, decoder: msgspec.msgpack.Decoder[V], value: bytes) -> None:
    if value:
        found[key] = decoder.decode(value)
    else:
        found.pop(key, None)


def _kept_key(key: str, number: int) -> str:
    return f"{KEPT}{number:0{_NUMBER_DIGITS}}:{key}"
