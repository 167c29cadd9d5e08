"""Field types of the contract: how a date, an id, an extent look in JSON, and nothing looser.

Pydantic's own date types also take Unix timestamps in quotes and a blank between date and time.
The contract says ISO and RFC 3339, so the text is matched first and parsed after. Years are
limited to 1900-2199: what lies outside is a typing error, and date arithmetic stays safe. The
JSON Schemas get the same patterns, so that they do not depend on a validator's `format`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from schemas import codes
from schemas.instants import DATE_FORM, DATETIME_FORM, PLAIN_DATETIME_PATTERN, YEAR, instant_of

DATE_PATTERN: Final = f"^{DATE_FORM}$"
"""Every day of the calendar from 1900 to 2199, and no other text."""
DATETIME_PATTERN: Final = f"^{DATETIME_FORM}$"
"""RFC 3339. Of a leap second's minute it leaves to `format` what an offset of half hours makes."""
MONTH_PATTERN: Final = f"^{YEAR}-(?:0[1-9]|1[0-2])$"
UUID_PATTERN: Final = "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
ID_PATTERN: Final = "^[A-Za-z0-9._:-]{1,64}$"
FREE_CODE_PATTERN: Final = "^[a-z0-9-]{1,32}$"
PERSON_KEY_PATTERN: Final = "^[A-Za-z0-9_-]{22}$"

ISO_ERRORS: Final = {
    ("date",): "iso_date",
    ("date-time",): "iso_time",
    ("date", "date-time"): "iso_date_or_time",
}
"""Accepted formats -> error type."""
YES_NO_OR_DATE_ERROR: Final = "yes_no_or_date"


_DATE_DIGITS: Final = f"^{YEAR}-[0-9]{{2}}-[0-9]{{2}}$"
"""What the parser of dates is given: whether the day exists is its to say."""


def _from_text(pattern: str, parsed: CoreSchema) -> CoreSchema:
    return core_schema.chain_schema([core_schema.str_schema(strict=True, pattern=pattern), parsed])


def _one_error(schema: CoreSchema, error: str) -> CoreSchema:
    return core_schema.custom_error_schema(schema, error, custom_error_message="see the contract")


_DATE_TEXT: Final = _from_text(_DATE_DIGITS, core_schema.date_schema(strict=False))
_PLAIN_DATETIME_TEXT: Final = _from_text(
    PLAIN_DATETIME_PATTERN, core_schema.datetime_schema(strict=False, tz_constraint="aware")
)
_ANY_DATETIME_TEXT: Final = _from_text(
    f"^{YEAR}-", core_schema.no_info_plain_validator_function(instant_of)
)
_DATETIME_TEXT: Final = core_schema.union_schema(
    [_PLAIN_DATETIME_TEXT, _ANY_DATETIME_TEXT], mode="left_to_right"
)
_DATETIME_PYTHON: Final = core_schema.datetime_schema(strict=True, tz_constraint="aware")


class OneError(NamedTuple):
    """Pydantic annotation: whatever is wrong inside counts as this one problem."""

    error: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the type's own schema with this error."""
        return _one_error(handler(source), self.error)


class IsoText(NamedTuple):
    """Pydantic annotation: parse ISO text of one or two kinds, show them in the JSON Schema."""

    formats: tuple[str, ...]

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        """Return the parser for JSON text, and the plain type check for Python values."""
        texts = {"date": _DATE_TEXT, "date-time": _DATETIME_TEXT}
        objects = {"date": core_schema.date_schema(strict=True), "date-time": _DATETIME_PYTHON}
        error = ISO_ERRORS[self.formats]
        return core_schema.json_or_python_schema(
            json_schema=_one_error(self._any_of(texts), error),
            python_schema=_one_error(self._any_of(objects), error),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _iso, when_used="json", return_schema=core_schema.str_schema()
            ),
        )

    def _any_of(self, choices: Mapping[str, CoreSchema]) -> CoreSchema:
        return core_schema.union_schema(
            [choices[name] for name in self.formats], mode="left_to_right"
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the JSON Schema of the text."""
        patterns = {"date": DATE_PATTERN, "date-time": DATETIME_PATTERN}
        kinds = [
            {"type": "string", "format": name, "pattern": patterns[name]} for name in self.formats
        ]
        return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


class WholeNumber(NamedTuple):
    """Pydantic annotation: an integer in any form of JSON's numbers: `3`, `3.0`, `30e-1`.

    JSON has one kind of number, and JSON Schema calls each without a fraction an integer. A number
    is what an IEEE 754 double makes of its text (RFC 8259), so `-0.0` is 0. Parsed, it is an `int`.
    """

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the parser: any number but NaN and infinity, without a fraction, in its bounds."""
        whole = handler(source)
        whole["strict"] = False  # type: ignore[index]  # the schema of an int is a mutable mapping
        number = core_schema.float_schema(strict=True, allow_inf_nan=False)
        return core_schema.chain_schema([number, whole])

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the JSON Schema of the integer."""
        steps: Any = schema.get("steps")
        return handler(steps[-1])


def _iso(value: dt.date | dt.datetime) -> str:
    return value.isoformat()


Date = Annotated[dt.date, IsoText(("date",))]
"""A calendar day in Sweden, `2024-02-05`."""
DateTime = Annotated[dt.datetime, IsoText(("date-time",))]
"""An instant, RFC 3339 with offset."""
DateOrTime = Annotated[dt.date | dt.datetime, IsoText(("date", "date-time"))]
"""A day, or an instant with offset: when something happened."""
YesNoOrDate = Annotated[bool | Date, OneError(YES_NO_OR_DATE_ERROR)]
"""Done or not, or the day on which it was done."""
Month = Annotated[str, StringConstraints(pattern=MONTH_PATTERN)]
Uuid = Annotated[str, StringConstraints(pattern=UUID_PATTERN, to_lower=True)]
"""A UUID as text, lower case after parsing."""
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
"""An agency's own id of a case, plan, meeting, intervention."""
FreeCode = Annotated[str, StringConstraints(pattern=FREE_CODE_PATTERN)]
"""A code whose list the agencies keep themselves: units, regions, suppliers."""
PersonKey = Annotated[str, StringConstraints(pattern=PERSON_KEY_PATTERN)]
Extent = Annotated[
    float, Field(multiple_of=0.25, ge=0.25, le=1, json_schema_extra={"enum": list(codes.EXTENTS)})
]
"""Share of full in quarters."""
Fraction = Annotated[float, Field(ge=0, le=1)]
HoursPerWeek = Annotated[float, Field(ge=0, le=168)]
Percent = Annotated[float, Field(ge=0, le=100)]
AnnualHours = Annotated[float, Field(ge=0, le=8784)]
ChainDay = Annotated[int, Field(ge=1, le=20_000), WholeNumber()]
"""Day in rehabiliteringskedjan, 1 is the first day."""
RoundNo = Annotated[int, Field(ge=1, le=1_000), WholeNumber()]
Version = Annotated[int, Field(ge=1, le=10_000), WholeNumber()]
Count = Annotated[int, Field(ge=1, le=1_000), WholeNumber()]

LIST_ITEMS_MAX: Final = 100
