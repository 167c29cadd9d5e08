"""One task in Python and one with a lane, given the same records from the same stored states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
from aiokafka.record.util import calc_crc32c

from gateway.domain.migrate import load
from gateway.express.lane import open_lane
from gateway.shell import telemetry
from gateway.shell.batches import HEADER_BYTES
from gateway.shell.express_fold import ExpressFold
from gateway.shell.fold import DUE_HEADER, Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.pieces import PIECE
from gateway.shell.transaction import BATCH_BYTES_MAX
from schemas.codec import Codec, Record
from schemas.keys import NO_PERSON_KEY
from schemas.topics import STATE
from tests.dsl import AGREEMENT, KEYS, PARTITIONS
from tests.encoded import in_batches
from tests.express.lanes import tables

_CODEC: Final = Codec(KEYS, PARTITIONS)
#: With these alone the lane answers a message itself (decision 0021).
_SAID_BY_THE_LANE: Final = ([], ["BR-36"])

#: A batch of the gateway, and one into which hardly two records fit.
BATCH_LIMITS: Final = (BATCH_BYTES_MAX, 2_500)
Counts = Mapping[Any, int]
#: Stored states by key, of one partition.
States = Mapping[bytes | None, Outgoing]


@lru_cache(maxsize=1)
def _tables() -> str:
    return tables()


class Outcome(NamedTuple):
    """How some records were answered, which is the same in Python and by a lane."""

    by_lane: int
    """How many of them the lane has decided."""
    good: int
    """How many have the answer of a message that is plainly good."""
    out: tuple[Outgoing, ...]
    """What was written."""
    tally: Counts
    """What was counted, but for the lane's own part."""
    known: tuple[int, int]
    """Persons known, and the bytes of their states."""


def whose(states: States, key: bytes | None) -> list[Outgoing]:
    """What a record with the key may read: its person's state in pieces, or the slots of nobody."""
    if key == NO_PERSON_KEY.encode():
        return [out for name, out in states.items() if (name or b"").startswith(key)]
    if key is None or key not in states:
        return []
    names = [
        b"%s%s:%s" % (PIECE.encode(), name.hex().encode(), key)
        for name in load(states[key].value).pieces
    ]
    return [*(states[name] for name in names), states[key]]


def decided_alike(
    records: Sequence[Record], stored: Iterable[Outgoing] = (), until: int | None = None
) -> Outcome:
    """Decide records of one partition both ways, and assert that all of it is the same bytes.

    Args:
        records: of one partition, in their order.
        stored: the states that both begin with.
        until: an instant up to which time passes afterwards; ms since 1970.
    """
    fixed = (records[0].partition, _CODEC, AGREEMENT, KEYS)
    slow, fast = Fold(*fixed), ExpressFold(*fixed, lane=open_lane(_tables()))
    for fold in (slow, fast):
        for out in stored:
            due = dict(out.headers).get(DUE_HEADER)
            name = (out.key or b"").decode()
            fold.restore(name, out.value, None if due is None else int(due))
        for record in records:
            fold.take(record)
        if until is not None:
            fold.advance(until)
    wanted = [out for out in slow.drain() if isinstance(out, Outgoing)]
    fast.settle()
    same(wanted, fast.records())
    same_batches(wanted, fast)
    assert (fast.persons, fast.stored_bytes) == (slow.persons, slow.stored_bytes)
    fast.forget()
    counts = fast.tally.taken()
    by_lane = counts.pop((telemetry.EXPRESS, ()), 0)
    assert counts == slow.tally.taken()
    good = sum(_is_good(out) for out in wanted)
    return Outcome(by_lane, good, tuple(wanted), counts, (slow.persons, slow.stored_bytes))


def same(wanted: Sequence[Outgoing], found: Sequence[Outgoing]) -> None:
    """Assert that records are equal in topic, time, key, value and headers."""
    for mine, its in zip(wanted, found, strict=True):
        assert (*its[:4], tuple(its.headers)) == (*mine[:4], tuple(mine.headers))


def same_batches(wanted: Sequence[Outgoing], fold: ExpressFold) -> None:
    """Assert that a lane encodes what it has for Kafka as plain Python does, with its checksum."""
    for limit in BATCH_LIMITS:
        assert encoded_by(fold, limit) == list(encoded(wanted, limit))


def encoded_by(fold: ExpressFold, limit: int) -> list[Any]:
    """Topic, bytes, checksum, count, first and greatest instant of each batch of a lane."""
    found = fold._lane.batches(limit, HEADER_BYTES)
    return [(topic, bytes(buffer), *rest) for topic, buffer, *rest in found]


def encoded(records: Sequence[Outgoing], limit: int) -> Iterator[Any]:
    """The same in plain Python."""
    for topic, batch in in_batches(records, limit):
        crc = calc_crc32c(memoryview(batch.buffer)[HEADER_BYTES:])
        yield topic, bytes(batch.buffer), crc, *batch[1:]


def states_of(out: Iterable[Outgoing]) -> dict[bytes | None, Outgoing]:
    """The states among records, by key."""
    return {one.key: one for one in out if one.topic == STATE}


def _is_good(out: Outgoing) -> bool:
    if not out.topic.endswith(".receipts"):
        return False
    receipt = orjson.loads(out.value)["data"]
    codes = [reason["code"] for reason in receipt["reasons"]]
    return receipt["status"].startswith("ACCEPTED") and codes in _SAID_BY_THE_LANE
