"""Rules whose action is to derive: they answer nothing, they mark the follow-up fact.

BR-19, BR-31 and BR-42 say which facts stand outside a population, BR-20 that information is due,
BR-25 that there is no SGI to protect, BR-39 that a round has more than one assessment. The event
itself is accepted and kept in every case; definitions read the mark or the fields beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from gateway.domain.days import day_of
from gateway.domain.joint import same_thing
from gateway.domain.person import Case
from gateway.domain.state import Entry

#: Whether a fact gets the mark: the message's data, its round, what is remembered of it.
Mark = Callable[[Any, Case, Entry], bool]

#: The years of the definitions that leave something out, first and last day.
_DEFINITION_2022: Final = (day_of(date(2022, 1, 1)), day_of(date(2024, 12, 31)))
_POPULATION_2014: Final = (day_of(date(2014, 1, 1)), day_of(date(2014, 12, 31)))
_OUTCOMES_WITHOUT_GK_ONLY: Final = day_of(date(2018, 1, 1))
_CHAIN_DAY: Final = 180


def outside_enrolment_population(data: Any, _: Case, entry: Entry) -> bool:
    """BR-19: förlängd skolgång, and SP refused before day 180, are outside the population of N23.

    Refusals without a rehabilitation chain and sammanläggningsärenden are inside (24 fn 19).
    """
    if getattr(data, "decision", "avslag") != "avslag":
        return False
    first, last = _DEFINITION_2022
    if not first <= entry.day <= last:
        return False
    if data.benefit == "aktivitetsersattning_forlangd_skolgang":
        return True
    inside = data.no_chain_reason is not None or bool(data.sammanlaggning)
    early = data.rehab_chain_day is not None and data.rehab_chain_day < _CHAIN_DAY
    return data.benefit == "sjukpenning" and early and not inside


def declined(data: Any, _case: Case, _entry: Entry) -> bool:
    """BR-20: who declines a meeting, which is voluntary, is to get the information another way."""
    return bool(data.answer == "nej")


def nothing_to_protect(data: Any, _case: Case, _entry: Entry) -> bool:
    """BR-25: without SGI, so also with only AE or SE, the protection does not apply."""
    return not data.has_sgi


def after_assessment_only(data: Any, _: Case, entry: Entry) -> bool:
    """BR-31: from 2018 a closing without any intervention is no outcome, and is counted apart."""
    return entry.day >= _OUTCOMES_WITHOUT_GK_ONLY and (
        data.last_insats_category == "none" or data.outcome == "closed_after_gk_only"
    )


def second_in_the_round(_: Any, case: Case, entry: Entry) -> bool:
    """BR-39: an assessment counts once; one more needs a new round."""
    return any(
        (other.message_id, other.source) != (entry.message_id, entry.source)
        and not same_thing(other, entry)
        for other, _ in case.assessments
    )


def work_introduction(data: Any, _: Case, entry: Entry) -> bool:
    """BR-42: arbetslivsintroduktion is outside the population of 2014."""
    first, last = _POPULATION_2014
    return data.program == "arbetslivsintroduktion" and first <= entry.day <= last


_INTERVENTION: Final = (("BR-42", work_introduction),)

#: Message type -> (rule, when its fact is marked).
MARKS: Final[Mapping[str, tuple[tuple[str, Mark], ...]]] = {
    "status.benefit_decided": (("BR-19", outside_enrolment_population),),
    "meeting.transition_held": (("BR-19", outside_enrolment_population),),
    "meeting.transition_answered": (("BR-20", declined),),
    "sgi.opened": (("BR-25", nothing_to_protect),),
    "plan.closed": (("BR-31", after_assessment_only),),
    "meeting.assessment_completed": (("BR-39", second_in_the_round),),
    "plan.intervention_decided": _INTERVENTION,
    "plan.intervention_started": _INTERVENTION,
    "plan.intervention_ended": _INTERVENTION,
}


def marks(type_name: str, data: Any, case: Case, entry: Entry) -> list[str]:
    """The rules that mark the fact of an accepted message."""
    checks = MARKS.get(type_name)
    return [] if checks is None else [rule for rule, mark in checks if mark(data, case, entry)]
