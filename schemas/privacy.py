"""A personal number stands in `data.person` and nowhere else (contract section 2, law 7).

An agency that builds its case ids from personal numbers would put them into subjects, receipts
and logs. Such a message is refused. The person's own number is looked for in its 10-digit form
with any separators, in every text, number and field name. A number of anybody else is known only
by what it looks like, so it must stand alone: 10 or 12 digits with at most one separator before
the last four, no letter or digit beside them, a day that exists and a right check digit. An id of
ten digits made at random is taken for one in 7 cases of 1 000; ids with a letter or a year in front
never are, and neither are UUIDs: about 1 in 15 000 has a number by chance, and a message is not
refused for that.
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from schemas.identity import is_valid_personal_number
from schemas.record import Headers

_NOT_ALPHANUMERIC: Final = re.compile(r"[^0-9A-Za-z]+")
_NOT_DIGIT: Final = re.compile(r"[^0-9]+")
_DIGIT_RUN: Final = re.compile(r"[0-9]{10,}")
_ALONE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{2})?([0-9]{6})[^0-9A-Za-z]?([0-9]{4})(?![0-9A-Za-z])"
)
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SHAPES: Final = bytes(
    ord("0")
    if chr(i) in string.digits
    else ord("a")
    if chr(i) in string.ascii_letters
    else ord("-")
    for i in range(256)
)
"""Byte -> what it is: a digit, a letter, anything else."""
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
    digits = _NOT_DIGIT.sub("", number)
    return digits[-10:] if len(digits) >= 10 else None


def holds(text: str, short: str) -> bool:
    """Return whether the text holds the 10-digit form, with or without separators."""
    return short in text or short in _NOT_ALPHANUMERIC.sub("", text)


def like_numbers(text: bytes) -> int:
    """Return in how many places `names_somebody` could find a number: cheap, and often wrong."""
    shape = text.translate(_SHAPES)
    return shape.count(b"0000000000") + shape.count(b"000000-0000")


def _is_short_form(short: str) -> bool:
    return is_valid_personal_number("19" + short) or is_valid_personal_number("20" + short)


def looks_like_a_number(text: str) -> bool:
    """Return whether the text, separators apart, has a run of digits that is a personal number.

    Used where the person is not known; a false alarm costs nothing but a missing case id.
    """
    return any(
        _is_short_form(run[start : start + 10])
        for run in _DIGIT_RUN.findall(_NOT_ALPHANUMERIC.sub("", text))
        for start in range(len(run) - 9)
    )


def names_somebody(text: str, but: str | None = None) -> bool:
    """Return whether a personal number stands alone in the text, other than the 10 digits `but`."""
    return _UUID.fullmatch(text) is None and any(
        first + last != but and _is_short_form(first + last) for first, last in _ALONE.findall(text)
    )


def _tells(text: str, short: str | None) -> bool:
    """Return whether the text holds the person's own number, or one that stands alone."""
    return (short is not None and holds(text, short)) or names_somebody(text)


def outside_person(value: Any, short: str | None, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every text or name of an `exact` document that holds a number."""
    if isinstance(value, dict):
        for name, item in value.items():
            if _tells(name, short):
                yield (*path, name)
            yield from outside_person(item, short, (*path, name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from outside_person(item, short, (*path, i))
    elif isinstance(value, str) and _tells(value, short) and not _of_person(path):
        yield path


def _of_person(path: Path) -> bool:
    """Return whether it is the number's own place, or inside what stands there by mistake."""
    return path[:3] == _PERSON or path[:4] == _REPLACED_PERSON


def in_headers(headers: Headers, short: str | None) -> bool:
    """Return whether a header's name or value holds a number."""
    return any(
        _tells(name, short) or (value is not None and _tells(value.decode("latin-1"), short))
        for name, value in headers
    )
