"""The page of all message types: who sends them, on which ground, with which fields and codes.

Made of the registry, the models' JSON Schema and the shipped agreement, so that it says what the
gateway does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from gateway.agreement import Agreement, load
from schemas import codes, fields
from schemas.common_v1 import CaseData, ConditionallyRequired
from schemas.registry import BY_NAME, CONTRACT_VERSION, REGISTRY, MessageType
from schemas.topics import FAMILIES, other

GENERATED: Final = (
    f"<!-- Generated from the code by `make docs` for contract {CONTRACT_VERSION}; "
    "edit the code instead. -->\n\n"
)
_COMMON: Final = tuple(CaseData.model_fields)
_PATTERNS: Final = {
    fields.UUID_PATTERN: "UUID",
    fields.ID_PATTERN: "id",
    fields.FREE_CODE_PATTERN: "free code",
    fields.MONTH_PATTERN: "month",
}
#: Models of whole bodies, which a correction holds.
_WHOLE: Final = frozenset(row.model.__name__ for row in REGISTRY.values())
_FORMATS: Final = {"date": "date", "date-time": "instant"}
_FORMS: Final = """\
## Numbers, times and personal numbers

- An integer may be written in any form of JSON's numbers without a fraction: `3`, `3.0`, `30e-1`.
  A number is read as an IEEE 754 double, so `-0.0` is 0. One beyond its range, such as `1e400`, is
  no JSON for the gateway. What is delivered keeps the form that the sender wrote.
- Years are 1900-2199. A day must exist in the calendar.
- An instant may have any number of digits after the second; they are cut to milliseconds. `t`, `z`,
  `-00:00` and offsets up to 23:59 hours are taken.
- The leap second 23:59:60 UTC, written with any offset and on any day, is the next instant. At
  another minute, `:60` is refused.
- A samordningsnummer may have 60 for an unknown day of birth and 00 for an unknown month.
- The JSON Schemas say the same, and refuse what the gateway refuses. Validate with `format` as an
  assertion. A schema cannot see keys, check digits, repeated names, numbers of persons in other
  places, or what only the topic and the history of the person tell.
"""
_INTRODUCTION: Final = f"""\
# Message types

The contract's version is {CONTRACT_VERSION}.

What the agencies say to the gateway, by family. Every type is a CloudEvent
`se.samverkan.<type>.v<major>` on the topic `<agency>.out.<family>`; what is let through comes out
on `<other agency>.in.<family>`. Fields beyond those listed are refused. A **request** may be
rejected by a rule; a **fact** is flagged instead, unless it is impossible. A **joint** fact may be
reported by both agencies: the second report confirms the first and is not counted again.

