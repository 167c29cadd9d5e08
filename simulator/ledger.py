"""What happened in the simulated year, and when the gateway could know it: the simulator's books.

One entry per thing, not per message: however many reports, copies or corrections a thing has, it
stands here once. Times of knowing are record timestamps in ms; None = never. Everything comes from
the stories as they were drafted, nothing from the gateway.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from simulator.printed import TOTAL, Cell


@dataclass(frozen=True, slots=True)
class Identity:
    """Whether a person may be named in statistics.

    Attributes:
        given: whether the person consents to statistics with personal data.
        withdrawn_ms: when that consent was withdrawn; None while it stands.
    """

    given: bool
    withdrawn_ms: int | None = None

    def linked(self, moment_ms: int | None, as_of_ms: int | None) -> bool:
        """Whether what was said at a moment is known at a time, and is known to be of the person.

        What is said after a withdrawal belongs to nobody; what was said before stays (BR-29).
        """
        if moment_ms is None or not by(moment_ms, as_of_ms) or not self.given:
            return False
        return self.withdrawn_ms is None or moment_ms < self.withdrawn_ms


def by(moment_ms: int | None, as_of_ms: int | None) -> bool:
    """Whether something that became known at a moment is known as of a time (None = the end)."""
    return moment_ms is not None and (as_of_ms is None or moment_ms <= as_of_ms)


@dataclass(frozen=True, slots=True)
class Report:
    """One agency's report of a joint assessment: its unit, its fact's id, when it was accepted."""

    unit: str
    #: Made with the installation's keys: what happened is the same under other keys.
    fact_id: str = field(compare=False)
    registered_ms: int


@dataclass(frozen=True, slots=True)
class Assessed:
    """The joint assessment of a round.

    Attributes:
        held: date of completion (the right one, where a wrong one was first sent).
        reports: of one agency or both.
        first_held: the date that the first report gave.
        onward: whether it ends with a plan for an intervention.
        corrected_ms: when the right date came, None if the first was right.
        voided_ms: when it was taken back, None if it stands.
    """

    held: date
    reports: tuple[Report, ...]
    first_held: date
    onward: bool
    corrected_ms: int | None = None
    voided_ms: int | None = None

    @property
    def registered_ms(self) -> int:
        """When its first report could be accepted."""
        return min(report.registered_ms for report in self.reports)

    def told_ms(self, as_of_ms: int | None) -> int:
        """When what is known of it at a time was said: its correction, or its first report."""
        if self.corrected_ms is not None and by(self.corrected_ms, as_of_ms):
            return self.corrected_ms
        return self.registered_ms

    def day(self, as_of_ms: int | None) -> date | None:
        """Its date as known at a time; None when it is not known or has been taken back."""
        if not by(self.registered_ms, as_of_ms) or by(self.voided_ms, as_of_ms):
            return None
        if self.corrected_ms is None or by(self.corrected_ms, as_of_ms):
            return self.held
        return self.first_held


@dataclass(frozen=True, slots=True)
class Intervention:
    """One intervention of a round; what has not happened, or is never known, is None.

    Attributes:
        started, started_ms: its first day, and when that was known.
        decided, decided_ms: AF's decision, which alone says the `program`.
        ended, ended_ms: its last day.
    """

    started: date | None
    started_ms: int | None
    decided: date | None = None
    decided_ms: int | None = None
    program: str | None = None
    ended: date | None = None
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The closing of a round.

    Attributes:
        day: date of closing.
        outcome: the right code.
        first_outcome: the code that was first sent.
        category: of the last intervention, `none` without one.
        registered_ms, corrected_ms: when it came, and when the right outcome came.
        status, status_ms: what AF says of the person 90 days on, and when; None without an answer.
    """

    day: date
    outcome: str
    first_outcome: str
    category: str
    registered_ms: int
    corrected_ms: int | None = None
    status: str | None = None
    status_ms: int | None = None

    def outcome_of(self, as_of_ms: int | None) -> str | None:
        """The outcome as known at a time, None when the closing is not known."""
        if not by(self.registered_ms, as_of_ms):
            return None
        known = self.corrected_ms is None or by(self.corrected_ms, as_of_ms)
        return self.outcome if known else self.first_outcome

    def told_ms(self, as_of_ms: int | None) -> int:
        """When what is known of it at a time was said: its correction, or its first report."""
        if self.corrected_ms is not None and by(self.corrected_ms, as_of_ms):
            return self.corrected_ms
        return self.registered_ms


