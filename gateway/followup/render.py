"""Extracts for people and programs: text, JSON, CSV and an HTML page, with Swedish labels.

Rule: a rendering is a pure function of the rows, so the same extract gives the same bytes. JSON is
the list of rows of the contract and nothing else. Every other form names `as_of`, definition and
extract id. Counts of 1-9 are marked as small: a figure that small may point at a person.
"""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Mapping, Sequence

import orjson
from rich.console import Console
from rich.table import Table as TextTable

from gateway.followup.extract import extract_id
from gateway.followup.indicators import Indicator
from gateway.followup.report import Row
from gateway.followup.tables import TABLES

SMALL_COUNT_LIMIT = 10
SEX_SV = {"women": "Kvinnor", "men": "Män", "total": "Totalt", "unknown": "Uppgift saknas"}
SMALL_SV = f"* litet antal (under {SMALL_COUNT_LIMIT})"
TEXT_WIDTH = 100

Line = tuple[str, dict[str, Row]]


def render_json(rows: Sequence[Row]) -> str:
    """The rows as a JSON list, one row a line."""
    return "[\n" + ",\n".join(orjson.dumps(row).decode() for row in rows) + "\n]\n"


def render_csv(rows: Sequence[Row]) -> str:
    """The rows as CSV (comma, header line, `group` as `key=value;…`) and the extract id in each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*Row.__annotations__, "extract"])
    extract = extract_id(rows)
    for row in rows:
        group = ";".join(f"{key}={value}" for key, value in sorted(row["group"].items()))
        cells = {**row, "group": group}
        writer.writerow([*(cells[key] for key in Row.__annotations__), extract])
    return text.getvalue()


def render_text(rows: Sequence[Row]) -> str:
    """The rows as a table for the terminal, without colours, 100 columns wide."""
    out = io.StringIO()
    console = Console(file=out, width=TEXT_WIDTH, color_system=None, legacy_windows=False)
    for table_id, period in _tables(rows):
        lines, sexes = _lines(rows, table_id, period)
        shown = TextTable(title=f"{TABLES[table_id].title_sv} {period}", title_justify="left")
        shown.add_column("")
        for sex in sexes:
            shown.add_column(SEX_SV[sex], justify="right")
        for label, cells in lines:
            shown.add_row(label, *(_cell(cells.get(sex)) for sex in sexes))
        console.print(shown)
    for note in _notes(rows):
        console.print(note, highlight=False, markup=False, soft_wrap=True)
    return out.getvalue()


def render_html(rows: Sequence[Row]) -> str:
    """The rows as one self-contained page that a screen reader can walk through."""
    title = ", ".join(f"{TABLES[table].title_sv} {period}" for table, period in _tables(rows))
    body = [_html_table(rows, table_id, period) for table_id, period in _tables(rows)]
    notes = "".join(f"<p>{html.escape(note)}</p>\n" for note in _notes(rows))
    return _PAGE.format(title=html.escape(title), body="".join(body), notes=notes)


def _html_table(rows: Sequence[Row], table_id: str, period: str) -> str:
    lines, sexes = _lines(rows, table_id, period)
    head = "".join(f'<th scope="col">{SEX_SV[sex]}</th>' for sex in sexes)
    body = "".join(
        f'<tr><th scope="row">{html.escape(label)}</th>'
        + "".join(f"<td>{_cell(cells.get(sex))}</td>" for sex in sexes)
        + "</tr>\n"
        for label, cells in lines
    )
    caption = html.escape(f"{TABLES[table_id].title_sv} {period}")
    return (
        f"<table>\n<caption>{caption}</caption>\n"
        f'<thead><tr><th scope="col">Mått och förmån</th>{head}</tr></thead>\n'
        f"<tbody>\n{body}</tbody>\n</table>\n"
    )


_PAGE = """<!DOCTYPE html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: system-ui, sans-serif; line-height: 1.5; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; color: #1a1a1a; background: #fff; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
caption {{ text-align: left; font-weight: bold; padding: 0.5rem 0; }}
th, td {{ border-bottom: 1px solid #767676; padding: 0.4rem 0.8rem; text-align: left; }}
td {{ text-align: right; font-variant-numeric: tabular-nums; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}{notes}</main>
</body>
</html>
"""


def _tables(rows: Sequence[Row]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((row["table"], row["period"]) for row in rows))


def _lines(rows: Sequence[Row], table_id: str, period: str) -> tuple[list[Line], list[str]]:
    """The lines of a table (label, cell by sex) in order of the rows, and the sexes shown."""
    lines: dict[tuple[str, str | None], dict[str, Row]] = {}
    for row in rows:
        if (row["table"], row["period"]) == (table_id, period):
            lines.setdefault((row["definition"], row["benefit"]), {})[row["sex"]] = row
    shown = [sex for sex in SEX_SV if any(sex in cells for cells in lines.values())]
    return [(_label(table_id, *key), cells) for key, cells in lines.items()], shown


def _definitions(table_id: str) -> Mapping[str, Indicator]:
    return {one.id: one for one in TABLES[table_id].indicators}


def _label(table_id: str, definition: str, benefit: str | None) -> str:
    one = _definitions(table_id)[definition]
    name = next(group.label_sv for group in (*one.groups, *one.controls) if group.key == benefit)
    return f"{name}, {one.row_sv}"


def _cell(row: Row | None) -> str:
    if row is None or row["value"] is None:
        return "–"
    number = f"{row['value']:,}".replace(",", " ")
    return number + ("*" if _is_small(row) else "")


def _is_small(row: Row) -> bool:
    return row["numerator"] is not None and 0 < row["numerator"] < SMALL_COUNT_LIMIT


def _notes(rows: Sequence[Row]) -> list[str]:
    notes = [SMALL_SV] if any(_is_small(row) for row in rows) else []
    for table_id, definition in dict.fromkeys((row["table"], row["definition"]) for row in rows):
        one = _definitions(table_id)[definition]
        notes.append(f"Definition {one.id}: {one.title_sv}. {one.formula_sv} Källa: {one.source}.")
    as_of = ", ".join(dict.fromkeys(row["as_of"] for row in rows))
    return [*notes, f"Uttag per {as_of}. Id för uttaget (SHA-256): {extract_id(rows)}"]


FORMATS: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "text": render_text,
    "json": render_json,
    "html": render_html,
    "csv": render_csv,
}
