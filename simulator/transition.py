"""Part 2: contact meetings, transition meetings around a refusal, and the watch over the SGI.

Order (BR-16): with sjukpenning the meeting is offered and held before the refusal, with
aktivitetsersättning it is offered before and held after. The SGI is kept if the person enrols at
AF at the latest 25 days after the last day with sjukpenning (BR-22).
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import product
from typing import Any, Final

from simulator.cases import ACTIVITY, SICKNESS
from simulator.days import earlier, later
from simulator.persons import Person, Population
from simulator.printed import SEXES, Cell
from simulator.rates import Rates
from simulator.story import THE_THREE, WARNED, Draft, Story

FAMILIES: Final = ("meeting", "sgi")
_CHANNELS: Final = ("telefon", "telefon", "video", "fysiskt")
_DECLINED: Final = ("ater_arbetsgivare", "redan_inskriven", "ser_inget_varde", "annat")
_SGI_DAYS: Final = 25
_YEAR_BEGIN: Final = date(2024, 1, 2)


def person_of(people: Population, cell: Cell, day: date) -> Person:
    """A person for a meeting on the day: 22-28 years with aktivitetsersättning, else 22-63."""
    if cell.benefit == SICKNESS:
        return people.draw(SEXES[cell.sex], date(day.year - 63, 1, 1), date(day.year - 22, 12, 31))
    return people.draw(SEXES[cell.sex], date(day.year - 28, 1, 1), date(day.year - 22, 12, 31))


def write_contact(story: Story, held: date | None, offered: date) -> None:
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
    _answered(story, "meeting.contact_answered", meeting, offered, accepted=held is not None)
    if held is None:
        return
    fields = {
        **meeting,
        "held_at": held.isoformat(),
        "channel": rng.choice(_CHANNELS),
        "attendees": list(THE_THREE),
        "sp_retained_until": (offered + timedelta(days=180 - chain_day)).isoformat(),
    }
    story.write(rng.choice(("fk", "af")), "meeting.contact_held", held, fields)


def write_transition(story: Story, cell: Cell, held: date | None, rates: Rates) -> None:
    """A transition meeting, its refusal, and for some enrolment and SGI; None = offer declined."""
    rng = story.rng
    around = held or later(rng, _YEAR_BEGIN, 40, 320)
    offered = earlier(rng, around, 12, 25)
    story.give_consent(offered, FAMILIES)
    sick = cell.benefit == SICKNESS
    meeting = {
        "meeting_id": f"O-{story.case_id}",
        "benefit": SICKNESS if sick else ACTIVITY,
    }
    _offered(story, meeting, offered)
    _answered(story, "meeting.transition_answered", meeting, offered, accepted=held is not None)
    if held is None:
        _refused(story, meeting["benefit"], offered, later(rng, around, 1, 4))
        return
    if sick:
        _held(story, meeting, held, rates)
        refused = _refused(story, SICKNESS, offered, later(rng, story.last_day, 2, 8))
    else:
        refused = _refused(story, ACTIVITY, offered, earlier(rng, held, 1, 4))
        _held(story, meeting, held, rates)
    _enrolment_and_sgi(story, meeting["meeting_id"], refused, rates, sick=sick)


def _offered(story: Story, meeting: dict[str, str], day: date) -> None:
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
    story.write("fk", "meeting.transition_offered", day, fields)


def _answered(
    story: Story, message_type: str, meeting: dict[str, str], offered: date, *, accepted: bool
) -> None:
    rng = story.rng
    day = later(rng, offered, 1, 4)
    fields = {**meeting, "answered_at": day.isoformat(), "answer": "ja" if accepted else "nej"}
    if not accepted:
        fields["answer_reason"] = rng.choice(_DECLINED)
    story.write(rng.choice(("fk", "fk", "af")), message_type, day, fields)


def _held(story: Story, meeting: dict[str, str], held: date, rates: Rates) -> None:
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
    story.write("fk", "meeting.transition_held", held, fields)
    if rng.random() < rates.meeting_confirmed:
        day = later(rng, held, 0, 1)
        confirmation = story.write("af", "meeting.transition_held", day, fields, event=held)
        confirmation.kind = "confirmation"


def _refused(story: Story, benefit: str, considered: date, day: date) -> date:
    fields: dict[str, Any] = {
        "benefit": benefit,
        "decision": "avslag",
        "decided_at": day.isoformat(),
        "considered_at": considered.isoformat(),
        "first_application": False,
        "reason_group": "ingen_nedsatt_arbetsformaga",
        "sex": story.person.sex,
        "birth_year_month": story.person.birth_year_month,
    }
    if benefit == SICKNESS:
        fields["rehab_chain_day"] = story.rng.randint(181, 700)
        fields["sammanlaggning"] = False
        fields["last_day_with_sp"] = (day + timedelta(days=1)).isoformat()
    else:
        fields["resident_abroad"] = False
    story.write("fk", "status.benefit_decided", day, fields, units=False)
    return day


def _enrolment_and_sgi(
    story: Story, meeting_id: str, refused: date, rates: Rates, *, sick: bool
) -> None:
    rng = story.rng
    last_day = refused + timedelta(days=1)
    opened = None
    if sick and rng.random() < rates.sgi_opened:
        opened = _sgi_opened(story, meeting_id, last_day)
    elif rng.random() >= rates.enrolled_after:
        return
    missed = opened is not None and rng.random() < rates.sgi_missed
    days = rng.randint(_SGI_DAYS + 1, _SGI_DAYS + 9) if missed else rng.randint(2, _SGI_DAYS - 4)
    enrolled = last_day + timedelta(days=days)
    day = later(rng, max(enrolled, story.last_day), 0, 2)
    fields = {"enrolled_at": enrolled.isoformat(), "af_category": "oppet_arbetssokande"}
    story.write("af", "status.enrolled", day, fields, event=enrolled, units=False)
    if opened is not None:
        _sgi_answered(story, opened, enrolled, day, missed=missed)
        _at_risk(story, rates)
        _sgi_closed(story, opened, missed=missed)
    elif rng.random() < 0.1:
        _category_changed(story, "i_program")


def _sgi_opened(story: Story, meeting_id: str, last_day: date) -> Draft:
    fields = {
        "sgi_case_id": f"G-{story.case_id}",
        "meeting_id": meeting_id,
        "has_sgi": True,
        "last_day_with_sp": last_day.isoformat(),
        "insured_time": {"annual_hours": 1980},
    }
    return story.write("fk", "sgi.opened", later(story.rng, last_day, 0, 1), fields, event=last_day)


def _sgi_answered(story: Story, opened: Draft, enrolled: date, day: date, *, missed: bool) -> None:
    fields = {
        "sgi_case_id": opened.data["sgi_case_id"],
        "enrolled_at": enrolled.isoformat(),
        "active_seeking": {"value": True, "checked_at": day.isoformat()},
        "willing_extent_percent": 100,
    }
    draft = story.write(
        "af", "sgi.enrolment_answered", day, fields, event=enrolled, needs=(opened,)
    )
    if missed:
        draft.expect, draft.kind = WARNED, "warned"


def _at_risk(story: Story, rates: Rates) -> None:
    """AF's category "med förhinder" while the SGI case is open: accepted, both are told (BR-24)."""
    if story.rng.random() < rates.sgi_at_risk:
        draft = _category_changed(story, "arbetssokande_med_forhinder")
        draft.expect, draft.kind = WARNED, "warned"