@dataclass(frozen=True, slots=True)
class Round:
    """One round (omgång) of rehabiliteringssamverkan: from a need to an end.

    Attributes:
        case_id, round_no: rounds of one case share the case id.
        cell: benefit and sex as in the printed tables.
        also: the row of a second benefit, None without.
        benefits: codes of what the person has.
        born: year and month, `1981-04`.
        employment: code.
        unit: FK's.
        since: first day of the benefit case; None without a benefit from Försäkringskassan.
        running: whether the benefit still ran on the day of the assessment.
        identity: of the person.
        need, queue_reason: the day of the need, and what the person waited for.
        diagnosis: group, None where FK does not say.
        described: country of birth, education and disability, None where nobody says.
        opened_ms: when the case opened.
        called_ms, answered_ms: the call and the answer to it, None without.
        plans: of each version of the plan when it came, and when it was taken back.
        entered, entered_ms: enrolment at AF in the cooperation; None without.
        categories: at AF: from which day, when it came and when it was taken back, and the code.
        assessed, interventions, closed: what came of it.
    """

    case_id: str
    round_no: int
    cell: Cell
    also: str | None
    benefits: tuple[str, ...]
    born: str
    employment: str
    unit: str
    since: date | None
    running: bool
    identity: Identity
    need: date
    queue_reason: str
    diagnosis: str | None
    described: tuple[tuple[str, str | None], ...]
    opened_ms: int
    called_ms: int | None = None
    answered_ms: int | None = None
    plans: tuple[tuple[int, int | None], ...] = ()
    entered: date | None = None
    entered_ms: int | None = None
    categories: tuple[tuple[date, int, int | None, str], ...] = ()
    assessed: Assessed | None = None
    interventions: tuple[Intervention, ...] = ()
    closed: Closed | None = None

    def within(self, benefit: str, sex: str) -> bool:
        """Whether it belongs to a row of a benefit and a sex, `total` included."""
        return benefit in {TOTAL, self.cell.benefit, self.also} and sex in {TOTAL, self.cell.sex}

    def linked(self, moment_ms: int | None, as_of_ms: int | None) -> bool:
        """As `Identity.linked`."""
        return self.identity.linked(moment_ms, as_of_ms)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused benefit, and the meeting for transition that was or was not offered.

    Attributes:
        benefit: as in the printed tables, else `forlangd_skolgang` or `sjukersattning`.
        sex: `women` or `men`.
        decided: the day of the decision.
        first_application: no meeting is offered on it (2024 fn 15).
        before_day_180: in the sickness chain and before its day 180 (2024 fn 19).
        identity: of the person; never given where nobody has asked.
        unit: FK's.
        chain_day: in the sickness chain, None without one.
        registered_ms, voided_ms: when the decision came, and when it was taken back.
        offered, offered_ms, answer, answered_ms: of the meeting; None without.
        held, held_ms: the meeting; None without.
        enrolled, enrolled_ms: at AF afterwards; None without.
    """

    benefit: str
    sex: str
    decided: date
    first_application: bool
    before_day_180: bool
    identity: Identity
    unit: str
    chain_day: int | None
    registered_ms: int
    voided_ms: int | None = None
    offered: date | None = None
    offered_ms: int | None = None
    answer: str | None = None
    answered_ms: int | None = None
    held: date | None = None
    held_ms: int | None = None
    enrolled: date | None = None
    enrolled_ms: int | None = None

    def within(self, benefit: str, sex: str) -> bool:
        """Whether it belongs to a row of a benefit and a sex, `total` included."""
        return benefit in {TOTAL, self.benefit} and sex in {TOTAL, self.sex}

    def known(self, as_of_ms: int | None) -> bool:
        """Whether the decision is known and stands."""
        return by(self.registered_ms, as_of_ms) and not by(self.voided_ms, as_of_ms)


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact meeting held."""

    held: date
    sex: str
    registered_ms: int


@dataclass(frozen=True, slots=True)
class SgiCase:
    """The watch over the SGI of one person whose sjukpenning ends.

    Attributes:
        last_day: the last day with sjukpenning; None without an SGI.
        sex, unit, met: `women` or `men`; FK's unit; whether there was a transition meeting.
        identity: of the person.
        enrolled: at AF, as AF said in the case or besides; None without.
        state, decided: FK's decision (`protected`, `missed`, `not_applicable`) and its day, None
            while undecided.
        opened_ms, enrolled_ms, closed_ms, reopened_ms: when each was known; `reopened_ms` is
            when FK took its decision back.
    """

    last_day: date | None
    sex: str
    unit: str
    met: bool
    identity: Identity
    opened_ms: int
    enrolled: date | None = None
    enrolled_ms: int | None = None
    state: str | None = None
    decided: date | None = None
    closed_ms: int | None = None
    reopened_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RefusedConsents:
    """How many refused statistics with personal data: `benefit` is a code, `sex` as in `Cell`."""

    month: str
    unit: str
    benefit: str
    sex: str
    count: int
    registered_ms: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """All books."""

    rounds: tuple[Round, ...]
    refusals: tuple[Refusal, ...]
    contacts: tuple[Contact, ...]
    sgi_cases: tuple[SgiCase, ...]
    refused_consents: tuple[RefusedConsents, ...]
