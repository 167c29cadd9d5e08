"""What the reports print, beside what is computed: the gateway's figures to the digit.

The values stand in `printed/<table>.json` with their source and line. A cell is equal within its
`tolerance`, which is 0 except where the printed figures contradict each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
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

    @property
    def equal(self) -> bool:
        """Whether the computed figure is the printed one, within the tolerance."""
        return self.computed is not None and abs(self.computed - self.printed) <= self.tolerance


def printed_table(table_id: str) -> dict[str, Any]:
    """The printed values of a table: `source`, and `cells` with measure, benefit, sex, period.

    Raises:
        ReportError: no printed values of that table are kept here.
    """
    path = files("gateway.followup") / "printed" / f"{table_id.lower()}.json"
    if not path.is_file():
        raise ReportError(f"No printed values are kept for table {table_id}.")
    return dict(orjson.loads(path.read_bytes()))


def compare_with_printed(rows: Sequence[Row]) -> list[PrintedCell]:
    """Every printed cell of the tables and periods that `rows` cover, in printed order."""
    computed = {
        (row["table"], row["measure"], row["benefit"], row["sex"], row["period"]): row["value"]
        for row in rows
        if not row["group"]
    }
    periods = {(row["table"], row["period"]) for row in rows}
    cells: list[PrintedCell] = []
    for table_id in dict.fromkeys(row["table"] for row in rows):
        for cell in printed_table(table_id)["cells"]:
            if (table_id, cell["period"]) in periods:
                key = (cell["measure"], cell["benefit"], cell["sex"], cell["period"])
                cells.append(
                    PrintedCell(
                        *key,
                        computed=computed.get((table_id, *key)),
                        printed=cell["printed"],
                        tolerance=cell.get("tolerance", 0),
                        line=cell["line"],
                    )
                )
    return cells
