"""The ground truth of what earlier reports print of assessments and meetings, for the same year.

- **2019-T4, 2019-T5** (N1-N3, fn 18): assessments by sex and by benefit, as counts and as shares of
  all; "från Arbetsförmedlingen" is a way in, which ended in May 2019.
- **N4** (2018, 2019 §6): days from the start of the benefit case to the assessment, over all.
- **N6** (2014 §5): assessments with sjukpenning before day 180, within a year, and later.
- **N7** (2019 §6): the share with a psychiatric diagnosis among those whose group FK tells.
- **2018-T3, 2019-T6** (N20): transition meetings by benefit, sjukersättning included.
- **2018-D1** (N22, fn 30): meetings with sjukpenning as a share of refusals after day 180, monthly.
- **2019-D1** (N17): what those with regained work ability do.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from simulator.cases import DISABILITY, SICKNESS, YOUNG
from simulator.counting import (
    PART_ONE,
    Figures,
    Line,
    Seen,
    View,
    lay,
    lines_of,
    parts_of,
)
from simulator.ledger import Round
from simulator.printed import OTHER, REGAINED, SEXES, TOTAL
from simulator.truth import (
    REGAINED_CODES,
    assessed,
    assessment_linked,
    closed_after_intervention,
    day_of,
    harmonised,
    met,
    parts_of_share,
    refused,
    seen_of,
)

_DAY_180: Final = 180
_A_YEAR: Final = 365
_TIMING: Final = ("<day180", "day180-365", ">365")
_PSYCHIATRIC: Final = "psykiatrisk"
_ACTIVITY_SINCE: Final = date(2018, 8, 1)


def by_sex(view: View) -> Figures:
    """2019-T4."""
    return _participants(view, [Line(sex=sex) for sex in (TOTAL, *SEXES)])


def by_benefit(view: View) -> Figures:
    """2019-T5; nobody comes from Arbetsförmedlingen any more."""
    lines = [Line(benefit) for benefit in (TOTAL, SICKNESS, YOUNG, OTHER, "from_af")]
    return _participants(view, lines)


def _participants(view: View, lines: list[Line]) -> Figures:
    seen = [seen_of(one) for one in assessed(view)]
    shares = lay("gk_participant_share", "share", seen, lines, of_table=True)
    return lay("gk_count", "count", seen, lines) | shares


def _age_of_case(one: Round, view: View) -> int | None:
    day = day_of(one, view.as_of_ms)
    return None if day is None or one.since is None else (day - one.since).days


def _aged(view: View) -> list[tuple[Round, int]]:
    pairs = [(one, _age_of_case(one, view)) for one in assessed(view)]
    return [(one, days) for one, days in pairs if days is not None]


def days_in_insurance(view: View) -> Figures:
    """N4."""
    seen = [seen_of(one, days) for one, days in _aged(view)]
    return lay("gk_days_in_insurance", "mean", seen, lines_of(PART_ONE, controls=True))


def timing(view: View) -> Figures:
    """N6: of sjukpenning alone."""
    seen = []
    for one, days in _aged(view):
        early, soon, late = _TIMING
        when = early if days < _DAY_180 else soon if days <= _A_YEAR else late
        seen.append(seen_of(one, timing=when))
    return lay("gk_timing_share", "share", seen, lines_of((SICKNESS,)), parts_of("timing", _TIMING))


def psychiatric(view: View) -> Figures:
    """N7: FK tells the group when it opens the case, so only those with identity are known."""
    seen = [
        seen_of(one, int(one.diagnosis == _PSYCHIATRIC))
        for one in assessed(view)
        if one.diagnosis is not None
        and assessment_linked(one, view.as_of_ms)
        and one.linked(one.opened_ms, view.as_of_ms)
    ]
    return lay("gk_psychiatric_share", "share", seen, lines_of(PART_ONE, controls=True))


def meetings_2018(view: View) -> Figures:
    """2018-T3; meetings with aktivitetsersättning are measured from August 2018 on."""
    held = [one for one in met(view) if one.held is not None]
    seen = [
        Seen((one.benefit,), one.sex)
        for one in held
        if one.benefit != YOUNG or one.held is None or one.held >= _ACTIVITY_SINCE
    ]
    lines = [Line(benefit) for benefit in (TOTAL, SICKNESS, YOUNG, DISABILITY)]
    shares = lay("om_meetings_benefit_share", "share", seen, lines, of_table=True)
    return lay("om_meetings_count", "count", seen, lines) | shares


def meetings_2019(view: View) -> Figures:
    """2019-T6."""
    seen = [Seen((one.benefit,), one.sex) for one in met(view)]
    lines = [Line(benefit) for benefit in (TOTAL, SICKNESS, YOUNG, DISABILITY)]
    return lay("om_meetings_count", "count", seen, lines)


def after_day_180(view: View) -> Figures:
    """2018-D1: every month by itself; `group` names it."""
    measure = "om_meetings_share_of_refusals"
    found: Figures = {}
    for month in view.span.months():
        own = View(view.ledger, view.as_of_ms, month)
        late = [one for one in refused(own) if (one.chain_day or 0) > _DAY_180]
        for key, figure in lay(
            measure, "share", parts_of_share(met(own), late), [Line(SICKNESS)]
        ).items():
            found[key._replace(group=(("period", f"{month.first:%Y-%m}"),))] = figure
    return found


def occupations_2019(view: View) -> Figures:
    """2019-D1."""
    seen = [
        seen_of(one, occupation=code)
        for one, code in closed_after_intervention(view)
        if harmonised(code) == REGAINED
    ]
    lines = [Line(benefit) for benefit in (SICKNESS, YOUNG)]
    parts = parts_of("occupation", REGAINED_CODES)
    return lay("occupation_share", "share", seen, lines, parts)
