"""The ground truth: what the tables of 2024-T1 to T5 must come to, computed from the books.

Plain Python over the ledger, by other code than the statistics; the same definitions, which are:

- **2024-T1 `gk_count`** (N1, fn 8): assessments completed in the year, once each however many
  reports and meetings, second rounds again, those taken back not; anonymous ones like the others.
  With both benefits an assessment stands in both rows, and once in the total.
- **2024-T1 `gk_days_to_first`** (N5, fn 9-10): days from the start of the benefit case to the
  completion, over those assessments of `gk_count` whose benefit from Försäkringskassan still ran;
  one per case: of the latest round with sjukpenning, of the first round otherwise. The total holds
  every benefit.
- **2024-T2 `insats_share_after_gk`** (N9, fn 11): of the assessments of the year those of which an
  intervention started in the same round, on the day or later, without limit of time. A share of
  those with identity: of the others nobody knows what followed.
- **2024-T3 `outcome_count`, `outcome_share`** (N14, fn 13): closings of the year after an
  intervention; regained is leaving the insurance wholly or in part. The denominator is regained
  and remaining: since 2024 no result is missing. Closings after the assessment alone do not count.
- **2024-T4 `om_meetings_count`, `kontaktmoten_count`** (N20, N21): meetings held in the year.
- **2024-T4 `om_meetings_share_of_refusals`** (N22): these meetings as a share of the refusals
  decided in the year, without those of a first application (fn 15).
- **2024-T5 `om_enrolled_share`** (N23, fn 19): of the persons with a meeting in the year, whose
  refusal is from day 180, without a chain or merged, those who enrolled on its day or later.

All books are listed in `simulator.books`; how they count is in `simulator.counting`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from simulator.cases import SICKNESS, YOUNG
from simulator.counting import (
    EVERYBODY,
    PART_ONE,
    PART_TWO,
    THE_YEAR,
    Figure,
    Figures,
    Group,
    Key,
    Part,
    Seen,
    Span,
    View,
    lay,
    lines_of,
)
from simulator.ledger import Ledger, Refusal, Round, by
from simulator.printed import OTHER, REGAINED, REMAINING, TOTAL, Cell

__all__ = ["TABLES", "Figure", "Key", "Truth", "figures"]

STALE: Final = "administrative_close"
UNKNOWN: Final = "unknown"
AFTER_ASSESSMENT_ONLY: Final = "after_gk_only"
REGAINED_CODES: Final = (
    "employment_unsubsidised", "employment_subsidised", "studies", "oppet_arbetssokande", "program",
)  # fmt: skip
_REMAINING_CODES: Final = ("kvar_sp", "kvar_ae", "utbyte_till_se", "annan_fk_atgard")
_SCHOOL: Final = "forlangd_skolgang"


@dataclass(frozen=True, slots=True)
class Truth:
    """What a reader of the year must find.

    Attributes:
        ledger: everything that happened.
        by_kind: records by kind (`plain`, `confirmation`, `duplicate`, `wrong:schema`, ...).
        by_type: right messages by short type name, duplicates and wrong ones left out.
        first_statuses: first receipts by status; `open` where the simulator does not say.
        quarantined: records that cannot be read as a message at all.
    """

    ledger: Ledger = field(repr=False)
    by_kind: Mapping[str, int]
    by_type: Mapping[str, int]
    first_statuses: Mapping[str, int]
    quarantined: int

    def view(self, as_of_ms: int | None = None, span: Span = THE_YEAR) -> View:
        """The books of a period as registered until a moment (None = in the end)."""
        return View(self.ledger, as_of_ms, span)

    def assessments(self, as_of_ms: int | None = None) -> dict[Cell, int]:
        """Joint assessments of the year by benefit (with `other`) and sex, totals included.

        Args:
            as_of_ms: as registered until this moment, None = in the end.
        """
        rounds = assessed(self.view(as_of_ms))
        return {
            Cell(benefit, sex): sum(one.within(benefit, sex) for one in rounds)
            for benefit in (SICKNESS, YOUNG, OTHER, TOTAL)
            for sex in EVERYBODY
        }

    @property
    def anonymous(self) -> int:
        """How many of the counted assessments carry no person."""
        return sum(not one.identity.given for one in assessed(self.view()))


def figures(
    truth: Truth, table: str, as_of_ms: int | None = None, span: Span = THE_YEAR
) -> Figures:
    """Every row of a table of the report on 2024.

    Args:
        truth: of the generated year.
        table: `2024-T1` to `2024-T5`.
        as_of_ms: as registered until this moment, None = in the end.
        span: the period.

    Raises:
        KeyError: another table.
    """
    return TABLE_BOOKS[table](truth.view(as_of_ms, span))


def seen_of(one: Round, above: int = 1, **marks: str) -> Seen:
    """A round as a thing that is counted."""
    return Seen((one.cell.benefit, one.also), one.cell.sex, above, 1, marks)


def assessed(view: View) -> list[Round]:
    """The rounds whose assessment counts in the period, as known at the time."""
    return [one for one in view.ledger.rounds if view.span.holds(day_of(one, view.as_of_ms))]


def day_of(one: Round, as_of_ms: int | None) -> date | None:
    """The day of a round's assessment as known at a time, None when there is none."""
    return None if one.assessed is None else one.assessed.day(as_of_ms)


