"""Cases made for what a year hardly has: two consents, wrong numbers, hidden numbers."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

import orjson

from gateway.domain.days import DAY_MS
from schemas.codec import Record
from schemas.keys import NO_PERSON_KEY
from schemas.partition import partition_of
from tests.dsl import KEYS, PARTITIONS
from tests.express.boundaries import Case, Moment, event_of
from tests.kafka.attacks import attacks

_CONSENT: Final = "se.samverkan.consent.recorded.v1"
_STATUSES: Final = ("given", "refused", "withdrawn")
#: Days from the message that the consents are for to the beginning and the end of a consent.
_FROM: Final = (-30, 0, 1)
_TO: Final = (None, -1, 0, 1)
#: Digits of a text that is hidden: fewer than a number has, as many, more.
_DIGITS: Final = range(7, 13)


def _again(record: Record, event: dict[str, Any], later_ms: int, number: int) -> Record:
    """The record with another event, some time later and with an id of its own."""
    ids = f"{event['id'][:-4]}{number:04x}"
    return record._replace(
        value=orjson.dumps({**event, "id": ids}),
        offset=record.offset + number,
        timestamp_ms=record.timestamp_ms + later_ms,
    )


def _first(moments: Sequence[Moment]) -> Iterator[Moment]:
    """The first message of each type."""
    seen = set[str]()
    for moment in moments:
        name = moment.event["type"]
        if name not in seen:
            seen.add(name)
            yield moment


def consent_cases(moments: Sequence[Moment]) -> Iterator[Case]:
    """Two consents, and then a message of each family that needs one."""
    given = next(one for one in moments if one.event["type"] == _CONSENT)
    key = given.record.key
    later = {
        one.event["type"].split(".")[2]: one
        for one in reversed(moments)
        if one.record.key == key and one.event["type"] != _CONSENT
    }
    for message in later.values():
        before = message.record._replace(topic=given.record.topic)
        pairs = itertools.product(_consents(given, message), repeat=2)
        for number, (first, second) in enumerate(pairs):
            if number % 3 == 0:
                records = (
                    _again(before, first, -2 * DAY_MS, 1),
                    _again(before, second, -DAY_MS, 2),
                    message.record._replace(offset=message.record.offset + 3),
                )
                yield Case(message._replace(stored=()), records)


def _consents(given: Moment, message: Moment) -> Iterator[dict[str, Any]]:
    day = date.fromisoformat(message.event["data"]["event_at"][:10])
    family = message.event["type"].split(".")[2]
    spans = [(_FROM[0], to) for to in _TO] + [(start, None) for start in _FROM[1:]]
    for status, (start, to) in itertools.product(_STATUSES, spans):
        for families in ([family], ["plan", "referral", "meeting", "sgi"]):
            data = dict(given.event["data"])
            data |= {"families": families, "event_at": (day + timedelta(start)).isoformat()}
            data["purposes"] = [{"purpose": "information_exchange", "status": status}]
            said = {"valid_from": start, "valid_to": to}
            data |= {
                name: (day + timedelta(days)).isoformat()
                for name, days in said.items()
                if days is not None
            }
            if status == "withdrawn":
                data["withdrawn_at"] = data["event_at"]
            yield {**given.event, "data": data}


def number_cases(moments: Sequence[Moment]) -> Iterator[Case]:
    """Each type about a person whose number differs in one digit, under the key of that number."""
    for moment in _first(moments):
        person = moment.event["data"].get("person")
        if person is None:
            continue
        number = person["personal_number"]
        for place, digit in itertools.product(range(len(number)), "0123456789"):
            other = f"{number[:place]}{digit}{number[place + 1 :]}"
            key = KEYS.person_key(other, moment.event.get("keyid", "k1"))
            text = orjson.dumps(moment.event).replace(number.encode(), other.encode())
            text = text.replace((moment.record.key or b"").strip(), key.encode())
            partition = partition_of(key.encode(), PARTITIONS)
            record = moment.record._replace(key=key.encode(), partition=partition, value=text)
            yield Case(moment._replace(stored=()), (record,))


def hidden_cases(moments: Sequence[Moment]) -> Iterator[Case]:
    """Texts in ids that may hide a number, and those that just do not."""
    for moment in itertools.islice(_first(moments), 6):
        event = moment.event
        case_id = event["data"].get("case_id")
        if case_id is None or moment.record.key == NO_PERSON_KEY.encode():
            continue
        for text in _hidden():
            other = {**event, "subject": text, "data": {**event["data"], "case_id": text}}
            yield Case(moment, (moment.record._replace(value=orjson.dumps(other)),))


def _hidden() -> Iterator[str]:
    """Encoded once and twice, from each of the first characters on, with escapes within."""
    for digits in _DIGITS:
        plain = "1985050598357"[:digits]
        for more in ("", "ab", "abcdefghij", "\u00e5", "\u00e5\u00e5", "%31", "&#49;", "\\u0031"):
            raw = (plain + more).encode()
            for once in (raw, base64.b64encode(raw), raw.hex().encode()):
                for twice in (once, base64.b64encode(once), once.hex().encode()):
                    for before in ("", "x", "a1"):
                        yield before + twice.decode("latin-1").rstrip("=")


def attack_cases(moments: Sequence[Moment]) -> Iterator[Case]:
    """What a stranger sends (`tests.kafka.attacks`), at the moment of any message."""
    for number, attack in enumerate(attacks()):
        said = attack.record
        partition = partition_of(said.key or b"", PARTITIONS)
        record = Record(
            said.topic, partition, number, said.timestamp_ms, said.key, said.value, said.headers
        )
        if event_of(record) is not None:
            yield Case(moments[0]._replace(stored=()), (record,))


def made_cases(moments: Sequence[Moment]) -> dict[str, Iterable[Case]]:
    """All of them by name."""
    return {
        "two consents": consent_cases(moments),
        "other numbers": number_cases(moments),
        "hidden numbers": hidden_cases(moments),
        "attacks": attack_cases(moments),
    }
