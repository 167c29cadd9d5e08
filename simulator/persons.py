"""Synthetic persons: no number here belongs, or can ever belong, to anybody.

Birth numbers 980-999 are set aside for tests, so a personal number is a day of birth, one of
those twenty, and the check digit. Sex is a field of its own and does not follow from the number.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from stdnum import luhn

BIRTH_NUMBERS: Final = range(980, 1000)
_COORDINATION_OFFSET: Final = 60
_ATTEMPTS_MAX: Final = 10_000
REGIONS: Final = (
    ("stockholm", "0180"),
    ("vast", "1480"),
    ("syd", "1280"),
    ("ost", "0580"),
    ("smaland", "0680"),
    ("mitt", "2281"),
    ("bergslagen", "1880"),
    ("nord", "2480"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic person; the number is left out of `repr` as everywhere else.

    Attributes:
        personal_number: 12 digits.
        born: day of birth.
        sex: `kvinna` or `man`.
        region: region code.
        unit: number part of the unit codes, `fk-<unit>` and `af-<unit>`.
        keeps_statistics: consents to statistics with personal data.
        as_sent: the person as every message carries it.
    """

    personal_number: str = field(repr=False)
    born: date
    sex: str
    region: str
    unit: str
    keeps_statistics: bool = True
    as_sent: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # one object for all messages of a person: there are many
        object.__setattr__(self, "as_sent", {"personal_number": self.personal_number})

    @property
    def birth_year_month(self) -> str:
        """Year and month of birth, `1981-04`."""
        return f"{self.born.year}-{self.born.month:02d}"


@dataclass(slots=True)
class Population:
    """Draws persons; every personal number at most once."""

    rng: random.Random
    coordination_share: float
    _taken: set[str] = field(default_factory=set, repr=False)

    def draw(self, sex: str, oldest: date, youngest: date, *, keeps: bool = True) -> Person:
        """A new person born between the two days, both included; `keeps` as `keeps_statistics`.

        Raises:
            ValueError: when the range of birth days is as good as used up.
        """
        rng = self.rng
        region, unit = REGIONS[rng.randrange(len(REGIONS))]
        for _ in range(_ATTEMPTS_MAX):
            born = oldest + timedelta(days=rng.randint(0, (youngest - oldest).days))
            number = self._number(born)
            if number not in self._taken:
                break
        else:
            raise ValueError(f"no free number left between {oldest} and {youngest}; widen it")
        self._taken.add(number)
        return Person(
            personal_number=number,
            born=born,
            sex=sex,
            region=region,
            unit=unit,
            keeps_statistics=keeps,
        )

    def _number(self, born: date) -> str:
        rng = self.rng
        day = born.day
        if rng.random() < self.coordination_share:
            day += _COORDINATION_OFFSET
        number = f"{born.year}{born.month:02d}{day:02d}{rng.choice(BIRTH_NUMBERS)}"
        return number + str(luhn.calc_check_digit(number[2:]))
