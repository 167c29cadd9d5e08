"""A message body by itself: the `replacement` of a correction, of unnamed type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from pydantic import BaseModel, ValidationError

from schemas.common_v1 import ConditionallyRequired
from schemas.identity import is_valid_personal_number
from schemas.reasons import Finding, finding
from schemas.registry import REGISTRY, MessageType
from schemas.schema_errors import finding_of, path_text
from schemas.topics import FAMILIES

ORIGINALS: Final[Mapping[str, tuple[MessageType, ...]]] = {
    family: tuple(
        row for row in REGISTRY.values() if row.family == family and not (row.corrects or row.voids)
    )
    for family in FAMILIES
}
"""Family -> the types of its messages but corrections and voids."""


def parse_data(
    message_type: MessageType, data: Mapping[str, Any], at: str = "data.replacement"
) -> BaseModel | tuple[Finding, ...]:
    """Return a data object of a given type, or all its problems; their paths start with `at`.

    JSON semantics as on the wire: dates are text and nothing is coerced.
    """
    prefix = tuple(at.split("."))
    model = message_type.model
    problems: dict[str | None, Finding] = {}
    parsed: BaseModel | None = None
    try:
        parsed = model.model_validate_json(orjson.dumps(data))
    except orjson.JSONEncodeError:  # an integer beyond 64 bits
        return (finding("schema.invalid", path_text(prefix), "wrong_type"),)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problem = finding_of(detail, prefix)
            if problem is not None:
                problems.setdefault(problem.path, problem)
    for problem in body_problems(message_type, data, prefix):
        problems.setdefault(problem.path, problem)
    return tuple(problems.values()) if problems or parsed is None else parsed


def body_problems(
    message_type: MessageType, data: Mapping[str, Any], prefix: tuple[str, ...]
) -> Iterator[Finding]:
    """Yield what no field can say alone: conditional requirements, and a number that is none."""
    if issubclass(message_type.model, ConditionallyRequired):
        for name in message_type.model.required_here(data):
            yield finding("schema.invalid", path_text((*prefix, name)), "missing_here")
    number = number_of(data)
    if number is not None and not is_valid_personal_number(number):
        path = path_text((*prefix, "person", "personal_number"))
        yield finding("identity.invalid_number", path)


def replacement_problems(message_type: MessageType, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with a replacement that fits no type of the correction's family.

    Which type it has to be is known where the original is; a replacement that can never be right
    is refused at once, with the problems that it has as the type that it is most like.
    """
    replacement = data.get("replacement")
    if not message_type.corrects or not isinstance(replacement, dict):
        return
    document = orjson.dumps(replacement)
    nearest = min(ORIGINALS[message_type.family], key=lambda row: _errors_as(row, document))
    parsed = parse_data(nearest, replacement)
    if not isinstance(parsed, BaseModel):
        yield from parsed


def _errors_as(message_type: MessageType, document: bytes) -> int:
    """Return how many errors a data object has as this type."""
    try:
        message_type.model.model_validate_json(document)
    except ValidationError as error:
        return error.error_count()
    return 0


def number_of(data: Mapping[str, Any]) -> str | None:
    """Return the personal number text of an unparsed body, valid or not."""
    person = data.get("person")
    number = person.get("personal_number") if isinstance(person, dict) else None
    return number if isinstance(number, str) else None
