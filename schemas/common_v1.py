"""What every message body has in common, version 1 (contract section 2).

All models are strict (no coercion), frozen and refuse unknown fields: diagnosis only as a group,
no free text (BR-45). An optional field may be left out or be null; both mean "not said".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from schemas import codes
from schemas.fields import (
    LIST_ITEMS_MAX,
    Date,
    DateOrTime,
    Extent,
    FreeCode,
    Id,
    Month,
    RoundNo,
    Uuid,
)
from schemas.identity import PERSONAL_NUMBER_PATTERN

REQUIRED_HERE: Final = "required_here"
"""Error type of fields that are required because of other fields' values."""


class Strict(BaseModel):
    """Base of all parts of a message to the gateway."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        serialize_by_alias=True,
    )


class Person(Strict):
    """The person, by 12-digit number; the only place in a message where the number may stand."""

    personal_number: Annotated[str, StringConstraints(pattern=PERSONAL_NUMBER_PATTERN)]

    def __repr__(self) -> str:
        """Return a text without the number."""
        return "Person(personal_number=<masked>)"

    __str__ = __repr__


class Circumstances(Strict):
    """The common fields that are optional in every message."""

    unit: FreeCode | None = None
    region: FreeCode | None = None
    handler_role: codes.HandlerRole | None = None
    capture: codes.Capture = "harvested"


class CaseData(Circumstances):
    """Base of every message about one person."""

    person: Person
    case_id: Id
    round_no: RoundNo = 1
    event_at: DateOrTime
    consent_ref: Uuid | None = None


def said(item: object, name: str) -> str | None:
    """Return a code in a list item, be it a parsed model or still a JSON object."""
    code = item.get(name) if isinstance(item, dict) else getattr(item, name, None)
    return code if isinstance(code, str) else None


class RequiredWhen(NamedTuple):
    """One field is required when another one has one of some values.

    With `item`, the other field is a list of objects, and one that has such a value is enough.
    """

    field: str
    values: frozenset[str | bool]
    requires: str
    item: str | None = None

    def holds(self, fields: Mapping[str, Any]) -> bool:
        """Return whether the condition is met by parsed values or raw JSON values."""
        found = fields.get(self.field)
        if self.item is None:
            return isinstance(found, str | bool) and found in self.values
        items = found if isinstance(found, list | tuple) else ()
        return any(said(one, self.item) in self.values for one in items)

    def schema(self) -> dict[str, Any]:
        """Return the same as JSON Schema."""
        value: dict[str, Any] = {"enum": sorted(self.values)}
        if self.item is not None:
            one = {"type": "object", "properties": {self.item: value}, "required": [self.item]}
            value = {"type": "array", "contains": one}
        return {
            "if": {"properties": {self.field: value}, "required": [self.field]},
            "then": {
                "properties": {self.requires: {"not": {"type": "null"}}},
                "required": [self.requires],
            },
        }


class ConditionallyRequired(Strict):
    """A body in which one field's value makes another field required (contract section 11)."""

    CONDITIONS: ClassVar[tuple[RequiredWhen, ...]]

    @classmethod
    def required_here(cls, fields: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of fields that are missing because of other fields' values.

        `fields` are parsed values or raw JSON values, so that the rule is written once and can
        be judged also where other fields are wrong.
        """
        return tuple(
            one.requires
            for one in cls.CONDITIONS
            if fields.get(one.requires) is None and one.holds(fields)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the JSON Schema of the fields, with the conditions as if and then."""
        found = handler(schema)
        own = handler.resolve_ref_schema(found)
        own["allOf"] = [one.schema() for one in cls.CONDITIONS]
        return found

    @model_validator(mode="after")
    def _nothing_missing(self) -> Self:
        missing = self.required_here(self.__dict__)
        if missing:
            raise PydanticCustomError(REQUIRED_HERE, "a field is required here")
        return self


class PersonFacts(Strict):
    """What the statistics break down by; never a reason to refuse a message (BR-44)."""

    sex: codes.Sex | None = None
    birth_year_month: Month | None = None
    employment: codes.Employment | None = None


class BenefitPeriod(Strict):
    """A benefit, its extent and its days; `to` is null or absent while it runs."""

    benefit: codes.Benefit
    extent: Extent
    from_: Date = Field(alias="from")
    to: Date | None = None


Benefits = Annotated[tuple[BenefitPeriod, ...], Field(max_length=LIST_ITEMS_MAX)]
BenefitsAtLeastOne = Annotated[
    tuple[BenefitPeriod, ...], Field(min_length=1, max_length=LIST_ITEMS_MAX)
]
Attendees = Annotated[tuple[codes.Attendee, ...], Field(max_length=LIST_ITEMS_MAX)]


class DataOfOneOf(NamedTuple):
    """Pydantic annotation: a JSON object that one of these models has to take.

    The object is kept as it came. Which model it is to be depends on the person's history; that
    it fits none of them is known at once (`schemas.body`).
    """

    models: tuple[type[Strict], ...]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the schema of the object; to JSON Schema it is any of the models."""
        models = core_schema.union_schema([handler.generate_schema(one) for one in self.models])
        return core_schema.no_info_before_validator_function(
            _as_it_came, handler(source), json_schema_input_schema=models
        )


def _as_it_came(value: object) -> object:
    return value


class Corrected(CaseData):
    """MF15: replaces an earlier message of the same sender.

    `replacement` is a full data object of the original's type. Which type that is only the
    person's history knows; `schemas.codec.parse_data` checks it there.
    """

    corrects: Uuid
    reason: codes.CorrectionReason
    replacement: dict[str, Any] = Field(repr=False)


class Voided(CaseData):
    """MF15: takes back an earlier message of the same sender."""

    voids: Uuid
    reason: codes.VoidReason
