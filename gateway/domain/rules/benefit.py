"""Rules on benefits: BR-11 (base), BR-12 (a quarter), BR-13 (age) and BR-26 (changed SP base)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from gateway.domain.days import Day, as_date, day_of
from gateway.domain.rules.intervention import QUARTER, SICKNESS_BENEFIT, benefits_during
from gateway.domain.rules.situation import Situation, warning
from gateway.domain.state import Flag

REHABILITATION: Final = frozenset(
    {"rehabiliteringspenning", "rehabiliteringspenning_sarskilda_fall"}
)
PROGRAMME_COMPENSATION: Final = frozenset(
    {"aktivitetsstod", "utvecklingsersattning", "etableringsersattning"}
)
ACTIVITY_COMPENSATION: Final = "aktivitetsersattning_"
#: Aktivitetsersättning was introduced in 2003 (14:L162).
_INTRODUCED: Final[Day] = day_of(date(2003, 1, 1))


def base_of_intervention(s: Situation) -> Iterator[Flag]:
    """BR-11: a share of working time needs its base: insured yearly time, or full time.

    Persons with AE or SE are exempt from the quarter (BR-10), so their share needs no base.
    """
    if s.day < s.context.terms.dates.day("quarter_rule_transition") or s.data.base is not None:
        return
    during = benefits_during(s)
    if not during or during & (SICKNESS_BENEFIT | REHABILITATION):
        yield warning("BR-11", "data.base")


def base_of_benefit(s: Situation) -> Iterator[Flag]:
    """BR-11 for a benefit decision that names a share."""
    since = s.context.terms.dates.day("quarter_rule_transition")
    if s.day >= since and s.data.extent_fraction is not None and s.data.base is None:
        yield warning("BR-11", "data.base")


def quarter_of_rehabilitation(s: Situation) -> Iterator[Flag]:
    """BR-12: rehabiliteringspenning needs at least a quarter; FK decides, the gateway only says."""
    if s.day < s.context.terms.dates.day("quarter_rule_transition"):
        return
    share = s.data.extent_fraction
    granted = s.data.decision == "bevilja" and s.data.benefit in REHABILITATION
    if granted and share is not None and share < QUARTER:
        yield warning("BR-12", "data.extent_fraction")


def age_at_decision(s: Situation) -> Iterator[Flag]:
    """BR-13 for a message about one benefit."""
    yield from _age(s, (s.data.benefit,), "data.benefit")


def age_at_referral(s: Situation) -> Iterator[Flag]:
    """BR-13 for a referral with its list of benefits."""
    yield from _age(s, (period.benefit for period in s.data.benefits), "data.benefits")


def _age(s: Situation, benefits: Iterable[str], path: str) -> Iterator[Flag]:
    """AE runs from July of the year of the 19th birthday to the month before the 30th."""
    if s.day < _INTRODUCED:
        return
    born = s.data.birth_year_month or s.person.birth_year_month()
    if born is None or not any(name.startswith(ACTIVITY_COMPENSATION) for name in benefits):
        return
    year, month = int(born[:4]), int(born[5:7])
    on = as_date(s.day)
    at = on.year * 12 + on.month
    if not (year + 19) * 12 + 7 <= at < (year + 30) * 12 + month:
        yield warning("BR-13", path)


def programme_changes_base(s: Situation) -> Iterator[Flag]:
    """BR-26: with programme compensation SP is computed on other income (26 kap. 19 § SFB)."""
    if s.data.program != "none" and s.data.benefit_during in PROGRAMME_COMPENSATION:
        yield warning("BR-26", "data.benefit_during")
