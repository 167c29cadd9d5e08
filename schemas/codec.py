"""Bytes in, a typed message or all its problems out; never an exception (contract sections 2, 5).

The good message takes one pass: pydantic parses envelope and body straight from the bytes, then
key, partition, topic, sender and subject are compared. Whatever is not plainly good goes to
`diagnose`, which may still find nothing wrong (say, a name with an escape in it).

Defined outcomes: a repeated name in any object is refused, since parsers differ in which one
wins; `content_sha256` is of the value as received, so in binary mode a message that differs only
in its `ce_` headers counts as the same content.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import re
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from schemas import binary
from schemas.body import parse_data
from schemas.common_v1 import Corrected
from schemas.consent_v1 import ConsentRefusalCounted
from schemas.diagnose import (
    NO_PERSON_TYPE,
    NOT_JSON,
    PARTS_MAX,
    TOPIC_OWNERS,
    Diagnosis,
    diagnose,
    position_id,
    shown_of_too_large,
)
from schemas.envelope import ANY_MESSAGE, SOURCES, Envelope
from schemas.identity import is_valid_personal_number
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.partition import partition_of
from schemas.privacy import in_headers, like_numbers, names_somebody
from schemas.record import Decoded, Headers, Message, Record
from schemas.registry import REGISTRY

__all__ = ["VALUE_BYTES_MAX", "Codec", "Decoded", "Message", "Record", "parse_data"]

VALUE_BYTES_MAX: Final = 256 * 1024
HEADERS_BYTES_MAX: Final = 64 * 1024
"""A delivery repeats value and headers in one record, which the broker limits to 1 MiB."""
_PLACES_MAX: Final = 65_536
_SHOWN_BYTES_MAX: Final = 1024 * 1024
_SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)
_NAME_END: Final = re.compile(rb'"[ \t\r\n]*:')
_UNTYPED: Final = frozenset(
    row.model for row in REGISTRY.values() if issubclass(row.model, Corrected)
)
_parse = ANY_MESSAGE.validator.validate_json


class Codec:
    """Decodes records for one installation: its keys and its partition count."""

    def __init__(self, keys: KeyRing, partitions: int) -> None:
        """Prepare decoding for topics of `partitions` partitions each."""
        self._keys = keys
        self._partitions = partitions
        self._partition_of_nobody = partition_of(NO_PERSON_KEY.encode(), partitions)
        self._place_of = lru_cache(maxsize=_PLACES_MAX)(self._computed_place)

    def _computed_place(self, number: str, keyid: str) -> tuple[str, int]:
        """Return the key of a person and the partition it belongs to."""
        key = self._keys.person_key(number, keyid)
        return key, partition_of(key.encode(), self._partitions)

    def decode(self, record: Record) -> Decoded:
        """Return the message, or every problem of the record. Never raises."""
        value = record.value
        digest = hashlib.sha256(value or b"").hexdigest()
        if value is None:
            return _refused(record, digest, NOT_JSON)
        document: bytes | None = value
        unreadable: tuple[str, ...] = ()
        # Most records have the one header that says nothing of them: it need not be looked at.
        headers = () if record.headers == binary.STRUCTURED_ONLY else record.headers
        if binary.is_binary(headers):
            document, unreadable = binary.compose(record)
        if len(value) > VALUE_BYTES_MAX:
            shown = document if document is not None and len(value) <= _SHOWN_BYTES_MAX else b""
            return _refused(record, digest, shown_of_too_large(shown))
        if document is None:
            return _refused(record, digest, NOT_JSON)
        if _size_of(headers) > HEADERS_BYTES_MAX:
            return _refused(record, digest, shown_of_too_large(document, "headers"))
        envelope = None if unreadable else self._plainly_good(record, document, headers)
        if envelope is None:
            diagnosis = diagnose(record, document, self._keys, self._partitions, unreadable)
            if diagnosis.problems:
                return _refused(record, digest, diagnosis)
            envelope = _parse(document)
        return _accepted(record, digest, envelope)

    def _plainly_good(self, record: Record, document: bytes, headers: Headers) -> Envelope | None:
        """Return the parsed message if all is as it should be; None at the slightest doubt.

        `headers` are those of the record that may say something.
        """
        if document.count(b",") > PARTS_MAX:
            return None
        try:
            envelope: Envelope = _parse(document)
        except ValidationError:
            return None
        row = REGISTRY[envelope.type]
        right_topic = (SOURCES[envelope.source][0], row.family)
        if TOPIC_OWNERS.get(record.topic) != right_topic or document.find(b"\\") >= 0:
            return None
        if row.name == NO_PERSON_TYPE:
            key = self._key_of_nobody(record.partition, document, headers, envelope)
        else:
            key = self._key_of_person(record.partition, document, headers, envelope)
        if key is None or envelope.partitionkey != key or record.key != key.encode():
            return None
        return envelope if _every_name_once(document, envelope) else None

    def _key_of_nobody(
        self, partition: int, document: bytes, headers: Headers, envelope: Envelope
    ) -> str | None:
        """Return the key of a refusal counter, which has no subject; None if something is odd."""
        if (
            envelope.subject is not None
            or partition != self._partition_of_nobody
            or envelope.keyid not in self._keys.exchange_keys
            or _may_name_somebody(document, headers)
        ):
            return None
        return NO_PERSON_KEY

    def _key_of_person(
        self, partition: int, document: bytes, headers: Headers, envelope: Envelope
    ) -> str | None:
        """Return the key that the record must have; None if something about the person is odd."""
        data = envelope.data
        number: str = data.person.personal_number
        if (
            data.__class__ in _UNTYPED  # the replacement is still untyped: look at it closely
            or envelope.subject != data.case_id
            or envelope.keyid not in self._keys.exchange_keys
            or not is_valid_personal_number(number)
            or _may_stand_elsewhere(number, document, headers)
        ):
            return None
        key, right_partition = self._place_of(number, envelope.keyid)
        return key if partition == right_partition else None


def _size_of(headers: Headers) -> int:
    size = 0
    for name, content in headers:
        size += len(name) + (0 if content is None else len(content))
    return size


def _may_stand_elsewhere(number: str, document: bytes, headers: Headers) -> bool:
    """Return whether the person's last four digits stand where the number should not.

    Cheap and too careful: four digits may also be part of a time or an id.
    """
    last_four = number[8:]
    last_bytes = last_four.encode()
    if document.count(last_bytes) != 1:
        return True
    for name, value in headers:
        if last_four in name or (value is not None and last_bytes in value):
            return True
    return _may_name_somebody(document, headers, number[2:])


def _may_name_somebody(document: bytes, headers: Headers, but: str | None = None) -> bool:
    """Return whether a personal number stands somewhere, other than the 10 digits `but` once."""
    expected = 0 if but is None else 1
    if like_numbers(document) != expected and names_somebody(document.decode("latin-1"), but):
        return True
    for name, value in headers:
        if like_numbers(value or b"") or like_numbers(name.encode()):
            return in_headers(headers, None)
    return False


@lru_cache(maxsize=256)
def _parts_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the fields that may hold further JSON objects."""
    return tuple(name for name, field in model.model_fields.items() if _nests(field.annotation))


