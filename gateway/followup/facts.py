"""One follow-up record (Kafka value, JSON) to one row of the fact store.

Rule: a value is either a whole row or unreadable with a reason; nothing in between and nothing
raised. Reasons name the field and the expected type, never the value, so that they can be written
to disk and logged. The shape is section 7 of the contract; unknown extra fields are ignored, since
a newer minor version of the contract may add some.
Times are bitemporal: `event_at`/`event_day` say when it happened, `registered_at` when the gateway
took it in. A date without a time means the Swedish calendar day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import orjson
import pyarrow as pa

FACT_TYPE = "se.samverkan.followup.v1"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
INT32_MAX = 2**31 - 1

Count = Annotated[int, msgspec.Meta(ge=1, le=INT32_MAX)]
Days = Annotated[int, msgspec.Meta(ge=-INT32_MAX, le=INT32_MAX)]
Name = Annotated[str, msgspec.Meta(min_length=1)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]

UTC_MS = pa.timestamp("ms", tz="UTC")
SCHEMA = pa.schema(
    [
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        # A whole number, not a timestamp: a record may carry any 64 bits here.
        pa.field("record_timestamp_ms", pa.int64(), nullable=False),
        pa.field("fact", pa.string(), nullable=False),
        pa.field("fact_id", pa.string(), nullable=False),
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("voided", pa.bool_(), nullable=False),
        pa.field("unit_key", pa.string()),
        pa.field("unit_case", pa.string()),
        pa.field("round_no", pa.int32()),
        pa.field("sex", pa.string()),
        pa.field("birth_year_month", pa.string()),
        pa.field("benefits", pa.list_(pa.string()), nullable=False),
        pa.field("employment", pa.string()),
        pa.field("unit", pa.string()),
        pa.field("region", pa.string()),
        pa.field("event_at", UTC_MS),
        pa.field("event_day", pa.date32()),
        pa.field("registered_at", UTC_MS, nullable=False),
        pa.field("delay_days", pa.int32()),
        pa.field("capture", pa.string()),
        pa.field("source_system", pa.string()),
        pa.field("flags", pa.list_(pa.string()), nullable=False),
        pa.field("fields", pa.string(), nullable=False),
    ]
)


class RawFact(NamedTuple):
    """A record of the follow-up topic as Kafka gives it; `value` None is a tombstone."""

    partition: int
    offset: int
    timestamp_ms: int
    value: bytes | None


class Unreadable(NamedTuple):
    """Why a record is no fact; `reason` holds no payload."""

    reason: str


class FactData(msgspec.Struct, gc=False):
    """`data` of a follow-up event; what a row cannot do without is required here."""

    fact: Name
    fact_id: Name
    revision: Count
    voided: bool
    registered_at: Instant
    event_at: str | None = None
    unit_key: str | None = None
    unit_case: str | None = None
    round_no: Count | None = None
    sex: str | None = None
    birth_year_month: str | None = None
    benefits: list[str] = []
    employment: str | None = None
    unit: str | None = None
    region: str | None = None
    delay_days: Days | None = None
    capture: str | None = None
    source_system: str | None = None
    flags: list[str] = []
    fields: msgspec.Raw = msgspec.Raw(b"{}")


class FactEvent(msgspec.Struct, gc=False):
    """The CloudEvent around a fact: only what says that it is one."""

    type: str
    data: FactData


_DECODER = msgspec.json.Decoder(FactEvent)


@lru_cache(maxsize=4096)
def event_time(text: str) -> tuple[datetime, date]:
    """The instant (UTC) and the Swedish day of an `event_at`.

    Args:
        text: an ISO date (then the instant is that day's midnight in Sweden) or an RFC 3339
            date-time with offset.

    Raises:
        ValueError: it is neither, or has no offset.
    """
    if len(text) == len("2024-01-31"):
        day = date.fromisoformat(text)
        return datetime.combine(day, time(), STOCKHOLM).astimezone(UTC), day
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("a date-time needs an offset")
    return instant.astimezone(UTC), instant.astimezone(STOCKHOLM).date()


def _decode(value: bytes | None) -> FactEvent:
    if value is None:
        raise msgspec.DecodeError("the record has no value")
    event = _DECODER.decode(value)
    if event.type != FACT_TYPE:
        raise msgspec.DecodeError(f"Expected `{FACT_TYPE}` - at `$.type`")
    try:
        # The text is kept as it came; reading it once proves that the report can read it too.
        fields = orjson.loads(bytes(event.data.fields))
    except orjson.JSONDecodeError:
        raise msgspec.DecodeError("JSON is malformed - at `$.data.fields`") from None
    if not isinstance(fields, dict):
        raise msgspec.DecodeError("Expected `object` - at `$.data.fields`")
    return event


def read_fact(raw: RawFact) -> tuple[Any, ...] | Unreadable:
    """The row of a record, its values in the order of `SCHEMA`, or why there is none."""
    try:
        event = _decode(raw.value)
        data = event.data
        happened: tuple[datetime | None, date | None] = (None, None)
        if data.event_at is not None:
            happened = event_time(data.event_at)
        registered_at = data.registered_at.astimezone(UTC)
    except msgspec.DecodeError as error:  # its text names fields and types, never values
        return Unreadable(str(error))
    except UnicodeDecodeError:
        return Unreadable("the value is not UTF-8")
    except (ValueError, OverflowError):
        return Unreadable("Expected a date, or a date-time with offset, in the years 1-9999")
    except RecursionError:
        return Unreadable("the value is nested too deeply")
    return (
        raw.partition,
        raw.offset,
        raw.timestamp_ms,
        data.fact,
        data.fact_id,
        data.revision,
        data.voided,
        data.unit_key,
        data.unit_case,
        data.round_no,
        data.sex,
        data.birth_year_month,
        data.benefits,
        data.employment,
        data.unit,
        data.region,
        *happened,
        registered_at,
        data.delay_days,
        data.capture,
        data.source_system,
        data.flags,
        bytes(data.fields).decode(),
    )


def to_table(rows: list[tuple[Any, ...]]) -> pa.Table:
    """Rows of `read_fact` as an Arrow table of `SCHEMA`; no rows give an empty table."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    arrays = [
        pa.array(list(column), type=field.type)
        for field, column in zip(SCHEMA, columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)
