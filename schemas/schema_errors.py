"""Pydantic's errors about a message, as findings of the closed catalogue.

Nothing of the message gets in but names of fields that the contract knows, and unknown names
that look like field names; every other name becomes `*`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from schemas import fields
from schemas.common_v1 import REQUIRED_HERE
from schemas.envelope import ENVELOPES, MEDIA_TYPE_ERRORS, RESERVED
from schemas.reasons import Finding, finding

_FIELD_NAME: Final = re.compile(r"[a-z_]{1,40}")
_CORE: Final = frozenset({"specversion", "id", "source", "type", "time", "datacontenttype"})
_OWN_CODE: Final = {
    "subject": "envelope.subject_mismatch",
    "partitionkey": "envelope.key_mismatch",
    "keyid": "envelope.unknown_key_id",
}
_DETAIL_BY_PATTERN: Final = {
    fields.MONTH_PATTERN: "bad_month",
    fields.UUID_PATTERN: "bad_uuid",
    fields.ID_PATTERN: "bad_id",
    fields.FREE_CODE_PATTERN: "bad_free_code",
}
_DETAIL_BY_TYPE: Final = {
    **{error: detail for detail, error in MEDIA_TYPE_ERRORS.items()},
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "literal_error": "not_in_code_list",
    "multiple_of": "not_in_code_list",
    "iso_date": "bad_date",
    "iso_time": "bad_time",
    "iso_date_or_time": "bad_date_or_time",
    "string_pattern_mismatch": "bad_format",
    "string_too_long": "too_long",
    "too_long": "too_many",
    "string_too_short": "empty",
    "too_short": "empty",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "finite_number": "out_of_range",
    "int_parsing_size": "out_of_range",
}


def _known_names() -> frozenset[str]:
    """Return every field name and alias of the contract."""
    names: set[str] = set()
    todo: list[Any] = list(ENVELOPES.values())
    seen: set[Any] = set()
    while todo:
        annotation = todo.pop()
        if annotation in seen:
            continue
        seen.add(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            for name, field in annotation.model_fields.items():
                names.add(field.alias or name)
                todo.append(field.annotation)
        else:
            todo.extend(getattr(annotation, "__args__", ()))
    return frozenset(names)


KNOWN_NAMES: Final = _known_names() | {"data_base64", *RESERVED}


def path_text(location: Iterable[str | int]) -> str:
    """Return a path such as `data.purposes[0].status`, without payload."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown = part if part in KNOWN_NAMES or _FIELD_NAME.fullmatch(part) else "*"
            text += f".{shown}" if text else shown
    return text


def _detail(error: ErrorDetails) -> str:
    if error["input"] is None:
        return "missing"
    kind = error["type"]
    if kind == "string_pattern_mismatch":
        pattern = error.get("ctx", {}).get("pattern", "")
        return _DETAIL_BY_PATTERN.get(pattern, "bad_format")
    return _DETAIL_BY_TYPE.get(kind, "wrong_type")


def finding_of(error: ErrorDetails, prefix: tuple[str, ...] = ()) -> Finding | None:
    """Return the finding for one pydantic error; None if it is reported from elsewhere.

    `prefix` is where the parsed part stands in the message; empty for a whole message.
    """
    location = (*prefix, *error["loc"])
    kind = error["type"]
    if kind == "json_invalid":
        return finding("envelope.not_json")
    if kind == REQUIRED_HERE or _is_echo(error):
        return None
    path = path_text(location)
    head = str(location[0]) if location else ""
    if len(location) == 1 and kind != "extra_forbidden":
        return _of_attribute(error, head, path)
    if location[-2:] == ("person", "personal_number") and kind == "string_pattern_mismatch":
        return finding("identity.invalid_number", path)
    return finding("schema.invalid", path, _detail(error))


def _is_echo(error: ErrorDetails) -> bool:
    """Return whether a list is called too short only because its items are wrong."""
    if error["type"] != "too_short":
        return False
    sent: Any = error["input"]
    return len(sent) >= int(error.get("ctx", {})["min_length"])


def _of_attribute(error: ErrorDetails, name: str, path: str) -> Finding:
    """Return the finding for an envelope attribute (or the whole of `data`)."""
    detail = _detail(error)
    if name == "source" and error["type"] == "string_pattern_mismatch" and error["input"]:
        return finding("envelope.wrong_sender", path, "unknown_source")
    if name in _CORE or name == "data":
        return finding("envelope.not_cloudevent", path, detail)
    if name in _OWN_CODE:
        return finding(_OWN_CODE[name], path, detail)
    return finding("schema.invalid", path, detail)
