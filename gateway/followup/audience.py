"""For whom an extract is made, and so whether small counts may stand in it.

Rule: within the two agencies small counts stand, marked (`internal`); what is made public goes
through disclosure control (`public`). The setting can switch the control off or on for everybody.
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
