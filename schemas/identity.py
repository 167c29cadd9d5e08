"""Who a message is about: validity of Swedish personal numbers.

Twelve digits; a personnummer, or a samordningsnummer whose day is raised by 60. Both must name a
day that exists and end with a valid check digit (contract section 2). Skatteverket gives a
samordningsnummer also to somebody whose birth is not fully known: an unknown day is written 60
(0 and 60), an unknown month 00. A personnummer always names a whole date. The check digit is
python-stdnum's to judge, not ours.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from stdnum import luhn

from schemas.remembered import remembered

PERSONAL_NUMBER_PATTERN: Final = "^[0-9]{12}$"
_TWELVE_DIGITS: Final = re.compile(r"[0-9]{12}")
_COORDINATION_DAY_OFFSET: Final = 60
_ANY_LONG_MONTH: Final = 1
_ANY_DAY: Final = 1
_CACHE_ENTRIES_MAX: Final = 65_536


@remembered(_CACHE_ENTRIES_MAX)
def is_valid_personal_number(number: str) -> bool:
    """Return whether the text is a valid 12-digit personnummer or samordningsnummer."""
    if not _TWELVE_DIGITS.fullmatch(number):
        return False
    year, month, day = int(number[0:4]), int(number[4:6]), int(number[6:8])
    if day >= _COORDINATION_DAY_OFFSET:
        # What is not known is taken for something that any day, and any month, goes with.
        month, day = month or _ANY_LONG_MONTH, day - _COORDINATION_DAY_OFFSET or _ANY_DAY
    try:
        date(year, month, day)
    except ValueError:
        return False
    return bool(luhn.is_valid(number[2:]))