Values: *date* is a Swedish calendar day `2024-02-05`; *instant* is RFC 3339 with offset; *month* is
`2024-02`; *id* is 1-64 characters of `A-Za-z0-9._:-`; *free code* is 1-32 of `a-z0-9-`. A name in
brackets is one of the [code lists](#code-lists) below. Each type links to its JSON Schema and to
the message that tests hold as the golden one.

{_FORMS}
"""


def messages() -> str:
    """The whole page."""
    agreement = load()
    parts: dict[str, Mapping[str, Any]] = {}
    lines = [*_common(parts)]
    for family in FAMILIES:
        lines += [f"## {family}", ""]
        for row in BY_NAME.values():
            if row.family == family:
                lines += _type(row, agreement, parts)
    lines += ["## Parts", "", "Objects within the messages above.", ""]
    for name, schema in sorted(parts.items()):
        lines += [f"### {name}", "", *_table(schema, ()), ""]
    lines += [*_code_lists()]
    return GENERATED + _INTRODUCTION + "\n".join(lines) + "\n"


def _common(parts: dict[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "## Fields of every message"
    yield ""
    yield "All but `consent.refusal_counted`, which is about nobody in particular."
    yield ""
    yield from _table(_schema(CaseData, parts), ())
    yield ""


def _schema(model: type[BaseModel], parts: dict[str, Mapping[str, Any]]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    parts.update({n: part for n, part in schema.get("$defs", {}).items() if n not in _WHOLE})
    return schema


def _type(
    row: MessageType, agreement: Agreement, parts: dict[str, Mapping[str, Any]]
) -> Iterator[str]:
    senders = [agency for agency in ("fk", "af") if agreement.may_send(agency, row.name)]
    grounds = ", else ".join(f"`{ground}`" for ground in agreement.grounds(row.name))
    kind = "request" if row.request else "joint fact" if row.joint else "fact"
    file = f"{row.name}.v{row.version}.json"
    routes = ", ".join(
        f"`{agency}.out.{row.family}` → `{other(agency)}.in.{row.family}`" for agency in senders
    )
    yield f"### {row.name}"
    yield ""
    yield f"{' '.join((row.model.__doc__ or '').split())}"
    yield ""
    yield (
        f"`{row.ce_type}` · {kind} · {routes} · ground: {grounds} · "
        f"[JSON Schema](../schemas/jsonschemas/{file}) · [example](../schemas/golden/{file})"
    )
    yield ""
    if issubclass(row.model, ConditionallyRequired):
        yield from _conditions(row.model)
        yield ""
    common = _COMMON if issubclass(row.model, CaseData) else ()
    table = [*_table(_schema(row.model, parts), common)]
    yield from table or ["No fields of its own."]
    yield ""


def _conditions(model: type[ConditionallyRequired]) -> Iterator[str]:
    for one in model.CONDITIONS:
        values = ", ".join(f"`{code}`".lower() for code in sorted(one.values))
        where = f"`{one.item}` in `{one.field}`" if one.item else f"`{one.field}`"
        yield f"- `{one.requires}` is required when {where} is one of: {values}."


def _table(schema: Mapping[str, Any], leave_out: tuple[str, ...]) -> Iterator[str]:
    required = set(schema.get("required", ()))
    own = {n: v for n, v in schema.get("properties", {}).items() if n not in leave_out}
    if not own:
        return
    yield "| field | required | value |"
    yield "|---|---|---|"
    for name, value in sorted(own.items(), key=lambda item: item[0] not in required):
        yield f"| `{name}` | {'yes' if name in required else ''} | {_value(value)} |"


def _value(schema: Mapping[str, Any]) -> str:
    """What a field may hold, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in _WHOLE:
            return "data of the original's type"
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        choices = [c for c in schema["anyOf"] if c.get("type") != "null"]
        return " or ".join(dict.fromkeys(_value(choice) for choice in choices))
    if "enum" in schema:
        return _codes(schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    return _plain(schema)


def _plain(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    words = {
        "array": "list of ",
        "boolean": "true or false",
        "integer": "integer" if low is None else f"integer {low:g}-{high:g}",
        "number": "number" if low is None else f"number {low:g}-{high:g}",
        "string": _FORMATS.get(schema.get("format", "")) or _text(schema),
    }
    if schema["type"] == "array":
        words["array"] = "at least one of " if schema.get("minItems") else words["array"]
        words["array"] += _value(schema["items"])
    return words[schema["type"]]


def _text(schema: Mapping[str, Any]) -> str:
    pattern = schema.get("pattern", "")
    if pattern in _PATTERNS:
        return _PATTERNS[pattern]
    return f"`{pattern}`" if pattern else "text"


def _codes(values: list[Any]) -> str:
    name = _list_names().get(tuple(values))
    return f"[{name}](#{name})" if name else ", ".join(f"`{value}`" for value in values)


def _list_names() -> Mapping[tuple[Any, ...], str]:
    """Codes -> name of their list, as in `schemas.codes`, in small letters with underscores."""
    return {
        get_args(value): re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
        for name, value in vars(codes).items()
        if get_origin(value) is Literal
    }


def _code_lists() -> Iterator[str]:
    yield "## Code lists"
    yield ""
    yield "Closed lists of [schemas/codes.py](../schemas/codes.py): another code is refused."
    for values, name in sorted(_list_names().items(), key=lambda item: item[1]):
        yield ""
        yield f"### {name}"
        yield ""
        yield ", ".join(f"`{value}`" for value in values)
