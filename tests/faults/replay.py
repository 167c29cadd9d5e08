"""Laws 2, 4 and 5: what was written, against the same records decided once more without any fault.

The audit says in which order a partition's records were decided. The fold takes them in that order
again and must write the same bytes (law 5); a rejected message must then have changed nothing but
receipt and counts (law 2). Of a log that stood there completely that order is the one of the
timestamps; of one that came bit by bit, the order of timestamps must lead to the same (law 4).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import orjson

from gateway.domain.migrate import load
from gateway.domain.pieces import whole
from gateway.domain.state import STATE_VERSION
from gateway.shell.fold import TASK_KEY, Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.parking import FAILED, KEPT, PARKED
from gateway.shell.pieces import PIECE, Pieces
from schemas.codec import Codec
from schemas.keys import NO_PERSON_KEY
from schemas.record import Record
from schemas.topics import ALL_TOPICS, AUDIT, FOLLOWUP, INPUT_TOPICS, RECEIPT_TOPICS, STATE
from tests.dsl import AGREEMENT, KEYS
from tests.faults.checker import ACCEPTED, Log
from tests.kafka.live import PARTITIONS

OUTPUTS: Final = tuple(t for t in ALL_TOPICS if t not in INPUT_TOPICS and t != STATE)
#: What a rejected message may lead to.
_OF_A_REFUSAL: Final = frozenset({*RECEIPT_TOPICS, AUDIT, FOLLOWUP, "gateway.quarantine"})
#: When it was accepted, and which receipt says so; its warnings tell what was known by then.
_OF_THE_RECEIPT: Final = frozenset({"gw-accepted-at", "gw-receipt-id", "traceparent"})
Bytes = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...], int]


def _bytes(record: Record | Outgoing) -> Bytes:
    return (record.key, record.value, tuple(record.headers), record.timestamp_ms)


@dataclass
class Replayed:
    """What the fold writes for records in an order, and whether a refusal changed anything."""

    written: dict[str, list[Outgoing]] = field(default_factory=lambda: defaultdict(list))
    changed: list[str] = field(default_factory=list)

    @property
    def states(self) -> dict[str, bytes]:
        """Key -> the last that was stored of it."""
        return _standing((out.key, out.value) for out in self.written[STATE])


def _standing(stored: Iterable[tuple[bytes | None, bytes | None]]) -> dict[str, bytes]:
    """The last value of each key; an empty one ends it."""
    last = {(key or b"").decode(): value for key, value in stored}
    return {key: value for key, value in last.items() if value}


def replay(n: int, records: Iterable[Record]) -> Replayed:
    """Let one fold decide the records of a partition, each committed by itself."""
    fold = Fold(n, Codec(KEYS, PARTITIONS), AGREEMENT, KEYS)
    made = Replayed()
    for record in records:
        # Deadlines first, by themselves, so that what follows is the record's own doing.
        fold.advance(max(record.timestamp_ms, fold.stream_time))
        _keep(made, fold.drain())
        fold.take(record)
        own = fold.drain()
        _keep(made, own)
        if _refused(own) and any(not _belongs_to_a_refusal(out) for out in own):
            made.changed.append(f"{record[:3]} was rejected and changed more than counts")
    return made


def _keep(made: Replayed, out: Iterable[Outgoing]) -> None:
    for one in out:
        made.written[one.topic].append(one)


def _refused(own: Sequence[Outgoing]) -> bool:
    receipts = [orjson.loads(out.value) for out in own if out.topic in RECEIPT_TOPICS]
    return bool(receipts) and receipts[0]["data"]["status"] == "REJECTED"


def _belongs_to_a_refusal(out: Outgoing) -> bool:
    if out.topic == STATE:
        return out.key == TASK_KEY.encode()
    return out.topic in _OF_A_REFUSAL


class Again:
    """A log with its replays."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.partitions = sorted({n for _, n in log})
        self.decided = {n: list(self._decided(n)) for n in self.partitions}

    def _decided(self, n: int) -> Iterator[Record]:
        """The input records in the order in which the audit says that they were decided."""
        for record in self.log.get((AUDIT, n), ()):
            entry = orjson.loads(record.value or b"")
            place = f"{entry['topic']}/{entry['partition']}/{entry['offset']}"
            if entry["cause"] == place or (
                entry["duplicate"] and not entry["cause"].startswith("due/")
            ):
                topic, number, offset = entry["cause"].split("/")
                yield self.log[topic, int(number)][int(offset)]

    def by_timestamp(self, n: int) -> list[Record]:
        """The order of a complete log: lowest timestamp first, each topic's own order kept."""
        waiting = {t: list(reversed(self.log.get((t, n), ()))) for t in INPUT_TOPICS}
        ordered = []
        while any(waiting.values()):
            first = min((r[-1].timestamp_ms, t) for t, r in waiting.items() if r)
            ordered.append(waiting[first[1]].pop())
        return ordered

    @cached_property
    def replays(self) -> Mapping[int, Replayed]:
        """Partition -> what the records lead to in the audited order."""
        return {n: replay(n, self.decided[n]) for n in self.partitions}