def _nests(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return annotation is Any or any(_nests(a) for a in getattr(annotation, "__args__", ()))


def _every_name_once(document: bytes, envelope: Envelope) -> bool:
    """Return whether surely no JSON object has a name twice.

    Every name ends with a quote and a colon, so these are at least as many as the names. If they
    are just as many as the fields parsed, no name stood there twice.
    """
    # Not `in`, which first tries what is looked for as a number, and raises and catches an error.
    find = document.find
    if find(b" :") >= 0 or find(b"\n") >= 0 or find(b"\r") >= 0 or find(b"\t") >= 0:
        return len(_NAME_END.findall(document)) == _names_in(envelope)
    return document.count(b'":') == _names_in(envelope)


def _names_in(model: BaseModel) -> int:
    """Return how many names the JSON objects of a parsed model had, each counted once."""
    count = len(model.__pydantic_fields_set__)
    values = model.__dict__
    for name in _parts_of(type(model)):
        part = values[name]
        if part is None:
            continue
        if type(part) is tuple:
            for item in part:
                count += _names_in(item)
        else:
            count += _names_in(part)
    return count


def _accepted(record: Record, digest: str, envelope: Envelope) -> Decoded:
    """Return a good message with what the domain needs at hand."""
    # Looked up in the models' own dictionaries: an attribute of a pydantic model is found by way of
    # a method of its class, in ten times the time.
    said = vars(envelope)
    data = said["data"]
    of_data = vars(data)
    agency, system = SOURCES[said["source"]]
    about = type(data) is not ConsentRefusalCounted
    event_at = of_data["event_at"] if about else _month_end(data)
    expiry = said["expirytime"]
    message = Message(
        said["id"],
        said["source"],
        agency,
        system,
        REGISTRY[said["type"]],
        of_data["case_id"] if about else None,
        of_data["round_no"] if about else 1,
        event_at,
        _day_in_sweden(event_at),
        of_data["consent_ref"] if about else None,
        None if expiry is None else (expiry - _EPOCH) // _MILLISECOND,
        said["keyid"],
        said["traceparent"],
        of_data["person"].personal_number if about else None,
        data,
    )
    return Decoded(
        record,
        digest,
        message,
        (),
        message.id,
        message.source,
        said["type"],
        message.case_id,
        True,
    )


def _refused(record: Record, digest: str, diagnosis: Diagnosis) -> Decoded:
    """Return the problems with what may be shown of the record."""
    return Decoded(
        record,
        digest,
        None,
        diagnosis.problems,
        diagnosis.message_id or position_id(record),
        diagnosis.source,
        diagnosis.ce_type,
        diagnosis.case_id,
        readable=diagnosis.message_id is not None,
    )


def _month_end(data: ConsentRefusalCounted) -> dt.date | dt.datetime:
    """Return when refusals were counted: as said, else the last day of their month."""
    if data.event_at is not None:
        return data.event_at
    year, month = int(data.month[:4]), int(data.month[5:])
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _day_in_sweden(event_at: dt.date | dt.datetime) -> dt.date:
    if isinstance(event_at, dt.datetime):
        return event_at.astimezone(_SWEDEN).date()
    return event_at
