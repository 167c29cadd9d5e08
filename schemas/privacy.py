"""A personal number stands in `data.person` and nowhere else (contract section 2, law 7).

An agency that builds its case ids from personal numbers would put them into subjects, receipts
and logs. Such a message is refused. Every text, number and name outside the number's own place is
looked at, and so are the headers; `schemas.numbers` says what is found there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel

from schemas.numbers import digits_of, may_tell, tells
from schemas.record import Headers

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
    for name, value in model.__dict__.items():
        kind = type(value)
        if kind is str:
            if name != "personal_number" and len(value) >= 10 and may_tell(value, short):
                return False
        elif kind is tuple:
            if not all(clear(item, short) for item in value if isinstance(item, BaseModel)):
                return False
        elif isinstance(value, BaseModel) and not clear(value, short):
            return False
    return True
