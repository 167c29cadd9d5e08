"""Controls over an extract: sums that must come out, whatever the figures are.

Women + men + unknown = total in every row, and parts − overlap + other = total.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gateway.followup.report import SEXES, Row


class Control(NamedTuple):
    """A sum that must come out: `left` and `right` as computed, `name` says of what."""

    name: str
    left: int
    right: int

    @property
    def holds(self) -> bool:
        """Whether both sides are equal."""
        return self.left == self.right


def control_sums(rows: Sequence[Row]) -> list[Control]:
    """The sums that must come out over the rows of one `report`."""
    value = {(row["measure"], row["benefit"], row["sex"]): row["numerator"] or 0 for row in rows}
    sums = []
    for measure, benefit in dict.fromkeys((row["measure"], row["benefit"]) for row in rows):
        parts = sum(value.get((measure, benefit, sex), 0) for sex in (*SEXES, "unknown"))
        name = f"{measure}, {benefit}: women + men + unknown = total"
        sums.append(Control(name, parts, value.get((measure, benefit, "total"), 0)))
    for measure in dict.fromkeys(row["measure"] for row in rows):
        for sex in (*SEXES, "total"):
            left = (
                value.get((measure, "sjukpenning", sex), 0)
                + value.get((measure, "aktivitetsersattning", sex), 0)
                - value.get((measure, "sjukpenning_and_aktivitetsersattning", sex), 0)
                + value.get((measure, "other", sex), 0)
            )
            name = f"{measure}, {sex}: sjukpenning + aktivitetsersattning - overlap + other = total"
            sums.append(Control(name, left, value.get((measure, "total", sex), 0)))
    return sums
