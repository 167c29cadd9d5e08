"""Days and instants: a date is the Swedish calendar day (contract section 2, Europe/Stockholm).

A `Day` is the number of days since 1970-01-01, an instant is milliseconds since then in UTC, as a
Kafka timestamp is. Both are plain integers because the state stores and compares thousands of them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

Day = int
Instant = int

STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")
DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=65_536)
def _offset_ms(hour: int) -> int:
    """Stockholm's distance from UTC in the given hour since 1970; changes fall on whole hours."""
    offset = (_EPOCH + timedelta(hours=hour)).astimezone(STOCKHOLM).utcoffset()
    assert offset is not None
    return int(offset.total_seconds() * 1000)


def day_at(instant: Instant) -> Day:
    """The Swedish calendar day at an instant."""
    return (instant + _offset_ms(instant // _HOUR_MS)) // DAY_MS


def day_of(value: date) -> Day:
    """The day of a date, or the Swedish day of a date-time with offset."""
    if isinstance(value, datetime):
        value = value.astimezone(STOCKHOLM)
    return value.toordinal() - _EPOCH_ORDINAL


def as_date(day: Day) -> date:
    """The calendar date of a day."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


@lru_cache(maxsize=4096)
def midnight(day: Day) -> Instant:
    """The instant at which a Swedish day begins."""
    start = datetime.combine(as_date(day), datetime.min.time(), tzinfo=STOCKHOLM)
    return int((start - _EPOCH).total_seconds()) * 1000


@lru_cache(maxsize=65_536)
def _second_text(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]


@lru_cache(maxsize=1024)
def rfc3339(instant: Instant) -> str:
    """An instant as RFC 3339 in UTC with milliseconds, as in every message the gateway writes."""
    return f"{_second_text(instant // 1000)}.{instant % 1000:03d}Z"
