"""BR-35: what both agencies report counts once; the second report is a confirmation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answer import counted
from tests.dsl import Answer, Gateway

JOINT: dict[str, tuple[str, str]] = {
    "meeting.assessment_completed": ("gk_id", "completed_at"),
    "meeting.follow_up_held": ("follow_up_id", "held_at"),
    "meeting.contact_held": ("meeting_id", "held_at"),
    "meeting.transition_held": ("meeting_id", "held_at"),
}


def reported(gateway: Gateway, name: str, agency: str, number: str, day: str) -> Answer:
    """A report of something with an id, on a day of March 2024."""
    identity, when = JOINT[name]
    data: dict[str, Any] = {identity: number, when: f"2024-03-{day}", "day": f"2024-03-{day}"}
    if name == "meeting.assessment_completed":
        data["meetings"] = [
            {
                "held_at": f"2024-03-{day}",
                "channel": "fysiskt",
                "attendees": ["individ", "forsakringsutredare", "arbetsformedlare"],
            }
        ]
    return gateway.send(name, agency, **data)


def confirms(answer: Answer) -> str | None:
    """The fact that a report confirms."""
    fact = answer.fact
    assert ("BR-35" in fact["flags"]) is ("confirms" in fact["fields"])
    return fact["fields"].get("confirms")


def march() -> Gateway:
    gateway = Gateway().on("2024-03-01").opened_case()
    return gateway.on("2024-03-31")


@pytest.mark.parametrize("name", JOINT)
@pytest.mark.parametrize(("first", "second"), [("fk", "af"), ("af", "fk")])
def test_whoever_comes_second_confirms(name: str, first: str, second: str):
    gateway = march()
    one = reported(gateway, name, first, "X-1", "10")
    two = reported(gateway, name, second, "Y-9", "10")
    assert (confirms(one), confirms(two)) == (None, one.fact_id)
    assert [len(answer.deliveries) for answer in (one, two)] == [1, 1]
    assert sum(1 for key in counted(gateway.log) if key[0] == name and not key[4]) == 1


@pytest.mark.parametrize("name", JOINT)
@pytest.mark.parametrize(
    ("day", "same"), [("09", True), ("11", True), ("08", False), ("12", False)]
)
def test_reports_a_day_apart_are_of_the_same_thing_and_two_days_are_not(
    name: str, day: str, same: bool
):
    gateway = march()
    one = reported(gateway, name, "fk", "X-1", "10")
    two = reported(gateway, name, "af", "Y-9", day)
    assert confirms(two) == (one.fact_id if same else None)


@pytest.mark.parametrize("name", JOINT)
@pytest.mark.parametrize("agency", ["fk", "af"])
def test_reports_with_the_same_id_are_of_the_same_thing_whatever_the_day_and_sender(
    name: str, agency: str
):
    gateway = march()
    one = reported(gateway, name, "fk", "X-1", "10")
    assert confirms(reported(gateway, name, agency, "X-1", "20")) == one.fact_id


@pytest.mark.parametrize("name", JOINT)
def test_two_things_of_one_agency_on_one_day_are_two(name: str):
    gateway = march()
    reported(gateway, name, "fk", "X-1", "10")
    assert confirms(reported(gateway, name, "fk", "X-2", "10")) is None


@pytest.mark.parametrize("name", JOINT)
def test_another_round_is_another_thing(name: str):
    gateway = march()
    gateway.send("referral.initiated", round_no=2)
    reported(gateway, name, "fk", "X-1", "10")
    identity, when = JOINT[name]
    two = gateway.send(
        name, "af", round_no=2, **{identity: "Y-9", when: "2024-03-10"}, day="2024-03-10"
    )
    assert confirms(two) is None


def test_a_contact_meeting_is_no_transition_meeting():
    gateway = march()
    reported(gateway, "meeting.contact_held", "fk", "X-1", "10")
    assert confirms(reported(gateway, "meeting.transition_held", "af", "Y-1", "10")) is None


def test_meetings_of_different_forms_are_two():
    gateway = Gateway().on("2018-06-10")
    gateway.consented()
    old = {"meeting_form": "overlamningsmote", "held_at": "2018-05-31", "day": "2018-05-31"}
    new = {"held_at": "2018-06-01", "day": "2018-06-01", "meeting_id": "O-2"}
    assert confirms(gateway.send("meeting.transition_held", "fk", **old)) is None
    assert confirms(gateway.send("meeting.transition_held", "af", **new)) is None


@pytest.mark.parametrize(("first", "second"), [("fk", "af"), ("af", "fk"), ("fk", "fk")])
def test_a_round_closes_once_whatever_the_days(first: str, second: str):
    gateway = march()
    one = gateway.send("plan.closed", first, day="2024-03-10")
    two = gateway.send("plan.closed", second, day="2024-03-20")
    assert (confirms(one), confirms(two)) == (None, one.fact_id)


@pytest.mark.parametrize(("second", "same"), [("af", True), ("fk", False)])
def test_the_agencies_statuses_of_a_round_are_one(second: str, same: bool):
    gateway = march()
    gateway.send("plan.closed", day="2024-03-10")
    one = gateway.send("plan.status_reported", "fk", day="2024-03-20")
    two = gateway.send("plan.status_reported", second, day="2024-03-25")
    assert confirms(two) == (one.fact_id if same else None)


def test_a_confirmation_is_accepted_without_remark():
    gateway = march()
    reported(gateway, "meeting.assessment_completed", "fk", "X-1", "10")
    two = reported(gateway, "meeting.assessment_completed", "af", "X-1", "10")
    assert (two.status, two.codes, two.quality) == ("ACCEPTED", [], [])


def test_a_voided_report_is_not_confirmed():
    gateway = march()
    one = reported(gateway, "meeting.contact_held", "fk", "X-1", "10")
    gateway.void(one)
    assert confirms(reported(gateway, "meeting.contact_held", "af", "X-1", "10")) is None


def test_a_report_corrected_to_another_day_is_confirmed_there():
    gateway = march()
    one = reported(gateway, "meeting.contact_held", "fk", "X-1", "10")
    gateway.correct(one, changes={"held_at": "2024-03-20"})
    assert confirms(reported(gateway, "meeting.contact_held", "af", "Y-1", "10")) is None
    gateway = march()
    one = reported(gateway, "meeting.contact_held", "fk", "X-1", "10")
    gateway.correct(one, changes={"held_at": "2024-03-20"})
    assert confirms(reported(gateway, "meeting.contact_held", "af", "Y-1", "20")) == one.fact_id


def test_a_first_report_that_is_corrected_stays_the_first():
    gateway = march()
    one = reported(gateway, "meeting.contact_held", "fk", "X-1", "10")
    two = reported(gateway, "meeting.contact_held", "af", "Y-1", "10")
    assert confirms(two) == one.fact_id
    assert confirms(gateway.correct(one, changes={"channel": "video"})) is None
    assert confirms(gateway.correct(two, changes={"channel": "video"})) == one.fact_id


def test_a_first_report_corrected_to_what_was_reported_since_confirms_that():
    """As it would have been confirmed, had the correction come first."""
    gateway = march()
    one = reported(gateway, "meeting.contact_held", "fk", "X-1", "10")
    two = reported(gateway, "meeting.contact_held", "af", "Y-1", "20")
    assert confirms(two) is None
    corrected = gateway.correct(one, changes={"held_at": "2024-03-20"})
    assert confirms(corrected) == two.fact_id
