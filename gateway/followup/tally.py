"""From observations to figures: one query per indicator, and every cell a sum of its rows.

The engine groups the observations by sex, by the benefit groups that a table asks for and by its
other dimensions. Margins are then added up here, in whole numbers, so that parts and totals cannot
disagree, and shares, means and medians are rounded half up as the reports print them, the same
whatever the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import ibis

from gateway.followup.indicators import BenefitGroup, Indicator
from gateway.followup.periods import Period
from gateway.followup.snapshot import PLAN, Snapshot

# Sex as in the reference tables ← as in the facts.
SEXES = {"women": "kvinna", "men": "man"}
#: What stands for a missing value of a dimension.
UNKNOWN = "okand"
#: Conditions on dimensions: every column named has one of its values.
Where = tuple[tuple[str, tuple[str, ...]], ...]


class Sums(NamedTuple):
    """What a cell is made of; `values` are (value of `above`, how often), only for medians."""

    above: int
    below: int
    aside: int
    things: int
    values: tuple[tuple[int, int], ...] = ()


class _Counted(NamedTuple):
    sex: str
    groups: Mapping[str, bool]
    dimensions: Mapping[str, Any]
    sums: Sums


def _has(table: ibis.Table, codes: Iterable[str]) -> ibis.expr.types.BooleanValue:
    return ibis.or_(*(table.benefits.contains(f'"{code}"') for code in codes))


def _belongs(table: ibis.Table, group: BenefitGroup) -> ibis.expr.types.BooleanValue:
    parts = [_has(table, codes) for codes in group.each_of]
    if group.none_of:
        parts.append(~_has(table, group.none_of))
    return ibis.and_(*parts)


@lru_cache(maxsize=4096)
def _totals(
    indicator: Indicator,
    period: Period,
    groups: tuple[BenefitGroup, ...],
    dimensions: tuple[str, ...],
) -> ibis.Table:
    """The query: by sex, benefit groups, dimensions and, for a median, the value."""
    seen = indicator.observe(PLAN, period)
    if "aside" not in seen.columns:
        seen = seen.mutate(aside=ibis.literal(0))
    by: dict[str, ibis.Value] = {"sex": seen.sex}
    by |= {f"in_{number}": _belongs(seen, group) for number, group in enumerate(groups)}
    by |= {f"by_{name}": ibis.coalesce(seen[name], ibis.literal(UNKNOWN)) for name in dimensions}
    if indicator.statistic == "median":
        by["value"] = seen.above
    return seen.group_by(**by).aggregate(
        above=seen.above.sum(),
        below=seen.below.sum(),
        aside=seen.aside.sum(),
        things=seen.count(),
    )


class Tally:
    """The observations of one indicator in one period, counted by everything a table needs."""

    def __init__(
        self,
        snapshot: Snapshot,
        indicator: Indicator,
        period: Period,
        groups: Sequence[BenefitGroup],
        dimensions: Sequence[str],
    ) -> None:
        self.indicator = indicator
        named = {group.key: group for group in groups if group.each_of or group.none_of}
        median = indicator.statistic == "median"
        expression = _totals(indicator, period, tuple(named.values()), tuple(dimensions))
        at = 1 + len(named) + len(dimensions) + median
        self._counted = [
            _Counted(
                sex=row[0],
                groups=dict(zip(named, row[1:], strict=False)),
                dimensions=dict(zip(dimensions, row[1 + len(named) :], strict=False)),
                sums=Sums(
                    above=int(row[at]),
                    below=int(row[at + 1]),
                    aside=int(row[at + 2]),
                    things=int(row[at + 3]),
                    values=((int(row[at - 1]), int(row[at + 1])),) if median else (),
                ),
            )
            for row in snapshot.rows(expression)
        ]

    def values_of(self, dimension: str) -> list[str]:
        """What occurs in a dimension, sorted."""
        return sorted({row.dimensions[dimension] for row in self._counted})

    def sums(self, sex: str, group: BenefitGroup | None = None, where: Where = ()) -> Sums:
        """The sum over the rows of a sex (`total` = all, `unknown`), a group and conditions."""
        chosen = [
            row.sums
            for row in self._counted
            if _of_sex(row.sex, sex)
            and (group is None or row.groups.get(group.key, True))
            and all(row.dimensions[name] in values for name, values in where)
        ]
        values: dict[int, int] = {}
        for sums in chosen:
            for value, count in sums.values:
                values[value] = values.get(value, 0) + count
        return Sums(
            above=sum(sums.above for sums in chosen),
            below=sum(sums.below for sums in chosen),
            aside=sum(sums.aside for sums in chosen),
            things=sum(sums.things for sums in chosen),
            values=tuple(sorted(values.items())),
        )


def _of_sex(code: str, sex: str) -> bool:
    if sex == "unknown":
        return code not in SEXES.values()
    return sex == "total" or code == SEXES[sex]


class Figure(NamedTuple):
    """A value as printed, and the exact parts it is made of; None where there is nothing."""

    value: int | float | None
    numerator: int | None
    denominator: int | None


def figure(indicator: Indicator, sums: Sums, base: Sums) -> Figure:
    """The figure of a cell; `base` is what a share is taken of."""
    if indicator.statistic == "count":
        return Figure(sums.above, sums.above, None)
    if indicator.statistic == "median":
        return Figure(_median(sums.values), None, sums.below)
    factor = 100 if indicator.statistic == "share" else 1
    below = base.below
    return Figure(rounded(factor * sums.above, below, indicator.decimals), sums.above, below)


def rounded(above: int, below: int, decimals: int) -> int | float | None:
    """A quotient rounded half up as the reports print it, None when there is nothing to divide by.

    In whole numbers: the same on every machine.
    """
    if below == 0:
        return None
    scale = int(10**decimals)
    whole = (2 * above * scale + below) // (2 * below)
    return whole if decimals == 0 else whole / scale


def _median(values: Sequence[tuple[int, int]]) -> int | float | None:
    """The middle value, or the mean of the two in the middle rounded half up."""
    count = sum(times for _, times in values)
    if count == 0:
        return None
    middle = [_at(values, (count - 1) // 2), _at(values, count // 2)]
    return rounded(sum(middle), 2, 0)


def _at(values: Sequence[tuple[int, int]], place: int) -> int:
    """The value at a place (from 0) of the sorted values."""
    for value, times in values:
        if place < times:
            return value
        place -= times
    raise IndexError(place)
