"""Rules on closing: BR-30 (an outcome), BR-34 (the agencies agree) and BR-46 (extent)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.domain.rules.situation import Situation, error, warning
from gateway.domain.state import Flag

#: Outcomes with regained work ability (requirements section 3).
REGAINED: Final = frozenset(
    {
        "employment_unsubsidised",
        "employment_subsidised",
        "studies",
        "oppet_arbetssokande",
        "program",
    }
)
#: Outcomes that say that nothing is known.
NO_INFORMATION: Final = frozenset({"ingen_uppgift", "registrering_saknas"})


def outcome_is_given(s: Situation) -> Iterator[Flag]:
    """BR-30: from 2024 a closing without outcome is refused; an explicit unknown is flagged."""
    outcome = s.data.outcome
    required = s.day >= s.context.terms.dates.day("outcome_required")
    if outcome is None:
        yield (error if required else warning)("BR-30", "data.outcome")
    elif required and outcome in NO_INFORMATION:
        yield warning("BR-30", "data.outcome", "explicit_unknown")


def disputes(s: Situation) -> bool:
    """Whether the closing contradicts the other agency's, or says itself that they disagree."""
    if s.data.agreed in {"af_disputes", "fk_disputes"}:
        return True
    return any(
        entry.agency != s.message.agency and closed.outcome != s.data.outcome
        for entry, closed in s.case.closings
    )


def agencies_agree(s: Situation) -> Iterator[Flag]:
    """BR-34: two closings with different outcomes are both kept and marked as disputed."""
    if disputes(s):
        yield warning("BR-34", "data.outcome")


def extent_is_given(s: Situation) -> Iterator[Flag]:
    """BR-46: leaving in part counts as regained, so how much before and after has to be known."""
    if s.day < s.context.terms.dates.day("outcome_required") or s.data.outcome not in REGAINED:
        return
    if s.data.left_extent is None:
        yield warning("BR-46", "data.left_extent")
    elif s.data.left_extent == "delvis":
        for path in ("benefits_before", "benefits_after"):
            periods = getattr(s.data, path)
            if not periods or any(period.extent is None for period in periods):
                yield warning("BR-46", f"data.{path}")
