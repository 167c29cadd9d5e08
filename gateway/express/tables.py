"""The tables of the express lane, read off the models, rules and records that Python has.

So a message type, field, code or agreed date stands in one place. A model with anything in it that
the lane does not know is left out, and with it its message type: Python decides those alone.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec
import orjson
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.domain import facts, records
from gateway.domain.context import Terms
from gateway.domain.evaluate import AFTER_CLOSING, NEEDS_CASE
from gateway.domain.joint import JOINT
from gateway.domain.rules import catalogue, derived
from gateway.domain.targets import is_amendment
from schemas import fields
from schemas.common_v1 import ConditionallyRequired
from schemas.envelope import SOURCES
from schemas.fields import IsoText, OneError
from schemas.identity import PERSONAL_NUMBER_PATTERN
from schemas.keys import KeyRing
from schemas.reasons import Finding, render
from schemas.registry import REGISTRY, MessageType

_PATTERNS: Final[Mapping[str, str]] = {
    fields.UUID_PATTERN: "uuid",
    fields.ID_PATTERN: "id",
    fields.FREE_CODE_PATTERN: "free_code",
    fields.MONTH_PATTERN: "month",
    PERSONAL_NUMBER_PATTERN: "personal_number",
}
_ISO: Final[Mapping[tuple[str, ...], str]] = {
    ("date",): "date",
    ("date", "date-time"): "date_or_time",
}
_QUARTER: Final = 0.25
#: The lane keeps the fields of a model in the bits of one number.
_FIELDS_MAX: Final = 64
_LIMITS: Final = (
    "late_days",
    "follow_up_interval_days",
    "close_after_no_development_days",
    "offer_after_decision_days",
    "dispute_days",
    "status_after_closing_days",
    "stale_days",
    "sgi_days",
    "sgi_reminder_days",
)
_DATES: Final = (
    "af_path_closed",
    "revised_way_of_working",
    "quarter_rule_transition",
    "quarter_rule",
    "omstallningsmote",
    "outcome_required",
    "meetings_2024",
    "sgi_rule",
    "sgi_conditions",
    "workplace_insurance",
)


#: The one finding that the lane gives, as `timing.late_registration` makes it.
_LATE: Final = Finding("BR-36", "warning", "data.event_at")


class UnknownKindError(Exception):
    """A model has something in it that the lane does not know."""


@dataclass(slots=True)
class _Shapes:
    """Models already described, by class."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    places: dict[type[BaseModel], int] = field(default_factory=dict)

    def place(self, model: type[BaseModel]) -> int:
        """Where a model stands among the shapes."""
        if model not in self.places:
            if len(model.model_fields) > _FIELDS_MAX:
                raise UnknownKindError(f"{model.__name__} has too many fields")
            row = {"fields": [self._field(n, f) for n, f in model.model_fields.items()]}
            self.places[model] = len(self.rows)
            self.rows.append(row)
        return self.places[model]

    def _field(self, name: str, info: FieldInfo) -> dict[str, Any]:
        annotation, nullable = _without_none(info.annotation)
        return {
            "name": name,
            "alias": info.alias or name,
            "required": info.is_required(),
            "nullable": nullable,
            "kind": self._kind(annotation, tuple(info.metadata)),
        }

    def _kind(self, annotation: Any, metadata: tuple[Any, ...]) -> dict[str, Any]:
        annotation, own = _unwrapped(annotation)
        metadata = (*own, *metadata)
        word = _word_of(metadata)
        if word is not None:
            return {"is": word}
        if get_origin(annotation) is Literal:
            return _code(annotation)
        if get_origin(annotation) is tuple:
            return self._list(annotation, metadata)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return {"is": "model", "shape": self.place(annotation)}
        return _simple(annotation, metadata)

    def _list(self, annotation: Any, metadata: tuple[Any, ...]) -> dict[str, Any]:
        item, dots = get_args(annotation)
        if dots is not Ellipsis:
            raise UnknownKindError("a tuple of a fixed length")
        return {
            "is": "list",
            "item": self._kind(item, ()),
            "min": _bound(metadata, "min_length", 0),
            "max": _bound(metadata, "max_length"),
        }


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """An annotation without its None, and whether it had one."""
    if get_origin(annotation) not in {Union, types.UnionType}:
        return annotation, False
    rest = [part for part in get_args(annotation) if part is not type(None)]
    if len(rest) == len(get_args(annotation)):
        return annotation, False
    return (rest[0] if len(rest) == 1 else Union[tuple(rest)]), True  # noqa: UP007 - at run time


def _unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """What stands inside `Annotated`, and what is said of it there."""
    said: list[Any] = []
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        for one in more:
            said += one.metadata if isinstance(one, FieldInfo) else [one]
    return annotation, tuple(said)


def _word_of(metadata: tuple[Any, ...]) -> str | None:
    """The kind that an annotation of the contract's own names; None without one."""
    for said in metadata:
        if isinstance(said, IsoText) and said.formats in _ISO:
            return _ISO[said.formats]
        if isinstance(said, OneError) and said.error == fields.YES_NO_OR_DATE_ERROR:
            return "yes_no_or_date"
    return None


