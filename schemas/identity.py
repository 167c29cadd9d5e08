"""Who a message is about: validity of Swedish personal numbers.

Twelve digits; a personnummer, or a samordningsnummer whose day is raised by 60. Both must name a
day that exists and end with a valid check digit (contract section 2). What a valid number
consists of is decided by python-stdnum, not by us.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

from stdnum import luhn

PERSONAL_NUMBER_PATTERN: Final = "^[0-9]{12}$"
_TWELVE_DIGITS: Final = re.compile(r"[0-9]{12}")
_COORDINATION_DAY_OFFSET: Final = 60
_CACHE_ENTRIES_MAX: Final = 65_536


@lru_cache(maxsize=_CACHE_ENTRIES_MAX)
def is_valid_personal_number(number: str) -> bool:
    """Return whether the text is a valid 12-digit personnummer or samordningsnummer."""
    if not _TWELVE_DIGITS.fullmatch(number):
        return False
    day = int(number[6:8])
    if day > _COORDINATION_DAY_OFFSET:
        day -= _COORDINATION_DAY_OFFSET
    try:
        date(int(number[0:4]), int(number[4:6]), day)
    except ValueError:
        return False
    return bool(luhn.is_valid(number[2:]))
