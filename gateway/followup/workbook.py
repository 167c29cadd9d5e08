"""The extract as an Excel workbook (.xlsx), for spreadsheet programs with any settings.

Rules:
1. A number is a number and a text is a text: no program has to guess a separator or a decimal sign.
2. First a sheet on the extract: what fails, what a reader has to know, definitions, time and id.
   Then one sheet for each table, named by its id.
3. A sheet shows what its table shows and nothing else, so disclosure control holds for it too.
4. The same extract gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from gateway.followup.extract import Extract
from gateway.followup.labels import KEY_SV, SEX_SV, UNIT_SV, is_small, label_of, title_of
from gateway.followup.render import LEFT_OUT, group_cells, group_members, notes, said
from gateway.followup.report import Row

ABOUT: Final = "Om uttaget"
_HEAD: Final = ("Mått", "Kön", "Period")
_FIGURES: Final = ("Värde", "Enhet", "Täljare", "Nämnare", "Anmärkning", "Definition")
_LABEL_WIDTH: Final = 60
_WIDTH: Final = 16


def render_xlsx(extract: Extract) -> bytes:
    """The workbook of an extract."""
    out = io.BytesIO()
    # Texts that look like formulas, links or numbers stay texts.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as book:
        as_of = datetime.fromisoformat(extract.as_of).replace(tzinfo=None)
        book.set_properties({"title": f"Uttag {extract.id}", "created": as_of})
        _about(book, extract)
        for table in dict.fromkeys(row["table"] for row in extract.rows):
            _table(book, table, extract)
    return out.getvalue()


def _about(book: Any, extract: Extract) -> None:
    sheet = book.add_worksheet(ABOUT)
    sheet.set_column(0, 0, 2 * _LABEL_WIDTH, book.add_format({"text_wrap": True, "valign": "top"}))
    failed = (f"KONTROLL STÄMMER INTE: {said(control, extract)}" for control in extract.failed)
    title = f"Det förstärkta samarbetet, uttag för perioden {extract.period}"
    origin = [extract.origin_sv] if extract.origin_sv else []
    for place, line in enumerate((*origin, *failed, title, *notes(extract))):
        sheet.write_string(place, 0, line)


def _table(book: Any, table: str, extract: Extract) -> None:
    rows = [row for row in extract.rows if row["table"] == table]
    members = group_members(rows)
    head = [*_HEAD, *(KEY_SV.get(member, member).capitalize() for member in members), *_FIGURES]
    sheet = book.add_worksheet(table)
    bold = book.add_format({"bold": True})
    sheet.write_string(0, 0, title_of(table), bold)
    for column, name in enumerate(head):
        sheet.write_string(2, column, name, bold)
    formats = {"percent": book.add_format({"num_format": "0.0"})}
    formats["whole"] = book.add_format({"num_format": "#,##0"})
    for line, row in enumerate(rows, 3):
        for column, cell in enumerate(_cells(row, members, extract)):
            _write(sheet, (line, column), cell, formats)
    sheet.freeze_panes(3, 1)
    sheet.autofilter(2, 0, 2 + len(rows), len(head) - 1)
    sheet.set_column(0, 0, _LABEL_WIDTH)
    sheet.set_column(1, len(head) - 1, _WIDTH)


def _cells(row: Row, members: Sequence[str], extract: Extract) -> Iterator[str | float | None]:
    """The cells of a row, left to right."""
    yield label_of(row)
    yield SEX_SV[row["sex"]]
    yield row["period"]
    yield from group_cells(row, members)
    hidden = row["value"] is None and extract.protected is not None
    yield LEFT_OUT if hidden else row["value"]
    yield UNIT_SV[row["unit"]]
    yield row["numerator"]
    yield row["denominator"]
    yield f"litet antal (under {extract.limit})" if is_small(row, extract.limit) else None
    yield row["definition"]


def _write(
    sheet: Any, place: tuple[int, int], cell: str | float | None, formats: dict[str, Any]
) -> None:
    if isinstance(cell, str):
        sheet.write_string(*place, cell)
    elif cell is not None:
        shown = formats["percent" if cell % 1 else "whole"]
        sheet.write_number(*place, cell, shown)
