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

from schemas import binary, headers, privacy
from schemas.body import parse_data
from schemas.common_v1 import Corrected
from schemas.consent_v1 import ConsentRefusalCounted
from schemas.diagnose import (
    NO_PERSON_TYPE,
    PARTS_MAX,
    TOPIC_OWNERS,
    Diagnosis,
    diagnose,
    has_time,
    position_id,
    shown_of_too_large,
)
from schemas.envelope import ANY_MESSAGE, SOURCES, Envelope
from schemas.identity import is_valid_personal_number
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.partition import partition_of
from schemas.record import Decoded, Message, Record
from schemas.registry import REGISTRY

__all__ = ["VALUE_BYTES_MAX", "Codec", "Decoded", "Message", "Record", "parse_data"]

VALUE_BYTES_MAX: Final = 256 * 1024
_PLACES_MAX: Final = 65_536
_SHOWN_BYTES_MAX: Final = 1024 * 1024
_SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)
_LONG_FRACTION: Final = re.compile(rb"[.][0-9]{10}")
"""An instant may have any number of digits, so there is room for a personal number."""
_NUMBER_CHARACTERS: Final = bytes.maketrans(b"123456789.eE+", b"0" * 13)
_LEFT_OUT: Final = b" \t\r\n-"
_LONG_NUMBER: Final = b'":' + b"0" * 10
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
        # Most records have the one header that says nothing of them: it need not be looked at.
        plain = record.headers == headers.STRUCTURED_ONLY
        said = headers.NOTHING if plain else headers.read(record.headers)
        document = value
        if value is not None and said.binary:
            document = binary.compose(value, said.attributes)
        if value is not None and len(value) > VALUE_BYTES_MAX:
            shown = document if document is not None and len(value) <= _SHOWN_BYTES_MAX else b""
            return _refused(record, digest, shown_of_too_large(record, shown))
        if not plain and headers.too_many(record.headers):
            return _refused(record, digest, shown_of_too_large(record, document or b"", "headers"))
        envelope = None
        if document is not None and not said.problems and has_time(record):
            envelope = self._plainly_good(record, document, quiet=plain)
        if envelope is None:
            diagnosis = diagnose(record, document, self._keys, self._partitions, said)
            if diagnosis.problems or document is None:
                return _refused(record, digest, diagnosis)
            envelope = _parse(document)
        return _accepted(record, digest, envelope)

    def _plainly_good(self, record: Record, document: bytes, *, quiet: bool) -> Envelope | None:
        """Return the parsed message if all is as it should be; None at the slightest doubt.

        `quiet`: its headers say nothing but that it is a structured event.
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
            key, short = self._key_of_nobody(record.partition, envelope), None
        else:
            key, short = self._key_of_person(record.partition, envelope)
        if (
            key is None
            or record.key != key.encode()
            or envelope.partitionkey not in {key, None}
            or envelope.__pydantic_extra__
            or not privacy.clear(envelope, short)
            or _has_a_long_number(document)
            or _LONG_FRACTION.search(document)
            or not (quiet or not privacy.in_headers(record.headers, short))
        ):
            return None
        return envelope if _every_name_once(document, envelope) else None

    def _key_of_nobody(self, partition: int, envelope: Envelope) -> str | None:
        """Return the key of a refusal counter, which has no subject; None if something is odd."""
        if (
            envelope.subject is not None
            or partition != self._partition_of_nobody
            or envelope.keyid not in self._keys.exchange_keys
        ):
            return None
        return NO_PERSON_KEY

    def _key_of_person(self, partition: int, envelope: Envelope) -> tuple[str | None, str | None]:
        """Return the key that the record must have, and the 10 digits of the person.

        The key is None if something about the person is odd.
        """
        data = envelope.data
        number: str = data.person.personal_number
        if (
            data.__class__ in _UNTYPED  # the replacement is still untyped: look at it closely
            or envelope.subject != data.case_id
            or envelope.keyid not in self._keys.exchange_keys
            or not is_valid_personal_number(number)
        ):
            return None, None
        key, right_partition = self._place_of(number, envelope.keyid)
        return (key if partition == right_partition else None), number[2:]


def _has_a_long_number(document: bytes) -> bool:
    """Return whether a number is written with so many characters that it may be a person's."""
    return document.translate(_NUMBER_CHARACTERS, _LEFT_OUT).find(_LONG_NUMBER) >= 0


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
