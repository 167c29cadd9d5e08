"""Part 1 up to the joint assessment: a need, the case, the call, the answer, the assessment.

The order is the one of the reports: need (FK), call (FK), answer, assessment by the three parties,
plan (FK), intervention (AF), follow-up, closing. All histories are right: the gateway has nothing
to refuse or to remark, unless they are registered more than 30 days late.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from simulator.bookings import RoundBook
from simulator.cases import SICKNESS, Case
from simulator.days import LOG_END, earlier, later
from simulator.rates import Rates
from simulator.story import THE_THREE, Draft, Story

FAMILIES: Final = ("referral", "plan", "meeting", "sgi")
_CHANNELS: Final = ("fysiskt", "fysiskt", "video", "telefon")
_LATE_WEEKS: Final = (8, 25)
_LATE_MONTHS: Final = (40, 100)
_ACTORS: Final = (
    ("samordningsforbund", "forrehabilitering"),
    ("vard", "medicinsk_rehabilitering"),
    ("kommun", "kommunal_insats"),
)
NO_QUEUE: Final = "none"
_QUEUES: Final = (
    "capacity",
    "capacity",
    "capacity",
    "capacity",
    "awaiting_medical",
    "awaiting_employer",
)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a round shall hold besides need, call and assessment.

    Attributes:
        assessed: the day of the assessment as it is first reported.
        late: None, `weeks` or `months`: how long after it is registered.
        onward: whether it ends with a plan for an intervention.
        alone: it will be corrected or voided, so the other agency does not report it too.
    """

    assessed: date
    late: str | None = None
    onward: bool = False
    alone: bool = False


def queue(rng: random.Random, rates: Rates) -> str:
    """What a person waits for before the call."""
    return rng.choice(_QUEUES) if rng.random() < rates.queued else NO_QUEUE


def write_need(
    story: Story, case: Case, assessed: date, rates: Rates, round_no: int = 1
) -> RoundBook:
    """Consent if there is none yet, and the opening of a round some time before a day."""
    rng = story.rng
    reason = queue(rng, rates)
    need = earlier(rng, assessed, *((32, 60) if reason == NO_QUEUE else (70, 170)))
    need = max(need, case.since)
    if story.consent is None:
        story.give_consent(need, FAMILIES)
    if case.counted and case.until is None and rng.random() < rates.benefit_decided:
        _benefit_decided(story, case, need)
    write_opening(story, case, need, reason)
    if rates.described and rng.random() < rates.described:
        story.drafts[-1].data.update(
            country_of_birth_group=rng.choice(("inrikes", "utrikes")),
            education_level=rng.choice(("forgymnasial", "gymnasial", "eftergymnasial")),
            disability_code=rng.choice(("ja", "nej")),
        )
    return RoundBook(story, case, need, reason, story.drafts[-1], round_no)


def write_round(book: RoundBook, outline: Outline, rates: Rates) -> Draft:
    """The person is called and assessed; returns the first report of the assessment."""
    story = book.story
    rng = story.rng
    called = later(rng, story.last_day, 1, 8)
    if book.queue_reason != NO_QUEUE:
        called = earlier(rng, outline.assessed, 18, 30)
    write_call(book, called, outline.assessed)
    if rng.random() < rates.answered:
        write_answer(story, later(rng, called, 1, 6), "accepterat")
    return _assessed(book, outline, rates)


def _benefit_decided(story: Story, case: Case, day: date) -> None:
    decided = max(earlier(story.rng, day, 0, 5), case.since)
    fields: dict[str, Any] = {
        "benefit": case.benefit,
        "decision": "bevilja",
        "decided_at": decided.isoformat(),
        "first_application": False,
        "extent": case.extent,
        "periods": case.periods(),
        "sex": case.person.sex,
        "birth_year_month": case.person.birth_year_month,
    }
    if case.benefit == SICKNESS:
        fields["rehab_chain_day"] = case.chain_day(decided)
    story.write("fk", "status.benefit_decided", day, fields, event=decided)


