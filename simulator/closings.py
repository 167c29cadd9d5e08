"""How a round ends: the closing, what it says, and the status 90 days on.

The outcomes of the year are dealt from the printed ones (see `outcomes`); a closing after the year
takes any of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from simulator import changes
from simulator.bookings import RoundBook
from simulator.cases import ACTIVITY, PROLONGED_SCHOOL, SICKNESS, Case
from simulator.days import LOG_END, later
from simulator.printed import REGAINED, REMAINING, printed_2024
from simulator.rates import Rates
from simulator.story import WARNED, Draft, Story

AFTER_ASSESSMENT_ONLY: Final = "closed_after_gk_only"
STALE: Final = "administrative_close"
_NO_INFORMATION: Final = "ingen_uppgift"
_REMARKED_SINCE: Final = "2024-01-01"
_STALE_DAYS: Final = (90, 200)
_OTHER_OUTCOME: Final = {REGAINED: REMAINING, REMAINING: REGAINED}
_OCCUPATIONS: Final = tuple(printed_2024().occupations[SICKNESS])
_REMAINING_CODES: Final = {
    SICKNESS: ("kvar_sp", "kvar_sp", "kvar_sp", "kvar_sp", "utbyte_till_se"),
    ACTIVITY: ("kvar_ae",),
    PROLONGED_SCHOOL: ("kvar_ae",),
}
_LATE_DAYS: Final = (31, 75)
_QUARTERS: Final = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Ending:
    """When and how a round closes after its intervention.

    Attributes:
        day: of the closing.
        outcome: `regained` or `remaining`.
        code: the outcome's code, None for any that fits.
    """

    day: date
    outcome: str
    code: str | None = None


def outcome_code(rng: random.Random, case: Case, harmonised: str) -> str:
    """A code of the contract for `regained` or `remaining`."""
    if harmonised == REGAINED:
        shares = printed_2024().occupations[case.cell.benefit]
        return rng.choices(tuple(shares), tuple(shares.values()))[0]
    return rng.choice(_REMAINING_CODES.get(case.benefit, ("annan_fk_atgard",)))


def closing_fields(
    rng: random.Random, case: Case, day: date, category: str, outcome: str, *, partly: bool = False
) -> dict[str, Any]:
    """What a closing says.

    Args:
        rng: random source.
        case: whose round closes.
        day: of the closing.
        category: of the last intervention, `none` without one.
        outcome: code; the five occupations are those of regained work ability.
        partly: with a regained one, whether a part of the benefit is kept.
    """
    regained = outcome in _OCCUPATIONS
    partly = partly and regained and case.counted and case.extent > _QUARTERS[0]
    fields: dict[str, Any] = {
        "closed_at": day.isoformat(),
        "last_insats_category": category,
        "benefits_before": case.periods(until=day - timedelta(days=1) if regained else None),
        "benefits_after": [] if regained else case.periods(),
        "agreed": "both_agree",
        "fk_next": "none",
    }
    if partly:
        extent = rng.choice([quarter for quarter in _QUARTERS if quarter < case.extent])
        kept = {"benefit": case.benefit, "extent": extent, "from": day.isoformat(), "to": None}
        fields["benefits_after"] = [kept]
    if regained:
        fields["left_extent"] = "delvis" if partly else "helt"
        fields["occupation_at_close"] = outcome
    else:
        fields["fk_next"] = rng.choice(("none", "samordningsforbund", "annan"))
        if outcome == "utbyte_till_se":
            fields["fk_next"] = "utbyte_till_se"
    return {**fields, "outcome": outcome}


def write_closing(book: RoundBook, ending: Ending, category: str, rates: Rates) -> Draft:
    """The round closes with an outcome after an intervention, and what follows on that."""
    story, case, day = book.story, book.case, ending.day
    rng = story.rng
    partly = rng.random() < rates.partly
    outcome = ending.code or outcome_code(rng, case, ending.outcome)
    unknown = rates.outcome_unknown > 0 and rng.random() < rates.outcome_unknown
    if unknown:
        outcome = _NO_INFORMATION
    fields = closing_fields(rng, case, day, category, outcome, partly=partly)
    mistaken = rng.random() < rates.closing_corrected
    first = fields
    if mistaken:
        other = outcome_code(rng, case, _OTHER_OUTCOME[ending.outcome])
        first = closing_fields(rng, case, day, category, other)
    sender, second = rng.choice((("fk", "af"), ("af", "fk")))
    late = rng.random() < rates.closing_late
    sent = min(later(rng, day, *(_LATE_DAYS if late else (0, 3))), LOG_END)
    closed = story.write(sender, "plan.closed", sent, first, event=day)
    _remarked(closed, first)
    if late:
        closed.kind = "late"
    book.closed, book.closings, book.category = day, [closed], category
    book.outcome = outcome
    if mistaken:
        fixed = min(later(rng, sent, 4, 40), LOG_END)
        _remarked(changes.corrected(story, closed, "fel_uppgift", fields, fixed), fields)
    elif rng.random() < rates.closing_confirmed:
        _confirmed(book, second, fields, day)
    if rng.random() < rates.reported_after_90_days:
        _reported(story, closed, outcome, day + timedelta(days=90))
    return closed


def _remarked(draft: Draft, fields: dict[str, Any]) -> None:
    """That nothing is known of the outcome is remarked on since 2024 (BR-30)."""
    if fields["outcome"] == _NO_INFORMATION and fields["closed_at"] >= _REMARKED_SINCE:
        draft.expect = WARNED


def _confirmed(book: RoundBook, agency: str, fields: dict[str, Any], day: date) -> None:
    story = book.story
    confirmed = later(story.rng, story.last_day, 0, 4)
    if confirmed <= LOG_END:
        draft = story.write(agency, "plan.closed", confirmed, fields, event=day)
        draft.kind = "confirmation"
        _remarked(draft, fields)
        book.closings.append(draft)


def _reported(story: Story, closed: Draft, outcome: str, day: date) -> None:
    """AF's answer to the request for the status after 90 days (MF10)."""
    reported = later(story.rng, max(day, story.last_day), 1, 5)
    if reported <= LOG_END:
        fields = {"status": outcome, "status_at": day.isoformat()}
        story.write("af", "plan.status_reported", reported, fields, event=day, needs=(closed,))


def write_closing_after_assessment(book: RoundBook, day: date) -> None:
    """The round closes after the assessment alone; no outcome counts (18 fn 13)."""
    story = book.story
    fields = closing_fields(story.rng, book.case, day, "none", AFTER_ASSESSMENT_ONLY)
    sent = max(day, story.last_day)
    closed = story.write("fk", "plan.closed", sent, fields, event=day)
    book.closed, book.closings, book.outcome = day, [closed], AFTER_ASSESSMENT_ONLY


def write_stale_closing(book: RoundBook, rates: Rates) -> None:
    """Nothing has happened for long: FK closes the round for order's sake (BR-40)."""
    story = book.story
    day = later(story.rng, story.last_day, *_STALE_DAYS)
    if story.rng.random() < rates.closed_as_stale and day <= LOG_END:
        fields = closing_fields(story.rng, book.case, day, "none", STALE)
        closed = story.write("fk", "plan.closed", day, fields, event=day)
        book.closed, book.closings, book.outcome = day, [closed], STALE
