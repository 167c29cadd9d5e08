"""Books while the year is written: entries that hold drafts, whose times are known in the end.

A draft may still be moved or taken back by a later layer of the year; `settled` is called when
that is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from simulator.cases import Case, benefit_row
from simulator.ledger import Assessed, Closed, Refusal, Round, SgiCase
from simulator.story import Draft, Story


def _decided(draft: Draft | None) -> int | None:
    return None if draft is None else draft.decided_ms


def _first(drafts: list[Draft]) -> int:
    return min(draft.decided_ms for draft in drafts)


@dataclass(slots=True, eq=False)
class RoundBook:
    """One round of a case; what has not happened (yet) is None or empty."""

    story: Story
    case: Case
    need: date
    queue_reason: str
    opening: Draft
    round_no: int = 1
    called: date | None = None
    call: Draft | None = None
    held: date | None = None
    first_held: date | None = None
    reports: list[Draft] = field(default_factory=list)
    started: date | None = None
    start: Draft | None = None
    closed: date | None = None
    closings: list[Draft] = field(default_factory=list)
    outcome: str = ""
    category: str = "none"

    def settled(self) -> Round:
        """The entry of the ledger."""
        case = self.case
        return Round(
            case_id=self.story.case_id,
            round_no=self.round_no,
            cell=case.cell,
            also=None if case.also is None else benefit_row(case.also),
            since=case.since if case.counted else None,
            running=case.until is None or (self.held is not None and self.held <= case.until),
            identified=case.person.keeps_statistics,
            need=self.need,
            queue_reason=self.queue_reason,
            opened_ms=self.opening.decided_ms,
            called=self.called,
            called_ms=_decided(self.call),
            assessed=self._assessed(),
            started=self.started,
            started_ms=_decided(self.start),
            closed=self._closed(),
        )

    def _assessed(self) -> Assessed | None:
        if self.held is None:
            return None
        first = self.reports[0]
        return Assessed(
            held=self.held,
            registered_ms=_first(self.reports),
            first_held=self.first_held or self.held,
            corrected_ms=_decided(first.corrected_by),
            voided_ms=_decided(first.voided_by),
        )

    def _closed(self) -> Closed | None:
        if self.closed is None:
            return None
        first = self.closings[0]
        return Closed(
            day=self.closed,
            outcome=self.outcome,
            first_outcome=first.data["outcome"],
            category=self.category,
            registered_ms=_first(self.closings),
            corrected_ms=_decided(first.corrected_by),
        )


@dataclass(slots=True, eq=False)
class RefusalBook:
    """A refused benefit with or without a meeting."""

    story: Story
    benefit: str
    sex: str
    decided: date
    decision: Draft
    identified: bool
    first_application: bool = False
    before_day_180: bool = False
    offered: date | None = None
    offer: Draft | None = None
    answered: Draft | None = None
    held: date | None = None
    meetings: list[Draft] = field(default_factory=list)
    enrolled: date | None = None
    enrolment: Draft | None = None

    def settled(self) -> Refusal:
        """The entry of the ledger."""
        return Refusal(
            benefit=self.benefit,
            sex=self.sex,
            decided=self.decided,
            first_application=self.first_application,
            before_day_180=self.before_day_180,
            identified=self.identified,
            registered_ms=self.decision.decided_ms,
            voided_ms=_decided(self.decision.voided_by),
            offered=self.offered,
            offered_ms=_decided(self.offer),
            answer=None if self.answered is None else self.answered.data["answer"],
            answered_ms=_decided(self.answered),
            held=self.held,
            held_ms=_first(self.meetings) if self.meetings else None,
            enrolled=self.enrolled,
            enrolled_ms=_decided(self.enrolment),
        )


@dataclass(slots=True, eq=False)
class SgiBook:
    """An SGI case; `told` are AF's messages of the enrolment, in the case and besides."""

    story: Story
    sex: str
    met: bool
    opened: Draft
    last_day: date | None
    enrolled: date | None = None
    told: list[Draft] = field(default_factory=list)
    decided: date | None = None
    decision: Draft | None = None

    def settled(self) -> SgiCase:
        """The entry of the ledger."""
        decision = self.decision
        return SgiCase(
            last_day=self.last_day,
            sex=self.sex,
            unit=f"fk-{self.story.person.unit}",
            met=self.met,
            identified=self.story.person.keeps_statistics,
            opened_ms=self.opened.decided_ms,
            enrolled=self.enrolled,
            enrolled_ms=_first(self.told) if self.told else None,
            state=None if decision is None else decision.data["protection_state"],
            decided=self.decided,
            closed_ms=_decided(decision),
            reopened_ms=None if decision is None else _decided(decision.voided_by),
        )
