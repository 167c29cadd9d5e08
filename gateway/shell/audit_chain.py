"""The hash chain of one partition of `gateway.audit`, checked entry by entry; no I/O.

Each entry has the next number and names the SHA-256 of the entry before it. What the chain alone
cannot show is whether its end was cut: that needs an earlier summary of the same chain, or the
state of the gateway (`gateway.shell.audit_end`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

from gateway.shell.audit_entry import Entry, read_entry
from schemas.record import Record

Check = Literal[
    "form", "partition", "beginning", "removed", "gap", "order", "repeat", "fork", "hash",
    "transaction", "earlier",
]  # fmt: skip
#: Places that are kept of a partition; more are counted.
BREAKS_MAX: Final = 100
CHECKS: Final[tuple[Check, ...]] = get_args(Check)
#: Whether entries before the first one are missing, and what can be known of it.
Front = Literal["empty", "whole", "expired", "unknown", "removed"]


class Break(NamedTuple):
    """A place of a partition at which a check does not hold."""

    partition: int
    offset: int
    check: Check
    text: str


class Note(NamedTuple):
    """Something that an auditor should know and that breaks no check."""

    offset: int
    text: str


class Seen(NamedTuple):
    """An entry and where it stands."""

    entry: Entry
    offset: int
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Log:
    """What the brokers say of a partition: first offset, end (read committed), retention.

    `retention_ms` is -1 for ever, None where it may not be asked for; `now_ms` is the time of the
    question.
    """

    start: int
    end: int
    retention_ms: int | None = None
    now_ms: int = 0


class Earlier(NamedTuple):
    """The last entry of a partition in an earlier summary."""

    number: int
    sha256: str


class Chain:
    """Takes the records of a partition in order and keeps every place that does not hold.

    After such a place it goes on from the entry found there, so that one which is known for long
    does not hide the next.
    """

    def __init__(self, partition: int, log: Log, earlier: Earlier | None = None) -> None:
        self.partition = partition
        self.entries = 0
        self.first: Seen | None = None
        self.last: Seen | None = None
        #: How many places do not hold, and the first of them.
        self.broken = 0
        self.breaks: list[Break] = []
        self.notes: list[Note] = []
        self._log = log
        self._earlier = earlier
        self._found = False
        self._other: Seen | None = None
        self._missing: dict[int, int] = {}
        self._next: dict[str, int] = {}

    def take(self, record: Record) -> None:
        """Check the next record."""
        entry = read_entry(record.key, record.value, record.headers)
        if entry is None:
            self._break(record.offset, "form", "the record is no entry of a gateway")
            return
        seen = Seen(entry, record.offset, record.timestamp_ms)
        if entry.partition != self.partition:
            text = f"the entry is one of partition {entry.partition}"
            self._break(seen.offset, "partition", text)
            return
        if self.last is None:
            self._begin(seen)
        else:
            self._follow(seen, self.last)
        self._compare_with_earlier(seen)
        self._note_order(seen)
        self.first = self.first or seen
        self.last = seen
        self.entries += 1

    def close(self) -> None:
        """Check what can only be said at the end of the log; then all is known."""
        last, log = self.last, self._log
        if last is not None and log.end <= last.offset + 1:
            self._break(
                last.offset,
                "transaction",
                f"entry {last.entry.number} is the end of the log: no transaction ends after it,"
                " as one does after all that a gateway writes",
            )
        if self.front == "removed":
            self._break(
                log.start,
                "removed",
                f"entries before offset {log.start} are gone, although the topic is kept for ever"
                " (retention.ms=-1): somebody has deleted them",
            )
        if self._earlier is not None and not self._found:
            self._without_the_earlier(self._earlier)
        self.breaks.sort(key=lambda found: found.offset)

    @property
    def front(self) -> Front:
        """What is missing before the first entry, as far as it can be known."""
        log, first = self._log, self.first
        if first is None and log.start == 0:
            return "empty"
        if log.start == 0 or (first is not None and first.entry.number == 1):
            return "whole"
        if log.retention_ms is None:
            return "unknown"
        if log.retention_ms < 0:
            return "removed"
        # Everything before the first entry is at least as old as the first entry.
        expired = first is None or first.timestamp_ms <= log.now_ms - log.retention_ms
        return "expired" if expired else "unknown"

    # -- single checks

    def _break(self, offset: int, check: Check, text: str) -> None:
        self.broken += 1
        if len(self.breaks) < BREAKS_MAX:
            self.breaks.append(Break(self.partition, offset, check, text))

    def _begin(self, seen: Seen) -> None:
        number = seen.entry.number
        if number == 1 and seen.entry.previous:
            self._break(seen.offset, "hash", "entry 1 names an entry before it")
        if number > 1 and self._log.start == 0:
            self._break(
                seen.offset,
                "beginning",
                f"the log begins with entry {number}, and nothing was removed from it: the topic"
                " was deleted and made anew",
            )

    def _follow(self, seen: Seen, last: Seen) -> None:
        entry, wanted = seen.entry, last.entry.number + 1
        number = entry.number
        if number > wanted:
            if len(self.breaks) < BREAKS_MAX:
                self._missing[wanted] = len(self.breaks)
            gone = f"{number - wanted} are missing" if number - wanted > 1 else "one is missing"
            text = f"entry {number} follows entry {last.entry.number}: {gone}"
            self._break(seen.offset, "gap", text)
        elif entry.sha256 == last.entry.sha256:
            self._break(seen.offset, "repeat", f"entry {number} is there twice")
        elif number in self._missing:
            # What looked like a gap was another order.
            at = self._missing.pop(number)
            text = f"entry {number} comes later, at offset {seen.offset}"
            self.breaks[at] = self.breaks[at]._replace(check="order", text=text)
        elif number < wanted:
            self._break(
                seen.offset,
                "fork",
                f"an entry {number} was there already: one of the two was put in, or the chain was"
                " continued from an older state",
            )
        elif entry.previous != last.entry.sha256:
            self._break(
                seen.offset,
                "hash",
                f"entry {number} names another hash than that of the entry before it, at offset"
                f" {last.offset}: one of the two was changed",
            )

    def _compare_with_earlier(self, seen: Seen) -> None:
        """Look whether this is the last entry of the earlier summary, or the one after it."""
        earlier, entry = self._earlier, seen.entry
        if earlier is None:
            return
        if entry.number == earlier.number:
            known = entry.sha256
        elif self.first is None and entry.number == earlier.number + 1:
            known = entry.previous
        else:
            return
        if known == earlier.sha256:
            self._found = True
        else:
            self._other = seen

    def _without_the_earlier(self, earlier: Earlier) -> None:
        first, last, log = self.first, self.last, self._log
        if self._other is not None:
            text = f"entry {earlier.number} is not that of the earlier summary"
            self._break(self._other.offset, "earlier", text)
        elif first is not None and first.entry.number > earlier.number and log.start > 0:
            text = f"entry {earlier.number} of the earlier summary was removed since"
            self.notes.append(Note(first.offset, text))
        elif first is None and log.start > 0:
            text = f"everything up to entry {earlier.number} of the earlier summary was removed"
            self.notes.append(Note(log.start, text))
        else:
            ends = "no entry" if last is None else f"entry {last.entry.number}"
            self._break(
                log.end,
                "earlier",
                f"the log ends with {ends}, but the earlier summary has entry {earlier.number}: the"
                " end was cut, or the topic was deleted and made anew",
            )

    def _note_order(self, seen: Seen) -> None:
        """Note where an input was decided anew: a reset group, or a topic that was made anew."""
        entry = seen.entry
        if not entry.duplicate and entry.cause != entry.place:
            return
        topic, _, rest = entry.cause.partition("/")
        _, _, offset = rest.partition("/")
        if not offset:
            return
        next_offset = self._next.get(topic, 0)
        if int(offset) < next_offset:
            text = (
                f"entry {entry.number} decides {entry.cause} after {topic} was decided up to offset"
                f" {next_offset - 1}: the group was set back, or the topic was made anew"
            )
            self.notes.append(Note(seen.offset, text))
        self._next[topic] = int(offset) + 1
