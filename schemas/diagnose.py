"""Everything that is wrong with a record, and what may be shown of it. The slow path.

The codec comes here whenever a message is not plainly good. Each section of the contract is
judged on its own as far as the record can be read, so that the sender gets all problems at once.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic import ValidationError

from schemas import headers, privacy
from schemas.body import body_problems, number_of, replacement_problems
from schemas.envelope import ENVELOPES, SOURCES, Envelope, is_extension
from schemas.fields import ID_PATTERN, UUID_PATTERN
from schemas.keys import DEFAULT_KEY_ID, NO_PERSON_KEY, KeyRing
from schemas.numbers import holds, looks_like_a_number
from schemas.partition import partition_of
from schemas.reasons import Finding, finding
from schemas.record import Record
from schemas.registry import BY_NAME, REGISTRY
from schemas.remembered import LENGTH_MAX
from schemas.schema_errors import finding_of, path_text
from schemas.topics import FAMILIES, INPUT_TOPICS

PROBLEMS_MAX: Final = 100
"""More problems than this are cut off, so that a receipt stays small."""
PARTS_MAX: Final = 3000
"""Names and items in one message; no valid message has more. Beyond, the body is not judged
field by field, so that a flood of wrong fields costs milliseconds and not seconds."""
_CONTAINER_MAX: Final = 100
EARLIEST: Final = 946_684_800_000
LATEST: Final = 4_102_444_800_000
"""2000-01-01 and 2100-01-01, UTC: a record's timestamp lies between them (contract 1.1, A 7)."""
NO_PERSON_TYPE: Final = "consent.refusal_counted"
TOPIC_OWNERS: Final = {
    topic: (topic.partition(".")[0], topic.rpartition(".")[2]) for topic in INPUT_TOPICS
}
"""Input topic -> (agency, family)."""

_POSITION_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:samverkan:gateway:record")
_TYPE: Final = re.compile(r"se\.samverkan\.([a-z_]{1,40})\.([a-z_]{1,60})\.v([0-9]{1,3})")
_UUID: Final = re.compile(UUID_PATTERN)
_ID: Final = re.compile(ID_PATTERN)
_TWELVE: Final = re.compile(r"[0-9]{12}")


class _AnyEnvelope(Envelope):
    """The envelope of a message whose type is not in the registry."""

    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All problems of a record, and what of it may be shown. No problems: it is good after all."""

    problems: tuple[Finding, ...]
    message_id: str | None = None
    source: str | None = None
    ce_type: str | None = None
    case_id: str | None = None


NOT_JSON: Final = (finding("envelope.not_json"),)


def position_id(record: Record) -> str:
    """Return the id of a message that brought none: UUIDv5 of topic, partition, offset."""
    name = f"{record.topic}/{record.partition}/{record.offset}"
    return str(uuid.uuid5(_POSITION_NAMESPACE, name))


def unique(problems: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the problems once per code and path, in order, at most PROBLEMS_MAX."""
    kept: dict[tuple[str, str | None], Finding] = {}
    for problem in problems:
        kept.setdefault((problem.code, problem.path), problem)
    if len(kept) <= PROBLEMS_MAX:
        return tuple(kept.values())
    return (*list(kept.values())[: PROBLEMS_MAX - 1], finding("schema.invalid", None, "more"))


def has_time(record: Record) -> bool:
    """Return whether a record's timestamp is an instant of the years 2000 to 2099 (UTC)."""
    return EARLIEST <= record.timestamp_ms < LATEST


def _time_problems(record: Record) -> tuple[Finding, ...]:
    return () if has_time(record) else (finding("envelope.bad_timestamp", "timestamp"),)