def _code(annotation: Any) -> dict[str, Any]:
    codes = get_args(annotation)
    if not all(isinstance(code, str) for code in codes):
        raise UnknownKindError(f"codes that are no texts: {annotation}")
    return {"is": "code", "codes": list(codes)}


def _simple(annotation: Any, metadata: tuple[Any, ...]) -> dict[str, Any]:
    if annotation is str:
        return {"is": _pattern(metadata)}
    if annotation is bool:
        return {"is": "bool"}
    if annotation is int:
        return {"is": "int", "min": _bound(metadata, "ge"), "max": _bound(metadata, "le")}
    if annotation is float:
        return _float(metadata)
    raise UnknownKindError(f"there is no kind for {annotation}")


def _pattern(metadata: tuple[Any, ...]) -> str:
    for said in metadata:
        pattern = getattr(said, "pattern", None)
        if isinstance(pattern, str) and pattern in _PATTERNS:
            return _PATTERNS[pattern]
    raise UnknownKindError("a text without a pattern of the contract")


def _bound(metadata: tuple[Any, ...], name: str, default: int | None = None) -> Any:
    for said in metadata:
        found = getattr(said, name, None)
        if found is not None:
            return found
    if default is None:
        raise UnknownKindError(f"there is no bound {name}")
    return default


def _float(metadata: tuple[Any, ...]) -> dict[str, Any]:
    steps = [said.multiple_of for said in metadata if hasattr(said, "multiple_of")]
    if steps not in ([], [_QUARTER]):
        raise UnknownKindError("steps of a number that are no quarters")
    low, high = _bound(metadata, "ge"), _bound(metadata, "le")
    return {"is": "float", "min": float(low), "max": float(high), "quarters": bool(steps)}


def _records() -> dict[str, Any]:
    """Class of each remembered record -> its tag and fields by place."""
    found = {}
    for record in get_args(records.Remembered):
        names = list(record.__struct_fields__)
        found[record.__name__] = {"tag": record.__struct_config__.tag, "fields": names}
    return found


def _type(message_type: MessageType, terms: Terms, shapes: _Shapes) -> dict[str, Any] | None:
    """One message type, None when it amends another or has an unknown field."""
    name, model = message_type.name, message_type.model
    if is_amendment(name):
        return None
    try:
        shape = shapes.place(model)
    except UnknownKindError:
        return None
    record = records.RECORD_OF.get(name, records.Nothing)
    config = msgspec.structs.fields(record)
    has = model.model_fields
    return {
        "name": name,
        "ce_type": message_type.ce_type,
        "family": message_type.family,
        "version": message_type.version,
        "accepted": terms.accepts_version(name, message_type.version),
        "grounds": terms.grounds(name),
        "senders": [a for a in ("fk", "af") if terms.may_send(a, name)],
        "shape": shape,
        "of_nobody": "person" not in has,
        "needs_case": name in NEEDS_CASE,
        "after_closing": name in AFTER_CLOSING,
        "joint": name in JOINT,
        "conditional": model.__name__ if issubclass(model, ConditionallyRequired) else None,
        "checks": [_named(check) for check in catalogue.checks_of(name)],
        "marks": [{"rule": r, "mark": m.__name__} for r, m in derived.MARKS.get(name, ())],
        "facts": [
            {"field": n, "shown": n.rstrip("_")} for n in facts.FIELDS.get(name, ()) if n in has
        ],
        "links": [{"field": n, "shown": shown} for n, shown in facts.LINKS.items() if n in has],
        "record": {
            "tag": record.__struct_config__.tag,
            "fields": [one.name for one in config],
        },
    }


def _named(check: Any) -> str:
    return f"{check.__module__.rpartition('.')[2]}.{check.__name__}"


def tables(terms: Terms, keys: KeyRing, partitions: int) -> str:
    """Everything that is the same for all messages, as JSON for the compiled lane.

    It holds the installation's secrets: it is handed over in memory, and stands nowhere else.
    """
    shapes = _Shapes()
    rows = [_type(message_type, terms, shapes) for message_type in REGISTRY.values()]
    limits = {name: getattr(terms.limits, name) for name in _LIMITS}
    document = {
        "version": terms.rules_version,
        "partitions": partitions,
        "types": [row for row in rows if row is not None],
        "shapes": shapes.rows,
        "records": _records(),
        "limits": limits,
        "dates": {name: terms.dates.day(name) for name in _DATES},
        "sources": [
            {"source": source, "agency": agency, "system": system}
            for source, (agency, system) in SOURCES.items()
        ],
        "exchange_keys": {name: key.hex() for name, key in keys.exchange_keys.items()},
        "late_reason": orjson.dumps(render(_LATE)).decode(),
        "statistics_key": next(iter(keys.statistics_keys.values())).hex(),
    }
    return orjson.dumps(document).decode()
