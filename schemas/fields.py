"""Field types of the contract: how a date, an id, an extent look in JSON, and nothing looser.

Pydantic's own date types also take Unix timestamps in quotes and a blank between date and time.
The contract says ISO and RFC 3339, so the text is matched first and parsed after. Years are
limited to 1900-2199: what lies outside is a typing error, and date arithmetic stays safe.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from schemas import codes

_YEAR: Final = "(?:19|20|21)[0-9]{2}"
DATE_PATTERN: Final = f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}$"
DATETIME_PATTERN: Final = (
    f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}[Tt][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}"
    "(?:[.][0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
MONTH_PATTERN: Final = f"^{_YEAR}-(?:0[1-9]|1[0-2])$"
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


def _from_text(pattern: str, parsed: CoreSchema) -> CoreSchema:
    return core_schema.chain_schema([core_schema.str_schema(strict=True, pattern=pattern), parsed])


def _one_error(schema: CoreSchema, error: str) -> CoreSchema:
    return core_schema.custom_error_schema(schema, error, custom_error_message="see the contract")


_DATE_TEXT: Final = _from_text(DATE_PATTERN, core_schema.date_schema(strict=False))
_DATETIME_TEXT: Final = _from_text(
    DATETIME_PATTERN, core_schema.datetime_schema(strict=False, tz_constraint="aware")
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
        kinds = [{"type": "string", "format": name} for name in self.formats]
        return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


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
ChainDay = Annotated[int, Field(ge=1, le=20_000)]
"""Day in rehabiliteringskedjan, 1 is the first day."""
RoundNo = Annotated[int, Field(ge=1, le=1_000)]
Version = Annotated[int, Field(ge=1, le=10_000)]

LIST_ITEMS_MAX: Final = 100