def diagnose(
    record: Record, document: bytes | None, keys: KeyRing, partitions: int, said: headers.Said
) -> Diagnosis:
    """Judge a record that is not plainly good.

    `document` is its structured form, None without one; `said` is what its headers say.
    """
    around = (*said.problems, *_time_problems(record))
    try:
        raw = orjson.loads(document or b"")
    except orjson.JSONDecodeError:
        raw = None
    if not isinstance(raw, dict) or document is None:
        return Diagnosis((*NOT_JSON, *around))
    problems = [*around]
    overfull = _overfull(raw)
    problems += [
        found
        for found in _schema_problems(document, raw, overfull)
        if not (found.detail == "missing" and found.path in said.wrong)
    ]
    if any(problem.code == "envelope.not_json" for problem in problems):
        return Diagnosis((*NOT_JSON, *around))
    problems += _extension_problems(raw)
    problems += _routing_problems(record, raw)
    problems += _key_problems(record, raw, keys, partitions)
    problems += _subject_problems(raw)
    exact = privacy.exact(orjson.dumps(_surface(raw)) if overfull else document)
    problems += [
        finding("schema.invalid", path_text(path), "given_twice")
        for path in privacy.names_given_twice(exact)
    ]
    outside = tuple(_outside_person(record, raw, exact))
    problems += [finding("schema.invalid", p, "personal_number_outside_person") for p in outside]
    return _shown(raw, unique(problems), frozenset(outside))


def shown_of_too_large(record: Record, document: bytes, path: str | None = None) -> Diagnosis:
    """Return what may be shown of a message that is too large to be judged."""
    problems = (finding("envelope.too_large", path, path or ""), *_time_problems(record))
    try:
        raw = orjson.loads(document)
    except orjson.JSONDecodeError:
        raw = None
    return _shown(raw, problems, frozenset()) if isinstance(raw, dict) else Diagnosis(problems)


