"""The audience of an extract, which determines whether it may have small counts.

Rule: an `internal` extract, for the two agencies, shows small counts and marks them. A `public`
extract goes through disclosure control. The setting can switch the control off or on for both.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

Audience = Literal["internal", "public"]
Disclosure = Literal["off", "on", "by_audience"]
AUDIENCES: Final = get_args(Audience)
AUDIENCE_SV: Final[dict[Audience, str]] = {
    "internal": "för intern användning hos Arbetsförmedlingen och Försäkringskassan",
    "public": "för publicering",
}


def is_controlled(audience: Audience, disclosure: Disclosure) -> bool:
    """Whether small counts are left out."""
    return disclosure == "on" or (disclosure == "by_audience" and audience == "public")
