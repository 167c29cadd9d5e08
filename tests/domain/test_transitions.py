"""The states of a case as tables: every word is made by a record, every state can be reached."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.records import (
    Assessment,
    BenefitDecided,
    Called,
    Closed,
    Consent,
    Enrolled,
    HandedOver,
    Initiated,
    InterventionMoved,
    Meeting,
    Nothing,
    PlanSet,
    Remembered,
    SgiClosed,
)
from gateway.domain.transitions import (
    REHABILITATION,
    STATES,
    TRANSITION_MEETINGS,
    happening,
    walk,
)

DAY = 19_800


def closed(outcome: str | None, last: str = "arbetslivsinriktad") -> Closed:
    return Closed(closed_at=DAY, last_insats_category=last, outcome=outcome)


def moved(**dates: int) -> InterventionMoved:
    return InterventionMoved(insats_id="I", **dates)


def meeting(**data: Any) -> Meeting:
    return Meeting(meeting_id="O", **data)


def assessment(conclusion: str) -> Assessment:
    return Assessment(gk_id="G", completed_at=DAY, conclusion=conclusion)


def decided(decision: str) -> BenefitDecided:
    return BenefitDecided(benefit="sjukpenning", decision=decision, decided_at=DAY)


OPENED = Initiated(
    initiating_path="fk_identified",
    need_identified_at=DAY,
    benefits=(),
    has_sgi=True,
    employment="arbetslos",
)


def sgi_closed(state: str) -> SgiClosed:
    return SgiClosed(sgi_case_id="G", protection_state=state, decided_at=DAY)


HAPPENINGS: list[tuple[Remembered, str | None, str | None]] = [
    (OPENED, None, "initiated"),
    (Called(kallelse_at=DAY), None, "called"),
    (Enrolled(enrolled_at=DAY, af_category="i_program"), None, "enrolled"),
    (assessment("fler_moten"), None, "assessment_continues"),
    (assessment("annan_aktor"), None, "assessed_elsewhere"),
    (assessment("ej_redo_nu"), None, "assessed_elsewhere"),
    (assessment("stod_fran_en_myndighet"), None, "assessed_elsewhere"),
    (assessment("plan_af_insats"), None, "assessed"),
    (HandedOver(actor="kommun", handed_at=DAY), None, "handed_over"),
    (
        HandedOver(actor="kommun", handed_at=DAY, back_to_cooperation_at=DAY),
        None,
        "back_in_cooperation",
    ),
    (moved(started_at=DAY), "arbetsforberedande", "preparing_started"),
    (moved(started_at=DAY), "arbetslivsinriktad", "work_oriented_started"),
    (moved(started_at=DAY), None, "work_oriented_started"),
    (moved(started_at=DAY, ended_at=DAY), "arbetsforberedande", "intervention_ended"),
    (moved(ended_at=DAY), None, "intervention_ended"),
    (closed("studies"), None, "closed_regained"),
    (closed("kvar_sp"), None, "closed_remaining"),
    (closed("ingen_uppgift"), None, "closed_unknown"),
    (closed(None), None, "closed_unknown"),
    (closed("studies", last="none"), None, "closed_without_intervention"),
    (decided("avslag"), None, "decided"),
    (decided("upphora"), None, "decided"),
    (decided("bevilja"), None, None),
    (meeting(offered_at=DAY), None, "offered"),
    (meeting(answered_at=DAY, answer="ja"), None, "said_yes"),
    (meeting(answered_at=DAY, answer="nej"), None, "said_no"),
    (
        meeting(answered_at=DAY, answer="nej", answer_reason="ater_arbetsgivare"),
        None,
        "back_with_employer",
    ),
    (meeting(answered_at=DAY, answer="inget_svar"), None, None),
    (meeting(offered_at=DAY, answer="ja", held_at=DAY), None, "held"),
    (sgi_closed("missed"), None, "lost_from_sight"),
    (sgi_closed("unknown"), None, "lost_from_sight"),
    (sgi_closed("protected"), None, None),
    (Nothing(), None, None),
    (PlanSet(plan_id="P", version=1, valid_from=DAY), None, None),
    (Consent(purposes=(), families=(), parties=()), None, None),
]


@pytest.mark.parametrize(("record", "category", "word"), HAPPENINGS)
def test_a_record_is_the_happening_that_it_says(
    record: Remembered, category: str | None, word: str | None
):
    assert happening(record, category) == word


@pytest.mark.parametrize("table", [REHABILITATION, TRANSITION_MEETINGS])
def test_every_word_of_a_table_is_made_by_some_record(table: Any):
    words = {word for _, word in table}
    assert words <= {word for _, _, word in HAPPENINGS}


@pytest.mark.parametrize(("table", "start"), [(REHABILITATION, "R0"), (TRANSITION_MEETINGS, "M0")])
def test_every_state_is_described_and_can_be_reached(table: Any, start: str):
    reached = {start}
    while following := {to for (of, _), to in table.items() if of in reached} - reached:
        reached |= following
    described = {state for state in STATES if state[0] == start[0]}
    assert reached == described


def test_nothing_leads_out_of_a_closed_round():
    assert not [state for state, _ in REHABILITATION if state in {"R8", "R9", "R10", "R11"}]


@pytest.mark.parametrize(
    ("words", "states"),
    [
        ([], ["R0"]),
        (
            ["initiated", "called", "assessed", "enrolled", "work_oriented_started"],
            ["R0", "R1", "R2", "R4", "R5", "R7"],
        ),
        (["called", "assessed"], ["R0"]),
        (["initiated", "initiated", "closed_unknown", "called"], ["R0", "R1", "R10"]),
        (
            ["initiated", "assessed", "preparing_started", "handed_over", "back_in_cooperation"],
            ["R0", "R1", "R4", "R6", "R12", "R5"],
        ),
    ],
)
def test_a_round_walks_through_its_states(words: list[str], states: list[str]):
    """What the table does not list leaves the state as it is."""
    assert walk(REHABILITATION, "R0", words) == states


@pytest.mark.parametrize(
    ("words", "states"),
    [
        (
            ["offered", "said_yes", "held", "decided", "enrolled"],
            ["M0", "M1", "M2", "M4", "M5", "M6"],
        ),
        (["decided", "held", "enrolled", "held"], ["M0", "M5", "M4", "M6"]),
        (["offered", "said_no", "decided", "back_with_employer"], ["M0", "M1", "M3", "M5", "M7"]),
        (["decided", "held", "lost_from_sight"], ["M0", "M5", "M4", "M8"]),
        (["offered", "decided", "lost_from_sight", "enrolled"], ["M0", "M1", "M5", "M8", "M6"]),
    ],
)
def test_both_orders_of_meeting_and_decision_are_walked(words: list[str], states: list[str]):
    assert walk(TRANSITION_MEETINGS, "M0", words) == states
