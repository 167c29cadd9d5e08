"""The ground truth of the interventions: who starts, who is in them, how long a decision takes.

Definitions, where the reports leave them open:

- **N10 `insats_starts`** (2018 §2): interventions started in the period, moves to another included.
- **2014-T1** (N10, fn 9 and 10): persons started, each once, as she was on her first start in the
  period; without identity nobody can be told from another, and every start is a person. Those of
  arbetslivsintroduktion do not count (2014 §6.1).
- **2014-T2, N12** (N11): persons with an intervention that has begun and not ended at the end of
  the last day (2014 §6.2); the programme is that of the one that began first. Without identity
  starts less ends, whatever nobody can know of them: an end of somebody who has withdrawn the
  consent meanwhile takes off one that stands elsewhere. The category is the last that AF has told
  of, of the day or before it.
- **N13** (2014 §6.2): from the enrolment in the cooperation to the first decision after it, in the
  period of the decision. Without identity nobody knows whose decision it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from simulator.counting import (
    PART_ONE,
    THE_YEAR,
    Figures,
    Key,
    Line,
    Part,
    Seen,
    Span,
    View,
    age_at,
    band_of,
    lay,
    lines_of,
    parts_of,
)
from simulator.ledger import Intervention, Round, by
from simulator.printed import SEXES, TOTAL
from simulator.truth import seen_of

AGES_2014: Final = ((18, 29), (30, 39), (40, 49), (50, 59), (60, 64))
INTRODUCTION: Final = "arbetslivsintroduktion"
UNSAID: Final = "okant"
_PROGRAMS: Final = (
    "arbetslivsinriktad_rehabilitering", "vagledning_platsformedling",
    "fordjupad_kartlaggning_vagledning", "forberedande_utbildning", "arbetsmarknadsutbildning",
    "none",
)  # fmt: skip
_CATEGORIES: Final = ("arbetssokande_med_forhinder", "i_program", "oppet_arbetssokande")
#: What the rows of 2014 name besides benefits: mark, values.
FURTHER_2014: Final = {
    "age": tuple(f"{low}-{high}" for low, high in AGES_2014),
    "country_of_birth": ("inrikes", "utrikes"),
    "disability": ("ja", "nej"),
    "education": ("forgymnasial", "gymnasial", "eftergymnasial"),
}
#: Status group -> the benefit that its row is called by.
_STATUS_GROUPS: Final = {
    "anstalld_sjukskriven_eller_se": "sjukpenning_or_sjukersattning",
    "arbetslos_med_sjukersattning": "sjukersattning",
    "arbetslos_med_aktivitetsstod": "aktivitetsstod",
    "arbetslos_sjukskriven": "sjukpenning",
    "ung_arbetslos_med_aktivitetsersattning": "aktivitetsersattning",
}


def program_of(one: Round, insats: Intervention, as_of_ms: int | None) -> str:
    """The programme of an intervention that started: AF's decision says it, of a known person."""
    told = one.linked(insats.started_ms, as_of_ms) and one.linked(insats.decided_ms, as_of_ms)
    return insats.program if told and insats.program is not None else UNSAID


def started(view: View) -> Iterator[tuple[Round, Intervention, date]]:
    """Interventions known to have started, whenever that was."""
    for one in view.ledger.rounds:
        for insats in one.interventions:
            if insats.started is not None and by(insats.started_ms, view.as_of_ms):
                yield one, insats, insats.started


def described_2014(one: Round, day: date, **marks: str) -> Seen:
    """A round with what the tables of 2014 break down by."""
    told = {name: value for name, value in one.described if value is not None}
    age = band_of(age_at(one.born, day), AGES_2014)
    return seen_of(one)._replace(marks={"age": age, **told, **marks})


def lines_2014(*group: tuple[str, str]) -> list[Line]:
    """Total, women, men; ages, country of birth, disability, education."""
    lines = [Line(sex=sex, group=group, marks=group) for sex in (TOTAL, *SEXES)]
    for name, values in FURTHER_2014.items():
        lines += [
            Line(group=(*group, (name, value)), marks=(*group, (name, value))) for value in values
        ]
    return lines


def starts(view: View) -> Figures:
    """N10: every start of the period."""
    seen = [seen_of(one) for one, _, day in started(view) if view.span.holds(day)]
    return lay("insats_starts", "count", seen, lines_of(PART_ONE, controls=True))


def persons_started(view: View) -> Figures:
    """2014-T1: every person once."""
    seen: list[Seen] = []
    first: dict[str, tuple[date, Seen]] = {}
    for one, insats, day in started(view):
        if not view.span.holds(day) or program_of(one, insats, view.as_of_ms) == INTRODUCTION:
            continue
        person = described_2014(one, day, status_group=_status_group(one))
        if not one.linked(insats.started_ms, view.as_of_ms):
            person = person._replace(marks=_without_opening(person))
            seen.append(person)
        elif one.case_id not in first or day < first[one.case_id][0]:
            first[one.case_id] = (day, person)
    seen += [person for _, person in first.values()]
    parts = (
        *(
            Part((("status_group", code),), (("status_group", (code,)),), benefit)
            for code, benefit in _STATUS_GROUPS.items()
        ),
        Part((("status_group", "summa"),), benefit=TOTAL),
    )
    counts = lay("insats_started_count", "count", seen, lines_2014(), parts)
    return counts | lay("insats_started_share", "share", seen, lines_2014(), parts)


