"""Part 2: refusals, the meetings for transition around them, and contact meetings.

Order (BR-16): with sjukpenning the meeting is offered and held before the refusal, with
aktivitetsersättning it is offered before and held after. Whoever enrols after a meeting does so
within 25 days, so that the share of 2024-T5 is the same with and without a limit.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from simulator.bookings import RefusalBook, SgiBook
from simulator.cases import ACTIVITY, DISABILITY, PROLONGED_SCHOOL, SICKNESS, YOUNG
from simulator.days import YEAR, YEAR_END, earlier, later, workdays
from simulator.ledger import Contact
from simulator.persons import Person, Population
from simulator.printed import SEXES, Cell
from simulator.rates import Rates
from simulator.sgi import Ended, latest_enrolment, write_category, write_enrolment, write_sgi
from simulator.story import THE_THREE, Draft, Story

FAMILIES: Final = ("meeting", "sgi")
SCHOOL: Final = "forlangd_skolgang"
CODES: Final = {
    SICKNESS: SICKNESS,
    YOUNG: ACTIVITY,
    SCHOOL: PROLONGED_SCHOOL,
    DISABILITY: DISABILITY,
}
"""Benefit of a refusal as the books name it -> code of the contract."""
MEETING_DAYS: Final = tuple(workdays(date(YEAR, 1, 15), date(YEAR, 12, 13)))
_DECISION_DAYS: Final = tuple(workdays(date(YEAR, 1, 2), YEAR_END))
_CHANNELS: Final = ("telefon", "telefon", "video", "fysiskt")
_DECLINED: Final = ("ater_arbetsgivare", "ater_arbetsgivare", "redan_inskriven", "ser_inget_varde")
_NO_ANSWER_SHARE: Final = 0.15
_NO_CHAIN: Final = ("arbetslos", "studerande", "foraldraledig")
_NO_CHAIN_SHARE: Final = 0.25
_MERGED_SHARE: Final = 0.05
_IN_PROGRAM_SHARE: Final = 0.1
_WINDOW: Final = 24


def person_of(people: Population, benefit: str, sex: str, *, keeps: bool = True) -> Person:
    """A person refused a benefit in the year: 22-28 years with aktivitetsersättning, else 22-63."""
    oldest = 28 if benefit in {YOUNG, SCHOOL} else 63
    return people.draw(SEXES[sex], date(YEAR - oldest, 1, 1), date(YEAR - 22, 12, 31), keeps=keeps)


def write_contact(story: Story, sex: str, held: date | None, offered: date) -> Contact | None:
    """A contact meeting, offered on day 91-140 of the sickness; `held` None = declined."""
    rng = story.rng
    chain_day = rng.randint(91, 140)
    story.give_consent(offered, FAMILIES)
    meeting = {"meeting_id": f"K-{story.case_id}"}
    offer = {
        **meeting,
        "offered_at": offered.isoformat(),
        "rehab_chain_day": chain_day,
        "risk_not_back_before_181": True,
        "has_employer": True,
        "sex": story.person.sex,
        "birth_year_month": story.person.birth_year_month,
    }
    story.write("fk", "meeting.contact_offered", offered, offer)
    answer = "nej" if held is None else "ja"
    _answered(story, "meeting.contact_answered", meeting, offered, answer)
    if held is None:
        return None
    fields = {
        **meeting,
        "held_at": held.isoformat(),
        "channel": rng.choice(_CHANNELS),
        "attendees": list(THE_THREE),
        "sp_retained_until": (offered + timedelta(days=180 - chain_day)).isoformat(),
    }
    draft = story.write(rng.choice(("fk", "af")), "meeting.contact_held", held, fields)
    return Contact(held, sex, draft.decided_ms)


def write_meeting(
    story: Story, cell: Cell, rates: Rates, *, enrols: bool
) -> tuple[RefusalBook, SgiBook | None]:
    """A refusal with a transition meeting, perhaps an enrolment, and the watch over the SGI."""
    rng = story.rng
    held = rng.choice(MEETING_DAYS)
    sick = cell.benefit == SICKNESS
    offered = earlier(rng, held, 12, 25)
    meeting = {"meeting_id": f"O-{story.case_id}", "benefit": CODES[cell.benefit]}
    story.give_consent(offered, FAMILIES)
    offer = _offered(story, meeting, offered)
    answered = _answered(story, "meeting.transition_answered", meeting, offered, "ja")
    early = sick and rates.met_early > 0 and rng.random() < rates.met_early
    scope = _scope(story, cell.benefit, before_180=early)
    if sick:
        meetings = _held(story, meeting, held, rates)
        decided = later(rng, story.last_day, 2, 8)
        decision = write_refusal(story, cell.benefit, decided, scope, considered=offered)
    else:
        decided = earlier(rng, held, 1, 4)
        decision = write_refusal(story, cell.benefit, decided, scope, considered=offered)
        meetings = _held(story, meeting, held, rates)
    book = RefusalBook(
        story, cell.benefit, cell.sex, decided, decision, story.person.keeps_statistics,
        before_day_180=early, offered=offered, offer=offer, answered=answered, held=held,
        meetings=meetings,
    )  # fmt: skip
    if enrols:
        book.enrolled = held + timedelta(days=rng.randint(0, _WINDOW))
    if sick and rng.random() < rates.sgi_after_meeting:
        last_day = date.fromisoformat(decision.data["last_day_with_sp"])
        ended = Ended(last_day, book.enrolled, meeting["meeting_id"])
        sgi, book.enrolment = write_sgi(story, ended, cell.sex, rates)
        return book, sgi
    if book.enrolled is not None:
        book.enrolment = write_enrolment(story, book.enrolled)
        if rng.random() < _IN_PROGRAM_SHARE:
            write_category(story, "i_program")
    return book, None


def write_declined(story: Story, cell: Cell, rates: Rates) -> tuple[RefusalBook, SgiBook | None]:
    """A refusal whose offer of a meeting is declined or not answered."""
    rng = story.rng
    decided = rng.choice(_DECISION_DAYS)
    offered = earlier(rng, decided, 8, 25)
    meeting = {"meeting_id": f"O-{story.case_id}", "benefit": CODES[cell.benefit]}
    story.give_consent(offered, FAMILIES)
    offer = _offered(story, meeting, offered)
    answer = "inget_svar" if rng.random() < _NO_ANSWER_SHARE else "nej"
    answered = _answered(story, "meeting.transition_answered", meeting, offered, answer)
    scope = _scope(story, cell.benefit)
    decision = write_refusal(story, cell.benefit, decided, scope, considered=offered)
    book = RefusalBook(
        story, cell.benefit, cell.sex, decided, decision, story.person.keeps_statistics,
        offered=offered, offer=offer, answered=answered,
    )  # fmt: skip
    settled = answered.data.get("answer_reason") in {"ater_arbetsgivare", "redan_inskriven"}
    if cell.benefit != SICKNESS or settled or rng.random() >= rates.sgi_after_decline:
        return book, None
    return book, _watched(book, rates)


def write_unoffered(
    story: Story, benefit: str, sex: str, rates: Rates, *, first: bool = False
) -> tuple[RefusalBook, SgiBook | None]:
    """A refusal that no meeting is offered on; mostly nobody has asked the person for consent."""
    rng = story.rng
    decided = rng.choice(_DECISION_DAYS)
    asked = rng.random() < rates.asked_without_offer
    if asked:
        story.give_consent(earlier(rng, decided, 5, 20), FAMILIES)
    before = benefit == SICKNESS and not first and rng.random() < rates.before_day_180
    scope = _scope(story, benefit, first=first, before_180=before)
    decision = write_refusal(story, benefit, decided, scope)
    known = asked and story.person.keeps_statistics
    book = RefusalBook(
        story, benefit, sex, decided, decision, known,
        first_application=first, before_day_180=before,
    )  # fmt: skip
    if benefit != SICKNESS or first or not asked or rng.random() >= rates.sgi_without_offer:
        return book, None
    return book, _watched(book, rates)


def _watched(book: RefusalBook, rates: Rates) -> SgiBook:
    """The watch over the SGI of somebody without a meeting."""
    last_day = date.fromisoformat(book.decision.data["last_day_with_sp"])
    book.enrolled = latest_enrolment(book.story, last_day, rates)
    ended = Ended(last_day, book.enrolled)
    sgi, book.enrolment = write_sgi(book.story, ended, book.sex, rates)
    return sgi


def _offered(story: Story, meeting: dict[str, str], day: date) -> Draft:
    fields: dict[str, Any] = {
        **meeting,
        "meeting_form": "omstallningsmote",
        "offered_at": day.isoformat(),
        "offer_channel": "telefon",
        "refusal_considered_at": day.isoformat(),
        "first_application": False,
        "sex": story.person.sex,
        "birth_year_month": story.person.birth_year_month,
        "employment": story.rng.choice(("arbetslos", "anstalld")),
    }
    return story.write("fk", "meeting.transition_offered", day, fields)


def _answered(
    story: Story, message_type: str, meeting: dict[str, str], offered: date, answer: str
) -> Draft:
    rng = story.rng
    day = later(rng, offered, 1, 4)
    fields = {**meeting, "answered_at": day.isoformat(), "answer": answer}
    if answer == "nej":
        fields["answer_reason"] = rng.choice(_DECLINED)
    return story.write(rng.choice(("fk", "fk", "af")), message_type, day, fields)


def _held(story: Story, meeting: dict[str, str], held: date, rates: Rates) -> list[Draft]:
    rng = story.rng
    fields = {
        **meeting,
        "meeting_form": "omstallningsmote",
        "held_at": held.isoformat(),
        "channel": rng.choice(_CHANNELS),
        "attendees": list(THE_THREE),
        "sgi_info_given": True,
        "af_support_info_given": True,
        "enrol_support_offered": True,
        "already_enrolled": False,
    }
    drafts = [story.write("fk", "meeting.transition_held", held, fields)]
    if rng.random() < rates.meeting_confirmed:
        day = later(rng, held, 0, 1)
        confirmation = story.write("af", "meeting.transition_held", day, fields, event=held)
        confirmation.kind = "confirmation"
        drafts.append(confirmation)
    return drafts


def _scope(
    story: Story, benefit: str, *, first: bool = False, before_180: bool = False
) -> dict[str, Any]:
    """What decides whether a refusal is in the population of 2024-T5 (fn 19)."""
    rng = story.rng
    scope: dict[str, Any] = {"first_application": first}
    if benefit == SICKNESS:
        drawn = rng.random()
        scope["sammanlaggning"] = not first and not before_180 and drawn < _MERGED_SHARE
        if before_180 or first:
            scope["rehab_chain_day"] = rng.randint(1, 30) if first else rng.randint(60, 179)
        elif drawn > 1 - _NO_CHAIN_SHARE:
            scope["no_chain_reason"] = rng.choice(_NO_CHAIN)
        else:
            scope["rehab_chain_day"] = rng.randint(181, 900)
    elif benefit == YOUNG:
        scope["resident_abroad"] = rng.random() < 0.01
    return scope


def write_refusal(
    story: Story,
    benefit: str,
    day: date,
    scope: dict[str, Any],
    *,
    considered: date | None = None,
) -> Draft:
    """FK refuses the benefit on the day."""
    fields: dict[str, Any] = {
        "benefit": CODES[benefit],
        "decision": "avslag",
        "decided_at": day.isoformat(),
        **scope,
        "reason_group": "ingen_nedsatt_arbetsformaga",
        "sgi_info_given": True,
        "sex": story.person.sex,
        "birth_year_month": story.person.birth_year_month,
    }
    if considered is not None:
        fields["considered_at"] = considered.isoformat()
    if benefit == SICKNESS:
        last_day = day + timedelta(days=story.rng.randint(1, 6))
        fields["last_day_with_sp"] = last_day.isoformat()
    return story.write("fk", "status.benefit_decided", day, fields)
