"""What stands behind a joint assessment: the person, the benefit case and how old it is.

The days from the start of the benefit case to the assessment are drawn so that those of a cell
have a given mean. Aktivitetsersättning is paid from July of the year in which a person
turns 19 to the month before 30, so the day of birth is drawn last, between the bounds that the
case leaves.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from simulator.persons import Person, Population
from simulator.printed import OTHER, SEXES, Cell

SICKNESS: Final = "sjukpenning"
ACTIVITY: Final = "aktivitetsersattning_nedsatt_arbetsformaga"
PROLONGED_SCHOOL: Final = "aktivitetsersattning_forlangd_skolgang"
DISABILITY: Final = "sjukersattning"
WITHOUT_FK_BENEFIT: Final = (
    "arbetsloshetsersattning",
    "forsorjningsstod",
    "ingen_sgi_ingen_ersattning",
)
YOUNG: Final = "aktivitetsersattning"
_DISABILITY_SHARE: Final = 0.95  # of the other assessments; the rest has no FK benefit
_PROLONGED_SCHOOL_SHARE: Final = 0.04  # of those with aktivitetsersättning
_EXTENTS: Final = (1, 1, 1, 1, 1, 0.75, 0.5, 0.5, 0.25)
_HALF: Final = 0.5
_SHORTEST: Final = 75  # older than any need that leads to the assessment
_UNCOUNTED_DAYS: Final = 150
LONGEST: Final = {SICKNESS: 6000, YOUNG: 2900, OTHER: 9500}
_OLDEST: Final = 64


@dataclass(frozen=True, slots=True)
class Case:
    """One benefit case.

    Attributes:
        person: whose.
        cell: where the printed table counts its assessment.
        benefit: code of the benefit.
        extent: share of full, in quarters.
        since: first day of the benefit.
        counted: whether it is a benefit from Försäkringskassan, whose days are counted.
        employment: code.
        has_sgi: whether there is a sickness benefit qualifying income.
        until: last day that the benefit was granted to, where that is known from the start.
        also: code of a second benefit that runs beside it; each is half.
    """

    person: Person
    cell: Cell
    benefit: str
    extent: float
    since: date
    counted: bool
    employment: str
    has_sgi: bool
    until: date | None = None
    also: str | None = None

    def periods(self, until: date | None = None) -> list[dict[str, Any]]:
        """The benefit as a list of one period, or two, as the messages carry it."""
        last = self.until or until
        return [
            {
                "benefit": benefit,
                "extent": self.extent,
                "from": self.since.isoformat(),
                "to": None if last is None else last.isoformat(),
            }
            for benefit in (self.benefit, self.also)
            if benefit is not None
        ]

    def chain_day(self, day: date) -> int:
        """The day in the sickness chain, 1 = the first."""
        return (day - self.since).days + 1


def days_with_mean(rng: random.Random, count: int, mean: float, longest: int) -> list[int]:
    """Day counts between 75 and `longest`, skewed as waiting times are, with the rounded mean.

    The sum is round(count * mean), so that the mean of the whole cell prints as the report does.
    """
    if count == 0:
        return []
    spread = max(mean - _SHORTEST, 1.0)
    drawn = [_SHORTEST + rng.gammavariate(1.6, spread / 1.6) for _ in range(count)]
    days = [min(longest, round(value)) for value in drawn]
    missing = round(count * mean) - sum(days)
    while missing:
        step = max(1, abs(missing) // count)
        for place in range(count):
            change = min(step, abs(missing)) * (1 if missing > 0 else -1)
            moved = min(longest, max(_SHORTEST, days[place] + change))
            missing -= moved - days[place]
            days[place] = moved
            if not missing:
                break
    return days


def _birth_bounds(benefit: str, started: date, assessed: date) -> tuple[date, date]:
    """Oldest and youngest day of birth that fit a benefit running from one day to the other."""
    if benefit in {ACTIVITY, PROLONGED_SCHOOL}:
        # still before the month of turning 30 half a year on; at least 19 in July of the start
        oldest = date(assessed.year - 30, assessed.month, 1) + timedelta(days=240)
        start_year = started.year if started.month >= 7 else started.year - 1
        return oldest, date(start_year - 19, 12, 31)
    return date(assessed.year - _OLDEST, 1, 1), date(started.year - 20, 12, 31)


def _employment(rng: random.Random, benefit: str) -> tuple[str, bool]:
    if benefit == SICKNESS:
        found = rng.choices(
            ("arbetslos", "anstalld", "egen_foretagare", "foraldraledig"), (58, 36, 4, 2)
        )[0]
        return found, rng.random() < 0.9
    if benefit == DISABILITY:
        return rng.choice(("arbetslos", "anstalld")), False
    return ("arbetslos" if rng.random() < 0.9 else "studerande"), False


def benefit_row(code: str) -> str:
    """The row of the printed tables that a benefit code belongs to, `other` for the rest."""
    if code in {ACTIVITY, PROLONGED_SCHOOL}:
        return YOUNG
    return code if code == SICKNESS else OTHER


def benefits_of(rng: random.Random, cell: Cell, count: int) -> list[str]:
    """The benefit of each of a cell's assessments."""
    if cell.benefit == SICKNESS:
        return [SICKNESS] * count
    if cell.benefit == OTHER:
        known = round(count * _DISABILITY_SHARE)
        unknown = [rng.choice(WITHOUT_FK_BENEFIT) for _ in range(count - known)]
        return [DISABILITY] * known + unknown
    prolonged = round(count * _PROLONGED_SCHOOL_SHARE)
    return [PROLONGED_SCHOOL] * prolonged + [ACTIVITY] * (count - prolonged)


def some_ages(rng: random.Random, cell: Cell, mean: float, count: int) -> list[int]:
    """How many days old benefit cases of a cell are, with a mean for all of them."""
    return days_with_mean(rng, count, mean, LONGEST[cell.benefit])


def new_case(
    people: Population,
    cell: Cell,
    benefit: str,
    day: date,
    age_days: int | None,
    *,
    until: date | None = None,
    keeps: bool = True,
    later_day: date | None = None,
    also: str | None = None,
) -> Case:
    """A person with a benefit case that is `age_days` old on the day.

    Args:
        people: whom the person is drawn from.
        cell: where the printed tables count the person.
        benefit: code.
        day: of the assessment.
        age_days: None stands for a benefit that is not from Försäkringskassan, of an age that
            nobody counts.
        until: as `Case.until`.
        keeps: whether the person consents to statistics with personal data.
        later_day: the day until which the person must be of an age for the benefit.
        also: as `Case.also`.
    """
    rng = people.rng
    since = day - timedelta(days=_UNCOUNTED_DAYS if age_days is None else age_days)
    oldest, youngest = _birth_bounds(also or benefit, since, later_day or day)
    employment, has_sgi = _employment(rng, benefit)
    extent = 1 if age_days is None else rng.choice(_EXTENTS)
    return Case(
        person=people.draw(SEXES[cell.sex], oldest, youngest, keeps=keeps),
        cell=cell,
        benefit=benefit,
        extent=extent if also is None else _HALF,
        since=since,
        counted=age_days is not None,
        employment=employment,
        has_sgi=has_sgi,
        until=until,
        also=also,
    )
