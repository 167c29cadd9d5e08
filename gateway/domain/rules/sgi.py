"""Rules on SGI protection: BR-22 (25 days), BR-23 (conditions) and BR-24 (AF category)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.days import day_of
from gateway.domain.rules.situation import Situation, warning
from gateway.domain.sgi import WITH_OBSTACLES, is_open, opened_case, sgi_cases
from gateway.domain.state import Flag


def enrolled_in_time(s: Situation) -> Iterator[Flag]:
    """BR-22: enrolled at the latest 25 days after the last day with sickness benefit.

    Late is never refused: a lost protection that cannot be registered cannot be seen. The first
    day of the rule is not printed; it is agreed, like that of its other conditions.
    """
    if s.day < s.context.terms.dates.day("sgi_rule"):
        return
    opened = opened_case(s.person, s.data.sgi_case_id)
    if opened is None or opened.last_day_with_sp is None:
        return
    last = opened.last_day_with_sp + s.context.terms.limits.sgi_days
    if day_of(s.data.enrolled_at) > last:
        yield warning("BR-22", "data.enrolled_at")


def conditions_are_met(s: Situation) -> Iterator[Flag]:
    """BR-23: the protection also needs active job seeking and will to work as much as before."""
    if s.day < s.context.terms.dates.day("sgi_conditions"):
        return
    if s.data.active_seeking is None or not s.data.active_seeking.value:
        yield warning("BR-23", "data.active_seeking")
    willing = s.data.willing_extent_percent
    opened = opened_case(s.person, s.data.sgi_case_id)
    insured = None if opened is None else opened.insured_time
    if willing is None or (insured is not None and willing < insured):
        yield warning("BR-23", "data.willing_extent_percent")


def category_at_risk(s: Situation) -> Iterator[Flag]:
    """BR-24: a job seeker "med förhinder" may lose the protection while an SGI case is open."""
    if s.data.af_category == WITH_OBSTACLES and any(
        is_open(s.person, case_id) for case_id in sgi_cases(s.person)
    ):
        yield warning("BR-24", "data.af_category")
