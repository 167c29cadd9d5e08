"""The ground truth of the closings: with what result, after how long, and the status 90 days on.

Definitions, where the reports leave them open:

- **2018-T1, 2018-T2, 2019-T3, N16** (N14-N16): closings of the period after an intervention (of a
  kind), those without a known result among them. Until 2017 those after the assessment alone stand
  in the total too; they have no kind of intervention.
- **2014-T3, 2014-T4** (N15b): persons who left after an intervention of a kind, by what AF says of
  them 90 days on; whoever nothing is known of is among the others. Who once started in
  arbetslivsintroduktion is left out, and nobody without identity can be followed.
- **N18** (2019 §6): from the start of the benefit case to the closing after an intervention; only
  the opening says that start, so only those with identity.
- **N19** (2018): from the need to the closing, of rounds with an assessment and with identity.
- **N27** (24 fn 13): closings after an intervention whose result nobody has registered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from simulator.cases import SICKNESS, YOUNG
from simulator.counting import (
    EVERYBODY,
    PART_ONE,
    Figures,
    Group,
    Line,
    Part,
    Seen,
    View,
    age_at,
    band_of,
    lay,
    lines_of,
)
from simulator.courses import INTRODUCTION, described_2014, lines_2014, program_of, started
from simulator.ledger import Round
from simulator.printed import REGAINED, REMAINING, TOTAL
from simulator.truth import (
    UNKNOWN,
    assessment_linked,
    closed_after_intervention,
    closed_in,
    harmonised,
    seen_of,
)

ANY: Final = "any"
PREPARING: Final = "arbetsforberedande"
ORIENTED: Final = "arbetslivsinriktad"
#: What regained and remaining were called on 2018, and on 2019.
WORDS_2018: Final = ("positivt_utfall", "ater_fk")
WORDS_2019: Final = ("fatt_eller_aterfatt_arbetsformaga", "kvar_i_sjukforsakringen")
_AGES_2018: Final = ((18, 29), (30, 65))
_STATUS_90: Final = {
    "employment_unsubsidised": "arbete_utbildning",
    "employment_subsidised": "arbete_utbildning",
    "studies": "arbete_utbildning",
    "program": "program",
    "oppet_arbetssokande": "oppet_arbetslos",
}
_OTHERS: Final = "ovriga"


def outcomes(view: View, insats: str, words: tuple[str, str]) -> Figures:
    """Results after interventions of a kind, in the shape of 2018 and 2019."""
    return _outcomes(closed_after_intervention(view), insats, words)


def outcomes_2012(view: View, insats: str, words: tuple[str, str]) -> Figures:
    """The same as it was counted until 2017: whoever left after the assessment alone is there."""
    return _outcomes(closed_in(view), insats, words)


def _outcomes(
    closings: Iterable[tuple[Round, str]], insats: str, words: tuple[str, str]
) -> Figures:
    seen = [
        seen_of(
            one,
            outcome_h=harmonised(code),
            insats=one.closed.category,
            age=band_of(age_at(one.born, one.closed.day), _AGES_2018),
        )
        for one, code in closings
        if one.closed is not None and insats in {ANY, one.closed.category}
    ]
    fixed: Group = (("insats", insats),)
    names = ((words[0], REGAINED), (words[1], REMAINING), ("ingen_uppgift", UNKNOWN))
    parts = [
        Part((("outcome", word), ("outcome_h", as_h), *fixed), (("outcome_h", (as_h,)),))
        for word, as_h in names
    ]
    parts.append(Part((("outcome", "totalt"), ("outcome_h", TOTAL), *fixed)))
    lines = [Line(sex=sex) for sex in EVERYBODY]
    lines += [Line(benefit) for benefit in (SICKNESS, YOUNG)]
    for low, high in _AGES_2018:
        band: Group = (("age", f"{low}-{high}"),)
        lines.append(Line(group=band, marks=band))
    counts = lay("outcome_count", "count", seen, lines, parts)
    return counts | lay("outcome_share", "share", seen, lines, parts)


def after_90_days(view: View, insats: str) -> Figures:
    """2014-T3 and T4."""
    introduced = {
        (one.case_id, one.round_no)
        for one, begun, _ in started(view)
        if program_of(one, begun, view.as_of_ms) == INTRODUCTION
    }
    seen = []
    for one, _ in closed_after_intervention(view):
        closed = one.closed
        if closed is None or closed.category != insats or not _closing_known(one, view):
            continue
        if (one.case_id, one.round_no) in introduced:
            continue
        told = closed.status if one.linked(closed.status_ms, view.as_of_ms) else None
        status = _STATUS_90.get(told or "", _OTHERS)
        seen.append(described_2014(one, closed.day, status_90=status, insats=insats))
    parts = [
        Part((("outcome", status),), (("status_90", (status,)),))
        for status in (*dict.fromkeys(_STATUS_90.values()), _OTHERS)
    ]
    parts.append(Part((("outcome", "totalt"),)))
    lines = lines_2014(("insats", insats))
    counts = lay("outcome_count", "count", seen, lines, parts)
    return counts | lay("outcome_share", "share", seen, lines, parts)


def _closing_known(one: Round, view: View) -> bool:
    as_of = view.as_of_ms
    return one.closed is not None and one.linked(one.closed.told_ms(as_of), as_of)


def days_in_insurance(view: View) -> Figures:
    """N18: mean and median."""
    seen = [
        seen_of(one, (one.closed.day - one.since).days)
        for one, _ in closed_after_intervention(view)
        if one.closed is not None and one.since is not None and _whole_known(one, view)
    ]
    lines = lines_of(PART_ONE, controls=True)
    means = lay("days_in_insurance_at_exit_mean", "mean", seen, lines)
    return means | lay("days_in_insurance_at_exit_median", "median", seen, lines)


def _whole_known(one: Round, view: View) -> bool:
    """Whether the opening and the closing are known to be of one person."""
    return _closing_known(one, view) and one.linked(one.opened_ms, view.as_of_ms)


def days_in_cooperation(view: View) -> Figures:
    """N19: of all closings whose round has an assessment that stands."""
    seen = [
        seen_of(one, (one.closed.day - one.need).days)
        for one, _ in closed_in(view)
        if one.closed is not None
        and _whole_known(one, view)
        and assessment_linked(one, view.as_of_ms)
    ]
    return lay("days_in_cooperation", "mean", seen, lines_of(PART_ONE, controls=True))


def unregistered(view: View) -> Figures:
    """N27: how many, and as a share of all closings after an intervention."""
    seen: list[Seen] = [
        seen_of(one, int(harmonised(code) == UNKNOWN))
        for one, code in closed_after_intervention(view)
    ]
    lines = lines_of(PART_ONE, controls=True)
    missing = "outcome_registration_missing"
    counts = lay(f"{missing}_count", "count", seen, lines)
    return counts | lay(f"{missing}_share", "share", seen, lines)
