"""Indicator definitions: what a figure of the agencies' reports means, as data and expression.

Rule: a definition is never changed once figures have been published by it; a new meaning is a new
version with its own validity, and both can be computed for the year of change (principle 5 of the
requirements). `source` names the report, section and table that print it.

A definition observes: an Ibis expression with one row per counted thing, which carries `above` and
`below`. Every statistic is made of them: a count is the sum of `above`; a share or a mean is the
sum of `above` over the sum of `below`; a median is that of `above`. Nothing else is computed by the
engine, so that totals, overlaps and breakdowns are sums of the same rows (`tally.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import ibis

from gateway.followup.periods import Period
from gateway.followup.snapshot import Plan
from schemas.reasons import Texts

SJUKPENNING = ("sjukpenning",)
AKTIVITETSERSATTNING = (
    "aktivitetsersattning_nedsatt_arbetsformaga",
    "aktivitetsersattning_forlangd_skolgang",
)
SJUKERSATTNING = ("sjukersattning",)

Statistic = Literal["count", "share", "mean", "median"]
#: Of what a share is taken: of the things in the same line of the table and of the same sex, or of
#: all things of the table.
Base = Literal["line", "table"]
Observe = Callable[[Plan, Period], ibis.Table]


@dataclass(frozen=True)
class Indicator:
    """One version of the definition of one measure.

    Attributes:
        number: of the indicator in the catalogue, e.g. `N1`.
        measure: key as in the reference tables, e.g. `gk_count`.
        version: name of this version, e.g. `2024`.
        title_sv, title_en: what it is called.
        formula_sv, formula_en: how it is computed, in words.
        source: report, section, table and notes, in Swedish and English.
        population_sv: who or what is counted.
        unit: as in the reference tables: `count`, `percent`, `days_mean`, `days_median`.
        statistic: how `above` and `below` become the figure.
        observe: the expression: `sex`, `benefits`, `above`, `below` and what the tables break down
            by; `aside` counts what is left out because it is linked to nobody.
        valid_from: first day of the first period it may be used for.
        valid_to: last day, None as long as it is in force.
        base: of what a share is taken.
        decimals: of the value as printed.
    """

    number: str
    measure: str
    version: str
    title_sv: str
    title_en: str
    formula_sv: str
    formula_en: str
    source: Texts
    population_sv: str
    unit: str
    statistic: Statistic
    observe: Observe
    valid_from: date
    valid_to: date | None = None
    base: Base = "line"
    decimals: int = 0

    @property
    def id(self) -> str:
        """Measure and version, as rows carry it: `gk_count/2024`."""
        return f"{self.measure}/{self.version}"

    def in_force(self, period: Period) -> bool:
        """Whether it may be used for the whole of a period."""
        return self.valid_from <= period.first and (
            self.valid_to is None or period.last <= self.valid_to
        )


class BenefitGroup(NamedTuple):
    """A row of a table by benefit: which benefits at the event belong to it.

    `each_of`: of every inner tuple the person has at least one; `none_of`: and none of these.
    Both empty: everybody.
    """

    key: str
    label_sv: str
    each_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()


SICKNESS = BenefitGroup("sjukpenning", "Sjukpenning", (SJUKPENNING,))
ACTIVITY = BenefitGroup("aktivitetsersattning", "Aktivitetsersättning", (AKTIVITETSERSATTNING,))
DISABILITY = BenefitGroup("sjukersattning", "Sjukersättning", (SJUKERSATTNING,))
TOTAL = BenefitGroup("total", "Totalt")
OVERLAP = BenefitGroup(
    "sjukpenning_and_aktivitetsersattning",
    "Överlapp: både sjukpenning och aktivitetsersättning",
    (SJUKPENNING, AKTIVITETSERSATTNING),
)
OTHER = BenefitGroup(
    "other",
    "Övriga: varken sjukpenning eller aktivitetsersättning",
    none_of=(*SJUKPENNING, *AKTIVITETSERSATTNING),
)
#: Stands for the benefits of a case that AF opened for a person who has unemployment benefit alone.
UNEMPLOYED_FROM_AF = "from_af_alone"
FROM_AF_ALONE = BenefitGroup(
    UNEMPLOYED_FROM_AF,
    "Från Arbetsförmedlingen: enbart arbetslöshetsersättning",
    ((UNEMPLOYED_FROM_AF,),),
)
OTHER_2019 = OTHER._replace(none_of=(*OTHER.none_of, UNEMPLOYED_FROM_AF))


def within(table: ibis.Table, period: Period) -> ibis.Table:
    """The rows whose `day` lies in a period."""
    first, last = ibis.literal(period.first), ibis.literal(period.last)
    return table.filter(table.day >= first, table.day <= last)


def counted(table: ibis.Table) -> ibis.Table:
    """Observations of which each counts once."""
    return table.mutate(above=ibis.literal(1), below=ibis.literal(1))


def share(table: ibis.Table, hit: ibis.expr.types.BooleanValue) -> ibis.Table:
    """Observations of which those that hit are a share; what is not known does not hit."""
    known = ibis.coalesce(hit, ibis.literal(False))
    return table.mutate(above=known.ifelse(1, 0), below=ibis.literal(1))


def measured(table: ibis.Table, days: ibis.expr.types.IntegerValue) -> ibis.Table:
    """Observations with a number of days; those without one are none."""
    return table.mutate(above=days, below=ibis.literal(1)).filter(days.notnull())


def followed(table: ibis.Table, key: str = "unit_key") -> ibis.Table:
    """Observations that need a link: without it they are in neither part, but set aside."""
    linked = table[key].notnull()
    return table.mutate(
        above=linked.ifelse(table.above, 0),
        below=linked.ifelse(table.below, 0),
        aside=linked.ifelse(0, 1),
    )


def age_at(table: ibis.Table) -> ibis.expr.types.IntegerValue:
    """Age in years on `day`: birth year and month are known, so a birth month counts in full."""
    born = table.birth_year_month
    year, month = born.substr(0, 4), born.substr(5, 2)
    known = born.re_search(r"^[0-9]{4}-(0[1-9]|1[0-2])$")
    months = (table.day.year() - year.cast("int64")) * 12 + table.day.month() - month.cast("int64")
    return ibis.cases((known, (months / 12).floor().cast("int64")))


def age_band(table: ibis.Table, *bands: tuple[int, int]) -> ibis.expr.types.StringValue:
    """The band of the age, e.g. `18-29`; null outside all of them."""
    age = age_at(table)
    return ibis.cases(*(((age >= low) & (age <= high), f"{low}-{high}") for low, high in bands))
