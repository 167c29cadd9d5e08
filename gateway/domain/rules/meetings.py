"""Rules on meetings for transition: BR-14 (contact), BR-15 (form), BR-16 (order), BR-17, BR-21."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from gateway.domain.days import Day, day_of
from gateway.domain.rules.intervention import SICKNESS_BENEFIT
from gateway.domain.rules.situation import Situation, day_or_none, error, warning
from gateway.domain.state import Flag

#: Kontaktmöte: the first day of the rehabilitation chain on which it is offered, by year, and the
#: last (printed 90 in 2018-2019, 91 in 2024; 181 and 180: the stricter is flagged, never refused).
_FIRST_DAY: Final = 91
_FIRST_DAY_2019: Final = 90
_LAST_DAY: Final = 180
_INTRODUCED: Final[Day] = day_of(date(2008, 1, 1))
_NEW_CONDITION: Final[Day] = day_of(date(2018, 1, 1))
_OLD_CONDITION_ENDS: Final[Day] = day_of(date(2020, 1, 1))


def form_follows_date(s: Situation) -> Iterator[Flag]:
    """BR-15: överlämningsmöte until 2018-05-31, omställningsmöte from 2018-06-01.

    A migrated record keeps the form it was registered with and is only flagged.
    """
    day = day_of(s.data.held_at if s.type_name.endswith("_held") else s.data.offered_at)
    new_form = day >= s.context.terms.dates.day("omstallningsmote")
    expected = "omstallningsmote" if new_form else "overlamningsmote"
    if s.data.meeting_form == expected:
        return
    migrated = s.data.capture == "migrated"
    yield (warning if migrated else error)("BR-15", "data.meeting_form")


def contact_conditions(s: Situation) -> Iterator[Flag]:
    """BR-14: a contact meeting is for a person with SP and an employer, day 91 to 180.

    An offer to somebody known to be without SP is refused; a meeting that was held is flagged.
    The form came with the rehabilitation chain in 2008; what is migrated from before is left alone.
    """
    if s.day < _INTRODUCED:
        return
    known = s.person.latest_benefit(s.day)
    if known and not SICKNESS_BENEFIT & set(known):
        offered = s.type_name == "meeting.contact_offered"
        yield (error if offered else warning)("BR-14", "data.meeting_id", "no_sickness_benefit")
    if s.data.has_employer is False:
        yield warning("BR-14", "data.has_employer", "no_employer")
    first = _FIRST_DAY if s.day >= _OLD_CONDITION_ENDS else _FIRST_DAY_2019
    chain_day = s.data.rehab_chain_day
    if chain_day is not None and not first <= chain_day <= _LAST_DAY:
        yield warning("BR-14", "data.rehab_chain_day", "chain_day")


def contact_offer_conditions(s: Situation) -> Iterator[Flag]:
    """BR-14, second condition: ability for normal work was asked for in 2018 and 2019."""
    asked = _NEW_CONDITION <= s.day < _OLD_CONDITION_ENDS
    if asked and s.data.no_reduced_ability_normal_work is None:
        yield warning("BR-14", "data.no_reduced_ability_normal_work", "ability")


def _refused_at(s: Situation) -> Day | None:
    """The day of the refusal that a meeting belongs to, from the message or FK's decision."""
    own = day_or_none(s.data.refusal_decided_at)
    if own is not None:
        return own
    return min(
        (
            decision.decided_at
            for entry, decision in s.person.decisions
            if decision.decision == "avslag"
            and decision.benefit == s.data.benefit
            and entry.case_id == s.message.case_id
        ),
        default=None,
    )


def _order_is_in_force(s: Situation) -> bool:
    """With AE and SE there has always been an order; with SP since there is omställningsmöte."""
    since = s.context.terms.dates.day("omstallningsmote")
    return s.day >= since or s.data.benefit != "sjukpenning"


def offered_before_decision(s: Situation) -> Iterator[Flag]:
    """BR-16: the meeting is offered before the refusal is decided, whatever the benefit."""
    if not _order_is_in_force(s):
        return
    refused_at = _refused_at(s)
    if refused_at is not None and day_of(s.data.offered_at) > refused_at:
        yield warning("BR-16", "data.offered_at", "offered_after_decision")


def held_in_order(s: Situation) -> Iterator[Flag]:
    """BR-16: with SP the meeting is held before the decision, with AE and SE after it.

    A meeting in the wrong order still happened and is counted.
    """
    if not _order_is_in_force(s):
        return
    refused_at = _refused_at(s)
    held_at = day_of(s.data.held_at)
    if s.data.benefit == "sjukpenning":
        if refused_at is not None and held_at > refused_at:
            yield warning("BR-16", "data.held_at", "held_after_decision")
    elif refused_at is None or held_at < refused_at:
        yield warning("BR-16", "data.held_at", "held_before_decision")


def not_on_first_application(s: Situation) -> Iterator[Flag]:
    """BR-17: no meeting is offered on refusal of a first application for sickness benefit."""
    since = s.context.terms.dates.day("meetings_2024")
    if s.day >= since and s.data.benefit == "sjukpenning" and s.data.first_application:
        yield warning("BR-17", "data.first_application")


def enrolment_support(s: Situation) -> Iterator[Flag]:
    """BR-21: AF offers support to enrol to all who take part."""
    if s.day >= s.context.terms.dates.day("meetings_2024") and not s.data.enrol_support_offered:
        yield warning("BR-21", "data.enrol_support_offered")
