"""From the sections of a table to the rows of the contract (section 10), printed rows first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypedDict

from gateway.followup.indicators import TOTAL, Indicator
from gateway.followup.layout import Line, Part, Section, Table
from gateway.followup.periods import Period, instant_text, months_of, months_since
from gateway.followup.snapshot import Snapshot
from gateway.followup.tally import SEXES, Figure, Tally, Where, figure, rounded


class Row(TypedDict):
    """One cell of a table (contract section 10); counts have no denominator."""

    table: str
    measure: str
    benefit: str | None
    sex: str
    period: str
    group: dict[str, str]
    value: int | float | None
    unit: str
    numerator: int | None
    denominator: int | None
    as_of: str
    definition: str


class Rows(NamedTuple):
    """The rows of a section: those that the report prints, and those that make them add up."""

    printed: list[Row]
    controls: list[Row]


class SectionRows:
    """Computes one section for one period: one query per measure, every cell a sum of its rows."""

    def __init__(
        self,
        snapshot: Snapshot,
        table: Table,
        section: Section,
        definitions: Mapping[str, Indicator],
    ) -> None:
        self.snapshot = snapshot
        self.table = table
        self.section = section
        measures = dict.fromkeys(one.measure for one in section.measures)
        self.chosen = [definitions[name] for name in measures if name in definitions]
        self.as_of = instant_text(snapshot.as_of)

    def rows(self, period: Period) -> Rows:
        """The rows of a period; of each of its months where the section is a series."""
        if not self.section.series:
            return self._of(period)
        found = [self._of(month) for month in months_of(period)]
        printed = [row for rows in found for row in rows.printed]
        printed += self._mean(printed, period)
        return Rows(printed, [row for rows in found for row in rows.controls])

    def _of(self, period: Period) -> Rows:
        rows = Rows([], [])
        lines = self.section.lines
        groups = [*(line.benefit for line in lines), *self.section.controls]
        each = [line.each for line in lines if line.each]
        dimensions = tuple(dict.fromkeys((*self.section.dimensions, *each)))
        tallies = {
            one.measure: Tally(self.snapshot, one, period, groups, dimensions)
            for one in self.chosen
        }
        for line in self._spread(lines, tallies):
            span = _measured_in(line, period)
            if span is not None:
                self._line(rows, line, tallies, span, control=None)
        # What holds for every line holds for those that make them add up.
        shared = tuple(one for one in lines[0].where if all(one in line.where for line in lines))
        for group in self.section.controls:
            line = Line(benefit=group, label_sv=group.label_sv, where=shared)
            self._line(rows, line, tallies, period, control="benefit")
        for one in self.chosen:
            rows.controls.extend(self._set_aside(one, tallies[one.measure], period))
        return rows

    def _spread(self, lines: Sequence[Line], tallies: Mapping[str, Tally]) -> Iterator[Line]:
        """The lines, those that stand for each value of a dimension one by one."""
        for line in lines:
            if line.each is None:
                yield line
                continue
            found = {value for one in tallies.values() for value in one.values_of(line.each)}
            for value in sorted(found):
                yield line._replace(
                    label_sv=value,
                    group=(*line.group, (line.each, value)),
                    where=(*line.where, (line.each, (value,))),
                )

    def _line(
        self,
        rows: Rows,
        line: Line,
        tallies: Mapping[str, Tally],
        span: Period,
        control: str | None,
    ) -> None:
        for part in self.section.parts:
            for one in self.chosen:
                self._cells(rows, one, tallies[one.measure], line, part, span, control)

    def _cells(
        self,
        rows: Rows,
        one: Indicator,
        tally: Tally,
        line: Line,
        part: Part,
        span: Period,
        control: str | None,
    ) -> None:
        where = (*line.where, *part.where)
        if part.control or (line.each and part.where):
            if not tally.sums("total", line.benefit, where).things:
                return
            control = control or ("part" if part.control else None)
        target = rows.controls if control else rows.printed
        for sex in line.sexes:
            target.append(self._row(one, tally, line, part, sex, span, control))
        # The other parts of a share's denominator may be of unknown sex too.
        somewhere = line.where if one.statistic == "share" else where
        unknown = tally.sums("unknown", line.benefit, somewhere).things
        if unknown and self._is_by_sex(line):  # never dropped (BR-44)
            rows.controls.append(self._row(one, tally, line, part, "unknown", span, "sex"))

    def _is_by_sex(self, line: Line) -> bool:
        """Whether a line is the total of sexes that are shown, in it or in lines of their own."""
        if "total" not in line.sexes:
            return False
        shown = {(one.benefit, one.group, one.where) for one in self.section.lines if one.is_sexed}
        return line.is_sexed or (line.benefit, line.group, line.where) in shown

    def _row(
        self,
        one: Indicator,
        tally: Tally,
        line: Line,
        part: Part,
        sex: str,
        span: Period,
        control: str | None,
    ) -> Row:
        where: Where = (*line.where, *part.where)
        sums = tally.sums(sex, line.benefit, where)
        base = tally.sums("total") if one.base == "table" else sums
        if one.base == "line" and one.statistic == "share":
            base = tally.sums(sex, line.benefit, line.where)
        group = dict((*line.group, *part.group))
        if control:
            group["control"] = control
        benefit = part.benefit or line.benefit.key
        return self._shaped(one, figure(one, sums, base), benefit, sex, span, group)

    def _shaped(
        self,
        one: Indicator,
        shown: Figure,
        benefit: str,
        sex: str,
        span: Period,
        group: dict[str, str],
    ) -> Row:
        return Row(
            table=self.table.id,
            measure=one.measure,
            benefit=benefit,
            sex=sex,
            period=span.name,
            group=group,
            value=shown.value,
            unit=one.unit,
            numerator=shown.numerator,
            denominator=shown.denominator,
            as_of=self.as_of,
            definition=one.id,
        )

    def _set_aside(self, one: Indicator, tally: Tally, span: Period) -> Iterator[Row]:
        """How many are left out because nobody can follow them: without a key."""
        if not tally.sums("total").aside:
            return
        group = {"control": "unlinked"}
        unknown = ("unknown",) if tally.sums("unknown", TOTAL).aside else ()
        for sex in (*SEXES, "total", *unknown):
            aside = tally.sums(sex, TOTAL).aside
            row = self._shaped(one, Figure(aside, aside, None), TOTAL.key, sex, span, group)
            row["measure"], row["unit"] = f"{one.measure}_unlinked", "count"
            yield row

    def _mean(self, months: Sequence[Row], period: Period) -> Iterator[Row]:
        mean = self.section.mean_of_series
        if mean is None:
            return
        for line in self.section.lines:
            for sex in line.sexes:
                own = [
                    row["numerator"] or 0
                    for row in months
                    if (row["benefit"], row["sex"]) == (line.benefit.key, sex)
                ]
                value = rounded(sum(own), len(own), mean.decimals)
                shown = Figure(value, sum(own), len(own))
                yield self._shaped(mean, shown, line.benefit.key, sex, period, dict(line.group))


def _measured_in(line: Line, period: Period) -> Period | None:
    """The part of the period that a line is measured in, None for no part."""
    if line.since is None or line.since <= period.first:
        return period
    return months_since(period, line.since)


def table_rows(
    snapshot: Snapshot, table: Table, definitions: Mapping[str, Indicator], period: Period
) -> list[Row]:
    """The rows of a table, in the order in which the report prints them, control rows last."""
    sections = [
        SectionRows(snapshot, table, section, definitions).rows(period)
        for section in table.sections
    ]
    printed = [row for rows in sections for row in rows.printed]
    return printed + [row for rows in sections for row in rows.controls]
