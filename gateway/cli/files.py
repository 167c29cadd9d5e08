"""Messages in files, as records: what `samverkan check` and `samverkan rules diff` read.

Three forms are taken: a record as in `tests/examples` (`topic`, `key`, `headers`, `value` or
`raw_value`, `timestamp`, sometimes `partition` and `expect`), a history (`messages`: a list of such
records), and a bare CloudEvent. Everything else is answered with one sentence that shows nothing of
the file's content.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson

from gateway.shell.settings import UserError
from schemas.codec import Record
from schemas.headers import STRUCTURED_ONLY
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.partition import partition_of
from schemas.topics import FAMILIES, INPUT_TOPICS

STDIN: Final = "-"
FILE_BYTES_MAX: Final = 64 * 1024 * 1024
#: Kafka's own bounds of a partition number and of a timestamp (epoch milliseconds).
_INT32_MAX: Final = 2**31 - 1
_INT64_MAX: Final = 2**63 - 1
_FORMS: Final = "a record or a history as in tests/examples/README.md, or a CloudEvent"
_OF_A_RECORD: Final = frozenset({"topic", "value", "raw_value", "key", "headers", "messages"})
_OF_AN_EVENT: Final = frozenset({"specversion", "type", "source", "data"})


class NoMessageError(UserError):
    """A file that is no message; the text says why, and what a message is."""


class Expected(msgspec.Struct, frozen=True):
    """What the file says that the first receipt will be: status, and codes among its reasons."""

    status: str
    codes: tuple[str, ...] = ()


class _InFile(msgspec.Struct, frozen=True):
    """One record as a file gives it; members with other names are notes."""

    topic: str
    timestamp: str | int
    key: str | None = None
    headers: dict[str, str | None] = {}
    value: msgspec.Raw = msgspec.Raw(b"null")
    raw_value: str | None = None
    partition: int | None = None
    expect: Expected | None = None


class _History(msgspec.Struct, frozen=True):
    messages: tuple[_InFile, ...]


class Given(msgspec.Struct, frozen=True):
    """A record of a file, its place there (from 1; 0 when it is the only one), and what it expects.

    The record's offset is not set: it is given when the record is taken.
    """

    file: str
    place: int
    record: Record
    expect: Expected | None = None

    @property
    def label(self) -> str:
        """How the record is called where answers are shown."""
        return f"{self.file} #{self.place}" if self.place else self.file


class Reader:
    """Reads files for one installation: its keys and partition count."""

    def __init__(self, keys: KeyRing, partitions: int) -> None:
        self._keys = keys
        self._partitions = partitions
        self._latest: int | None = None

    def read(self, path: str, name: str | None = None) -> Iterator[Given]:
        """The records of a file; `-` is standard input, `name` what it is called in answers.

        Raises:
            NoMessageError: it is none of the three forms; nothing of it was yielded.
        """
        name = shown_name(path) if name is None else name
        given = self._given(_bytes_of(path, name), name)
        for one in given:
            self._latest = one.record.timestamp_ms
            yield one

    def _given(self, raw: bytes, name: str) -> list[Given]:
        document = _object_of(raw, name)
        if "messages" in document:
            found = _decoded(raw, _History, name).messages
            if not found:
                raise NoMessageError(f"{name} is no message: its list `messages` is empty.")
            return [self._of_record(one, name, place) for place, one in enumerate(found, 1)]
        if document.keys() & _OF_A_RECORD:
            return [self._of_record(_decoded(raw, _InFile, name), name, 0)]
        if document.keys() & _OF_AN_EVENT:
            return [Given(name, 0, self._of_event(raw, document))]
        raise NoMessageError(
            f"{name} is no message: it has neither `topic` nor `specversion`; give {_FORMS}."
        )

    def _of_record(self, one: _InFile, name: str, place: int) -> Given:
        where = f"{name} #{place}" if place else name
        if one.topic not in INPUT_TOPICS:
            raise NoMessageError(
                f"{where} is no message: its `topic` is not one that the gateway reads; give one"
                " such as fk.out.referral."
            )
        key = None if one.key is None else _utf8(one.key, where)
        partition = one.partition
        if partition is None:
            partition = partition_of(key or b"", self._partitions)
        if not 0 <= partition < self._partitions:
            raise NoMessageError(
                f"{where} is no message: its `partition` is not from 0 to {self._partitions - 1}."
            )
        headers = tuple(
            (header, None if text is None else _utf8(text, where))
            for header, text in one.headers.items()
        )
        instant = _instant(one.timestamp)
        if instant is None:
            raise NoMessageError(
                f"{where} is no message: its `timestamp` is no time; give it as RFC 3339 with"
                " offset, such as 2024-03-01T09:00:00+01:00, or as epoch milliseconds."
            )
        value = _value_of(one, where)
        return Given(name, place, Record(one.topic, partition, 0, instant, key, value, headers),
                     one.expect)  # fmt: skip

    def _of_event(self, raw: bytes, event: dict[str, Any]) -> Record:
        """A bare CloudEvent: topic, key and time are what a careful sender would have used."""
        source, kind = event.get("source"), event.get("type")
        agency = "af" if str(source).startswith("urn:samverkan:af:") else "fk"
        family = next((one for one in FAMILIES if str(kind).startswith(f"se.samverkan.{one}.")),
                      FAMILIES[0])  # fmt: skip
        key = self._key_of(event).encode()
        instant = _instant(event.get("time"))
        if instant is None:
            # The gateway will refuse it; until then the last time seen is the best there is.
            instant = time.time_ns() // 1_000_000 if self._latest is None else self._latest
        topic = f"{agency}.out.{family}"
        partition = partition_of(key, self._partitions)
        return Record(topic, partition, 0, instant, key, raw, STRUCTURED_ONLY)

    def _key_of(self, event: dict[str, Any]) -> str:
        data = event.get("data")
        person = data.get("person") if isinstance(data, dict) else None
        number = person.get("personal_number") if isinstance(person, dict) else None
        if not isinstance(number, str):
            return NO_PERSON_KEY
        keyid = event.get("keyid")
        if not isinstance(keyid, str) or keyid not in self._keys.exchange_keys:
            keyid = min(self._keys.exchange_keys)
        return self._keys.person_key(number, keyid)


def shown_name(path: str) -> str:
    """A path as it can be printed: bytes that are no text are written as escapes."""
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in shown)


def names_of(paths: list[str]) -> dict[str, str]:
    """Path to name: the last part of the path where no other file has it, else the whole path."""
    last = {path: shown_name(path if path == STDIN else Path(path).name) for path in paths}
    return {
        path: name if name and list(last.values()).count(name) == 1 else shown_name(path)
        for path, name in last.items()
    }


def _bytes_of(path: str, name: str) -> bytes:
    try:
        if path == STDIN:
            raw = sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
        else:
            with Path(path).open("rb") as stream:
                raw = stream.read(FILE_BYTES_MAX + 1)
    except OSError as problem:
        raise NoMessageError(f"{name} cannot be read: {problem.strerror}; give {_FORMS}.") from None
    except ValueError:
        raise NoMessageError(f"{name} is not the name of a file; give {_FORMS}.") from None
    if len(raw) > FILE_BYTES_MAX:
        limit = FILE_BYTES_MAX // 1024 // 1024
        raise NoMessageError(f"{name} has more than {limit} MiB; divide it into several files.")
    return raw


def _object_of(raw: bytes, name: str) -> dict[str, Any]:
    if not raw.strip():
        raise NoMessageError(f"{name} is empty; give {_FORMS}.")
    if raw.startswith(b"\xef\xbb\xbf"):
        raise NoMessageError(
            f"{name} begins with a byte order mark, which JSON does not have; save it as UTF-8"
            " without one."
        )
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NoMessageError(f"{name} is no JSON in UTF-8; give {_FORMS}.") from None
    if not isinstance(document, dict):
        raise NoMessageError(f"{name} is JSON, but no object; give {_FORMS}.")
    return document


def _decoded(raw: bytes, form: type[Any], name: str) -> Any:
    try:
        return _DECODERS[form](raw)
    except msgspec.ValidationError as problem:
        # The library's text names members and types, never a value; a member's name is a sender's.
        raise NoMessageError(
            f"{name} is no message: {_without_names(str(problem))}; give {_FORMS}."
        ) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise NoMessageError(
            f"{name} is no message: it is nested too deeply or holds text that is no Unicode;"
            f" give {_FORMS}."
        ) from None


def _without_names(problem: str) -> str:
    """The library's own words, but for the path, whose keys may be anything."""
    text, _, path = problem.partition(" - at ")
    known = path.strip("`").split(".")[1:2]
    member = known[0].split("[")[0] if known else ""
    fields = {*_InFile.__struct_fields__, *_History.__struct_fields__}
    return f"{text} at `{member}`" if member in fields else text


def _value_of(one: _InFile, where: str) -> bytes | None:
    if one.raw_value is not None:
        return _utf8(one.raw_value, where)
    value = bytes(one.value)
    # Blanks between tokens are the file's, not the message's; numbers and names stay as written.
    return None if value.strip() == b"null" else msgspec.json.format(value, indent=-1)


def _utf8(text: str, where: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NoMessageError(f"{where} is no message: it holds text that is no Unicode.") from None


def _instant(given: object) -> int | None:
    """Epoch milliseconds of a time with offset, or of a number of them; None for all else."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given if -1 <= given <= _INT64_MAX else None
    if not isinstance(given, str):
        return None
    try:
        at = datetime.fromisoformat(given)
        return None if at.tzinfo is None else int(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


_DECODERS: Final[dict[type[Any], Callable[[bytes], Any]]] = {
    form: msgspec.json.Decoder(form).decode for form in (_InFile, _History)
}
