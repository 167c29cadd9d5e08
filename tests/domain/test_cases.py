"""A case has rounds; a round is opened, worked in and closed (requirements MF01-MF10, MF18)."""

from __future__ import annotations

import pytest

from tests.dsl import Gateway

REQUESTS = ["referral.called", "plan.intervention_proposed"]
FACTS = [
    "referral.answered",
    "meeting.assessment_completed",
    "meeting.follow_up_held",
    "plan.set",
    "plan.intervention_decided",
    "plan.intervention_started",
    "plan.intervention_ended",
]
AFTERWARDS = ["plan.closed", "plan.status_reported", "referral.handed_over"]
OF_NO_ROUND = ["meeting.contact_offered", "sgi.opened", "status.enrolled", "consent.recorded"]


def closed_case() -> Gateway:
    """A round with everything in it, closed on 1 March 2024; it is 10 March."""
    gateway = Gateway().on("2024-02-01").assessed_case()
    gateway.send("plan.intervention_decided")
    gateway.on("2024-03-01").send("plan.closed")
    return gateway.on("2024-03-10")


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_for_a_closed_round_is_refused(name: str):
    answer = closed_case().send(name)
    assert (answer.status, answer.codes[0]) == ("REJECTED", "case.closed")
    assert answer.details["case.closed"] == ("error", "data.case_id")


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_after_the_closing_is_accepted_and_flagged(name: str):
    answer = closed_case().send(name, handler_role="system")
    assert answer.status == "ACCEPTED_WITH_WARNING"
    assert answer.details["case.closed"] == ("warning", "data.case_id")
    assert len(answer.deliveries) == 1


@pytest.mark.parametrize("name", AFTERWARDS + OF_NO_ROUND)
def test_what_has_its_place_after_the_closing_is_not_flagged(name: str):
    assert "case.closed" not in closed_case().send(name).codes


@pytest.mark.parametrize("name", REQUESTS + FACTS)
@pytest.mark.parametrize("day", ["2024-02-29", "2024-03-01"])
def test_what_happened_up_to_the_day_of_closing_may_be_told_later(name: str, day: str):
    assert "case.closed" not in closed_case().send(name, day=day).codes


def test_a_closed_round_is_not_opened_again():
    answer = closed_case().send("referral.initiated")
    assert (answer.status, answer.codes) == ("REJECTED", ["case.closed"])


def test_a_new_round_is_opened_and_worked_in_apart_from_the_old_one():
    gateway = closed_case()
    assert gateway.send("referral.initiated", round_no=2).status == "ACCEPTED"
    assert gateway.send("referral.called", round_no=2).status == "ACCEPTED"
    assert gateway.send("plan.intervention_decided", round_no=2).codes[0] == "case.awaited"
    assert gateway.send("referral.called", round_no=1).status == "REJECTED"


def test_another_case_of_the_person_is_another_case():
    gateway = Gateway().opened_case()
    assert gateway.send("referral.called", case_id="S-2").codes == ["case.awaited"]
    gateway.send("referral.initiated", case_id="S-2")
    assert gateway.send("referral.called", case_id="S-2").status == "ACCEPTED"


def test_when_the_agencies_name_different_days_the_later_one_closes():
    gateway = closed_case()
    gateway.send("plan.closed", "af", day="2024-03-05", closed_at="2024-03-05")
    assert "case.closed" not in gateway.send("plan.set", day="2024-03-05").codes
    assert "case.closed" in gateway.send("plan.set", day="2024-03-06").codes


def test_a_voided_closing_opens_the_round_again():
    gateway = Gateway().on("2024-03-01").opened_case()
    closed = gateway.send("plan.closed")
    assert gateway.on("2024-03-10").send("referral.called").status == "REJECTED"
    gateway.void(closed)
    assert gateway.send("referral.called").status == "ACCEPTED"


def test_a_closing_corrected_to_a_later_day_lets_requests_up_to_it_pass():
    gateway = Gateway().on("2024-03-01").opened_case()
    closed = gateway.send("plan.closed")
    gateway.on("2024-03-10").correct(closed, changes={"closed_at": "2024-03-10"})
    assert gateway.send("referral.called").status == "ACCEPTED"


def test_the_day_of_a_point_in_time_is_the_swedish_one():
    """A quarter past midnight in Sweden is still the day before in UTC."""
    gateway = closed_case()
    late = gateway.send("referral.called", event_at="2024-03-01T22:45:00Z")
    assert late.status == "ACCEPTED"
    next_day = gateway.send("referral.called", event_at="2024-03-01T23:15:00Z")
    assert next_day.codes == ["case.closed"]
