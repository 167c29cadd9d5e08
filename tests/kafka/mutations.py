"""Good records made bad, seeded: bytes, keys, JSON, headers, places and times.

Some stay good, some become another good message; nothing is known of the answer but that there is
one. The same seed gives the same records.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from schemas.keys import NO_PERSON_KEY
from schemas.topics import INPUT_TOPICS
from simulator.wire import SimRecord
from tests.kafka.live import PARTITIONS

#: 2200-01-01, and the largest instant that a broker takes without a thought.
YEAR_2200: Final = 7_258_118_400_000
_TIMES: Final = (0, 1, 946_684_800_000, 4_102_444_800_001, YEAR_2200, 9_007_199_254_740_991)
_DEEP: Final = 3_000

#: What a field may suddenly hold. Texts first, since most fields are texts.
_VALUES: Final[tuple[Any, ...]] = (
    "", " ", "x" * 70, "x" * 5_000, "å\u0000ä", "😀" * 20, "\ud800", "null", "NaN", "-0",
    "0001-01-01", "9999-12-31", "2024-02-30", "1969-12-31", "2024-02-29T25:00:00Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "2024-06-30T23:59:60Z",
    "2024-03-31T02:30:00", "2024-10-27T02:30:00+02:00", "10000-01-01", "-0001-01-01",
    "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "urn:samverkan:af:arende", "urn:samverkan:fk:usa", "se.samverkan.plan.closed.v1",
    "se.samverkan.plan.closed.v999", "k1", "k9", "given", "withdrawn", "refused", "sjukpenning",
    "19999999999",
    0, 1, -1, 2, 1_000, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, -(10**30), 0.1, 1e308, -1e-308,
    True, False, None, [], {}, [[]], [None], {"": None}, [1, "a", {}], {"a": {"b": {"c": []}}},
)  # fmt: skip


def mutated(good: Sequence[SimRecord], seed: int, count: int) -> Iterator[SimRecord]:
    """`count` records, each made of a random good one by one to three mutations."""
    rng = random.Random(seed)
    for _ in range(count):
        record = rng.choice(good)
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            record = rng.choice(MUTATIONS)(record, rng, good)
        yield record._replace(kind="mutated", expect=None)


def _flip(record: SimRecord, rng: random.Random, _: Sequence[SimRecord]) -> SimRecord:
    value = bytearray(record.value or b"{}")
    for _ in range(rng.randint(1, 4)):
        if value:
            value[rng.randrange(len(value))] ^= 1 << rng.randrange(8)
    return record._replace(value=bytes(value))


def _cut(record: SimRecord, rng: random.Random, _: Sequence[SimRecord]) -> SimRecord:
    value = record.value or b""
    start, end = sorted((rng.randint(0, len(value)), rng.randint(0, len(value))))
    kept = rng.choice((value[:end], value[start:], value[:start] + value[end:]))
    return record._replace(value=kept)


def _splice(record: SimRecord, rng: random.Random, good: Sequence[SimRecord]) -> SimRecord:
    value, other = record.value or b"", rng.choice(good).value or b""
    at = rng.randint(0, len(value))
    part = rng.choice((rng.randbytes(rng.randint(1, 40)), other, b"\x00", b"\xef\xbb\xbf", b"}"))
    return record._replace(value=value[:at] + part + value[at:])


def _recode(record: SimRecord, rng: random.Random, _: Sequence[SimRecord]) -> SimRecord:
    value = record.value or b""
    return record._replace(
        value=rng.choice(
            (
                b"\xef\xbb\xbf" + value,
                value.decode("utf-8", "replace").encode("utf-16"),
                gzip.compress(value, mtime=0),
                value + value,
                b"[" + value + b"]",
                b"[" * _DEEP + value + b"]" * _DEEP,
                b'{"data":' * _DEEP + value + b"}" * _DEEP,
                json.dumps(value.decode("utf-8", "replace")).encode(),
                value.replace(b":", b" :\n\t"),
                value.replace(b'"', b"'"),
                value[:-1] + b',"id":"00000000-0000-4000-8000-000000000000"}',
                b"",
                None,
            )
        )
    )


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, name or index) of a JSON document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, item in list(items):
        yield value, name
        if isinstance(item, dict | list):
            yield from _places(item)


def _json(record: SimRecord, rng: random.Random, good: Sequence[SimRecord]) -> SimRecord:
    """Another value, name or structure somewhere in the document."""
    try:
        document = json.loads(record.value or b"")
        places = list(_places(document)) if isinstance(document, dict | list) else []
    except (ValueError, RecursionError):
        return _flip(record, rng, good)
    if not places:
        return record._replace(value=b"0")
    container, name = rng.choice(places)
    act = rng.random()
    if act < 0.55:
        container[name] = rng.choice(_VALUES)
    elif act < 0.7:
        del container[name]
    elif act < 0.8:
        other, there = rng.choice(places)
        container[name] = other[there]
    elif isinstance(container, dict):
        container[rng.choice(("x", "personal_number", "data", "", "ID", "name"))] = "x"
    else:
        container *= rng.choice((2, 50))
    try:
        text = json.dumps(document, ensure_ascii=rng.random() < 0.5)
    except (ValueError, RecursionError):  # a part was put into itself
        return _flip(record, rng, good)
    return record._replace(value=text.encode("utf-8", "surrogatepass"))


def _key(record: SimRecord, rng: random.Random, good: Sequence[SimRecord]) -> SimRecord:
    keys = (
        None, b"", b"0" * 22, b"task", b"\xff" * 22, b"198505059835", b"x" * 10_000,
        rng.randbytes(16), rng.choice(good).key, rng.choice(good).key, (record.key or b"x")[:-1],
    )  # fmt: skip
    return record._replace(key=rng.choice(keys))


def _place(record: SimRecord, rng: random.Random, _: Sequence[SimRecord]) -> SimRecord:
    """Another topic or partition; what has no person may stand on any, and is not moved."""
    if rng.random() < 0.5 or record.key == NO_PERSON_KEY.encode():
        return record._replace(topic=rng.choice(INPUT_TOPICS))
    return record._replace(partition=rng.randrange(PARTITIONS))


def _headers(record: SimRecord, rng: random.Random, good: Sequence[SimRecord]) -> SimRecord:
    headers: list[tuple[str, Any]] = list(record.headers)
    name = rng.choice([name for name, _ in headers] or ["x"])
    strange: tuple[list[tuple[str, Any]], ...] = (
        [],
        [(n, None) for n, _ in headers],
        [(n, v) for n, v in headers if n != name],
        [(n, b"\xff\xfe" if n == name else v) for n, v in headers],
        [(n, None if n == name else v) for n, v in headers],
        [*headers, *headers],
        [*headers, (name, rng.randbytes(30))],
        [*headers, ("content-type", b"application/json")],
        [*headers, ("gw-receipt-id", b"forged"), ("gw-duplicate", b"true")],
        [*headers, ("ce_id", b"\xff")],
        [*headers, ("", b""), ("😀" * 50, b"x" * 5_000)],
        [*headers, *((f"h{i}", b"x") for i in range(300))],
        list(rng.choice(good).headers),
    )
    return record._replace(headers=tuple(rng.choice(strange)))


def _time(record: SimRecord, rng: random.Random, _: Sequence[SimRecord]) -> SimRecord:
    return record._replace(timestamp_ms=rng.choice(_TIMES))


MUTATIONS: Final[tuple[Callable[..., SimRecord], ...]] = (
    _flip, _cut, _splice, _recode, _json, _json, _json, _json, _key, _place, _headers, _headers,
    _time,
)  # fmt: skip
