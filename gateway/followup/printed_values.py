"""The published figures, compared with the computed ones to the digit.

The values are in `printed/<table>.json` with their source and line. A cell is equal only when it
shows the same digits. Within its `tolerance` it is accepted with a remark: the report printed a
rounded figure, or its printed figures contradict each other. Of the reports on
2018 and 2019 only the shape is kept: their cells have no value and are compared with nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import orjson

from gateway.followup.errors import ReportError
from gateway.followup.report import Row


class PrintedCell(NamedTuple):
    """A printed figure and the computed one; `computed` is None when the rows do not hold it."""

    measure: str
    benefit: str
    sex: str
    period: str
    computed: int | float | None
    printed: int | float
    tolerance: int | float
    line: int
    table: str = ""
    group: tuple[tuple[str, str], ...] = ()
    unit: str = "count"

    @property
    def equal(self) -> bool:
        """Whether the computed figure shows the printed digits."""
        return self._apart == 0

    @property
    def accepted(self) -> bool:
        """Whether the computed figure is the printed one within the tolerance."""
        apart = self._apart
        return apart is not None and apart <= round(10 * self.tolerance)

    @property
    def rounded(self) -> bool:
        """Whether the report printed the computed share rounded to a whole percent."""
        if self.equal or not self.accepted or self.unit != "percent":
            return False
        return self.computed is not None and round(self.computed) == self.printed

    @property
    def _apart(self) -> int | None:
        """The difference in tenths; None when the rows do not hold the figure."""
        if self.computed is None:
            return None
        # In tenths: the reports print one decimal at most, and 78.0 - 77.9 is no tenth in binary.
        return round(10 * abs(self.computed - self.printed))


def _path(table_id: str) -> Traversable:
    return files("gateway.followup") / "printed" / f"{table_id.lower()}.json"


def printed_table(table_id: str) -> dict[str, Any]:
    """The printed values of a table: `source`, and `cells` with measure, benefit, sex, period.

    Raises:
        ReportError: no printed values of that table are kept here.
    """
    path = _path(table_id)
    if not path.is_file():
        raise ReportError(f"No printed values are kept for table {table_id}.")
    return dict(orjson.loads(path.read_bytes()))


def compare_with_printed(rows: Sequence[Row]) -> list[PrintedCell]:
    """Every printed cell of the tables and periods that `rows` cover, in printed order.

    Tables that no report has are compared with nothing.
    """
    computed = {
        _key(row["table"], dict(row)): row["value"] for row in rows if "control" not in row["group"]
    }
    covered = {(key[0], key[4]) for key in computed}
    cells: list[PrintedCell] = []
    for table_id in dict.fromkeys(row["table"] for row in rows if _path(row["table"]).is_file()):
        for cell in printed_table(table_id)["cells"]:
            key = _key(table_id, cell)
            if (table_id, cell["period"]) in covered and cell["printed"] is not None:
                cells.append(
                    PrintedCell(
                        measure=cell["measure"],
                        benefit=cell["benefit"],
                        sex=cell["sex"],
                        period=cell["period"],
                        computed=computed.get(key),
                        printed=cell["printed"],
                        tolerance=cell.get("tolerance", 0),
                        line=cell["line"],
                        table=table_id,
                        group=key[5],
                        unit=cell["unit"],
                    )
                )
    return cells


_Key = tuple[str, str, str, str, str, tuple[tuple[str, str], ...]]


def _key(table_id: str, cell: Mapping[str, Any]) -> _Key:
    """What names a figure: in the reference tables, and here, exactly one."""
    group = tuple(sorted(cell.get("group", {}).items()))
    return table_id, cell["measure"], cell["benefit"], cell["sex"], cell["period"], group
