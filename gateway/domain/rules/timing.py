"""Rules on dates that hold for every type: BR-36 (late) and BR-37 (impossible)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.days import day_of
from gateway.domain.rules.situation import Situation, day_or_none, error, warning
from gateway.domain.state import Flag


def late_registration(s: Situation) -> Iterator[Flag]:
    """BR-36: an event registered more than the agreed days after it happened is flagged."""
    if s.context.today - s.day > s.context.terms.limits.late_days:
        yield warning("BR-36", "data.event_at")


def event_in_the_future(s: Situation) -> Iterator[Flag]:
    """BR-37: what has not happened yet cannot be reported."""
    if s.day > s.context.today:
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
    ended = day_or_none(s.data.ended_at)
    starts = [
        moved.started_at
        for _, moved in s.case.moves
        if moved.insats_id == s.data.insats_id and moved.started_at is not None
    ]
    if ended is not None and starts and ended < min(starts):
        yield error("BR-37", "data.ended_at", "end_before_start")
