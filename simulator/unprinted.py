"""The ground truth of what no table of 2024 prints: waiting, offers, SGI, consents, flow.

Definitions, where the reports leave them open:

- **N8 waiting**: days from the need identified to the completed assessment, over the assessments of
  the year (2019 §6 names the measure and no start; the need is what exceeds capacity, 2024 §2.1).
  Waiting at the end of the year: opened, and neither assessed nor closed by then. Why somebody
  waits is known of those with identity only; when both agencies report an assessment it belongs to
  the unit whose report names the person, then has the least id: nothing else tells them apart.
- **N17 occupations**: of the closings of the year with work ability regained (2024-T3), by what the
  person does then; the text below table 3 prints some of them (2024-F).
- **N24 offers**: of the refusals of the year that are not of a first application, and whose person
  is known, how many came to each step: offered, answered, accepted, declined, held, enrolled.
- **N25 protection**: SGI cases by the last day with sjukpenning. FK's decision goes first; without
  one, enrolled at most 25 days after is saved, enrolled later is lost, and so is whoever is not
  enrolled when the days have passed; until then open. What FK finds not applicable does not count.
  Of persons without identity only FK's decision is seen, on its own day; so it is with whoever
  withdraws the consent while the case runs, and the case that was known before stays too.
- **N26 consents**: refusals of statistics with personal data, counted without identity, by month.
  The share is of the needs of the year, those of persons without identity included.
- **flow**: rounds whose need lies in the year and whose person is known, by every step reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from simulator.cases import SICKNESS, benefit_row
from simulator.counting import (
    PART_ONE,
    WHOLE,
    Figures,
    Kind,
    Line,
    Part,
    Seen,
    View,
    lay,
    lines_each,
    lines_of,
    parts_of,
)
from simulator.days import day_of as swedish_day
from simulator.ledger import Refusal, Round, SgiCase, by
from simulator.printed import OTHER, REGAINED, REMAINING, TOTAL
from simulator.sgi import SGI_DAYS
from simulator.truth import (
    REGAINED_CODES,
    STALE,
    assessed,
    assessment_linked,
    closed_after_intervention,
    day_of,
    harmonised,
    refused,
    seen_of,
)

LOST: Final = "lost"
SAVED: Final = "saved"
OPEN: Final = "open"
_NOBODY_KNOWS: Final = "okand"
_TOGETHER_DAYS: Final = 90
_EMPLOYED: Final = ("employment_unsubsidised", "employment_subsidised")
_OCCUPATION_SUMS: Final = {
    "employment": _EMPLOYED,
    "employment_or_studies": (*_EMPLOYED, "studies"),
}
_QUEUES: Final = ("none", "capacity", "awaiting_medical", "awaiting_employer", _NOBODY_KNOWS)
_REFUSAL_STEPS: Final = (
    "refusal", "offered", "answered", "accepted", "declined", "held", "enrolled",
)  # fmt: skip
_ROUND_STEPS: Final = (
    "need", "called", "answered", "assessed", "planned", "started", "closed",
    "closed_after_intervention", "regained", "remaining",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Protection:
    """One SGI case of the period as it stands at a time.

    Attributes:
        day: the last day with sjukpenning (the day of decision without identity).
        sex, unit: `women` or `men`; FK's unit.
        state, reason: `lost`, `saved` or `open`, and why.
        spare: days left when the person enrolled; None without an enrolment.
    """

    day: date
    sex: str
    unit: str
    state: str
    reason: str
    spare: int | None

    @property
    def month(self) -> str:
        """`2024-03`."""
        return f"{self.day.year}-{self.day.month:02d}"


def waiting(view: View) -> Figures:
    """N8: mean, median and who still waits, by benefit and sex, unit, and reason of the queue."""
    waited = [_waited(one, view.as_of_ms) for one in assessed(view)]
    parts = (*WHOLE, *parts_of("queue_reason", _QUEUES))
    found: Figures = {}
    measures: tuple[tuple[str, Kind, list[Seen]], ...] = (
        ("gk_waiting_days_mean", "mean", waited),
        ("gk_waiting_days_median", "median", waited),
        ("gk_waiting_count", "count", _still_waiting(view)),
    )
    for measure, kind, seen in measures:
        lines = [*lines_of(PART_ONE), *lines_each("unit", seen)]
        found |= lay(measure, kind, seen, lines, parts)
    return found


def _waited(one: Round, as_of_ms: int | None) -> Seen:
    day, event = day_of(one, as_of_ms), one.assessed
    if day is None or event is None:
        raise ValueError(f"round {one.round_no} of {one.case_id} has no assessment")
    known = assessment_linked(one, as_of_ms) and one.linked(one.opened_ms, as_of_ms)
    there = [report for report in event.reports if by(report.registered_ms, as_of_ms)]
    unit = min(
        there,
        key=lambda report: (not one.linked(report.registered_ms, as_of_ms), report.fact_id),
    ).unit
    reason = one.queue_reason if known else _NOBODY_KNOWS
    return seen_of(one, (day - one.need).days, queue_reason=reason, unit=unit)


def _still_waiting(view: View) -> list[Seen]:
    """Without identity nobody can say that it is the same round that was assessed."""
    as_of, last = view.as_of_ms, view.span.last
    found = []
    for one in view.ledger.rounds:
        day = day_of(one, as_of) if assessment_linked(one, as_of) else None
        closed = one.closed.day if one.closed is not None and _closing_linked(one, as_of) else None
        done = any(end is not None and end <= last for end in (day, closed))
        if one.need <= last and one.linked(one.opened_ms, as_of) and not done:
            found.append(seen_of(one, queue_reason=one.queue_reason, unit=one.unit))
    return found


def _closing_linked(one: Round, as_of_ms: int | None) -> bool:
    return one.closed is not None and one.linked(one.closed.told_ms(as_of_ms), as_of_ms)


def occupations(view: View) -> Figures:
    """N17 by benefit and sex: the five codes, all employment, and that with studies."""
    parts = [
        *parts_of("occupation", REGAINED_CODES),
        *(
            Part((("occupation", name),), (("occupation", codes),))
            for name, codes in _OCCUPATION_SUMS.items()
        ),
    ]
    seen = [
        seen_of(one, occupation=code)
        for one, code in closed_after_intervention(view)
        if harmonised(code) == REGAINED
    ]
    return lay("occupation_share", "share", seen, lines_of(PART_ONE), parts)


def _steps_of_refusal(one: Refusal, as_of_ms: int | None) -> set[str]:
    steps, linked = {"refusal"}, one.identity.linked
    if linked(one.offered_ms, as_of_ms):
        steps.add("offered")
        if one.answer is not None and linked(one.answered_ms, as_of_ms):
            steps.add("answered")
            steps |= {"ja": {"accepted"}, "nej": {"declined"}}.get(one.answer, set())
    if linked(one.held_ms, as_of_ms):
        steps.add("held")
    if (
        one.enrolled is not None
        and linked(one.enrolled_ms, as_of_ms)
        and abs((one.enrolled - one.decided).days) <= _TOGETHER_DAYS
    ):
        steps.add("enrolled")
    return steps


def offers(view: View) -> Figures:
    """N24: how many refusals came to each step, by benefit and sex, and by unit."""
    reached = [
        Seen((one.benefit,), one.sex, 1, int(step == "refusal"), {"step": step, "unit": one.unit})
        for one in refused(view)
        if one.identity.linked(one.registered_ms, view.as_of_ms)
        for step in _steps_of_refusal(one, view.as_of_ms)
    ]
    return _by_step("om_chain", reached, _REFUSAL_STEPS, lines_each("unit", reached))


def _steps_of_round(one: Round, as_of_ms: int | None) -> set[str]:
    there = {
        "need": True,
        "called": one.linked(one.called_ms, as_of_ms),
        "answered": one.linked(one.answered_ms, as_of_ms),
        "assessed": assessment_linked(one, as_of_ms),
        "planned": any(
            one.linked(set_ms, as_of_ms) and not by(voided_ms, as_of_ms)
            for set_ms, voided_ms in one.plans
        ),
        "started": any(one.linked(i.started_ms, as_of_ms) for i in one.interventions),
    }
    steps = {step for step, reached in there.items() if reached}
    code = None if one.closed is None else one.closed.outcome_of(as_of_ms)
    ended = code is not None and code != STALE and _closing_linked(one, as_of_ms)
    if one.closed is not None and code is not None and ended:
        steps.add("closed")
        if one.closed.category != "none":
            steps.add("closed_after_intervention")
            steps |= {harmonised(code)} & {REGAINED, REMAINING}
    return steps


def flow(view: View) -> Figures:
    """From need to outcome: how many needs of the period came to each step."""
    reached = [
        seen_of(one, step=step)._replace(below=int(step == "need"))
        for one in view.ledger.rounds
        if view.span.holds(one.need) and one.linked(one.opened_ms, view.as_of_ms)
        for step in _steps_of_round(one, view.as_of_ms)
    ]
    return _by_step("flow", reached, _ROUND_STEPS)


def _by_step(
    name: str, reached: Sequence[Seen], steps: Iterable[str], further: Sequence[Line] = ()
) -> Figures:
    lines, parts = [*lines_of(PART_ONE), *further], parts_of("step", steps)
    counts = lay(f"{name}_count", "count", reached, lines, parts)
    return counts | lay(f"{name}_share", "share", reached, lines, parts)


def protections(view: View) -> list[Protection]:
    """N25: the SGI cases of the period, each as it stands."""
    found = []
    for one in view.ledger.sgi_cases:
        found += [_protection(one, view.as_of_ms), _of_nobody(one, view.as_of_ms)]
    return [one for one in found if one is not None and view.span.holds(one.day)]


def _decision(one: SgiCase, as_of_ms: int | None) -> str | None:
    standing = by(one.closed_ms, as_of_ms) and not by(one.reopened_ms, as_of_ms)
    return one.state if standing else None


def _of_nobody(one: SgiCase, as_of_ms: int | None) -> Protection | None:
    """A decision that is known to be of no person is a case of its own."""
    decision = _decision(one, as_of_ms)
    if decision in {None, "not_applicable"} or one.decided is None or one.last_day is None:
        return None
    if one.identity.linked(one.closed_ms, as_of_ms):
        return None
    state = LOST if decision == "missed" else SAVED
    reason = "beslutad_forlorad" if decision == "missed" else "beslutad_skyddad"
    return Protection(one.decided, one.sex, one.unit, state, reason, None)


def _protection(one: SgiCase, as_of_ms: int | None) -> Protection | None:
    linked = one.identity.linked
    decision = _decision(one, as_of_ms) if linked(one.closed_ms, as_of_ms) else None
    known = one.last_day is not None and linked(one.opened_ms, as_of_ms)
    if one.last_day is None or not known or decision == "not_applicable":
        return None
    enrolled = one.enrolled if linked(one.enrolled_ms, as_of_ms) else None
    took = None if enrolled is None else (enrolled - one.last_day).days
    deadline = one.last_day + timedelta(days=SGI_DAYS)
    over = as_of_ms is None or swedish_day(as_of_ms) > deadline
    if decision is not None:
        state = LOST if decision == "missed" else SAVED
    elif took is not None:
        state = SAVED if took <= SGI_DAYS else LOST
    else:
        state = LOST if over else OPEN
    spare = None if took is None else SGI_DAYS - took
    return Protection(one.last_day, one.sex, one.unit, state, _reason(state, took), spare)


def _reason(state: str, took: int | None) -> str:
    """Why the protection is lost or saved; `took` is the days to the enrolment."""
    if state == OPEN:
        return "oppen"
    if state == SAVED:
        if took is None or took > SGI_DAYS:
            return "beslutad_skyddad"
        return "inskriven_senast_sista_dagen" if took <= 0 else "inskriven_inom_25_dagar"
    if took is None:
        return "inte_inskriven"
    return "inskriven_for_sent" if took > SGI_DAYS else "villkoren_inte_uppfyllda"


def protection(view: View) -> Figures:
    """N25 by state and reason: counts, shares of those settled, and the days to spare.

    What has no benefit named is about sjukpenning, since an SGI case begins when that ends.
    """
    cases = protections(view)
    seen = [
        Seen(
            (SICKNESS,),
            one.sex,
            marks={
                "state": one.state, "reason": one.reason, "month": one.month, "unit": one.unit,
            },
        )
        for one in cases
    ]  # fmt: skip
    settled = [one for one in seen if one.marks["state"] != OPEN]
    spare = [
        told._replace(above=one.spare)
        for one, told in zip(cases, seen, strict=True)
        if one.spare is not None and one.state != OPEN
    ]
    states = parts_of("state", (LOST, SAVED))
    counted = (*WHOLE, *parts_of("state", (LOST, SAVED, OPEN)), *_reasons(seen))
    return {
        **lay("sgi_count", "count", seen, _sgi_lines(seen), counted),
        **lay("sgi_share", "share", settled, _sgi_lines(settled), states),
        **lay("sgi_days_to_spare_mean", "mean", spare, _sgi_lines(spare), (*WHOLE, *states)),
        **lay("sgi_days_to_spare_median", "median", spare, _sgi_lines(spare), (*WHOLE, *states)),
    }


def _sgi_lines(seen: Sequence[Seen]) -> list[Line]:
    by_benefit = lines_of((TOTAL, SICKNESS, OTHER))
    return [*by_benefit, *lines_each("month", seen), *lines_each("unit", seen)]


def _reasons(seen: Iterable[Seen]) -> list[Part]:
    pairs = sorted({(one.marks["state"], one.marks["reason"]) for one in seen})
    return [
        Part(
            (("state", state), ("reason", reason)),
            (("state", (state,)), ("reason", (reason,))),
        )
        for state, reason in pairs
        if state != OPEN
    ]


def consents(view: View) -> Figures:
    """N26: refusals of the period by benefit and sex, and their share of the needs."""
    told = [
        Seen((benefit_row(one.benefit),), one.sex, one.count, 0)
        for one in view.ledger.refused_consents
        if any(f"{month.first:%Y-%m}" == one.month for month in view.span.months())
        and by(one.registered_ms, view.as_of_ms)
    ]
    needs = [
        seen_of(one, 0)
        for one in view.ledger.rounds
        if view.span.holds(one.need) and by(one.opened_ms, view.as_of_ms)
    ]
    lines = lines_of(PART_ONE)
    shares = lay("consent_refused_share", "share", [*told, *needs], lines)
    return lay("consent_refused_count", "count", told, lines) | shares