def assessment_linked(one: Round, as_of_ms: int | None) -> bool:
    """Whether the assessment stands, and is known to be of this person."""
    return (
        one.assessed is not None
        and day_of(one, as_of_ms) is not None
        and one.linked(one.assessed.told_ms(as_of_ms), as_of_ms)
    )


def _days_to_first(view: View) -> list[Seen]:
    """Footnotes 9 and 10: one assessment per case, while the benefit runs."""
    by_case: dict[str, list[tuple[Round, date]]] = {}
    for one in view.ledger.rounds:
        day = day_of(one, view.as_of_ms)
        if day is not None and day <= view.span.last:
            by_case.setdefault(one.case_id, []).append((one, day))
    chosen = []
    for rounds in by_case.values():
        rounds.sort(key=lambda pair: pair[0].round_no)
        one, day = rounds[-1] if rounds[0][0].cell.benefit == SICKNESS else rounds[0]
        if one.running and one.since is not None and view.span.holds(day):
            chosen.append(seen_of(one, (day - one.since).days))
    return chosen


def _first_table(view: View) -> Figures:
    lines = lines_of(PART_ONE)
    counted = [seen_of(one) for one in assessed(view)]
    days = lay("gk_days_to_first", "mean", _days_to_first(view), lines)
    return lay("gk_count", "count", counted, lines) | days


def _went_on(one: Round, as_of_ms: int | None) -> bool:
    """Whether an intervention started after the assessment of the round."""
    day = day_of(one, as_of_ms)
    return day is not None and any(
        insats.started is not None
        and insats.started >= day
        and one.linked(insats.started_ms, as_of_ms)
        for insats in one.interventions
    )


def _second_table(view: View) -> Figures:
    known = [
        seen_of(one, int(_went_on(one, view.as_of_ms)))
        for one in assessed(view)
        if assessment_linked(one, view.as_of_ms)
    ]
    return lay("insats_share_after_gk", "share", known, lines_of(PART_ONE))


def judged_able(view: View) -> Figures:
    """2024-T2 by the definition of 2019: the assessment says so, whatever came of it (I37)."""
    judged = [
        seen_of(one, int(one.assessed is not None and one.assessed.onward))
        for one in assessed(view)
    ]
    return lay("insats_share_after_gk", "share", judged, lines_of(PART_ONE))


def harmonised(code: str) -> str:
    """`regained`, `remaining`, `unknown` or `after_gk_only` for an outcome of the contract."""
    if code in REGAINED_CODES:
        return REGAINED
    if code in _REMAINING_CODES:
        return REMAINING
    return AFTER_ASSESSMENT_ONLY if code == "closed_after_gk_only" else UNKNOWN


def closed_in(view: View) -> list[tuple[Round, str]]:
    """The rounds that closed in the period, and the outcome as known at the time.

    A round that was closed for order's sake has come to no end that counts (BR-40).
    """
    found = []
    for one in view.ledger.rounds:
        if one.closed is None or not view.span.holds(one.closed.day):
            continue
        code = one.closed.outcome_of(view.as_of_ms)
        if code is not None and code != STALE:
            found.append((one, code))
    return found


def closed_after_intervention(view: View) -> list[tuple[Round, str]]:
    """Those of them that an intervention went before."""
    return [
        (one, code)
        for one, code in closed_in(view)
        if one.closed is not None and one.closed.category != "none"
    ]