def same_bytes(again: Again) -> Iterator[str]:
    """Law 5: a replay in the audited order writes the same bytes and ends in the same states."""
    for n, made in again.replays.items():
        states = made.states
        for topic in OUTPUTS:
            wanted = [_bytes(out) for out in made.written[topic]]
            found = [_bytes(record) for record in again.log.get((topic, n), ())]
            if wanted != found:
                first = next(
                    (
                        i
                        for i, pair in enumerate(zip(wanted, found, strict=False))
                        if len(set(pair)) > 1
                    ),
                    min(len(wanted), len(found)),
                )
                yield f"{topic}/{n} is not its replay at {first} of {len(wanted)}/{len(found)}"
        last = _standing((r.key, r.value) for r in again.log.get((STATE, n), ()))
        if last != states and _read(last) != _read(states):
            yield f"a state of partition {n} differs from its replay"
        if _unnamed(last):
            yield f"a piece of partition {n} is named by no state"


def _read(stored: Mapping[str, bytes]) -> dict[str, Any]:
    """What stands under each key; of persons what it says, in this form or the next one."""
    pieces = _pieces(stored)
    return {
        key: whole(load(_in_this_form(value)), pieces.of(key)) if _of_person(key) else value
        for key, value in stored.items()
        if not key.startswith(PIECE)
    }


def _of_person(key: str) -> bool:
    return key != TASK_KEY and not key.startswith((FAILED, PARKED, KEPT))


def _in_this_form(stored: bytes) -> bytes:
    """The version stands second, after the array's header; the next one changes nothing else."""
    return stored[:1] + bytes([min(stored[1], STATE_VERSION)]) + stored[2:]


def _pieces(stored: Mapping[str, bytes]) -> Pieces:
    pieces = Pieces()
    for key, value in stored.items():
        if key.startswith(PIECE):
            pieces.restore(key, _in_this_form(value))
    return pieces


def _unnamed(stored: Mapping[str, bytes]) -> set[str]:
    """Pieces that were not ended with the state that named them."""
    named = {
        f"{PIECE}{name.hex()}:{key}"
        for key, value in stored.items()
        if _of_person(key) and not key.startswith(PIECE)
        for name in load(_in_this_form(value)).pieces
    }
    return {key for key in stored if key.startswith(PIECE)} - named


def refusals(again: Again) -> Iterator[str]:
    """Law 2: a rejected message changes nothing but the receipt and the counters."""
    for made in again.replays.values():
        yield from made.changed


def complete(again: Again) -> Iterator[str]:
    """Law 5 on a log that was complete before the first process started: one order only."""
    for n in again.partitions:
        if again.decided[n] != again.by_timestamp(n):
            yield f"partition {n} was not decided in the order of its timestamps"


def orders(again: Again) -> Iterator[str]:
    """Law 4: in the order of their timestamps the same is accepted, delivered and counted."""
    for n, made in again.replays.items():
        other = replay(n, again.by_timestamp(n))
        ended = _ended_by_time(made) | _ended_by_time(other)
        free = _free_of_order(again.decided[n], ended)
        one, two = _effects(made, free), _effects(other, free)
        for name in one:
            if one[name] != two[name]:
                more, less = one[name] - two[name], two[name] - one[name]
                yield f"{name} of partition {n} hang on the order: +{len(more)} -{len(less)}"


def _ended_by_time(made: Replayed) -> set[tuple[str, int, int]]:
    """Records that waited for so long that time decided them, not what they waited for."""
    entries = [orjson.loads(out.value) for out in made.written[AUDIT]]
    return {(e["topic"], e["partition"], e["offset"]) for e in entries if e["cause"][:4] == "due/"}


def _free_of_order(
    records: Iterable[Record], ended: Collection[tuple[str, int, int]]
) -> set[bytes]:
    """Keys of persons of whom law 4 speaks: consents are named, and nothing ends in between."""
    keys: set[bytes] = set()
    bound: set[bytes] = {NO_PERSON_KEY.encode()}
    for record in records:
        key = record.key or b""
        keys.add(key)
        if not _names_its_consent(record) or record[:3] in ended:
            bound.add(key)
    return keys - bound


def _names_its_consent(record: Record) -> bool:
    try:
        event = orjson.loads(record.value or b"")
        data: dict[str, Any] = event["data"]
        if record.topic.endswith(".consent"):
            return not data.get("withdrawn_at") and not data.get("valid_until")
        return bool(data.get("consent_ref"))
    except (ValueError, KeyError, TypeError):
        return False


def _effects(made: Replayed, free: set[bytes]) -> dict[str, Counter[Any]]:
    """What must not hang on the order, of those persons."""
    accepted: Counter[Any] = Counter()
    delivered: Counter[Any] = Counter()
    for topic, written in made.written.items():
        for out in written:
            if (out.key or b"") not in free:
                continue
            if topic in RECEIPT_TOPICS:
                data = orjson.loads(out.value)["data"]
                accepted[data["message_id"]] |= data["status"] in ACCEPTED
            elif ".in." in topic and not topic.endswith(".notice"):
                headers = tuple(h for h in out.headers if h[0] not in _OF_THE_RECEIPT)
                delivered[topic, out.key, out.value, headers] += 1
    return {"acceptances": +accepted, "deliveries": delivered}
