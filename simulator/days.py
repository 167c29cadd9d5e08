"""Swedish calendar days and office hours of the simulated agencies, in milliseconds.

No clock is read: every moment follows from a day and the seeded random source.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")
DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
YEAR: Final = 2024
YEAR_END: Final = date(YEAR, 12, 30)
"""The last working day of the year."""
LOG_END: Final = date(2025, 3, 14)
"""The last day on which anything is written; cases that are open then are left open."""
_OPENS_MS: Final = 8 * 60 * MINUTE_MS
_CLOSES_MS: Final = 16 * 60 * MINUTE_MS


@lru_cache(maxsize=4096)
def midnight_ms(day: date) -> int:
    """Start of a Swedish day, ms since the epoch."""
    return round(datetime(day.year, day.month, day.day, tzinfo=STOCKHOLM).timestamp() * 1000)


def office_ms(rng: random.Random, day: date) -> int:
    """A moment in office hours of the day."""
    return midnight_ms(day) + rng.randrange(_OPENS_MS, _CLOSES_MS)


def rfc3339(moment_ms: int) -> str:
    """The moment as the agencies' systems write it: Swedish time with offset, whole ms."""
    moment = datetime.fromtimestamp(moment_ms // 1000, STOCKHOLM)
    return moment.replace(microsecond=moment_ms % 1000 * 1000).isoformat(timespec="milliseconds")


def day_of(moment_ms: int) -> date:
    """The Swedish day of a moment (ms since the epoch)."""
    return datetime.fromtimestamp(moment_ms // 1000, STOCKHOLM).date()


def workday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def later(rng: random.Random, day: date, fewest: int, most: int) -> date:
    """A working day `fewest` to `most` days after the day (a weekend moves it on)."""
    return workday(day + timedelta(days=rng.randint(fewest, most)))


def earlier(rng: random.Random, day: date, fewest: int, most: int) -> date:
    """A working day `fewest` to `most` days before the day (a weekend moves it further back)."""
    found = day - timedelta(days=rng.randint(fewest, most))
    return found - timedelta(days=max(0, found.weekday() - 4))


def workdays(first: date, last: date) -> list[date]:
    """All working days (Monday to Friday) from first to last, both included."""
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]
