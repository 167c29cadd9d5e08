"""Rules on dates that hold for every type: BR-36 (late) and BR-37 (impossible)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from gateway.domain.days import day_of
from gateway.domain.rules.situation import Situation, day_or_none, error, warning
from gateway.domain.state import Flag


def late_registration(s: Situation) -> Iterator[Flag]:
    """BR-36: an event registered more than the agreed days after it happened is flagged."""
    if s.context.today - s.day > s.context.terms.limits.late_days:
        yield warning("BR-36", "data.event_at")


def event_in_the_future(s: Situation) -> Iterator[Flag]:
    """BR-37: what has not happened yet cannot be reported.

    Refusals without a day of their own are counted by the month, also by the one that is not over.
    """
    begun = s.day if s.data.event_at is not None else day_of(s.message.event_at.replace(day=1))
    if begun > s.context.today:
        yield error("BR-37", "data.event_at", "future")


def assessment_dates(s: Situation) -> Iterator[Flag]:
    """BR-37: an assessment is completed on or after its last meeting, and after the need."""
    completed = day_of(s.data.completed_at)
    if completed > s.context.today:
        yield error("BR-37", "data.completed_at", "future")
    if any(day_of(meeting.held_at) > completed for meeting in s.data.meetings):
        yield error("BR-37", "data.completed_at", "end_before_start")
    opening = s.case.opening
    if opening is not None and completed < opening.need_identified_at:
        yield warning("BR-37", "data.completed_at", "before_need")


def intervention_end(s: Situation) -> Iterator[Flag]:
    """BR-37: an intervention does not end before it starts."""
    own = day_or_none(s.data.started_at)
    starts = [
        moved.started_at
        for _, moved in s.case.moves
        if moved.insats_id == s.data.insats_id and moved.started_at is not None
    ]
    starts = starts if own is None else [own]
    if starts and day_of(s.data.ended_at) < min(starts):
        yield error("BR-37", "data.ended_at", "end_before_start")


#: Lists of things with a first and a last day, and the names of the two.
_SPANS: Final = {
    "benefits": ("from_", "to"),
    "periods": ("from_", "to"),
    "benefits_before": ("from_", "to"),
    "benefits_after": ("from_", "to"),
    "activities": ("planned_start", "planned_end"),
}


def spans_end_after_start(s: Situation) -> Iterator[Flag]:
    """BR-37: no period of a benefit, activity or consent ends before it starts."""
    values = vars(s.data)
    for name, (first, last) in _SPANS.items():
        for number, item in enumerate(values.get(name) or ()):
            if _ends_before_start(getattr(item, first), getattr(item, last)):
                path = f"data.{name}[{number}].{last}"
                yield error("BR-37", path, "end_before_start")
    if _ends_before_start(values.get("valid_from"), values.get("valid_to")):
        yield error("BR-37", "data.valid_to", "end_before_start")


def _ends_before_start(first: date | None, last: date | None) -> bool:
    return first is not None and last is not None and last < first
