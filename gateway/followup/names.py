"""What rows are called in the printed tables; rows themselves carry only keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from gateway.followup.layout import Line, Part, Section
from gateway.followup.rows import Row
from gateway.followup.tables import TABLES
from gateway.followup.tally import UNKNOWN

MONTHS_SV: Final[Mapping[str, str]] = {
    f"{number:02d}": name
    for number, name in enumerate(
        (
            "januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
            "oktober", "november", "december",
        ),
        start=1,
    )
}  # fmt: skip


class Name(NamedTuple):
    """The Swedish names of a row.

    `measure_sv`: as the reference tables have it. `line_sv`, `part_sv`: of the line and column that
    it stands in, empty where there is only one.
    """

    measure_sv: str
    line_sv: str = ""
    part_sv: str = ""

    @property
    def whole_sv(self) -> str:
        """Everything, each thing once."""
        if not self.line_sv or self.line_sv in self.measure_sv:
            return self.measure_sv
        return f"{self.line_sv}: {self.measure_sv}"

    @property
    def short_sv(self) -> str:
        """What is left below the measure's title."""
        return ", ".join(text for text in (self.line_sv, self.part_sv) if text) or self.measure_sv


def name_of(row: Row) -> Name:
    """The names of a computed row; one that no table has is called by its keys."""
    group = {key: value for key, value in row["group"].items() if key != "control"}
    measured = row["measure"].removesuffix("_unlinked")
    if measured != row["measure"]:
        return Name(f"{_title(row, measured)}: kan inte följas, utan personuppgifter")
    for section, line, part in _places(row):
        each = "" if line.each is None else group.get(line.each, "")
        if row["sex"] not in (*line.sexes, "unknown"):
            continue
        keys = dict((*line.group, *(((line.each, each),) if line.each else ()), *part.group))
        if keys == group and (part.benefit or line.benefit.key) == row["benefit"]:
            label = ", ".join(text for text in (line.label_sv, _value(each)) if text)
            return _named(section, label, part, row)
    return Name(f"{row['measure']} {' '.join(group.values())}".strip())


def _value(value: str) -> str:
    return "uppgift saknas" if value == UNKNOWN else value


def _title(row: Row, measure: str) -> str:
    found = TABLES[row["table"]].indicators
    return next((one.title_sv for one in found if one.measure == measure), measure)


def _places(row: Row) -> Iterator[tuple[Section, Line, Part]]:
    """Where a row may stand: sections with its measure, each line with each part."""
    table = TABLES.get(row["table"])
    for section in () if table is None else table.sections:
        measures = {one.measure for one in section.measures}
        if section.mean_of_series is not None:
            measures.add(section.mean_of_series.measure)
        if row["measure"] in measures:
            further = [Line(benefit=one, label_sv=one.label_sv) for one in section.controls]
            for line in (*section.lines, *further):
                for part in section.parts:
                    yield section, line, part


def _named(section: Section, line: str, part: Part, row: Row) -> Name:
    measure = row["measure"]
    part_sv = dict(part.by_benefit).get(row["benefit"] or "", part.label_sv)
    pattern = section.labels.get(f"{measure}/{row['benefit']}") or section.labels.get(measure)
    if pattern is None:
        pattern = ", ".join(text for text in ("{line}", "{part}", _title(row, measure)) if text)
        pattern = pattern if part_sv else pattern.replace("{part}, ", "")
    month = MONTHS_SV.get(row["period"][5:], "") if section.series else ""
    text = pattern.format(line=line, part=part_sv, month=month)
    return Name(text, ", ".join(one for one in (line, month) if one), part_sv)
