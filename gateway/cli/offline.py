"""Offline answers: the same codec and fold as the gateway, fed from files instead of Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.shell.assemble import Parts
from gateway.shell.fold import Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.settings import UserError
from schemas.binary import STRUCTURED_ONLY
from schemas.codec import Codec, Record
from schemas.keys import NO_PERSON_KEY
from schemas.partition import partition_of

PARTITIONS: Final = 6


@dataclass(frozen=True, slots=True)
class Answered:
    """A file's record and everything the gateway would write because of it."""

    file: Path
    record: Record
    written: tuple[Outgoing, ...]

    def receipts(self) -> Iterator[dict[str, Any]]:
        """The receipts, that of the record itself first."""
        for out in self.written:
            if out.topic.endswith(".receipts"):
                yield orjson.loads(out.value)["data"]


class Offline:
    """Folds of all partition numbers in one process, without Kafka."""

    def __init__(self, fixed: Parts, partitions: int = PARTITIONS) -> None:
        codec = Codec(fixed.keys, partitions)
        self._keys = fixed.keys
        self._folds = [Fold(n, codec, fixed.agreement, fixed.keys) for n in range(partitions)]
        self._offsets: dict[tuple[str, int], int] = {}

    def answer(self, file: Path) -> Answered:
        """Decide the message in a file: in the form of the contract's examples, or a bare event.

        Raises:
            UserError: the file cannot be read as either.
        """
        record = self._numbered(self._read(file))
        return Answered(file, record, self.decide(record))

    def decide(self, record: Record) -> tuple[Outgoing, ...]:
        """Decide a record as it stands in a topic; everything that is written because of it."""
        fold = self._folds[record.partition]
        fold.take(record)
        written = tuple(fold.pending)
        fold.drain()
        return written

    def _numbered(self, record: Record) -> Record:
        place = (record.topic, record.partition)
        offset = self._offsets.get(place, 0)
        self._offsets[place] = offset + 1
        return record._replace(offset=offset)

    def _read(self, file: Path) -> Record:
        try:
            raw = file.read_bytes()
        except OSError as problem:
            raise UserError(f"{file} cannot be read: {problem.strerror}.") from None
        try:
            content = orjson.loads(raw)
        except orjson.JSONDecodeError:
            content = None
        if isinstance(content, dict) and "topic" in content:
            return _from_example(content, file)
        return self._from_event(raw, content, file)

    def _from_event(self, raw: bytes, event: Any, file: Path) -> Record:
        """A bare CloudEvent: topic, key and time are what a careful sender would have used."""
        if not isinstance(event, dict):
            raise UserError(
                f"{file} is no JSON object; give a CloudEvent, or a file like those in"
                " tests/examples."
            )
        source, kind = str(event.get("source", "")), str(event.get("type", ""))
        agency = source.split(":")[2] if source.count(":") >= 2 else "fk"
        family = kind.split(".")[2] if kind.count(".") >= 2 else "referral"
        person = (event.get("data") or {}).get("person") or {}
        number = person.get("personal_number") if isinstance(person, dict) else None
        key = self._keys.person_key(number) if isinstance(number, str) else NO_PERSON_KEY
        return Record(
            f"{agency}.out.{family}",
            partition_of(key.encode(), PARTITIONS),
            0,
            _instant(event.get("time"), file),
            key.encode(),
            raw,
            STRUCTURED_ONLY,
        )


def _from_example(content: dict[str, Any], file: Path) -> Record:
    value = content.get("raw_value")
    raw = orjson.dumps(content["value"]) if value is None else str(value).encode()
    key = content.get("key")
    key_bytes = None if key is None else str(key).encode()
    partition = content.get("partition")
    if partition is None:
        partition = partition_of(key_bytes or b"", PARTITIONS)
    headers = tuple((name, str(text).encode()) for name, text in content["headers"].items())
    return Record(
        str(content["topic"]),
        int(partition),
        0,
        _instant(content.get("timestamp"), file),
        key_bytes,
        raw,
        headers,
    )


def _instant(text: Any, file: Path) -> int:
    try:
        return int(datetime.fromisoformat(str(text)).timestamp() * 1000)
    except ValueError:
        raise UserError(f"{file} has no readable time; give it as RFC 3339 with offset.") from None
