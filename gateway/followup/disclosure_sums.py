"""What a reader of tables can compute: every figure as an unknown, and the sums that tie them.

Rules:
1. A count is one unknown; a share is two (numerator, denominator), a mean is two (sum, number), a
   median one (number). Who sees a share sees both of its unknowns.
2. The same quantity in two places is one unknown: a denominator of one table is a count of another.
   Two measures are taken for the same quantity where all figures that both have are equal; whoever
   knows the definitions knows that too, and to take it for one by chance only hides more.
3. Sums run over the sexes, over the benefits (parts - overlap + other = total), over each further
   breakdown, over the periods within a longer one, and from numerators to the denominator that they
   make together. A sum is used where it comes out; again, by chance only hides more.
4. What is left of a denominator (the 3 of 120 that did *not* enrol) is an unknown of its own that
   no cell shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from gateway.followup.periods import parse_period
from gateway.followup.report import Row

# Unknowns are numbered; a sum is {unknown: coefficient} and comes to 0.
Sum = Mapping[int, int]
Group = tuple[tuple[str, str], ...]


class Slot(NamedTuple):
    """Where in a table a quantity stands; `group` without what only marks control rows."""

    benefit: str | None
    sex: str
    period: str
    group: Group

    def without(self, key: str) -> Slot:
        """The same place one breakdown less."""
        return self._replace(group=tuple(item for item in self.group if item[0] != key))


# table, measure, definition, and what of its cells: numerator, denominator, sum or rest
Family = tuple[str, str, str, str]
Values = dict[Slot, float]


@dataclass
class Quantities:
    """Every unknown of some rows: its value, which rows show it, and the sums between them.

    `value`, `is_count`: by unknown. `shown`: by row, the unknowns it shows. `hidden`: unknowns
    that no row shows. `size_of`: for a sum of days, the unknown that says of how many.
    """

    value: list[float] = field(default_factory=list)
    is_count: list[bool] = field(default_factory=list)
    shown: list[tuple[int, ...]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    size_of: dict[int, int] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)


def quantities(rows: Sequence[Row]) -> Quantities:
    """The unknowns and sums of the rows of one publication."""
    families: dict[Family, Values] = {}
    places: list[list[tuple[Family, Slot]]] = []
    for row in rows:
        slot = _slot(row)
        cells = list(_cells(row))
        for family, value in cells:
            families.setdefault(family, {})[slot] = value
        places.append([(family, slot) for family, _ in cells])
    flat = {family: _kept_keys(family, values) for family, values in families.items()}
    return _System(families, flat, places).quantities


def _slot(row: Row) -> Slot:
    group = {key: value for key, value in row["group"].items() if key != "control"}
    if "outcome" in group:  # the harmonised outcome follows from the printed one
        group.pop("outcome_h", None)
    return Slot(row["benefit"], row["sex"], row["period"], tuple(sorted(group.items())))


def _cells(row: Row) -> Iterator[tuple[Family, float]]:
    """The quantities of a row; none when it has no figure at all."""
    number, whole = row["numerator"], row["denominator"]
    if number is None and row["unit"] == "count" and row["value"] is not None:
        number = int(row["value"])

    def family(role: str) -> Family:
        return row["table"], row["measure"], row["definition"], role

    if row["unit"].startswith("days"):
        size = whole if whole is not None else number
        if size is not None:
            yield family("denominator"), size
            if row["unit"] == "days_mean" and row["value"] is not None:
                yield family("sum"), row["value"] * size
        return
    if number is not None:
        yield family("numerator"), number
    if whole is not None and row["unit"] != "count":  # a mean over months has their number there
        yield family("denominator"), whole
        if number is not None:
            yield family("rest"), whole - number


def _kept_keys(family: Family, values: Values) -> frozenset[str]:
    """The breakdowns of a family, without those in which each part repeats the denominator."""
    keys = {key for slot in values for key, _ in slot.group}
    if family[3] != "denominator":
        return frozenset(keys)
    for key in sorted(keys):
        lines: defaultdict[Slot, set[float]] = defaultdict(set)
        for slot, value in values.items():
            lines[slot.without(key)].add(value)
        if all(len(line) == 1 for line in lines.values()):
            keys.discard(key)
    return frozenset(keys)


class _System:
    """Numbers the unknowns, finds out which are the same, and collects the sums."""

    def __init__(
        self,
        families: Mapping[Family, Values],
        kept: Mapping[Family, frozenset[str]],
        places: Sequence[Sequence[tuple[Family, Slot]]],
    ) -> None:
        self.kept = kept
        self.values = {
            family: {self.place(family, slot): value for slot, value in values.items()}
            for family, values in families.items()
        }
        names = [(family, slot) for family, values in self.values.items() for slot in values]
        self.root = {name: name for name in names}
        self._join_equals()
        self.number: dict[tuple[Family, Slot], int] = {}
        found = self.quantities = Quantities()
        for name in names:
            top = self.find(name)
            if top not in self.number:
                self.number[top] = len(found.value)
                found.value.append(self.values[top[0]][top[1]])
                found.is_count.append(top[0][3] != "sum")
            self.number[name] = self.number[top]
        for cells in places:
            shown = {
                self.number[family, self.place(family, slot)]
                for family, slot in cells
                if family[3] != "rest"
            }
            found.shown.append(tuple(sorted(shown)))
        visible = {unknown for row in found.shown for unknown in row}
        found.hidden = set(range(len(found.value))) - visible
        for (family, slot), unknown in self.number.items():
            if family[3] == "sum":
                size: Family = (*family[:3], "denominator")
                found.size_of[unknown] = self.number[size, self.place(size, slot)]
        self._collect_sums()

    def place(self, family: Family, slot: Slot) -> Slot:
        kept = self.kept[family]
        return slot._replace(group=tuple(item for item in slot.group if item[0] in kept))

    def find(self, name: tuple[Family, Slot]) -> tuple[Family, Slot]:
        while self.root[name] != name:
            name = self.root[name]
        return name

    def _join_equals(self) -> None:
        counts = [family for family in self.values if family[3] in {"numerator", "denominator"}]
        for one, other in combinations(counts, 2):
            common = self.values[one].keys() & self.values[other].keys()
            if common and all(self.values[one][s] == self.values[other][s] for s in common):
                for slot in common:
                    self.root[self.find((other, slot))] = self.find((one, slot))

    def _collect_sums(self) -> None:
        found: dict[tuple[tuple[int, int], ...], None] = {}
        for family, values in self.values.items():
            for total, parts in (
                *_over_sexes(values), *_over_benefits(values), *_over_groups(values),
                *_over_periods(values),
            ):  # fmt: skip
                self._add(found, values, (family, total), [(family, s, c) for s, c in parts])
        self._add_wholes(found)
        self.quantities.sums = [dict(terms) for terms in found]

    def _add_wholes(self, found: dict[tuple[tuple[int, int], ...], None]) -> None:
        """Numerators that make a denominator together, and what is left of it."""
        for family, values in self.values.items():
            table, measure, definition, role = family
            whole: Family = (table, measure, definition, "denominator")
            if role == "rest":
                part: Family = (table, measure, definition, "numerator")
                for slot in values:
                    terms = [(family, slot, 1), (part, self.place(part, slot), 1)]
                    self._add(found, None, (whole, self.place(whole, slot)), terms)
            if role != "numerator":
                continue
            for reduced, line in _lines(values):
                for other, others in self.values.items():
                    if other[3] in {"numerator", "denominator"} and reduced in others:
                        terms = [(family, slot, 1) for slot in line]
                        self._add(found, values, (other, reduced), terms)

    def _add(
        self,
        found: dict[tuple[tuple[int, int], ...], None],
        values: Values | None,
        total: tuple[Family, Slot],
        parts: Iterable[tuple[Family, Slot, int]],
    ) -> None:
        """Keeps a sum that comes out; `values` None: it does by definition."""
        terms: defaultdict[int, int] = defaultdict(int)
        terms[self.number[total]] -= 1
        for family, slot, coefficient in parts:
            terms[self.number[family, slot]] += coefficient
        kept = {unknown: c for unknown, c in sorted(terms.items()) if c}
        # A sum of days comes from a rounded mean: it comes out where the numbers of persons do.
        size = {unknown: self.quantities.size_of.get(unknown, unknown) for unknown in kept}
        left = sum(self.quantities.value[size[unknown]] * c for unknown, c in kept.items())
        if len(kept) > 1 and (values is None or left == 0):
            found[tuple(kept.items())] = None


Parts = list[tuple[Slot, int]]


def _over_sexes(values: Values) -> Iterator[tuple[Slot, Parts]]:
    for slot in values:
        if slot.sex == "total":
            parts = [slot._replace(sex=sex) for sex in ("women", "men", "unknown")]
            present = [(part, 1) for part in parts if part in values]
            if len(present) > 1:
                yield slot, present


def _over_benefits(values: Values) -> Iterator[tuple[Slot, Parts]]:
    lines: defaultdict[Slot, list[Slot]] = defaultdict(list)
    for slot in values:
        if slot.benefit not in {None, "total"}:
            lines[slot._replace(benefit="total")].append(slot)
    for total, parts in lines.items():
        if total in values and len(parts) > 1:
            yield total, [(part, -1 if "_and_" in str(part.benefit) else 1) for part in parts]


def _lines(values: Values) -> list[tuple[Slot, list[Slot]]]:
    """Slots that differ in one breakdown only, each with the slot that has one breakdown less."""
    lines: defaultdict[tuple[Slot, str], list[Slot]] = defaultdict(list)
    for slot in values:
        for key, _ in slot.group:
            lines[slot.without(key), key].append(slot)
    return [(reduced, slots) for (reduced, _), slots in lines.items() if len(slots) > 1]


def _over_groups(values: Values) -> Iterator[tuple[Slot, Parts]]:
    for reduced, slots in _lines(values):
        if reduced in values:
            yield reduced, [(slot, 1) for slot in slots]
        if len(slots) > 2:  # a row for all of them may stand among them
            greatest = max(slots, key=lambda slot: values[slot])
            yield greatest, [(slot, 1) for slot in slots if slot != greatest]


def _over_periods(values: Values) -> Iterator[tuple[Slot, Parts]]:
    lines: defaultdict[Slot, list[Slot]] = defaultdict(list)
    for slot in values:
        lines[slot._replace(period="")].append(slot)
    for slots in lines.values():
        spans = {slot: parse_period(slot.period) for slot in slots} if len(slots) > 1 else {}
        in_order = sorted(spans.items(), key=lambda item: item[1].first)
        for whole, span in spans.items():
            for form in {len(slot.period) for slot in slots} - {len(whole.period)}:
                day, parts = span.first.toordinal(), []
                for slot, part in in_order:
                    if len(slot.period) == form and part.first.toordinal() == day:
                        parts.append((slot, 1))
                        day = part.last.toordinal() + 1
                if day == span.last.toordinal() + 1 and len(parts) > 1:
                    yield whole, parts
