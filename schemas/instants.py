"""RFC 3339 as text: the forms that the contract takes, and the instant that each one names.

Taken whole: any number of digits of a second, cut to milliseconds; `t` and `z`; `-00:00`; offsets
up to 23:59 hours. A leap second stands at 23:59:60 UTC only, of any day, since nobody can tell the
future ones; it is the next instant. Nothing outside the years 1900-2199 is taken.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

YEAR: Final = "(?:19|20|21)[0-9]{2}"
_LEAP_YEAR: Final = "(?:(?:19|20|21)(?:0[48]|[2468][048]|[13579][26])|2000)"
DATE_FORM: Final = (
    f"(?:{YEAR}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    f"|{_LEAP_YEAR}-02-29)"
)
_HOUR: Final = "(?:[01][0-9]|2[0-3])"
_MINUTE: Final = "[0-5][0-9]"
_FRACTION: Final = "(?:[.][0-9]+)?"
_OFFSET: Final = f"(?:[Zz]|[+-]{_HOUR}:{_MINUTE})"
_TIME_FORM: Final = (
    f"(?:{_HOUR}:{_MINUTE}:{_MINUTE}{_FRACTION}{_OFFSET}"
    f"|23:59:60{_FRACTION}[Zz]"
    f"|{_HOUR}:59:60{_FRACTION}[+-]{_HOUR}:00"
    f"|{_HOUR}:{_MINUTE}:60{_FRACTION}[+-]{_HOUR}:(?:0[1-9]|[1-5][0-9]))"
)
DATETIME_FORM: Final = f"{DATE_FORM}[Tt]{_TIME_FORM}"
PLAIN_DATETIME_PATTERN: Final = (
    f"^{YEAR}-[0-9]{{2}}-[0-9]{{2}}T{_HOUR}:{_MINUTE}:{_MINUTE}(?:[.][0-9]{{1,3}})?"
    f"(?:Z|[+-]{_HOUR}:{_MINUTE})$"
)
"""What nearly everybody writes, and every library parses to the right instant."""
_DATETIME: Final = re.compile(
    "(?P<day>[0-9-]{10})[Tt](?P<clock>[0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})"
    "(?:[.](?P<fraction>[0-9]+))?(?P<offset>.+)"
)
_FORM: Final = re.compile(DATETIME_FORM)
_LEAP_SECOND: Final = "60"
_MILLISECOND_DIGITS: Final = 3
_LAST_MINUTE: Final = (23, 59)


def instant_of(text: str) -> dt.datetime:
    """Return the instant that a text in RFC 3339 names, to the millisecond, in its own offset.

    Raises:
        ValueError: it is not RFC 3339, or its year is not 1900-2199.
    """
    parts = _DATETIME.fullmatch(text) if _FORM.fullmatch(text) else None
    if parts is None:
        raise ValueError("not an instant in RFC 3339")
    leaps = parts["second"] == _LEAP_SECOND
    second = "59" if leaps else parts["second"]
    milliseconds = (parts["fraction"] or "")[:_MILLISECOND_DIGITS].ljust(_MILLISECOND_DIGITS, "0")
    offset = parts["offset"].upper()
    at = dt.datetime.fromisoformat(
        f"{parts['day']}T{parts['clock']}:{second}.{milliseconds}{offset}"
    )
    if not leaps:
        return at
    in_utc = at.astimezone(dt.UTC)
    if (in_utc.hour, in_utc.minute) != _LAST_MINUTE:
        raise ValueError("a leap second stands at 23:59:60 UTC")
    return at + dt.timedelta(seconds=1)
