"""Rules on the joint assessment (BR-04, 05, 41), on what is late (BR-36) or impossible (BR-37)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.defaults import DEFAULTS, THE_THREE
from tests.dsl import Gateway


def meeting(day: str, *attendees: str) -> dict[str, Any]:
    return {"held_at": day, "channel": "fysiskt", "attendees": list(attendees or THE_THREE)}


# -- BR-04: the three parties


@pytest.mark.parametrize("missing", THE_THREE)
def test_an_assessment_without_one_of_the_three_is_another_kind_of_meeting(missing: str):
    gateway = Gateway().opened_case()
    attendees = [name for name in THE_THREE if name != missing] + ["vardgivare"]
    answer = gateway.send(
        "meeting.assessment_completed", meetings=[meeting("2024-01-10", *attendees)]
    )
    assert answer.details["BR-04"] == ("error", "data.meetings")
    assert answer.status == "REJECTED"


def test_others_may_take_part_too():
    gateway = Gateway().opened_case()
    meetings = [meeting("2024-01-10", *THE_THREE, "arbetsgivare")]
    assert gateway.send("meeting.assessment_completed", meetings=meetings).status == "ACCEPTED"


def test_of_several_meetings_one_with_all_three_is_enough():
    gateway = Gateway().opened_case()
    meetings = [meeting("2024-01-09", "individ"), meeting("2024-01-10")]
    assert gateway.send("meeting.assessment_completed", meetings=meetings).status == "ACCEPTED"


def test_the_three_at_different_meetings_are_no_joint_assessment():
    gateway = Gateway().opened_case()
    meetings = [meeting("2024-01-10", "individ", name) for name in THE_THREE[1:]]
    assert gateway.send("meeting.assessment_completed", meetings=meetings).codes == ["BR-04"]


# -- BR-05: a plan or a next step

NEXT = {"actor": "af", "step": "annat", "date": "2024-02-01"}


@pytest.mark.parametrize(
    ("day", "conclusion", "flagged"),
    [
        ("2023-11-30", "ej_redo_nu", False),
        ("2023-11-30", "plan_af_insats", True),
        ("2023-12-01", "ej_redo_nu", True),
        ("2023-12-01", "plan_af_insats", True),
    ],
)
def test_an_assessment_ends_with_a_plan_or_a_next_step(day: str, conclusion: str, flagged: bool):
    gateway = Gateway().on(day).opened_case()
    data: dict[str, Any] = {"conclusion": conclusion, "plan_id": None}
    answer = gateway.send("meeting.assessment_completed", **data)
    assert answer.details == ({"BR-05": ("warning", "data.plan_id")} if flagged else {})
    for ending in ({"plan_id": "P-1"}, {"next_step": NEXT}):
        assert gateway.send("meeting.assessment_completed", **{**data, **ending}).codes == []


# -- BR-41: consultative support


@pytest.mark.parametrize(("employment", "flagged"), [("anstalld", False), ("arbetslos", True)])
def test_consultative_support_goes_to_an_employer(employment: str, flagged: bool):
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.initiated", employment=employment)
    answer = gateway.send("meeting.assessment_completed", conclusion="arbetsgivarstod_konsultativt")
    assert answer.details == ({"BR-41": ("warning", "data.conclusion")} if flagged else {})


def test_without_a_known_opening_nothing_is_said_of_the_employment():
    gateway = Gateway()
    gateway.consented()
    gateway.send("meeting.assessment_completed", conclusion="arbetsgivarstod_konsultativt")
    (receipt,) = gateway.later(days=14).tick().receipts
    assert [r["code"] for r in receipt["reasons"]] == ["hold.expired"]


# -- BR-37: impossible dates


def test_an_assessment_is_not_completed_before_its_last_meeting():
    gateway = Gateway().on("2024-01-01").opened_case().on("2024-01-10")
    data = {"meetings": [meeting("2024-01-10")], "completed_at": "2024-01-09"}
    answer = gateway.send("meeting.assessment_completed", **data)
    assert answer.details == {"BR-37": ("error", "data.completed_at")}


def test_an_assessment_is_not_completed_tomorrow():
    gateway = Gateway().opened_case()
    answer = gateway.send("meeting.assessment_completed", completed_at="2024-01-11")
    assert answer.details == {"BR-37": ("error", "data.completed_at")}


@pytest.mark.parametrize(("completed", "codes"), [("2024-01-04", ["BR-37"]), ("2024-01-05", [])])
def test_an_assessment_before_the_need_is_flagged(completed: str, codes: list[str]):
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.initiated", need_identified_at="2024-01-05")
    answer = gateway.send(
        "meeting.assessment_completed",
        meetings=[meeting("2024-01-03")],
        completed_at=completed,
    )
    assert answer.codes == codes
    assert answer.status == ("ACCEPTED_WITH_WARNING" if codes else "ACCEPTED")


@pytest.mark.parametrize("name", sorted(set(DEFAULTS) - {"consent.refusal_counted"}))
def test_what_has_not_happened_yet_is_refused_whatever_it_is(name: str):
    gateway = Gateway().assessed_case()
    answer = gateway.send(name, event_at="2024-01-11")
    assert answer.status == "REJECTED"
    assert answer.details["BR-37"][0] == "error"
    assert "data.event_at" in {r["path"] for r in answer.receipt["reasons"]}


def test_today_is_the_swedish_day():
    gateway = Gateway().opened_case()
    gateway.on("2024-01-10T23:30")
    assert gateway.send("referral.answered", event_at="2024-01-11").codes == ["BR-37"]
    gateway.on("2024-01-11T00:00")
    assert gateway.send("referral.answered", event_at="2024-01-11").codes == []


@pytest.mark.parametrize(("ended", "codes"), [("2024-02-04", ["BR-37"]), ("2024-02-05", [])])
@pytest.mark.parametrize("own", [True, False])
def test_an_intervention_does_not_end_before_it_starts(ended: str, codes: list[str], own: bool):
    """The start is that of the message, else that of the start message."""
    gateway = Gateway().on("2024-02-10").assessed_case()
    gateway.send("plan.intervention_decided")
    gateway.send("plan.intervention_decided", insats_id="I-2")
    gateway.send("plan.intervention_started", started_at="2024-02-09", insats_id="I-2")
    started = {"started_at": "2024-02-05"}
    if not own:
        gateway.send("plan.intervention_started", **started)
    data = {"ended_at": ended, **(started if own else {})}
    answer = gateway.send("plan.intervention_ended", **data)
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-37"] == ("error", "data.ended_at")


def test_an_end_without_a_known_start_is_possible():
    gateway = Gateway().assessed_case()
    gateway.send("plan.intervention_decided")
    assert gateway.send("plan.intervention_ended", ended_at="2020-01-01").status == "ACCEPTED"


SPAN = {"benefit": "sjukpenning", "extent": 1, "from": "2024-01-05", "to": "2024-01-04"}
ACTIVITY = {
    "activity_id": "A-1",
    "activity_type": "vagledning",
    "responsible": "af",
    "planned_start": "2024-02-02",
    "planned_end": "2024-02-01",
}


@pytest.mark.parametrize(
    ("name", "data", "path"),
    [
        ("referral.initiated", {"benefits": [SPAN]}, "data.benefits[0].to"),
        ("status.benefit_decided", {"periods": [SPAN]}, "data.periods[0].to"),
        ("plan.closed", {"benefits_before": [SPAN]}, "data.benefits_before[0].to"),
        ("plan.closed", {"benefits_after": [SPAN]}, "data.benefits_after[0].to"),
        ("plan.set", {"activities": [ACTIVITY]}, "data.activities[0].planned_end"),
        ("consent.recorded", {"valid_to": "2024-01-09"}, "data.valid_to"),
    ],
)
def test_nothing_ends_before_it_starts(name: str, data: dict[str, Any], path: str):
    answer = Gateway().opened_case().send(name, **data)
    assert answer.details == {"BR-37": ("error", path)}
    assert answer.status == "REJECTED"


@pytest.mark.parametrize("to", ["2024-01-05", None])
def test_a_span_of_one_day_or_without_end_is_possible(to: str | None):
    answer = Gateway().opened_case().send("status.benefit_decided", periods=[{**SPAN, "to": to}])
    assert answer.status == "ACCEPTED"


# -- BR-36: late


@pytest.mark.parametrize(("days", "codes"), [(30, []), (31, ["BR-36"])])
def test_what_is_registered_more_than_thirty_days_after_the_event_is_flagged(
    days: int, codes: list[str]
):
    gateway = Gateway().on("2024-01-10").opened_case()
    gateway.later(days=days)
    answer = gateway.send("referral.answered", day="2024-01-10")
    assert answer.codes == codes
    assert answer.fact["delay_days"] == days
