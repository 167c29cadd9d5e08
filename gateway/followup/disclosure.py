"""Disclosure control: small counts are left out, and enough others that none can be computed back.

Rules:
1. Small is a count from 1 to below the limit (default 10); so is what is left of a denominator.
   Nought is no count of anybody and stays. A share, mean or median over a small count goes too.
2. Of the rest so much is left out (*complementary suppression*) that no count that is left out can
   be computed from what stands, by rows, columns, totals, shares, means or other tables of the same
   publication. That is decided exactly: the sums of `disclosure_sums` are solved for all that is
   not shown, and nothing of it may have one solution only.
3. What is left out of one sum makes at least the limit together, when the rest of the sum gives it
   away; otherwise two persons here and one there would say too much.
4. Chosen greedily, the least count first that is not nought, ties by place: few figures are lost,
   and the same rows give the same publication. Least in total is a hard problem and not worth it.
Which figures are left out says nothing of the others: a figure that is left out has no mark that
tells a small one from one that only protects it.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Final, NamedTuple

from gateway.followup.disclosure_sums import Quantities, Sum, quantities
from gateway.followup.report import Row

SMALL_NUMBER_LIMIT: Final = 10


Terms = dict[int, Fraction]


class Protected(NamedTuple):
    """Rows to publish: what is left out has neither value, numerator nor denominator.

    `left_out`: numbers of those rows. `small`: of them, how many hold a small count themselves.
    """

    rows: list[Row]
    left_out: frozenset[int]
    small: int


def protect(rows: Sequence[Row], limit: int = SMALL_NUMBER_LIMIT) -> Protected:
    """The rows of one publication without what would tell of few persons.

    Args:
        rows: all rows that are published together; what is published apart is not seen here.
        limit: counts of 1 to below it are small; 0 or 1 leaves out nothing.
    """
    known = quantities(rows)
    sensitive = {
        unknown
        for unknown, value in enumerate(known.value)
        if known.is_count[unknown] and 0 < value < limit
    }
    gone = _suppress(known, sensitive, limit)
    left_out = frozenset(
        number for number, shown in enumerate(known.shown) if not gone.isdisjoint(shown)
    )
    small = sum(not sensitive.isdisjoint(known.shown[number]) for number in left_out)
    kept = [_blank(row) if number in left_out else row for number, row in enumerate(rows)]
    return Protected(kept, left_out, small)


def _blank(row: Row) -> Row:
    return {**row, "value": None, "numerator": None, "denominator": None}


def _suppress(known: Quantities, sensitive: AbstractSet[int], limit: int) -> set[int]:
    """The unknowns that no published cell may show."""
    gone = _with_their_sums(known, {one for one in sensitive if one not in known.hidden})
    guarded = sensitive & known.hidden
    while True:
        touched: set[int] = set()
        for equations in _leaks(known, gone, guarded, limit):
            involved = {one for number in equations for one in known.sums[number]}
            if involved & touched:
                continue  # what was just left out may have closed this one too
            candidates = involved - gone - known.hidden
            if candidates:
                touched.add(min(candidates, key=lambda one: _cost(known, one)))
        if not touched:
            return gone
        gone |= _with_their_sums(known, touched)


def _with_their_sums(known: Quantities, counts: set[int]) -> set[int]:
    """A mean tells of its number: where the number is left out, the mean is."""
    return counts | {days for days, size in known.size_of.items() if size in counts}


def _cost(known: Quantities, unknown: int) -> tuple[bool, float, int]:
    size = known.value[known.size_of.get(unknown, unknown)]
    return size == 0, size, unknown


def _leaks(
    known: Quantities, gone: AbstractSet[int], guarded: AbstractSet[int], limit: int
) -> list[tuple[int, ...]]:
    """For every way to compute what is not shown: the numbers of the sums that it takes."""
    hidden = gone | known.hidden
    solved = _solved(known.sums, hidden)
    # Each sum as it stands, too: solved for others it need not show what is together in it.
    plain = [
        ({one: Fraction(c) for one, c in terms.items() if one in hidden}, (number,))
        for number, terms in enumerate(known.sums)
    ]
    leaks = [
        equations
        for terms, equations in solved
        if len(terms) == 1 and not terms.keys().isdisjoint(gone | guarded)
    ]
    small = [
        equations
        for terms, equations in (*plain, *solved)
        if terms and _is_small_together(known, terms, gone, limit)
    ]
    return leaks + small


def _is_small_together(known: Quantities, terms: Terms, gone: AbstractSet[int], limit: int) -> bool:
    """Whether what is left out of a sum is counts that make less than the limit (rule 3)."""
    if not (terms.keys() <= gone and all(known.is_count[one] for one in terms)):
        return False
    one_sided = min(terms.values()) > 0 or max(terms.values()) < 0
    together = abs(sum(known.value[one] * float(c) for one, c in terms.items()))
    return one_sided and 0 < together < limit


def _solved(sums: Sequence[Sum], hidden: AbstractSet[int]) -> list[tuple[Terms, tuple[int, ...]]]:
    """The sums solved for the hidden unknowns as far as they go: exact Gauss-Jordan elimination.

    Returns:
        One row a solved equation: the hidden unknowns in it, and the sums it was made of. An
        unknown can be computed exactly when it stands alone in a row.
    """
    rows: list[tuple[Terms, frozenset[int]]] = []
    for number, one_sum in enumerate(sums):
        left = {one: Fraction(c) for one, c in one_sum.items() if one in hidden}
        if left:
            rows.append((left, frozenset({number})))
    done: list[tuple[Terms, frozenset[int]]] = []
    while rows:
        rows.sort(key=lambda row: (len(row[0]), min(row[0])))
        terms, used = rows.pop(0)
        pivot = min(terms)
        rows = [one for row in rows if (one := _without(row, pivot, terms, used))[0]]
        done = [_without(row, pivot, terms, used) for row in done]
        done.append((terms, used))
    return [(terms, tuple(sorted(used))) for terms, used in done]


def _without(
    row: tuple[Terms, frozenset[int]], pivot: int, terms: Terms, used: frozenset[int]
) -> tuple[Terms, frozenset[int]]:
    """A row less as much of another one that `pivot` is gone from it."""
    mine, made_of = row
    if pivot not in mine:
        return row
    factor = mine[pivot] / terms[pivot]
    result = dict(mine)
    for one, coefficient in terms.items():
        left = result.get(one, Fraction(0)) - factor * coefficient
        if left:
            result[one] = left
        else:
            result.pop(one, None)
    return result, made_of | used
