"""Rules on meetings for transition: BR-15 (the form follows the date)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.rules.situation import Situation, day_or_none, error, warning
from gateway.domain.state import Flag


def form_follows_date(s: Situation) -> Iterator[Flag]:
    """BR-15: överlämningsmöte until 2018-05-31, omställningsmöte from 2018-06-01.

    A migrated record keeps the form it was registered with and is only flagged.
    """
    held = day_or_none(getattr(s.data, "held_at", None))
    day = held if held is not None else day_or_none(getattr(s.data, "offered_at", None))
    day = s.day if day is None else day
    new_form = day >= s.context.terms.dates.day("omstallningsmote")
    expected = "omstallningsmote" if new_form else "overlamningsmote"
    if s.data.meeting_form == expected:
        return
    migrated = s.data.capture == "migrated"
    yield (warning if migrated else error)("BR-15", "data.meeting_form")
