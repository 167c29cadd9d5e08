"""The states of a case, as two literal tables (domain digest 4.1-4.2 and 5.2).

Rules. A state follows from the records of a round, taken in the order in which things happened,
never from the order in which messages arrived. What the table does not list leaves the state as it
is: a late or repeated report is a fact, not an error. Whether an unusual order deserves a warning
is said by the rules, not here.

Theory. Part 1 (rehabiliteringssamverkan) moves R0-R12; a new round begins at R1 again (T11). Part 2
(meetings for transition) moves M0-M8; with sickness benefit the meeting comes before the decision,
with AE and SE after it, so both orders stand in the table. Where the person went is unknown (M8)
when FK closes the SGI case saying so, or that nobody enrolled in time; an enrolment that is told of
later, or a return to the employer, is known again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from gateway.domain.records import (
    Assessment,
    BenefitDecided,
    Called,
    Closed,
    Enrolled,
    HandedOver,
    Initiated,
    InterventionMoved,
    Meeting,
    Remembered,
    SgiClosed,
)
from gateway.domain.rules.closing import NO_INFORMATION, REGAINED

#: State -> what it means, Swedish and English.
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "R0": ("pågående ärende", "ongoing case, no need identified"),
    "R1": ("behov identifierat", "need identified"),
    "R2": ("kallad", "called to the joint assessment"),
    "R3": ("gemensam kartläggning pågår", "joint assessment under way"),
    "R4": ("gemensam kartläggning genomförd", "joint assessment completed"),
    "R5": ("i samverkan, inskriven hos AF", "in the cooperation, enrolled at AF"),
    "R6": ("arbetsförberedande insats", "preparing intervention"),
    "R7": ("arbetslivsinriktad insats", "work-oriented intervention"),
    "R8": ("avslutad, arbetsförmåga", "closed, work ability regained"),
    "R9": ("avslutad, kvar i sjukförsäkringen", "closed, remaining in the insurance"),
    "R10": ("avslutad, ingen uppgift", "closed, no information"),
    "R11": ("avslutad efter kartläggning utan insats", "closed after the assessment only"),
    "R12": ("insats hos annan aktör, eller ej redo", "with another actor, or not ready"),
    "M0": ("bedömning hos FK", "assessment at FK"),
    "M1": ("erbjuden möte", "meeting offered"),
    "M2": ("tackat ja", "accepted"),
    "M3": ("tackat nej", "declined"),
    "M4": ("möte genomfört", "meeting held"),
    "M5": ("beslut fattat", "decision taken"),
    "M6": ("inskriven hos AF", "enrolled at AF"),
    "M7": ("åter hos arbetsgivare", "back with the employer"),
    "M8": ("okänt", "unknown"),
}

Table = Mapping[tuple[str, str], str]

#: Part 1. (state, what happened) -> state.
REHABILITATION: Final[Table] = {
    ("R0", "initiated"): "R1",
    ("R1", "called"): "R2",
    ("R1", "assessment_continues"): "R3",
    ("R1", "assessed"): "R4",
    ("R1", "assessed_elsewhere"): "R12",
    ("R1", "handed_over"): "R12",
    ("R2", "assessment_continues"): "R3",
    ("R2", "assessed"): "R4",
    ("R2", "assessed_elsewhere"): "R12",
    ("R2", "handed_over"): "R12",
    ("R3", "assessed"): "R4",
    ("R3", "assessed_elsewhere"): "R12",
    ("R3", "handed_over"): "R12",
    ("R4", "enrolled"): "R5",
    ("R4", "preparing_started"): "R6",
    ("R4", "work_oriented_started"): "R7",
    ("R4", "handed_over"): "R12",
    ("R5", "preparing_started"): "R6",
    ("R5", "work_oriented_started"): "R7",
    ("R5", "handed_over"): "R12",
    ("R6", "work_oriented_started"): "R7",
    ("R6", "intervention_ended"): "R5",
    ("R6", "handed_over"): "R12",
    ("R7", "preparing_started"): "R6",
    ("R7", "intervention_ended"): "R5",
    ("R7", "handed_over"): "R12",
    ("R12", "back_in_cooperation"): "R5",
    ("R12", "called"): "R2",
    ("R12", "assessed"): "R4",
    ("R12", "preparing_started"): "R6",
    ("R12", "work_oriented_started"): "R7",
    **{
        (f"R{number}", closing): state
        for number in (1, 2, 3, 4, 5, 6, 7, 12)
        for closing, state in (
            ("closed_regained", "R8"),
            ("closed_remaining", "R9"),
            ("closed_unknown", "R10"),
            ("closed_without_intervention", "R11"),
        )
    },
}

#: Part 2.
TRANSITION_MEETINGS: Final[Table] = {
    ("M0", "offered"): "M1",
    ("M0", "held"): "M4",
    ("M0", "decided"): "M5",
    ("M1", "said_yes"): "M2",
    ("M1", "said_no"): "M3",
    ("M1", "back_with_employer"): "M7",
    ("M1", "held"): "M4",
    ("M1", "decided"): "M5",
    ("M2", "held"): "M4",
    ("M2", "decided"): "M5",
    ("M2", "said_no"): "M3",
    ("M3", "said_yes"): "M2",
    ("M3", "decided"): "M5",
    ("M3", "held"): "M4",
    ("M4", "decided"): "M5",
    ("M4", "enrolled"): "M6",
    ("M5", "held"): "M4",
    ("M5", "enrolled"): "M6",
    ("M5", "back_with_employer"): "M7",
    ("M4", "lost_from_sight"): "M8",
    ("M5", "lost_from_sight"): "M8",
    ("M8", "enrolled"): "M6",
    ("M8", "back_with_employer"): "M7",
    ("M6", "held"): "M6",
    ("M6", "decided"): "M6",
}

_ELSEWHERE: Final = frozenset({"annan_aktor", "ej_redo_nu", "stod_fran_en_myndighet"})


def happening(record: Remembered, category: str | None = None) -> str | None:
    """The word of the tables for a record; None when it moves no state.

    `category` is that of the intervention that a started or ended one belongs to.
    """
    if isinstance(record, InterventionMoved):
        return _intervention(record, category)
    word = _WORDS.get(type(record))
    return word(record) if callable(word) else word


def _intervention(record: InterventionMoved, category: str | None) -> str:
    if record.started_at is None or record.ended_at is not None:
        return "intervention_ended"
    return "preparing_started" if category == "arbetsforberedande" else "work_oriented_started"


def _closing(record: Closed) -> str:
    if record.last_insats_category == "none":
        return "closed_without_intervention"
    if record.outcome in REGAINED:
        return "closed_regained"
    if record.outcome is None or record.outcome in NO_INFORMATION:
        return "closed_unknown"
    return "closed_remaining"


def _meeting(record: Meeting) -> str | None:
    if record.held_at is not None:
        return "held"
    if record.answer is not None:
        if record.answer_reason == "ater_arbetsgivare":
            return "back_with_employer"
        return {"ja": "said_yes", "nej": "said_no"}.get(record.answer)
    return "offered"


def _assessment(record: Assessment) -> str:
    if record.conclusion == "fler_moten":
        return "assessment_continues"
    return "assessed_elsewhere" if record.conclusion in _ELSEWHERE else "assessed"


def _handover(record: HandedOver) -> str:
    return "handed_over" if record.back_to_cooperation_at is None else "back_in_cooperation"


def _decision(record: BenefitDecided) -> str | None:
    return "decided" if record.decision in {"avslag", "upphora"} else None


def _protection(record: SgiClosed) -> str | None:
    return "lost_from_sight" if record.protection_state in {"missed", "unknown"} else None


#: Record class -> its word, or how to find it.
_WORDS: Final[Mapping[type, str | Callable[[Any], str | None]]] = {
    Initiated: "initiated",
    Called: "called",
    Enrolled: "enrolled",
    Assessment: _assessment,
    HandedOver: _handover,
    Closed: _closing,
    BenefitDecided: _decision,
    Meeting: _meeting,
    SgiClosed: _protection,
}


def walk(table: Table, start: str, happenings: Iterable[str]) -> list[str]:
    """The states passed through, the start first; a happening that is not listed stays."""
    states = [start]
    for word in happenings:
        following = table.get((states[-1], word))
        if following is not None and following != states[-1]:
            states.append(following)
    return states