def write_opening(story: Story, case: Case, need: date, queue_reason: str = NO_QUEUE) -> None:
    """FK opens the case for a need identified on the day."""
    rng = story.rng
    day = later(rng, need, 0, 3)
    fields: dict[str, Any] = {
        "need_identified_at": need.isoformat(),
        "need_assessed": {"assessed": True, "at": day.isoformat()},
        "initiating_path": "fk_identified",
        "benefits": case.periods(),
        "has_sgi": case.has_sgi,
        "sex": case.person.sex,
        "birth_year_month": case.person.birth_year_month,
        "employment": case.employment,
        "queue_reason": queue_reason,
    }
    if case.counted:
        fields["benefit_case_start"] = case.since.isoformat()
    else:
        fields["initiating_path"] = "individual_application"
        fields["application_at"] = need.isoformat()
        fields["certificate_present"] = True
    if case.benefit == SICKNESS:
        fields["rehab_chain_day"] = case.chain_day(day)
    if rng.random() < 0.6:
        fields["diagnosis_group"] = rng.choice(("psykiatrisk", "psykiatrisk", "annan"))
    if rng.random() < 0.3:
        method = rng.choice(("sassam", "fkr", "avstamningsmote"))
        fields["investigations"] = [{"method": method, "at": need.isoformat()}]
    story.opening = None
    story.opening = story.write("fk", "referral.initiated", day, fields)


def write_call(book: RoundBook, day: date, proposed: date) -> None:
    """FK calls to an assessment on the proposed day."""
    fields = {
        "kallelse_at": day.isoformat(),
        "proposed_at": f"{proposed.isoformat()}T13:00:00+01:00",
        "channel": book.story.rng.choice(_CHANNELS),
        "invited": list(THE_THREE),
    }
    book.story.write("fk", "referral.called", day, fields)


def write_answer(story: Story, day: date, answer: str) -> None:
    """The person's answer to the call, by whichever agency got it."""
    fields = {"answered_at": day.isoformat(), "answer": answer}
    story.write(story.rng.choice(("af", "af", "fk")), "referral.answered", day, fields)


def conclusion(rng: random.Random, case: Case, outline: Outline, plan_id: str) -> dict[str, Any]:
    """How an assessment ends: with a plan, or with a next step (BR-05)."""
    fields: dict[str, Any] = {}
    if case.employment == "anstalld":
        fields["employer_support_needed"] = False
    drawn = rng.random()
    if outline.onward or drawn < 0.1:
        return {"conclusion": "plan_af_insats", "plan_id": plan_id, **fields}
    actor, step = rng.choice(_ACTORS)
    if drawn < 0.5:
        actor, step, code = "fk", "annat", "stod_fran_en_myndighet"
    elif drawn < 0.8:
        code, fields["actor"] = "annan_aktor", actor
    else:
        actor, step, code = "vard", "medicinsk_rehabilitering", "ej_redo_nu"
    planned = (outline.assessed + timedelta(days=30)).isoformat()
    next_step = {"actor": actor, "step": step, "date": planned}
    return {"conclusion": code, "next_step": next_step, **fields}


def assessment_fields(book: RoundBook, outline: Outline) -> dict[str, Any]:
    """The report of an assessment that is completed on a day."""
    rng, held = book.story.rng, outline.assessed
    return {
        "gk_id": f"GK-{book.story.case_id}-{book.round_no}",
        "meetings": _meetings(rng, held),
        "completed_at": held.isoformat(),
        **conclusion(rng, book.case, outline, f"P-{book.story.case_id}"),
        "preparation_done": {"motivated": True, "informed": True, "documents": True},
    }


def _assessed(book: RoundBook, outline: Outline, rates: Rates) -> Draft:
    story, held = book.story, outline.assessed
    rng = story.rng
    fields = assessment_fields(book, outline)
    delay = {None: (0, 2), "weeks": _LATE_WEEKS, "months": _LATE_MONTHS}[outline.late]
    day = later(rng, held, *delay)
    if day > LOG_END:
        day = earlier(rng, LOG_END, 0, 9)
    first, second = ("fk", "af") if rng.random() < 0.8 else ("af", "fk")
    opening = (story.opening,) if story.opening is not None else ()
    report = story.write(
        first, "meeting.assessment_completed", day, fields, event=held, needs=opening
    )
    if outline.late is not None:
        report.kind = "late"
    book.held = book.first_held = held
    book.reports = [report]
    if not outline.alone and rng.random() < rates.confirmed:
        confirmed = later(rng, day, 0, 3)
        confirmation = story.write(
            second, "meeting.assessment_completed", confirmed, fields, event=held, needs=opening
        )
        confirmation.kind = "confirmation"
        book.reports.append(confirmation)
    return report


def _meetings(rng: random.Random, held: date) -> list[dict[str, Any]]:
    """One meeting, or two of which the last is held on the day of completion."""
    days = [held]
    if rng.random() < 0.1:
        days.insert(0, earlier(rng, held, 1, 4))
    return [
        {
            "held_at": day.isoformat(),
            "channel": rng.choice(_CHANNELS),
            "attendees": list(THE_THREE),
        }
        for day in days
    ]
