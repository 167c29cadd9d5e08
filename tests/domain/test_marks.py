"""Rules that mark facts (BR-19, 20, 25, 31, 39, 42), beyond the lines of the table of rules."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.rules.situation import error, hold, warning
from gateway.domain.state import Flag
from tests.dsl import Gateway

SP = "sjukpenning"


def consented(day: str) -> Gateway:
    gateway = Gateway().on(day)
    gateway.consented()
    return gateway


@pytest.mark.parametrize(
    ("data", "marked"),
    [
        ({"rehab_chain_day": 179}, True),
        ({"rehab_chain_day": 180}, False),
        ({"rehab_chain_day": None}, False),
        ({"rehab_chain_day": 100, "sammanlaggning": True}, False),
        ({"rehab_chain_day": 100, "sammanlaggning": False}, True),
        ({"rehab_chain_day": 100, "no_chain_reason": "studerande"}, False),
        ({"rehab_chain_day": 100, "benefit": "sjukersattning"}, False),
    ],
)
def test_a_meeting_is_marked_like_the_refusal_that_it_belongs_to(
    data: dict[str, Any], marked: bool
):
    """BR-19: the population of enrolments after a meeting is one of persons with a meeting."""
    decided = {"refusal_decided_at": "2023-03-01", **data}
    answer = consented("2023-03-01").send("meeting.transition_held", **decided)
    assert ("BR-19" in answer.fact["flags"]) is marked


def test_a_confirmation_is_no_second_assessment_of_the_round():
    """BR-39 against BR-35, also when the first report is corrected after it was confirmed."""
    gateway = Gateway().on("2024-03-01").opened_case()
    first = gateway.send("meeting.assessment_completed")
    second = gateway.send("meeting.assessment_completed", "af", gk_id="AF-1")
    assert second.fact["flags"] == ["BR-35"]
    corrected = gateway.correct(first, changes={"conclusion": "ej_redo_nu"})
    assert corrected.fact["flags"] == []


def test_a_mark_stands_beside_the_codes_of_the_receipt():
    gateway = Gateway().on("2024-03-01").assessed_case()
    closed = gateway.send("plan.closed", last_insats_category="none", outcome="ingen_uppgift")
    assert closed.codes == ["BR-30"]
    assert closed.fact["flags"] == ["BR-30", "BR-31"]
    assert closed.quality[0]["flags"] == ["BR-30"]


def test_a_closing_that_says_so_itself_is_after_the_assessment_only():
    gateway = Gateway().on("2024-03-01").assessed_case()
    assert gateway.send("plan.closed", outcome="closed_after_gk_only").fact["flags"] == ["BR-31"]


def test_the_start_and_end_of_a_work_introduction_are_marked_where_they_name_it():
    gateway = Gateway().on("2014-03-01").assessed_case()
    gateway.send("plan.intervention_decided", program="arbetslivsintroduktion")
    named = gateway.send("plan.intervention_started", program="arbetslivsintroduktion")
    assert named.fact["flags"] == ["BR-42"]
    assert gateway.send("plan.intervention_ended").fact["flags"] == []


def test_nothing_is_marked_for_what_no_rule_looks_at():
    assert consented("2024-03-01").send("status.enrolled").fact["flags"] == []


def test_a_finding_without_a_detail_has_an_empty_one():
    """It stands in the stored state."""
    assert error("BR-01") == Flag("BR-01", "error", None, "")
    assert warning("BR-01") == Flag("BR-01", "warning", None, "")
    assert hold("BR-06") == Flag("BR-06", "hold", None, "")