def _data_of(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    data = raw.get("data")
    return data if isinstance(data, dict) else {}


def _text_of(holder: Mapping[str, Any], name: str) -> str | None:
    value = holder.get(name)
    return value if isinstance(value, str) else None


def _names_no_person(raw: Mapping[str, Any]) -> bool:
    row = REGISTRY.get(_text_of(raw, "type") or "")
    return row is not None and row.name == NO_PERSON_TYPE


def _overfull(raw: Mapping[str, Any]) -> str | None:
    """Return the path of a long list or object if the message has too many parts, else None."""
    count = 0
    longest, longest_path = _CONTAINER_MAX, ("data",)
    todo: list[tuple[Any, Any]] = [((), raw)]
    while todo:
        path, item = todo.pop()
        count += len(item)
        if len(item) > longest:
            longest, longest_path = len(item), path
        if count > PARTS_MAX:
            return path_text(longest_path)
        parts = item.items() if isinstance(item, dict) else enumerate(item)
        todo += [((*path, name), part) for name, part in parts if isinstance(part, dict | list)]
    return None


def _surface(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message without the lists and objects in its body, but the person."""
    data = {
        name: part
        for name, part in _data_of(raw).items()
        if name == "person" or not isinstance(part, dict | list)
    }
    return {**raw, "data": data}


def _schema_problems(
    document: bytes, raw: Mapping[str, Any], overfull: str | None
) -> Iterator[Finding]:
    """Yield what envelope and body model object to; of an overfull message the envelope only."""
    ce_type = _text_of(raw, "type") or ""
    model = _AnyEnvelope if overfull else ENVELOPES.get(ce_type, _AnyEnvelope)
    try:
        model.model_validate_json(document)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problem = finding_of(detail)
            if problem is not None:
                yield problem
                if problem.code == NOT_JSON[0].code:
                    return
    if overfull:
        yield finding("schema.invalid", overfull, "too_many")
    row = REGISTRY.get(ce_type)
    if row is not None:
        yield from body_problems(row, _data_of(raw), ("data",))
        if not overfull:
            yield from replacement_problems(row, _data_of(raw))


def _extension_problems(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with names of attributes that the contract does not know."""
    for name in raw:
        if name not in Envelope.model_fields and not is_extension(name):
            detail = "data_base64" if name == "data_base64" else "no_attribute"
            yield finding("schema.invalid", path_text([name]), detail)


def _routing_problems(record: Record, raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with type, topic and sender."""
    agency, family = TOPIC_OWNERS.get(record.topic, (None, None))
    ce_type = _text_of(raw, "type")
    if ce_type is not None:
        match = _TYPE.fullmatch(ce_type)
        if ce_type not in REGISTRY:
            known = match is not None and f"{match[1]}.{match[2]}" in BY_NAME
            code = "envelope.unsupported_version" if known else "envelope.unknown_type"
            yield finding(code, "type")
        if match is not None and match[1] in FAMILIES and match[1] != family:
            yield finding("envelope.wrong_topic", "type")
    source = _text_of(raw, "source")
    if source in SOURCES and SOURCES[source][0] != agency:
        yield finding("envelope.wrong_sender", "source")


def _key_problems(
    record: Record, raw: Mapping[str, Any], keys: KeyRing, partitions: int
) -> Iterator[Finding]:
    """Yield what is wrong with record key, `partitionkey`, `keyid` and partition."""
    key = _ascii(record.key)
    expected, problem = _expected_key(raw, keys)
    if problem is not None:
        yield problem
    moved = "fel_person" if _moves_to_another_person(raw) else ""
    if key is None:
        yield finding("envelope.key_mismatch", "key", "missing")
    elif expected is not None and key != expected:
        yield finding("envelope.key_mismatch", "key", moved)
    partitionkey = _text_of(raw, "partitionkey")
    if partitionkey is not None and partitionkey not in (key, expected):
        yield finding("envelope.key_mismatch", "partitionkey", moved)
    # A longer key is refused as it is, and the hash of a megabyte takes a tenth of a second.
    short = None if record.key is None or len(record.key) > LENGTH_MAX else record.key
    if short is not None and partition_of(short, partitions) != record.partition:
        yield finding("envelope.wrong_partition", "partition")


def _moves_to_another_person(raw: Mapping[str, Any]) -> bool:
    """Return whether a correction says that its original is of another person."""
    data = _data_of(raw)
    replacement = data.get("replacement")
    if not isinstance(replacement, dict):
        return False
    return data.get("reason") == "fel_person" or number_of(replacement) not in (
        None,
        number_of(data),
    )


def _expected_key(raw: Mapping[str, Any], keys: KeyRing) -> tuple[str | None, Finding | None]:
    """Return the key that the record should have, as far as that can be said."""
    keyid = raw.get("keyid", DEFAULT_KEY_ID)
    if not isinstance(keyid, str) or keyid not in keys.exchange_keys:
        return None, finding("envelope.unknown_key_id", "keyid")
    if _names_no_person(raw):
        return NO_PERSON_KEY, None
    number = number_of(_data_of(raw))
    if number is None or not _TWELVE.fullmatch(number):
        return None, None
    return keys.person_key(number, keyid), None


def _ascii(key: bytes | None) -> str | None:
    return key.decode("ascii") if key is not None and key.isascii() else None


def _subject_problems(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with the subject, which repeats the case id."""
    case_id = _text_of(_data_of(raw), "case_id")
    subject = raw.get("subject")
    if _names_no_person(raw):
        wrong = subject is not None
    else:
        wrong = subject is None or (case_id is not None and subject != case_id)
    if wrong:
        yield finding("envelope.subject_mismatch", "subject", "" if subject else "missing")


def _outside_person(record: Record, raw: Mapping[str, Any], exact: Any) -> Iterator[str]:
    """Yield the paths at which this person's or another's number stands outside `data.person`."""
    number = number_of(_data_of(raw))
    short = privacy.short_form(number) if number is not None else None
    for path in privacy.outside_person(exact, short):
        yield path_text(path)
    if privacy.in_headers(record.headers, short):
        yield "headers"
    key = record.key
    if key is not None and short is not None and holds(key.decode("latin-1"), short):
        yield "key"


def _shown(
    raw: Mapping[str, Any], problems: tuple[Finding, ...], offending: frozenset[str]
) -> Diagnosis:
    """Return the diagnosis with what has valid form and holds no personal number."""
    message_id = _text_of(raw, "id")
    usable = message_id is not None and _UUID.fullmatch(message_id) and "id" not in offending
    source = _text_of(raw, "source")
    ce_type = _text_of(raw, "type")
    case_id = _text_of(_data_of(raw), "case_id") or _text_of(raw, "subject")
    if case_id is not None and (
        not _ID.fullmatch(case_id)
        or not offending.isdisjoint({"data.case_id", "subject"})
        or (problems and looks_like_a_number(case_id))
    ):
        case_id = None
    return Diagnosis(
        problems,
        message_id=message_id.lower() if usable and message_id and source is not None else None,
        source=source if source in SOURCES else None,
        ce_type=ce_type if ce_type and _TYPE.fullmatch(ce_type) else None,
        case_id=case_id,
    )