def _category_changed(story: Story, category: str) -> Draft:
    day = later(story.rng, story.last_day, 1, 10)
    fields = {"af_category": category, "from": day.isoformat()}
    return story.write("af", "status.category_changed", day, fields, units=False)


def _sgi_closed(story: Story, opened: Draft, *, missed: bool) -> None:
    day = later(story.rng, story.last_day, 3, 14)
    fields = {
        "sgi_case_id": opened.data["sgi_case_id"],
        "protection_state": "missed" if missed else "protected",
        "decided_at": day.isoformat(),
    }
    story.write("fk", "sgi.closed", day, fields, needs=(opened,))


def refusal_counts(
    rng: random.Random, units: tuple[str, ...], share: float
) -> list[tuple[date, dict[str, Any]]]:
    """Monthly counts of refusals without identity, by unit, benefit and sex (BR-28)."""
    counts = []
    for month, unit, benefit, sex in product(
        range(1, 13), units, (SICKNESS, ACTIVITY), SEXES.values()
    ):
        if rng.random() < share:
            last = date(2024, month, 28)
            fields = {
                "event_at": last.isoformat(),
                "month": f"2024-{month:02d}",
                "unit": unit,
                "benefit": benefit,
                "sex": sex,
                "count": rng.randint(1, 3),
            }
            counts.append((later(rng, last + timedelta(days=4), 0, 2), fields))
    return counts
