"""`samverkan rules diff`: which messages would get another verdict by the rules in shadow.

Two gateways are played side by side over the same records, one with the binding rules and one with
those in shadow, each with a memory of its own. So what the shadow lets through, or refuses, counts
for what comes after; the gateway's own count judges each message from the binding state instead.
What is shown names messages by id, type and codes, never a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import merge

import orjson
from rich.console import Console

from gateway.cli.offline import Offline
from gateway.languages import Speech
from gateway.shell.assemble import Parts
from gateway.shell.outputs import Outgoing
from gateway.shell.reading import committed_reader, read_to
from gateway.shell.settings import Settings, UserError
from gateway.shell.whose import record_of
from schemas.codec import Record
from schemas.topics import INPUT_TOPICS

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The last receipt of a message: its status, and the codes with their severity."""

    status: str
    reasons: frozenset[tuple[str, str]]

    def __str__(self) -> str:
        return " ".join((self.status, *sorted({code for code, _ in self.reasons})))


@dataclass(frozen=True, slots=True)
class Change:
    """A message and what both rule sets say of it in the end."""

    message_id: str
    message_type: str
    binding: Verdict
    shadow: Verdict

    def codes(self) -> set[str]:
        """The codes that only one of the two gives."""
        return {code for code, _ in self.binding.reasons ^ self.shadow.reasons}


class _Book:
    """The latest receipt per message, and how many notices of each kind were sent."""

    def __init__(self, fixed: Parts, partitions: int) -> None:
        self.offline = Offline(fixed, partitions)
        self.latest: dict[Place, tuple[str, str, Verdict]] = {}
        self.notices: Counter[str] = Counter()

    def enter(self, written: Iterable[Outgoing]) -> None:
        """Note what was written."""
        for out in written:
            if out.topic.endswith(".receipts"):
                data = orjson.loads(out.value)["data"]
                reasons = frozenset((r["code"], r["severity"]) for r in data["reasons"])
                self.latest[data["topic"], data["partition"], data["offset"]] = (
                    data["message_id"],
                    data["message_type"] or "unreadable",
                    Verdict(data["status"], reasons),
                )
            elif out.topic.endswith(".notice"):
                self.notices[orjson.loads(out.value)["type"].split(".")[3]] += 1


class Sides:
    """Both rule sets over the same records.

    Raises:
        UserError: the agreement has no rules in shadow.
    """

    def __init__(self, fixed: Parts, partitions: int = 6) -> None:
        shadow = fixed.agreement.in_shadow
        if shadow is None:
            raise UserError(
                "The agreement has no rules in shadow; write a table [shadow] in the file named by"
                " SAMVERKAN_AGREEMENT, as its default shows."
            )
        binding = fixed.agreement.model_copy(update={"shadow": None})
        self._binding = _Book(replace(fixed, agreement=binding), partitions)
        self._shadow = _Book(replace(fixed, agreement=shadow), partitions)

    def read(self, file: str) -> None:
        """Let both decide the messages in a file."""
        offline = self._binding.offline
        for given in offline.reader.read(file):
            self.take(offline.numbered(given.record))

    def take(self, record: Record) -> None:
        """Let both decide a record."""
        for book in (self._binding, self._shadow):
            book.enter(book.offline.decide(record))

    @property
    def messages(self) -> int:
        """How many records were answered."""
        return len(self._binding.latest)

    def changes(self) -> Iterator[Change]:
        """The messages of which the two do not say the same, in the order they came."""
        for place, (message_id, message_type, binding) in self._binding.latest.items():
            shadow = self._shadow.latest[place][2]
            if binding != shadow:
                yield Change(message_id, message_type, binding, shadow)

    def notices(self) -> Iterator[tuple[str, int, int]]:
        """Kinds of notices that are sent more or less often: kind, binding, shadow."""
        for kind in sorted(self._binding.notices | self._shadow.notices):
            counts = self._binding.notices[kind], self._shadow.notices[kind]
            if counts[0] != counts[1]:
                yield kind, *counts


def print_diff(sides: Sides, speech: Speech, console: Console) -> None:
    """The counts by rule, then the messages, then the notices."""
    changes = list(sides.changes())

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False)

    say(
        f"{sides.messages} {speech.short('meddelanden', 'messages')}, {len(changes)}"
        f" {speech.short('med annat svar', 'answered apart')}"
    )
    counts = Counter(
        (code, change.binding.status, change.shadow.status)
        for change in changes
        for code in change.codes()
    )
    for (code, binding, shadow), count in sorted(counts.items()):
        say(f"  {code}: {binding} -> {shadow}: {count}")
    for change in changes:
        say(f"{change.message_id} {change.message_type.removeprefix('se.samverkan.')}")
        say(f"    {speech.short('bindande', 'binding')}: {change.binding}")
        say(f"    {speech.short('i skugga', 'in shadow')}: {change.shadow}")
    for kind, binding_count, shadow_count in sides.notices():
        say(f"{speech.short('notiser', 'notices')} {kind}: {binding_count} -> {shadow_count}")


async def diff_of_log(fixed: Parts) -> Sides:
    """Both rule sets over all that stands in the input topics, in the order of the gateway.

    Raises:
        UserError: there are no topics, or no rules in shadow.
    """
    log, partitions = await _log(fixed.settings)
    sides = Sides(fixed, partitions)
    for partition in range(partitions):
        own = (log.get((topic, partition), []) for topic in INPUT_TOPICS)
        # Lowest timestamp first, each topic's own order kept (contract section 9).
        for record in merge(*own, key=lambda r: (r.timestamp_ms, r.topic, r.offset)):
            sides.take(record)
    return sides


async def _log(settings: Settings) -> tuple[dict[tuple[str, int], list[Record]], int]:
    log: dict[tuple[str, int], list[Record]] = {}
    async with committed_reader(settings, *INPUT_TOPICS) as consumer:
        places = list(consumer.assignment())
        if {place.topic for place in places} != set(INPUT_TOPICS):
            raise UserError(
                f"The topics at {settings.bootstrap_servers} are not all there; name the Kafka in"
                " SAMVERKAN_BOOTSTRAP_SERVERS, or declare them: `samverkan topics create`."
            )
        async for place, records in read_to(consumer, await consumer.end_offsets(places)):
            log.setdefault((place.topic, place.partition), []).extend(map(record_of, records))
    return log, max(place.partition for place in places) + 1
