"""The ground truth of what no table of 2024 prints: waiting, offers, SGI, consents, flow.

Definitions, where the reports leave them open:

- **N8 waiting**: days from the need identified to the completed assessment, over the assessments of
  the year (19:L406 names the measure and no start; the need is what exceeds capacity, 24:L127).
- **N17 occupations**: of the closings of the year with work ability regained (2024-T3), by what the
  person does then; the text below table 3 prints some of them (2024-F).
- **N24 offers**: of the refusals of the year that are not of a first application, and whose person
  is known, how many came to each step: offered, answered, accepted, declined, held, enrolled.
- **N25 protection**: SGI cases by the last day with sjukpenning. FK's decision goes first; without
  one, enrolled at most 25 days after is saved, enrolled later is lost, and so is whoever is not
  enrolled when the days have passed; until then open. What FK finds not applicable does not count.
  Of persons without identity only FK's decision is seen, on its own day.
- **N26 consents**: refusals of statistics with personal data, counted without identity, by month.
- **flow**: rounds whose need lies in the year and whose person is known, by every step reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

from simulator.cases import benefit_row
from simulator.days import YEAR, day_of
from simulator.ledger import Ledger, Refusal, Round, SgiCase, by
from simulator.printed import REGAINED, REMAINING, SEXES, TOTAL
from simulator.sgi import SGI_DAYS
from simulator.truth import (
    PART_ONE,
    PART_TWO,
    Figure,
    Key,
    Truth,
    assessed_in_year,
    cells,
    in_year,
    outcome,
    outcome_code_of,
    refused_in_year,
    share,
)

LOST: Final = "lost"
SAVED: Final = "saved"
OPEN: Final = "open"
_TOGETHER_DAYS: Final = 90
_EMPLOYED: Final = ("employment_unsubsidised", "employment_subsidised")
_OCCUPATIONS: Final = {
    **{code: (code,) for code in (*_EMPLOYED, "studies", "oppet_arbetssokande", "program")},
    "employment": _EMPLOYED,
    "employment_or_studies": (*_EMPLOYED, "studies"),
}


@dataclass(frozen=True, slots=True)
class Protection:
    """One SGI case of the year as it stands at a time.

    Attributes:
        day: the last day with sjukpenning (the day of decision without identity).
        sex, unit: `women` or `men`; FK's unit, None without identity.
        state: `lost`, `saved` or `open`.
        spare: days left when the person enrolled; None without an enrolment.
    """

    day: date
    sex: str
    unit: str | None
    state: str
    spare: int | None

    @property
    def month(self) -> str:
        """`2024-03`."""
        return f"{self.day.year}-{self.day.month:02d}"


def waiting(truth: Truth, as_of_ms: int | None = None) -> dict[Key, Figure]:
    """N8: mean and median by benefit and sex, and by reason of the queue for those known."""
    waits: list[tuple[Round, str, int]] = []
    for one in assessed_in_year(truth.ledger, as_of_ms):
        day = None if one.assessed is None else one.assessed.day(as_of_ms)
        if day is not None:
            reason = one.queue_reason if one.identified else "okand"
            waits.append((one, reason, (day - one.need).days))
    found = {}
    for benefit, sex in cells(PART_ONE):
        mine = [(why, days) for one, why, days in waits if one.within(benefit, sex)]
        for wanted in (None, *sorted({reason for reason, _ in mine})):
            days = [days for reason, days in mine if wanted in {None, reason}]
            group = () if wanted is None else (("queue_reason", wanted),)
            if days:
                mean = Figure(sum(days) / len(days), sum(days), len(days))
                found[Key("gk_waiting_days_mean", benefit, group, sex)] = mean
                middle = Figure(float(median(days)), sum(days), len(days))
                found[Key("gk_waiting_days_median", benefit, group, sex)] = middle
    return found


def occupations(truth: Truth, as_of_ms: int | None = None) -> dict[Key, Figure]:
    """N17 by benefit and sex: the five codes, all employment, and that with studies."""
    codes = [
        (one, one.closed.outcome_of(as_of_ms))
        for one in truth.ledger.rounds
        if one.closed is not None and outcome(one, as_of_ms) == REGAINED
    ]
    found = {}
    for benefit, sex in cells(PART_ONE):
        mine = [code for one, code in codes if one.within(benefit, sex)]
        for name, members in _OCCUPATIONS.items():
            key = Key("occupation_share", benefit, (("occupation", name),), sex)
            found[key] = share(sum(code in members for code in mine), len(mine))
    return found


def _steps_of_refusal(one: Refusal, as_of_ms: int | None) -> set[str]:
    steps = {"refusal"}
    if one.offered is not None and by(one.offered_ms, as_of_ms):
        steps.add("offered")
        if one.answer is not None and by(one.answered_ms, as_of_ms):
            steps.add("answered")
            steps |= {"ja": {"accepted"}, "nej": {"declined"}}.get(one.answer, set())
    if one.held is not None and by(one.held_ms, as_of_ms):
        steps.add("held")
    if (
        one.enrolled is not None
        and by(one.enrolled_ms, as_of_ms)
        and abs((one.enrolled - one.decided).days) <= _TOGETHER_DAYS
    ):
        steps.add("enrolled")
    return steps


def offers(truth: Truth, as_of_ms: int | None = None) -> dict[Key, Figure]:
    """N24: how many refusals came to each step, by benefit and sex."""
    known = [one for one in refused_in_year(truth.ledger, as_of_ms) if one.identified]
    reached = [(one, step) for one in known for step in _steps_of_refusal(one, as_of_ms)]
    return _by_step("om_chain", reached, "refusal", PART_TWO)


def _steps_of_round(one: Round, as_of_ms: int | None) -> set[str]:
    steps = {"need"}
    if one.called is not None and by(one.called_ms, as_of_ms):
        steps.add("called")
    if one.assessed is not None and one.assessed.day(as_of_ms) is not None:
        steps.add("assessed")
    if one.started is not None and by(one.started_ms, as_of_ms):
        steps.add("started")
    if one.closed is not None and one.closed.outcome_of(as_of_ms) is not None:
        steps.add("closed")
        if one.closed.category != "none":
            steps.add("closed_after_intervention")
            code = outcome_code_of(one.closed.outcome_of(as_of_ms))
            if code in {REGAINED, REMAINING}:
                steps.add(code)
    return steps


def flow(truth: Truth, as_of_ms: int | None = None) -> dict[Key, Figure]:
    """From need to outcome: how many needs of the year came to each step."""
    reached = [
        (one, step)
        for one in truth.ledger.rounds
        if one.identified and in_year(one.need) and by(one.opened_ms, as_of_ms)
        for step in _steps_of_round(one, as_of_ms)
    ]
    return _by_step("flow", reached, "need", PART_ONE)


def _by_step(
    name: str, reached: Sequence[tuple[Refusal | Round, str]], first: str, benefits: Iterable[str]
) -> dict[Key, Figure]:
    found = {}
    for benefit, sex in cells(benefits):
        mine = [step for one, step in reached if one.within(benefit, sex)]
        for step in sorted(set(mine)):
            group = (("step", step),)
            number = mine.count(step)
            found[Key(f"{name}_count", benefit, group, sex)] = Figure(float(number), number)
            found[Key(f"{name}_share", benefit, group, sex)] = share(number, mine.count(first))
    return found


def protections(ledger: Ledger, as_of_ms: int | None = None) -> list[Protection]:
    """N25: the SGI cases of the year, each as it stands."""
    found = [_protection(one, as_of_ms) for one in ledger.sgi_cases]
    return [one for one in found if one is not None and in_year(one.day)]


def _decision(one: SgiCase, as_of_ms: int | None) -> str | None:
    standing = by(one.closed_ms, as_of_ms) and not by(one.reopened_ms, as_of_ms)
    return one.state if standing else None


def _protection(one: SgiCase, as_of_ms: int | None) -> Protection | None:
    decision = _decision(one, as_of_ms)
    if one.last_day is None or decision == "not_applicable":
        return None
    if not one.identified:
        if decision is None or one.decided is None:
            return None
        state = LOST if decision == "missed" else SAVED
        return Protection(one.decided, one.sex, None, state, None)
    if not by(one.opened_ms, as_of_ms):
        return None
    enrolled = one.enrolled if by(one.enrolled_ms, as_of_ms) else None
    took = None if enrolled is None else (enrolled - one.last_day).days
    over = as_of_ms is None or day_of(as_of_ms) > one.last_day + timedelta(days=SGI_DAYS)
    if decision is not None:
        state = LOST if decision == "missed" else SAVED
    elif took is not None:
        state = SAVED if took <= SGI_DAYS else LOST
    else:
        state = LOST if over else OPEN
    spare = None if took is None else SGI_DAYS - took
    return Protection(one.last_day, one.sex, one.unit, state, spare)


def protection(truth: Truth, as_of_ms: int | None = None) -> dict[Key, Figure]:
    """N25 by state and sex, counts and shares of those settled, and the days to spare."""
    cases = protections(truth.ledger, as_of_ms)
    found = {}
    for sex in (*SEXES, TOTAL):
        mine = [one for one in cases if sex in {TOTAL, one.sex}]
        settled = [one for one in mine if one.state != OPEN]
        for state in (LOST, SAVED, OPEN):
            number = sum(one.state == state for one in mine)
            group = (("state", state),)
            found[Key("sgi_count", TOTAL, group, sex)] = Figure(float(number), number)
            if state != OPEN:
                found[Key("sgi_share", TOTAL, group, sex)] = share(number, len(settled))
        spare = [one.spare for one in settled if one.spare is not None]
        mean = sum(spare) / len(spare) if spare else 0.0
        found[Key("sgi_days_to_spare_mean", TOTAL, (), sex)] = Figure(mean, sum(spare), len(spare))
    return found


def consents(truth: Truth, as_of_ms: int | None = None) -> dict[Key, Figure]:
    """N26: refusals of the year by benefit and sex."""
    found = {}
    told = [
        one
        for one in truth.ledger.refused_consents
        if one.month.startswith(f"{YEAR}-") and by(one.registered_ms, as_of_ms)
    ]
    for benefit, sex in cells(PART_ONE):
        number = sum(
            one.count
            for one in told
            if benefit in {TOTAL, benefit_row(one.benefit)} and sex in {TOTAL, one.sex}
        )
        found[Key("consent_refused_count", benefit, (), sex)] = Figure(float(number), number)
    return found
