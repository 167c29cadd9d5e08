"""Extracts for people and programs: text, JSON and CSV, with Swedish labels; HTML is `page.py`.

Rule: a rendering is a pure function of the extract, so the same extract gives the same bytes. JSON
is the list of rows of the contract and nothing else, CSV the same with the extract id in each line.
The workbook for spreadsheet programs is `workbook.py`.
A control that fails stands first in every form: in text and page as a sentence, in JSON and CSV as
a row with the measure `control_failed`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import orjson
from rich.console import Console
from rich.table import Table as TextTable

from gateway.followup.controls import Control, failed_rows
from gateway.followup.extract import Extract
from gateway.followup.grid import Grid, grids
from gateway.followup.labels import SEX_SV, behind, definition_of, figure, is_small, title_of
from gateway.followup.page import render_html
from gateway.followup.report import Row

TEXT_WIDTH = 80
LEFT_OUT = "··"


def render_json(extract: Extract) -> str:
    """The rows as a JSON list, one row a line."""
    return "[\n" + ",\n".join(orjson.dumps(row).decode() for row in all_rows(extract)) + "\n]\n"


def render_csv(extract: Extract) -> str:
    """The rows as CSV by RFC 4180 for programs, with the extract's id in each.

    Each member of `group` that occurs has a column of its own, `group_<member>`, empty where a row
    does not have it.
    """
    rows = all_rows(extract)
    columns = [key for key in Row.__annotations__ if key != "group"]
    members = group_members(rows)
    head = [*columns, *(f"group_{member}" for member in members), "extract"]
    return csv_text(
        head,
        ([*(row[key] for key in columns), *group_cells(row, members), extract.id] for row in rows),  # type: ignore[literal-required]  # keys of a row
    )


def csv_text(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Lines as RFC 4180 has them: comma, CRLF, quotes where needed, one header line."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(lines)
    return text.getvalue()


def group_members(rows: Iterable[Row]) -> list[str]:
    """The members of `group` that occur, in order."""
    return sorted({member for row in rows for member in row["group"]})


def group_cells(row: Row, members: Iterable[str]) -> list[str | None]:
    """A row's value for each member, None where it has none."""
    return [row["group"].get(member) for member in members]


def all_rows(extract: Extract) -> list[Row]:
    """The rows of the controls that fail, then those of the tables."""
    failed = failed_rows(extract.controls, extract.as_of, extract.period)
    if extract.protected is not None:  # its sides could give back what is left out
        failed = [{**row, "value": None, "numerator": None, "denominator": None} for row in failed]
    return failed + list(extract.rows)


def render_text(extract: Extract) -> str:
    """The tables for the terminal, without colours; its tables are 80 columns wide."""
    out = io.StringIO()
    console = Console(file=out, width=TEXT_WIDTH, color_system=None, legacy_windows=False)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    if extract.origin_sv:
        say(extract.origin_sv)
    for control in extract.failed:
        say(f"KONTROLL STÄMMER INTE: {said(control, extract)}")
    for grid in grids(extract.rows):
        console.print(_text_table(grid, extract))
    for note in notes(extract):
        say(note)
    return out.getvalue()


def _text_table(grid: Grid, extract: Extract) -> TextTable:
    shown = TextTable(title=f"{title_of(grid.table)} {grid.period}", title_justify="left")
    shown.add_column("")
    for sex in grid.sexes:
        shown.add_column(SEX_SV[sex], justify="right")
    for line in grid.lines:
        cells = (_cell(line.cells.get(sex), extract) for sex in grid.sexes)
        shown.add_row(line.label, *cells)
    return shown


def _cell(row: Row | None, extract: Extract) -> str:
    if row is None:
        return ""
    if row["value"] is None and extract.protected is not None:
        return LEFT_OUT
    rest = behind(row)
    mark = "*" if is_small(row, extract.limit) else ""
    return figure(row) + mark + (f" ({rest})" if rest else "")


def said(control: Control, extract: Extract) -> str:
    """A control in words; its sides could give back what is left out, so they stay inside."""
    return control.told_sv(with_sides=extract.protected is None)


def notes(extract: Extract) -> Iterator[str]:
    """What a reader has to know: marks, definitions, controls, time and id."""
    if extract.protected is not None:
        yield f"{LEFT_OUT} visas inte, för att uppgifter om färre än {extract.limit} inte ska röjas"
    elif any(is_small(row, extract.limit) for row in extract.rows):
        yield f"* litet antal (under {extract.limit})"
    definitions = dict.fromkeys(definition_of(row) for row in extract.rows)
    for one in definitions:
        yield f"Definition {one.id}: {one.text_sv}"
    rules = [one for one in extract.controls if one.kind == "rule"]
    yield f"Kontroller: {len(rules) - len(extract.failed)} av {len(rules)} stämmer."
    for note in extract.controls:
        if note.kind == "note" and not note.holds:
            yield f"Att veta: {said(note, extract)}"
    yield f"Uttag per {extract.as_of}, {extract.inputs.facts} fakta."
    yield f"Id för uttaget (SHA-256): {extract.id}"


FORMATS: Mapping[str, Callable[[Extract], str]] = {
    "text": render_text,
    "json": render_json,
    "html": render_html,
    "csv": render_csv,
}
