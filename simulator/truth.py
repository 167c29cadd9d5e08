"""The simulator's own books: what the statistics must come to, whatever way the messages took.

A joint assessment counts in the year of its date, once, however many reports, meetings, copies or
corrections it has; one that was taken back does not count. Nothing here comes from the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from simulator.printed import OTHER, SEXES, Cell

YEAR: Final = 2024
TOTAL: Final = "total"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One joint assessment as it really was.

    Attributes:
        held: date of completion (the right one, where a wrong one was first sent).
        cell: where the printed table counts it.
        registered_ms: when its first report could be accepted.
        corrected_ms: when the right date came, None if the first was right.
        first_held: the date that the first report gave.
        voided_ms: when it was taken back, None if it stands.
        anonymous: whether the person refuses statistics with personal data.
    """

    held: date
    cell: Cell
    registered_ms: int
    first_held: date
    corrected_ms: int | None = None
    voided_ms: int | None = None
    anonymous: bool = False

    def counts(self, as_of_ms: int | None) -> bool:
        """Whether it counts in the year, as known at a moment (None = in the end)."""
        if as_of_ms is None:
            return self.voided_ms is None and self.held.year == YEAR
        if self.registered_ms > as_of_ms:
            return False
        if self.voided_ms is not None and self.voided_ms <= as_of_ms:
            return False
        known = self.corrected_ms is None or self.corrected_ms <= as_of_ms
        return (self.held if known else self.first_held).year == YEAR


@dataclass(frozen=True, slots=True)
class Truth:
    """What a reader of the year must find.

    Attributes:
        ledger: every joint assessment, those taken back included.
        transition_meetings: transition meetings held, by inner cell.
        contact_meetings: contact meetings held, by inner cell.
        by_kind: records by kind (`plain`, `confirmation`, `duplicate`, `wrong:schema`, ...).
        by_type: right messages by short type name, duplicates and wrong ones left out.
        first_statuses: first receipts by status; `open` where the simulator does not say.
        quarantined: records that cannot be read as a message at all.
    """

    ledger: tuple[Assessment, ...]
    transition_meetings: Mapping[Cell, int]
    contact_meetings: Mapping[Cell, int]
    by_kind: Mapping[str, int]
    by_type: Mapping[str, int]
    first_statuses: Mapping[str, int]
    quarantined: int

    def assessments(self, as_of_ms: int | None = None) -> dict[Cell, int]:
        """Joint assessments of the year by benefit and sex, totals included, as in 2024-T1.

        Args:
            as_of_ms: as registered until this moment, None = in the end.
        """
        return with_totals([entry.cell for entry in self.ledger if entry.counts(as_of_ms)])

    @property
    def anonymous(self) -> int:
        """How many of the counted assessments carry no person."""
        return sum(entry.anonymous for entry in self.ledger if entry.counts(None))


def with_totals(cells: list[Cell]) -> dict[Cell, int]:
    """Counts of inner cells, and the totals over benefits, sexes and both."""
    counts = {
        Cell(benefit, sex): 0
        for benefit in ("sjukpenning", "aktivitetsersattning", OTHER, TOTAL)
        for sex in (*SEXES, TOTAL)
    }
    for benefit, sex in cells:
        for cell in ((benefit, sex), (benefit, TOTAL), (TOTAL, sex), (TOTAL, TOTAL)):
            counts[Cell(*cell)] += 1
    return counts
