"""Books while the year is written: entries that hold drafts, whose times are known in the end.

A draft may still be moved or taken back by a later layer of the year; `settled` is called when
that is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from simulator.cases import Case, benefit_row
from simulator.ledger import (
    Assessed,
    Closed,
    Identity,
    Intervention,
    Refusal,
    Report,
    Round,
    SgiCase,
)
from simulator.story import Draft, Story

#: Mark in the tables of 2014 -> field of the opening that says it.
_DESCRIBED: Final = {
    "country_of_birth": "country_of_birth_group",
    "education": "education_level",
    "disability": "disability_code",
}


def _decided(draft: Draft | None) -> int | None:
    return None if draft is None else draft.decided_ms


def _first(drafts: list[Draft]) -> int:
    return min(draft.decided_ms for draft in drafts)


def _identity(story: Story, *, given: bool) -> Identity:
    """Withdrawing the exchange of information withdraws the statistics too (contract section 6)."""
    withdrawn = [
        draft.decided_ms
        for draft in story.drafts
        if draft.type == "consent.recorded"
        and any(one["status"] == "withdrawn" for one in draft.data["purposes"])
    ]
    return Identity(given, min(withdrawn, default=None))


@dataclass(slots=True, eq=False)
class RoundBook:
    """One round of a case; what has not happened (yet) is None or empty.

    What nobody moves or counts twice (the call, plans, interventions, the status 90 days on) is
    read from the story in the end: every draft of the round that is accepted at last.
    """

    story: Story
    case: Case
    need: date
    queue_reason: str
    opening: Draft
    round_no: int = 1
    held: date | None = None
    first_held: date | None = None
    reports: list[Draft] = field(default_factory=list)
    closed: date | None = None
    closings: list[Draft] = field(default_factory=list)
    outcome: str = ""
    category: str = "none"

    def settled(self, fact_id: Callable[[Draft], str]) -> Round:
        """The entry of the ledger; `fact_id` names the fact of a draft."""
        case, entered = self.case, self._said("status.enrolled")
        second = None if case.also is None else benefit_row(case.also)
        answers = self._said("referral.answered")
        return Round(
            case_id=self.story.case_id,
            round_no=self.round_no,
            cell=case.cell,
            also=second,
            benefits=tuple(code for code in (case.benefit, case.also) if code is not None),
            born=case.person.birth_year_month,
            employment=case.employment,
            unit=f"fk-{case.person.unit}",
            since=case.since if case.counted else None,
            running=case.until is None or (self.held is not None and self.held <= case.until),
            identity=_identity(self.story, given=case.person.keeps_statistics),
            need=self.need,
            queue_reason=self.queue_reason,
            diagnosis=self.opening.data.get("diagnosis_group"),
            described=tuple(
                (name, self.opening.data.get(said)) for name, said in _DESCRIBED.items()
            ),
            opened_ms=self.opening.decided_ms,
            called_ms=min((at for _, at in self._said("referral.called")), default=None),
            answered_ms=min((at for _, at in answers), default=None),
            plans=tuple((at, _decided(said.voided_by)) for said, at in self._said("plan.set")),
            entered=_day(entered[0][0], "in_cooperation_at") if entered else None,
            entered_ms=entered[0][1] if entered else None,
            categories=self._categories(),
            assessed=self._assessed(fact_id),
            interventions=self._interventions(),
            closed=self._closed(),
        )

    def _said(self, message_type: str) -> list[tuple[Draft, int]]:
        """The drafts of the type in this round that are accepted, and when."""
        return [
            (draft, draft.accepted_ms)
            for draft in self.story.drafts
            if draft.type == message_type
            and draft.data["round_no"] == self.round_no
            and draft.accepted_ms is not None
        ]

    def _categories(self) -> tuple[tuple[date, int, int | None, str], ...]:
        days = {"status.enrolled": "enrolled_at", "status.category_changed": "from"}
        return tuple(
            (_day(draft, name), at, _decided(draft.voided_by), draft.data["af_category"])
            for said, name in days.items()
            for draft, at in self._said(said)
        )

    def _assessed(self, fact_id: Callable[[Draft], str]) -> Assessed | None:
        if self.held is None:
            return None
        first = self.reports[0]
        return Assessed(
            held=self.held,
            reports=tuple(
                Report(report.data["unit"], fact_id(report), report.decided_ms)
                for report in self.reports
            ),
            first_held=self.first_held or self.held,
            onward=first.data["conclusion"] == "plan_af_insats",
            corrected_ms=_decided(first.corrected_by),
            voided_ms=_decided(first.voided_by),
        )

    def _interventions(self) -> tuple[Intervention, ...]:
        said: dict[str, dict[str, tuple[Draft, int]]] = {}
        for step in ("decided", "started", "ended"):
            for draft, at in self._said(f"plan.intervention_{step}"):
                said.setdefault(draft.data["insats_id"], {})[step] = (draft, at)
        return tuple(_intervention(steps) for steps in said.values())

    def _closed(self) -> Closed | None:
        if self.closed is None:
            return None
        first = self.closings[0]
        status = self._said("plan.status_reported")
        return Closed(
            day=self.closed,
            outcome=self.outcome,
            first_outcome=first.data["outcome"],
            category=self.category,
            registered_ms=_first(self.closings),
            corrected_ms=_decided(first.corrected_by),
            status=status[0][0].data["status"] if status else None,
            status_ms=status[0][1] if status else None,
        )


def _day(draft: Draft, name: str) -> date:
    return date.fromisoformat(draft.data[name])


def _intervention(steps: dict[str, tuple[Draft, int]]) -> Intervention:
    decided, started, ended = (steps.get(step) for step in ("decided", "started", "ended"))
    return Intervention(
        started=None if started is None else _day(started[0], "started_at"),
        started_ms=None if started is None else started[1],
        decided=None if decided is None else _day(decided[0], "decided_at"),
        decided_ms=None if decided is None else decided[1],
        program=None if decided is None else decided[0].data["program"],
        ended=None if ended is None else _day(ended[0], "ended_at"),
        ended_ms=None if ended is None else ended[1],
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
            identity=_identity(self.story, given=self.identified),
            unit=f"fk-{self.story.person.unit}",
            chain_day=self.decision.data.get("rehab_chain_day"),
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
            identity=_identity(self.story, given=self.story.person.keeps_statistics),
            opened_ms=self.opened.decided_ms,
            enrolled=self.enrolled,
            enrolled_ms=_first(self.told) if self.told else None,
            state=None if decision is None else decision.data["protection_state"],
            decided=self.decided,
            closed_ms=_decided(decision),
            reopened_ms=None if decision is None else _decided(decision.voided_by),
        )
