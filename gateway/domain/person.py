"""A person as rules see them: the remembered messages, indexed once per decision.

Everything here is derived from the set of effective entries; nothing depends on the order in which
they arrived, except consent, where the latest word counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gateway.domain.days import Day
from gateway.domain.records import (
    Assessment,
    BenefitDecided,
    CategoryChanged,
    Closed,
    Consent,
    Enrolled,
    FollowUp,
    Initiated,
    Intervention,
    InterventionMoved,
    Meeting,
    Period,
    Remembered,
    SgiAnswered,
    SgiClosed,
    SgiOpened,
    StatusReported,
)
from gateway.domain.state import Entry, PersonState

#: A flag with this code marks an entry accepted although what it builds on never came.
HOLD_EXPIRED: Final = "hold.expired"
_FOREVER: Final[Day] = 2**31

#: Where a record is filed: on the person as a whole, or in its round.
_LIST_OF_PERSON: Final[Mapping[type[Remembered], str]] = {
    Consent: "consents",
    BenefitDecided: "decisions",
    Enrolled: "enrolments",
    CategoryChanged: "enrolments",
    Meeting: "meetings",
    SgiOpened: "sgi",
    SgiAnswered: "sgi",
    SgiClosed: "sgi",
}
_LIST_OF_CASE: Final[Mapping[type[Remembered], str]] = {
    Initiated: "initiations",
    Assessment: "assessments",
    Closed: "closings",
    Intervention: "interventions",
    InterventionMoved: "moves",
    FollowUp: "follow_ups",
    StatusReported: "reports",
}


def assumed(entry: Entry) -> bool:
    """Whether it was accepted although what it builds on never came."""
    return bool(entry.flags) and any(flag.code == HOLD_EXPIRED for flag in entry.flags)


class Case:
    """One round (omgång) of a cooperation case."""

    __slots__ = (
        "assessments",
        "assumed",
        "closings",
        "follow_ups",
        "initiations",
        "interventions",
        "last_day",
        "moves",
        "reports",
    )

    def __init__(self) -> None:
        self.initiations: list[tuple[Entry, Initiated]] = []
        self.assessments: list[tuple[Entry, Assessment]] = []
        self.closings: list[tuple[Entry, Closed]] = []
        self.interventions: list[tuple[Entry, Intervention]] = []
        self.moves: list[tuple[Entry, InterventionMoved]] = []
        self.follow_ups: list[tuple[Entry, FollowUp]] = []
        self.reports: list[tuple[Entry, StatusReported]] = []
        self.last_day: Day | None = None
        self.assumed = False

    def add(self, entry: Entry) -> None:
        """File an entry of this round."""
        record = entry.record
        if self.last_day is None or entry.day > self.last_day:
            self.last_day = entry.day
        name = _LIST_OF_CASE.get(record.__class__)
        if name is not None:
            getattr(self, name).append((entry, record))

    @property
    def exists(self) -> bool:
        """Whether the round was opened, or is assumed because a fact waited for it in vain."""
        return self.assumed or bool(self.initiations)

    @property
    def opening(self) -> Initiated | None:
        """The referral that opened the round: by event day, then by message id."""
        if not self.initiations:
            return None
        if len(self.initiations) == 1:
            return self.initiations[0][1]
        return min(self.initiations, key=lambda pair: (pair[0].day, pair[0].message_id))[1]

    @property
    def disputed(self) -> bool:
        """Whether the closings of the agencies do not say the same (BR-34)."""
        return len({closed.outcome for _, closed in self.closings}) > 1

    @property
    def closed_at(self) -> Day | None:
        """The day of closing, the later one when the agencies name different days."""
        if not self.closings:
            return None
        return max([closed.closed_at for _, closed in self.closings])


class Person:
    """Index over a person's effective entries."""

    __slots__ = ("_cases", "consents", "decisions", "enrolments", "meetings", "sgi", "state")

    def __init__(self, state: PersonState) -> None:
        self.state = state
        self.consents: list[tuple[Entry, Consent]] = []
        self.decisions: list[tuple[Entry, BenefitDecided]] = []
        self.enrolments: list[tuple[Entry, Enrolled | CategoryChanged]] = []
        self.meetings: list[tuple[Entry, Meeting]] = []
        self.sgi: list[tuple[Entry, SgiOpened | SgiAnswered | SgiClosed]] = []
        self._cases: defaultdict[tuple[str, int], Case] = defaultdict(Case)
        for entry in state.entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """File an entry; one that rules may not look at is passed over."""
        if not entry.effective:
            return
        record = entry.record
        name = _LIST_OF_PERSON.get(record.__class__)
        if name is not None:
            getattr(self, name).append((entry, record))
            return
        # Only what is of a round can be the reason to assume one.
        round_ = self.case_of(entry)
        round_.add(entry)
        if entry.flags and assumed(entry):
            round_.assumed = True

    def case_of(self, entry: Entry) -> Case:
        """The round an entry belongs to."""
        return self._cases[entry.case_id or "", entry.round_no]

    def case(self, case_id: str, round_no: int) -> Case:
        """A round of a case; an unopened one when nothing is known of it."""
        return self._cases[case_id, round_no]

    def cases(self) -> Iterable[tuple[tuple[str, int], Case]]:
        """Every round that a message has spoken of, as ((case id, round), round)."""
        return self._cases.items() if len(self._cases) < 2 else sorted(self._cases.items())

    def sex(self) -> str | None:
        """The sex last registered by event day, None when no message carried it."""
        return self._latest("sex")

    def birth_year_month(self) -> str | None:
        """Year and month of birth last registered by event day."""
        return self._latest("birth_year_month")

    def _latest(self, field: str) -> str | None:
        best: tuple[Day, bytes, str] | None = None
        for entry, record in self._with_demography():
            value = getattr(record, field)
            if value is not None and (best is None or (entry.day, entry.message_id) > best[:2]):
                best = (entry.day, entry.message_id, value)
        return None if best is None else best[2]

    def _with_demography(self) -> list[tuple[Entry, Initiated | BenefitDecided | Meeting]]:
        found: list[tuple[Entry, Initiated | BenefitDecided | Meeting]] = []
        for case in self._cases.values():
            found += case.initiations
        found += self.decisions
        found += self.meetings
        return found

    def benefits_at(self, case: Case, day: Day) -> tuple[str, ...]:
        """Benefits running on a day: the case's own list first, else what FK has decided."""
        opening = case.opening
        if opening is not None:
            return _running(opening.benefits, day)
        decided: list[Period] = []
        for _, record in sorted(self.decisions, key=lambda pair: (pair[0].day, pair[0].message_id)):
            if record.decision in {"bevilja", "minska"}:
                decided.extend(record.periods or (Period(benefit=record.benefit),))
        return _running(tuple(decided), day)

    def latest_benefit(self, day: Day) -> tuple[str, ...]:
        """The person's latest known benefits on a day, from referrals and decisions together.

        A benefit runs to the last day of its period or to FK's decision to end it. When none runs,
        those that ended last are the latest.
        """
        ends = [
            (record.benefit, record.decided_at)
            for _, record in self.decisions
            if record.decision == "upphora" and record.decided_at <= day
        ]
        spans = [_span(period, ends) for period in self._known_periods()]
        begun = [span for span in spans if span[1] <= day]
        latest = max((min(last, day) for _, _, last in begun), default=None)
        if latest is None:
            return tuple(sorted({name for name, _, _ in spans}))
        return tuple(sorted({name for name, _, last in begun if last >= latest}))

    def _known_periods(self) -> Iterator[Period]:
        for case in self._cases.values():
            for _, opened in case.initiations:
                yield from opened.benefits
        for _, decision in self.decisions:
            if decision.decision in {"bevilja", "minska"}:
                own = Period(benefit=decision.benefit, from_=decision.decided_at)
                yield from decision.periods or (own,)


def _span(period: Period, ends: list[tuple[str, Day]]) -> tuple[str, Day, Day]:
    """Benefit, first and last day of a period, cut off by a decision to end it."""
    first = 0 if period.from_ is None else period.from_
    last = _FOREVER if period.to is None else period.to
    cut = [day for name, day in ends if name == period.benefit and first <= day]
    return period.benefit, first, min([last, *cut])


def _running(periods: tuple[Period, ...], day: Day) -> tuple[str, ...]:
    if len(periods) == 1:
        return (periods[0].benefit,)
    names = {
        period.benefit
        for period in periods
        if (period.from_ is None or period.from_ <= day) and (period.to is None or day <= period.to)
    }
    # A list without a running period still tells the benefit the case is about.
    return tuple(sorted(names)) or tuple(sorted({period.benefit for period in periods}))
