"""Every table of the reports has the rows of the reference tables: keys, order, units, labels."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gateway.followup.names import name_of
from gateway.followup.printed_values import compare_with_printed, printed_table
from gateway.followup.report import Reports, Row
from gateway.followup.tables import INDICATORS, TABLES
from tests.followup.followup_dsl import store_of
from tests.followup.history_dsl import History

pytestmark = pytest.mark.unmeasured

#: A diagram whose values are lost: it has no rows to compare with.
LOST = "2019-D1"
PRINTED = [key for key, table in TABLES.items() if table.printed_periods and key != LOST]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store with one assessment: shapes do not depend on what is in it."""
    store = store_of(tmp_path_factory.mktemp("shapes"), History("p").assessed("2024-01-01").facts)
    with Reports(store) as opened:
        yield opened


def key(cell: Any) -> tuple[Any, ...]:
    """What names a figure in the reference tables."""
    group = tuple(sorted((cell.get("group") or {}).items()))
    return cell["measure"], cell["benefit"], cell["sex"], cell["period"], group


@pytest.mark.parametrize("table_id", PRINTED)
def test_the_rows_are_those_of_the_reference_table(reports: Reports, table_id: str) -> None:
    """In its order, for the last printed period, with unit and labels as printed."""
    period = TABLES[table_id].printed_periods[-1]
    rows = [row for row in reports.report(table_id, period) if "control" not in row["group"]]
    periods = {row["period"] for row in rows}
    cells = [cell for cell in printed_table(table_id)["cells"] if cell["period"] in periods]
    assert [key(row) for row in rows] == [key(cell) for cell in cells]
    assert [row["unit"] for row in rows] == [cell["unit"] for cell in cells]
    for row, cell in zip(rows, cells, strict=True):
        name = name_of(row)
        assert name.measure_sv == cell["label_sv"]
        assert name.line_sv in {cell.get("row_label_sv", name.line_sv), ""}


def test_every_row_of_every_table_has_a_name_of_its_own(reports: Reports) -> None:
    """Rows of one table and sex are never called the same; none by its keys."""
    for table_id in TABLES:
        period = (*TABLES[table_id].printed_periods, "2024")[0]
        rows = reports.report(table_id, period)
        named = [(name_of(row).whole_sv, row["sex"], row["period"], row["measure"]) for row in rows]
        assert len(set(named)) == len(named), table_id
        assert not [name for name, *_, measure in named if name.startswith(measure)]


def test_a_row_of_no_table_is_called_by_its_keys() -> None:
    """Such as a control that fails."""
    row: dict[str, Any] = {"table": "X", "measure": "n", "group": {"a": "b"}, "benefit": None}
    assert name_of(Row(**row, sex="total", period="2024")).whole_sv == "n b"  # type: ignore[typeddict-item]  # no figures


def test_withheld_values_and_own_tables_are_compared_with_nothing(reports: Reports) -> None:
    """Only 2014 and 2024 have printed values here."""
    assert compare_with_printed(reports.report("2018-T1", "2018")) == []
    assert compare_with_printed(reports.report("N25", "2024")) == []
    compared = compare_with_printed(reports.report("2014-T2", "2014H1"))
    assert [(one.period, one.printed) for one in compared][-1] == ("2014H1", 8638)
    assert {one.table for one in compared} == {"2014-T2"}


def test_definitions_say_what_they_are() -> None:
    """Numbered, in both languages, with a source; each version its own id."""
    for one in INDICATORS.values():
        assert one.number in {*(f"N{n}" for n in range(1, 28)), "N15b", "flow"}
        assert all((one.title_sv, one.title_en, one.formula_sv, one.formula_en, *one.source))
        assert not any(re.search(r"\bL\d|\d:L|\bfn \d", text) for text in one.source)
        assert one.formula_sv.endswith(".")
        assert one.formula_en.endswith(".")