def _without_opening(person: Seen) -> dict[str, str]:
    """What the opening says is linked to nobody."""
    return {name: value for name, value in person.marks.items() if name in {"age", "status_group"}}


def _status_group(one: Round) -> str:
    """Employment crossed with benefit (2014 §6.1)."""
    young = any(code.startswith("aktivitetsersattning_") for code in one.benefits)
    sick, disabled = "sjukpenning" in one.benefits, "sjukersattning" in one.benefits
    if one.employment == "anstalld" and (sick or disabled):
        return "anstalld_sjukskriven_eller_se"
    if one.employment == "arbetslos":
        if young:
            return "ung_arbetslos_med_aktivitetsersattning"
        if disabled:
            return "arbetslos_med_sjukersattning"
        if sick:
            return "arbetslos_sjukskriven"
        if "aktivitetsstod" in one.benefits:
            return "arbetslos_med_aktivitetsstod"
    return "ovriga"


def in_interventions(view: View) -> list[Seen]:
    """The stock at the end of the period's last day."""
    as_of, last = view.as_of_ms, view.span.last
    found: list[Seen] = []
    for one in view.ledger.rounds:
        running = []
        for insats in one.interventions:
            program = program_of(one, insats, as_of)
            begun = _by_day(insats.started, insats.started_ms, last, as_of)
            over = _by_day(insats.ended, insats.ended_ms, last, as_of)
            known = one.linked(insats.started_ms, as_of)
            known_over = over and one.linked(insats.ended_ms, as_of)
            if begun and known and not known_over and program != INTRODUCTION:
                running.append((insats.started, program))
            if begun and not known:
                found.append(_stock(one, 1, UNSAID, None))
            if over and not one.linked(insats.ended_ms, as_of):
                found.append(_stock(one, -1, UNSAID, None))
        if running:
            _, program = min(running)
            found.append(_stock(one, 1, program, _category(one, last, as_of)))
    return found


def _stock(one: Round, number: int, program: str, category: str | None) -> Seen:
    marks = {"program": program, **({} if category is None else {"af_category": category})}
    return seen_of(one, number, **marks)._replace(below=number)


def _by_day(day: date | None, told_ms: int | None, last: date, as_of_ms: int | None) -> bool:
    return day is not None and day <= last and by(told_ms, as_of_ms)


def _category(one: Round, last: date, as_of_ms: int | None) -> str | None:
    told = [
        (day, code)
        for day, told_ms, voided_ms, code in one.categories
        if day <= last and one.linked(told_ms, as_of_ms) and not by(voided_ms, as_of_ms)
    ]
    return max(told)[1] if told else None


def stock(view: View) -> Figures:
    """2014-T2: the last day of every month, and the mean of the months; `group` names the month."""
    found: Figures = {}
    numbers = []
    for month in view.span.months():
        whole = lay("insats_stock", "count", in_interventions(_of(view, month)), [Line()])
        figure = whole[Key("insats_stock", TOTAL, (), TOTAL)]
        numbers.append(figure.numerator)
        found[Key("insats_stock", TOTAL, (("period", f"{month.first:%Y-%m}"),), TOTAL)] = figure
    seen = [Seen((), "", number) for number in numbers]
    return found | lay("insats_stock_mean", "mean", seen, [Line()])


def _of(view: View, span: Span = THE_YEAR) -> View:
    return View(view.ledger, view.as_of_ms, span)


def stock_shares(view: View) -> Figures:
    """N12: by programme, and by category at AF."""
    parts = (*parts_of("program", _PROGRAMS), *parts_of("af_category", _CATEGORIES))
    lines = lines_of((TOTAL,))
    return lay("insats_stock_share", "share", in_interventions(view), lines, parts)


def days_to_decision(view: View) -> Figures:
    """N13: of everybody enrolled in the cooperation, to the first decision after that."""
    seen = []
    for one in view.ledger.rounds:
        if one.entered is None or not one.linked(one.entered_ms, view.as_of_ms):
            continue
        decided = [
            insats.decided
            for insats in one.interventions
            if insats.decided is not None
            and insats.decided >= one.entered
            and one.linked(insats.decided_ms, view.as_of_ms)
        ]
        if decided and view.span.holds(min(decided)):
            seen.append(seen_of(one, (min(decided) - one.entered).days))
    lines = lines_of(PART_ONE, controls=True)
    means = lay("decision_days_mean", "mean", seen, lines)
    return means | lay("decision_days_median", "median", seen, lines)
