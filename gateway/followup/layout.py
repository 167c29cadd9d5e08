"""What a table is made of: sections of lines, parts and measures.

Ids, measures, groups and periods are those of the reference tables, so that a computed row and a
printed one can be compared. The tables themselves are in `tables_2014.py`,
`tables_2018.py` (and 2019), `tables_2024.py` and `tables_own.py` (what no report has).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from gateway.followup.errors import ReportError
from gateway.followup.indicators import TOTAL, BenefitGroup, Indicator
from gateway.followup.periods import Period
from gateway.followup.tally import Where

EVERYBODY = ("women", "men", "total")
Keys = tuple[tuple[str, str], ...]


class Part(NamedTuple):
    """What a figure is about within a line, such as an outcome; a column of most printed tables.

    `label_sv` may differ by benefit (`by_benefit`: benefit key → label); `group` stands in the row;
    `where` chooses the observations; `benefit` replaces that of the line.
    """

    label_sv: str = ""
    group: Keys = ()
    where: Where = ()
    benefit: str | None = None
    by_benefit: Keys = ()
    control: bool = False


class Line(NamedTuple):
    """A line of a table: a benefit, an age band, a unit ...

    `each` makes a line for every value found in a dimension (the empty one is `okand`), which then
    stands in the row's group under that name. `since`: not measured before that day; the row then
    has the shorter period, and the definition leaves out what lies before.
    """

    benefit: BenefitGroup = TOTAL
    sexes: tuple[str, ...] = EVERYBODY
    label_sv: str = ""
    group: Keys = ()
    where: Where = ()
    each: str | None = None
    since: date | None = None

    @property
    def is_sexed(self) -> bool:
        """Whether it shows a sex by itself."""
        return "women" in self.sexes


@dataclass(frozen=True)
class Section:
    """Measures that share lines and parts, printed line by line, part by part.

    Attributes:
        measures: all versions of all measures; one version of each is computed.
        lines, parts: as above.
        labels: measure → label as printed, with `{line}`, `{part}` and `{month}`; a benefit after a
            slash (`gk_count/total`) goes before.
        controls: benefit groups that make the printed lines add up.
        dimensions: columns of the observations that lines and parts choose by.
        series: one row for each month of the period instead of one for the period.
        mean_of_series: a further measure, the mean over the months: key and label.
    """

    measures: tuple[Indicator, ...]
    lines: tuple[Line, ...]
    parts: tuple[Part, ...] = (Part(),)
    labels: Mapping[str, str] = field(default_factory=dict)
    controls: tuple[BenefitGroup, ...] = ()
    dimensions: tuple[str, ...] = ()
    series: bool = False
    mean_of_series: Indicator | None = None


@dataclass(frozen=True)
class Table:
    """A table of a report: its title as printed, the years printed, and its sections."""

    id: str
    title_sv: str
    sections: tuple[Section, ...]
    printed_periods: tuple[str, ...] = ()

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """Every version of every measure, each once."""
        further = [section.mean_of_series for section in self.sections if section.mean_of_series]
        listed = [one for section in self.sections for one in section.measures]
        return tuple({one.id: one for one in (*listed, *further)}.values())

    def definitions_for(self, period: Period, version: str | None = None) -> dict[str, Indicator]:
        """Measure → the definition that gives the table for a period: the newest in force.

        Args:
            period: the period asked for.
            version: a version by name; measures that do not have it keep the one in force.

        Raises:
            ReportError: no such version, or no definition holds for the period.
        """
        known = sorted({one.version for one in self.indicators})
        if version is not None and version not in known:
            raise ReportError(
                f"Table {self.id} has no definition {version!r}: choose {', '.join(known)}."
            )
        chosen: dict[str, Indicator] = {}
        for one in sorted(self.indicators, key=lambda one: one.valid_from):
            if one.in_force(period):
                chosen[one.measure] = one
        asked = {one.measure: one for one in self.indicators if one.version == version}
        refused = [one for one in asked.values() if not one.in_force(period)]
        if not chosen or refused:
            spans = "; ".join(
                f"{one.id} from {one.valid_from.isoformat()}"
                + (f" to {one.valid_to.isoformat()}" if one.valid_to else "")
                for one in self.indicators
            )
            raise ReportError(
                f"Table {self.id} is not defined for the period {period.name}: its definitions "
                f"hold {spans}."
            )
        return {**chosen, **asked}


def benefit_lines(groups: Sequence[BenefitGroup]) -> tuple[Line, ...]:
    """A line for each benefit group, by sex."""
    return tuple(Line(benefit=group, label_sv=group.label_sv) for group in groups)


def by_column(column: str, values: Mapping[str, str], **fixed: str) -> tuple[Part, ...]:
    """A part for each value of a column, with its label; the row's group has the value."""
    return tuple(
        Part(label, ((column, value), *fixed.items()), ((column, (value,)),))
        for value, label in values.items()
    )
