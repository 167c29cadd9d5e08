"""The workbook, read back by a library that did not write it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.followup.controls import Control
from gateway.followup.extract import Extract, take
from gateway.followup.workbook import ABOUT, render_xlsx
from tests.followup.extract_dsl import extract, small_year

TABLES = ["2024-T1", "2024-T3"]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return small_year(tmp_path / "store")


@pytest.fixture
def year(store: Path) -> Extract:
    return take(store, TABLES, "2024")


def read(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def lines(book: Workbook, table: str) -> list[dict[str, object]]:
    """The lines of a sheet below its title and head."""
    found = list(book[table].iter_rows(min_row=3, values_only=True))
    return [dict(zip(map(str, found[0]), line, strict=True)) for line in found[1:]]


def test_there_is_one_sheet_for_each_table_and_one_on_the_extract(year: Extract) -> None:
    book = read(render_xlsx(year))
    assert book.sheetnames == [ABOUT, *TABLES]
    about = [str(row[0]) for row in book[ABOUT].iter_rows(values_only=True)]
    assert any(year.id in line for line in about)
    assert any("gk_count/2024" in line for line in about)


def test_figures_are_numbers_and_texts_are_texts(year: Extract) -> None:
    """No program has to guess a decimal sign, and none makes a date or a formula of a text."""
    book = read(render_xlsx(year))
    for table in TABLES:
        rows = [row for row in year.rows if row["table"] == table]
        for line, row in zip(lines(book, table), rows, strict=True):
            assert line["Värde"] == row["value"]
            assert line["Täljare"] == row["numerator"]
            assert line["Period"] == row["period"]
            assert not isinstance(line["Värde"], str)
            for member in row["group"].values():
                assert member in line.values()
        types = {cell.data_type for row in book[table].iter_rows() for cell in row}
        assert types <= {"n", "s"}, "no formulas, dates or errors"


def test_a_text_that_looks_like_a_formula_stays_a_text(year: Extract) -> None:
    rows = [{**row, "group": {"unit": "=1+1"}} for row in year.rows]
    book = read(render_xlsx(replace(year, rows=tuple(rows))))  # type: ignore[arg-type]  # rows
    cells = [cell for row in book["2024-T1"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_control_that_fails_stands_first_in_the_workbook(year: Extract) -> None:
    told = Control("b", 3, 4, "beståndet stämmer inte med flödet", "facts")
    book = read(render_xlsx(replace(year, controls=(*year.controls, told))))
    assert "beståndet stämmer inte" in str(book.worksheets[0]["A1"].value)


def test_what_is_left_out_for_the_public_stands_in_no_cell(store: Path) -> None:
    public = extract(store, audience="public")
    assert public.protected is not None
    found = lines(read(render_xlsx(public)), "2024-T1")
    hidden = [line for n, line in enumerate(found) if n in public.protected.left_out]
    assert hidden
    assert all((line["Värde"], line["Täljare"]) == ("··", None) for line in hidden)


def test_the_same_extract_gives_the_same_workbook(year: Extract) -> None:
    assert render_xlsx(year) == render_xlsx(year)


def test_the_command_writes_it_to_a_file_or_to_standard_output(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMVERKAN_STORE", str(store))
    command = ["report", "--table", "2024-T1", "--format", "xlsx"]
    shown = CliRunner().invoke(app, command)
    assert read(shown.stdout_bytes).sheetnames == [ABOUT, "2024-T1"]
    file = tmp_path / "report.xlsx"
    written = CliRunner().invoke(app, [*command, "--output", str(file)])
    assert (written.exit_code, written.stdout) == (0, "")
    assert file.read_bytes() == shown.stdout_bytes
    with pytest.raises(Exception, match="cannot be written"):
        CliRunner().invoke(
            app, [*command, "--output", str(tmp_path / "no" / "x")], catch_exceptions=False
        )
