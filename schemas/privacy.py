"""A personal number stands in `data.person` and nowhere else (contract section 2, law 7).

An agency that builds its case ids from personal numbers would put them into subjects, receipts
and logs. Such a message is refused. Every text, number and name outside the number's own place is
looked at, and so are the headers; `schemas.numbers` says what is found there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from schemas.media import JSON
from schemas.numbers import digits_of, may_tell, tells
from schemas.record import Headers

_DIGITS_MIN: Final = 10
#: Of them nothing is left to see: each has to be the same as something else, or as one of a list.
_COMPARED: Final = frozenset({"personal_number", "partitionkey", "source", "subject", "type"})
_PERSON: Final = ("data", "person", "personal_number")
_REPLACED_PERSON: Final = ("data", "replacement", "person", "personal_number")

Path = tuple[str | int, ...]


class KeptObject(dict[str, Any]):
    """A JSON object that remembers which of its names stood there twice."""

    twice: tuple[str, ...] = ()


def _keep(pairs: list[tuple[str, Any]]) -> KeptObject:
    kept = KeptObject(pairs)
    if len(kept) != len(pairs):
        counted = Counter(name for name, _ in pairs)
        kept.twice = tuple(name for name, times in counted.items() if times > 1)
    return kept


def exact(document: bytes) -> Any:
    """Return the JSON with numbers as their own text and repeated names remembered.

    Only for documents that already passed a parser with a depth limit.
    """
    return json.loads(document, object_pairs_hook=_keep, parse_int=str, parse_float=str)


def names_given_twice(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every name that an object of an `exact` document has twice."""
    if isinstance(value, KeptObject):
        for name in value.twice:
            yield (*path, name)
        for name, item in value.items():
            yield from names_given_twice(item, (*path, name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from names_given_twice(item, (*path, i))


def short_form(number: str) -> str | None:
    """Return the 10 digits that identify the person, or None if the text has fewer."""
    digits = digits_of(number)
    return digits[-10:] if len(digits) >= 10 else None


def outside_person(value: Any, short: str | None, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every text or name of an `exact` document that holds a number."""
    if isinstance(value, dict):
        for name, item in value.items():
            if tells(name, short):
                yield (*path, name)
            yield from outside_person(item, short, (*path, name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from outside_person(item, short, (*path, i))
    elif isinstance(value, str) and tells(value, short) and not _of_person(path):
        yield path


def _of_person(path: Path) -> bool:
    """Return whether it is the number's own place, or inside what stands there by mistake."""
    return path[:3] == _PERSON or path[:4] == _REPLACED_PERSON


def in_headers(headers: Headers, short: str | None) -> bool:
    """Return whether a header's name or value holds a number."""
    return any(
        tells(name, short) or (value is not None and tells(value.decode("utf-8", "replace"), short))
        for name, value in headers
    )


def clear(model: BaseModel, short: str | None) -> bool:
    """Return whether no text of a parsed message holds a number, but in its own place."""
    texts, parts = _places_in(type(model))
    values = model.__dict__
    for name in texts:
        value = values[name]
        if value is None or len(value) < _DIGITS_MIN or value == JSON:
            continue
        if may_tell(value, short):
            return False
    for name in parts:
        part = values[name]
        if type(part) is tuple:
            if not all(clear(item, short) for item in part):
                return False
        elif part is not None and not clear(part, short):
            return False
    return True


@lru_cache(maxsize=256)
def _places_in(model: type[BaseModel]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the fields that hold a text of free form, and of those with fields.

    A text of a closed list says nothing of its own. What stands in a list is a code or a model.
    """
    texts, parts = [], []
    for name, field in model.model_fields.items():
        kinds = set(_kinds_of(field.annotation))
        if str in kinds and name not in _COMPARED:
            texts.append(name)
        elif any(issubclass(kind, BaseModel) for kind in kinds):
            parts.append(name)
    return tuple(texts), tuple(parts)


def _kinds_of(annotation: Any) -> Iterator[type]:
    """Yield the classes that a value of an annotation can have; of a closed list none."""
    if get_origin(annotation) is Literal:
        return
    if isinstance(annotation, type):
        yield annotation
    for inner in get_args(annotation):
        yield from _kinds_of(inner)