def outcome_part(outcome: str, harmonised_as: str) -> Part:
    """The part of 2024-T3 that an outcome makes."""
    named: Group = (("outcome", outcome), ("outcome_h", harmonised_as), ("insats", "any"))
    return Part(named, (("outcome_h", (harmonised_as,)),))


_OUTCOMES: Final = (
    outcome_part("utvecklat_eller_aterfatt_arbetsformaga", REGAINED),
    outcome_part("kvar_i_sjukforsakringen", REMAINING),
)


def _third_table(view: View) -> Figures:
    """Since 2024 a result is always there: what is not known is in neither part."""
    return _outcomes(view, registered_only=True)


def with_missing(view: View) -> Figures:
    """2024-T3 by the definitions before: what is not known stands below, so that shares fall."""
    return _outcomes(view, registered_only=False)


def _outcomes(view: View, *, registered_only: bool) -> Figures:
    seen = [
        seen_of(one, outcome_h=harmonised(code))
        for one, code in closed_after_intervention(view)
        if not registered_only or harmonised(code) in {REGAINED, REMAINING}
    ]
    lines = lines_of(PART_ONE)
    shares = lay("outcome_share", "share", seen, lines, _OUTCOMES)
    return lay("outcome_count", "count", seen, lines, _OUTCOMES) | shares


def met(view: View) -> list[Refusal]:
    """The refusals with a transition meeting in the period."""
    return [
        one
        for one in view.ledger.refusals
        if view.span.holds(one.held) and by(one.held_ms, view.as_of_ms)
    ]


def refused(view: View) -> list[Refusal]:
    """The refusals of the period that a meeting is to be offered on (fn 15, fn 19)."""
    return [
        one
        for one in view.ledger.refusals
        if view.span.holds(one.decided)
        and one.known(view.as_of_ms)
        and not one.first_application
        and one.benefit != _SCHOOL
    ]


def parts_of_share(above: list[Refusal], below: list[Refusal]) -> list[Seen]:
    """A share whose two parts are counted by themselves."""
    return [
        *(Seen((one.benefit,), one.sex, 1, 0) for one in above),
        *(Seen((one.benefit,), one.sex, 0, 1) for one in below),
    ]


def _fourth_table(view: View) -> Figures:
    meetings, lines = met(view), lines_of(PART_TWO)
    seen = [Seen((one.benefit,), one.sex) for one in meetings]
    contacts = [
        Seen((SICKNESS,), one.sex)
        for one in view.ledger.contacts
        if view.span.holds(one.held) and by(one.registered_ms, view.as_of_ms)
    ]
    of_refusals = parts_of_share(meetings, refused(view))
    return {
        **lay("om_meetings_count", "count", seen, lines),
        **lay("om_meetings_share_of_refusals", "share", of_refusals, lines),
        **lay("kontaktmoten_count", "count", contacts, lines_of((SICKNESS,))),
    }


def _enrolled(view: View, days: int | None) -> Figures:
    seen = []
    for one in met(view):
        # the refusal says it, so it has to be known to be of the same person
        told = one.known(view.as_of_ms) and one.identity.linked(one.registered_ms, view.as_of_ms)
        outside = told and (one.before_day_180 or one.first_application)
        known = one.identity.linked(one.held_ms, view.as_of_ms)
        if known and not outside and one.held is not None:
            enrolled = one.identity.linked(one.enrolled_ms, view.as_of_ms)
            there = one.enrolled if enrolled else None
            took = -1 if there is None else (there - one.held).days
            hit = took >= 0 and (days is None or took <= days)
            seen.append(Seen((one.benefit,), one.sex, int(hit)))
    return lay("om_enrolled_share", "share", seen, lines_of(PART_TWO))


def _fifth_table(view: View) -> Figures:
    return _enrolled(view, None)


def enrolled_in_time(view: View) -> Figures:
    """2024-T5 for whoever asks how many enrolled within 25 days."""
    return _enrolled(view, 25)


TABLE_BOOKS: Final[Mapping[str, Callable[[View], Figures]]] = {
    "2024-T1": _first_table,
    "2024-T2": _second_table,
    "2024-T3": _third_table,
    "2024-T4": _fourth_table,
    "2024-T5": _fifth_table,
}
TABLES: Final = tuple(TABLE_BOOKS)
