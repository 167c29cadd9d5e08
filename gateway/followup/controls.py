"""Controls over the rows of an extract: sums that must come out, whatever the figures are.

1. Women + men + unknown = total, for every figure, numerators and denominators alike.
2. Parts - overlap + other = total over the benefits, where the rows for them are there.
3. The parts of a further breakdown = the row without it, where that row is there.
4. A share lies between 0 and 1 with numerator <= denominator, and its value is their quotient.
5. Shares of one denominator make all of it; where they do not, the rest is named (a note).
6. Every row is of the same time of extraction.
`controls_facts.py` has the controls over facts. A failed control is at the top of the report in
every form; a note says what a reader has to know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from gateway.followup.labels import KEY_SV, SEX_SV, measure_title, whole
from gateway.followup.report import SEXES, Row

CONTROL_MEASURE: Final = "control_failed"
ROUNDING: Final = 0.5


class Apart(NamedTuple):
    """The text of a note whose sides differ; `sides` has `{left}` and `{right}`.

    `sentence` is shown to everybody, `sides` behind it where the numbers may be shown.
    """

    sentence: str
    sides: str


class Control(NamedTuple):
    """A sum that must come out: `left` and `right` as computed, `name` says of what.

    `kind` is `rule` (it has to hold) or `note` (what is missing is told, not an error); `about` is
    the table, or `facts`; `name_sv` is for readers. A note has `apart` for when its sides
    differ, since its name is not true then.
    """

    name: str
    left: int
    right: int
    name_sv: str = ""
    about: str = ""
    kind: Literal["rule", "note"] = "rule"
    apart: Apart | None = None

    @property
    def holds(self) -> bool:
        """Whether both sides are equal."""
        return self.left == self.right

    @property
    def fails(self) -> bool:
        """Whether it has to hold and does not."""
        return self.kind == "rule" and not self.holds

    def told_sv(self, *, with_sides: bool) -> str:
        """The control as it came out, in words; `with_sides` adds the two numbers that differ."""
        if self.holds:
            return self.name_sv
        left, right = whole(self.left), whole(self.right)
        sentence, sides = self.apart or Apart(self.name_sv, "{left} mot {right}")
        if self.kind == "note" and self.apart is None:
            sentence = f"gäller inte fullt ut: {sentence}"
        return f"{sentence} ({sides.format(left=left, right=right)})" if with_sides else sentence


class _Place(NamedTuple):
    """A figure without its sex and benefit."""

    table: str
    measure: str
    definition: str
    period: str
    group: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """For the name of a control."""
        extra = ", ".join(value for key, value in self.group if key != "outcome_h")
        return f"{self.table} {self.measure}" + (f" ({extra})" if extra else "")

    @property
    def name_sv(self) -> str:
        """The same for readers: the measure by its title, and the table."""
        return _titled(self.table, self.definition, self.group)


def _titled(table: str, definition: str, group: tuple[tuple[str, str], ...] = ()) -> str:
    extra = ", ".join(value.replace("_", " ") for key, value in group if key != "outcome_h")
    return f"{measure_title(table, definition)} ({', '.join(filter(None, (table, extra)))})"


Counts = dict[tuple[str | None, str], int]
PARTS: Final = (("sjukpenning", 1), ("aktivitetsersattning", 1), ("other", 1))
#: A part of some tables only.
ALONE: Final = "from_af_alone"
OVERLAP: Final = "sjukpenning_and_aktivitetsersattning"


def control_sums(rows: Sequence[Row]) -> list[Control]:
    """The controls over the rows of one extract, in the order of the rows."""
    numerators: defaultdict[_Place, Counts] = defaultdict(dict)
    denominators: defaultdict[_Place, Counts] = defaultdict(dict)
    for row in rows:
        cell = row["benefit"], row["sex"]
        if row["numerator"] is not None and not row["unit"].startswith("days"):
            numerators[_place(row)][cell] = row["numerator"]
        if row["denominator"] is not None:
            denominators[_place(row)][cell] = row["denominator"]
    found = [*_by_sex(numerators), *_by_benefit(numerators), *_by_group(numerators)]
    found += [*_by_sex(denominators, " denominator", ", nämnare"), *_shares(rows)]
    found += [*_whole_shares(numerators, denominators), *_one_time(rows)]
    return found


def _place(row: Row) -> _Place:
    group = tuple(sorted(item for item in row["group"].items() if item[0] != "control"))
    return _Place(row["table"], row["measure"], row["definition"], row["period"], group)


def _by_sex(
    figures: dict[_Place, Counts], suffix: str = "", suffix_sv: str = ""
) -> Iterator[Control]:
    for place, counts in figures.items():
        for benefit in dict.fromkeys(benefit for benefit, _ in counts):
            if not {(benefit, sex) for sex in (*SEXES, "total")} <= counts.keys():
                continue
            if suffix and len({counts[benefit, sex] for sex in (*SEXES, "total")}) == 1:
                continue  # a share of all in the table: its denominator has no sex
            yield Control(
                f"{place.name}{suffix}, {benefit}: women + men + unknown = total",
                sum(counts.get((benefit, sex), 0) for sex in (*SEXES, "unknown")),
                counts[benefit, "total"],
                f"{place.name_sv}{suffix_sv}, {benefit}: kvinnor + män + uppgift saknas = totalt",
                place.table,
            )


def _by_benefit(figures: dict[_Place, Counts]) -> Iterator[Control]:
    for place, counts in figures.items():
        for sex in (*SEXES, "total"):
            needed = {(part, sex) for part in ("total", OVERLAP, *(part for part, _ in PARTS))}
            if not needed <= counts.keys():
                continue
            parts = sum(sign * counts.get((part, sex), 0) for part, sign in PARTS)
            yield Control(
                f"{place.name}, {sex}: parts - overlap + other = total",
                parts + counts.get((ALONE, sex), 0) - counts[OVERLAP, sex],
                counts["total", sex],
                f"{place.name_sv}, {SEX_SV[sex].lower()}: förmånerna - överlapp + övriga = totalt",
                place.table,
            )


def _by_group(figures: dict[_Place, Counts]) -> Iterator[Control]:
    """One control for each breakdown of a measure: in how many cells its parts make the total.

    Parts with a smaller sum are a note: facts without a value count in the total only.
    """
    lines: defaultdict[tuple[_Place, str], list[Counts]] = defaultdict(list)
    for place, counts in figures.items():
        for key, _ in place.group:
            rest = tuple(item for item in place.group if item[0] not in {key, "outcome_h"})
            lines[place._replace(group=rest), key].append(counts)
    checked: defaultdict[tuple[_Place, str], list[int]] = defaultdict(list)
    for (place, key), parts in lines.items():
        for cell, total in figures.get(place, {}).items():
            # Broken down for some cells only, such as units for all benefits together.
            if key != "outcome_h" and any(cell in part for part in parts):
                over = sum(part.get(cell, 0) for part in parts) - total
                checked[place._replace(group=()), key].append(over)
    for (place, key), found in checked.items():
        yield Control(
            f"{place.name}: the parts by {key} make their total",
            sum(over == 0 for over in found),
            len(found),
            f"{place.name_sv}: rader där delarna efter {KEY_SV.get(key, key)} utgör hela totalen",
            place.table,
            "rule" if max(found) > 0 else "note",
            Apart(
                f"{place.name_sv}: delarna efter {KEY_SV.get(key, key)} utgör inte alltid hela "
                "totalen",
                "på {left} av {right} rader gör de det",
            ),
        )


def _shares(rows: Sequence[Row]) -> Iterator[Control]:
    shares: defaultdict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for row in rows:
        if row["unit"] == "percent" and row["value"] is not None:
            part, whole = row["numerator"], row["denominator"]
            sound = part is not None and whole is not None and 0 <= part <= whole and whole > 0
            near = sound and abs(row["value"] - 100 * (part or 0) / (whole or 1)) <= ROUNDING
            shares[row["table"], row["measure"], row["definition"]].append(near)
    for (table, measure, definition), sound_ones in shares.items():
        yield Control(
            f"{table} {measure}: 0 <= numerator <= denominator, and the value is their quotient",
            sum(sound_ones),
            len(sound_ones),
            f"{_titled(table, definition)}: 0 ≤ täljare ≤ nämnare, och värdet är deras kvot",
            table,
        )


def _whole_shares(
    numerators: dict[_Place, Counts], denominators: dict[_Place, Counts]
) -> Iterator[Control]:
    """Numerators over one denominator, by the outcomes; 2022-2023 count missing ones in it too."""
    lines: defaultdict[_Place, list[_Place]] = defaultdict(list)
    for place in denominators:
        keys = dict(place.group)
        if "outcome" in keys:
            rest = tuple(item for item in place.group if not item[0].startswith("outcome"))
            lines[place._replace(group=rest)].append(place)
    for place, parts in lines.items():
        cell = "total", "total"
        wholes = {denominators[part].get(cell) for part in parts}
        whole = wholes.pop() if len(wholes) == 1 else None
        if whole is not None:
            yield Control(
                f"{place.name}: the shares make all of their denominator",
                sum(numerators[part].get(cell, 0) for part in parts if not _is_total(part)),
                whole,
                f"{place.name_sv}: andelarna utgör tillsammans hela nämnaren",
                place.table,
                "note",
                Apart(
                    f"{place.name_sv}: andelarna utgör tillsammans inte hela nämnaren",
                    "{left} mot {right}",
                ),
            )


def _is_total(place: _Place) -> bool:
    return dict(place.group).get("outcome") in {"total", "totalt"}


def _one_time(rows: Sequence[Row]) -> Iterator[Control]:
    times = {row["as_of"] for row in rows}
    yield Control(
        "every row is of the same time of extraction",
        len(times),
        min(len(rows), 1),
        "alla rader har samma uttagstid",
        "",
    )


def failed_rows(controls: Sequence[Control], as_of: str, period: str) -> list[Row]:
    """Controls that fail, as rows to stand before all others in JSON and CSV.

    `value` is by how much it fails, `numerator` and `denominator` are its two sides.
    """
    return [
        Row(
            table=one.about,
            measure=CONTROL_MEASURE,
            benefit=None,
            sex="total",
            period=period,
            group={"control": one.name},
            value=one.left - one.right,
            unit="count",
            numerator=one.left,
            denominator=one.right,
            as_of=as_of,
            definition="control/1",
        )
        for one in controls
        if one.fails
    ]
