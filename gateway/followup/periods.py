"""Periods as the agencies' reports write them, and points in time of an extraction.

`2024` · `2014H1` · `2014-06` · months joined `2013-10/2014-03`. Days are Swedish calendar days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from gateway.followup.errors import ReportError
from gateway.followup.facts import STOCKHOLM

FORMS = "a year (2024), a half-year (2014H1), a month (2014-06) or months joined (2013-10/2014-03)"
_YEAR = re.compile(r"(\d{4})")
_HALF = re.compile(r"(\d{4})H([12])")
_MONTHS = re.compile(r"(\d{4})-(\d{2})(?:/(\d{4})-(\d{2}))?")


@dataclass(frozen=True)
class Period:
    """A period by its name; `first` and `last` are its first and last day, both included."""

    name: str
    first: date
    last: date


def parse_period(text: str) -> Period:
    """The period of a name.

    Raises:
        ReportError: no period is written like this.
    """
    try:
        first, month_after = _bounds(text)
    except ValueError:
        raise ReportError(f"{text!r} is no period: write {FORMS}.") from None
    return Period(text, first, month_after - timedelta(days=1))


def _bounds(text: str) -> tuple[date, date]:
    if match := _YEAR.fullmatch(text):
        year = int(match[1])
        return date(year, 1, 1), date(year + 1, 1, 1)
    if match := _HALF.fullmatch(text):
        year, half = int(match[1]), int(match[2])
        return (
            (date(year, 1, 1), date(year, 7, 1))
            if half == 1
            else (date(year, 7, 1), date(year + 1, 1, 1))
        )
    if match := _MONTHS.fullmatch(text):
        first = date(int(match[1]), int(match[2]), 1)
        last = date(int(match[3]), int(match[4]), 1) if match[3] else first
        if last < first:
            raise ValueError("the period ends before it begins")
        return first, (last + timedelta(days=31)).replace(day=1)
    raise ValueError("no known form")


def parse_as_of(value: str | date | datetime) -> int:
    """The point in time of an extraction, in ms since the epoch (UTC).

    Args:
        value: a date-time with offset, or a date, which means the end of that Swedish day; either
            also as ISO text.

    Raises:
        ReportError: it is neither, or the date-time has no offset.
    """
    try:
        if isinstance(value, str):
            is_day = len(value) == len("2024-01-31")
            value = date.fromisoformat(value) if is_day else datetime.fromisoformat(value)
        if not isinstance(value, datetime):
            following = datetime.combine(value + timedelta(days=1), time(), STOCKHOLM)
            return int(following.timestamp() * 1000) - 1
    except (ValueError, OverflowError):
        raise ReportError(
            f"{value!r} is no time of extraction: write a date (2025-01-31) or a date-time with "
            "offset (2025-01-31T12:00:00+01:00)."
        ) from None
    if value.tzinfo is None:
        raise ReportError(
            f"The time of extraction {value.isoformat()} has no offset: add Z or +01:00."
        )
    return round(value.timestamp() * 1000)


def instant_text(milliseconds: int) -> str:
    """Ms since the epoch as RFC 3339 in UTC with milliseconds: `2025-01-31T22:59:59.999Z`."""
    instant = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def swedish_day(milliseconds: int) -> date:
    """The Swedish calendar day of a point in time in ms since the epoch."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(STOCKHOLM).date()


def months_of(period: Period) -> list[Period]:
    """The months that a period touches, each whole."""
    months: list[Period] = []
    first = period.first.replace(day=1)
    while first <= period.last:
        month = parse_period(f"{first.year}-{first.month:02d}")
        months.append(month)
        first = month.last + timedelta(days=1)
    return months


def months_since(period: Period, day: date) -> Period | None:
    """The part of a period from a first day of a month on, named by its months; None if empty."""
    months = [month for month in months_of(period) if month.first >= day]
    if not months or months[-1].last < day:
        return None
    return parse_period(f"{months[0].name}/{months[-1].name}")
