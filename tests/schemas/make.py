"""Records for the tests of `schemas`: from the canonical examples, from goldens, or damaged."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.codec import Codec, Decoded, Record
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.partition import partition_of
from schemas.registry import REGISTRY

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "examples"
GOLDEN = ROOT / "schemas" / "golden"
PARTITIONS = 6
KEYS = KeyRing.published_test_keys()
CODEC = Codec(KEYS, PARTITIONS)
STRUCTURED = (("content-type", b"application/cloudevents+json"),)
CALLED = "se.samverkan.referral.called.v1"
PERSON = "198104129815"
SHORT = PERSON[2:]

Headers = tuple[tuple[str, bytes | None], ...]


def golden(ce_type: str = CALLED) -> dict[str, Any]:
    """A valid message of a type, free to be damaged."""
    name = ce_type.removeprefix("se.samverkan.")
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def called(**changes: Any) -> dict[str, Any]:
    """A valid referral.called whose data is changed; a value of `...` takes the field away."""
    value = golden()
    for name, item in changes.items():
        if item is ...:
            del value["data"][name]
        else:
            value["data"][name] = item
    return value


def key_of(value: Mapping[str, Any]) -> str:
    """The key that a message must have."""
    person = value["data"].get("person")
    return KEYS.person_key(person["personal_number"]) if person else NO_PERSON_KEY


def topic_of(value: Mapping[str, Any]) -> str:
    """The topic that a message must be on."""
    agency = value["source"].split(":")[2]
    return f"{agency}.out.{value['type'].split('.')[2]}"


def record(
    value: Mapping[str, Any] | bytes | None,
    *,
    like: Mapping[str, Any] | None = None,
    topic: str | None = None,
    key: Any = ...,
    partition: int | None = None,
    headers: Headers = STRUCTURED,
    offset: int = 7,
    timestamp_ms: int = 1_704_900_000_000,
) -> Record:
    """A record around a value; topic and key are those of `like` (default: the value itself)."""
    model = like or (value if isinstance(value, Mapping) else golden())
    real_key = key_of(model).encode() if key is ... else key
    real_bytes = json.dumps(value).encode() if isinstance(value, Mapping) else value
    if partition is None:
        partition = partition_of(real_key or b"", PARTITIONS)
    return Record(
        topic or topic_of(model),
        partition,
        offset,
        timestamp_ms,
        real_key,
        real_bytes,
        headers,
    )


def binary(value: Mapping[str, Any], **changes: bytes | None) -> Record:
    """The record of a message in binary mode; `changes` replace headers by attribute."""
    attributes = {n: v.encode() for n, v in value.items() if n not in {"data", "datacontenttype"}}
    attributes.update(changes)
    headers = tuple((f"ce_{name}", item) for name, item in attributes.items())
    body = json.dumps(value["data"]).encode()
    return record(body, like=value, headers=(*headers, ("content-type", b"application/json")))


def decode(value: Mapping[str, Any] | bytes | None, **how: Any) -> Decoded:
    """The outcome for a value in an otherwise right record."""
    return CODEC.decode(record(value, **how))


def problems(decoded: Decoded) -> list[tuple[str, str | None]]:
    """Code and path of every problem."""
    assert decoded.message is None
    return [(p.code, p.path) for p in decoded.problems]


def examples(folder: str) -> list[Path]:
    """The canonical files, in order."""
    return sorted((EXAMPLES / folder).glob("*.json"))


def example_record(path: Path) -> Record:
    """The record of a canonical file."""
    item = json.loads(path.read_text(encoding="utf-8"))
    value = item.get("raw_value")
    if value is None:
        document = copy.deepcopy(item["value"])
        if path.stem == "22-too-large":
            document["data"]["venue"] = "x" * 300_000
        value = json.dumps(document, ensure_ascii=False)
    key = item["key"].encode()
    at = dt.datetime.fromisoformat(item["timestamp"])
    return Record(
        item["topic"],
        item.get("partition", partition_of(key, PARTITIONS)),
        0,
        int(at.timestamp() * 1000),
        key,
        value.encode(),
        tuple((name, text.encode()) for name, text in item["headers"].items()),
    )


def synthetic_number(year: int, month: int, day: int, birth: int = 985) -> str:
    """A number with a right check digit and a birth number of 980-999."""
    assert 980 <= birth <= 999
    digits = f"{year:04}{month:02}{day:02}{birth:03}"
    total = 0
    for i, digit in enumerate(digits[2:]):
        doubled = int(digit) * (2 if i % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return digits + str(-total % 10)


ALL_TYPES = sorted(REGISTRY)
