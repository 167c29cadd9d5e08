"""What is told when nothing happens: follow-ups, closings, statuses, offers (BR-18, 32-34, 40)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.dsl import Answer, Gateway, local


def told(answer: Answer) -> list[tuple[str, str]]:
    """(Swedish time, kind) of the notices to AF."""
    return [
        (local(out.timestamp_ms)[:16], orjson.loads(out.value)["type"].split(".")[3])
        for out in answer.records
        if out.topic == "af.in.notice"
    ]


def rules(answer: Answer) -> list[tuple[str, str]]:
    """(Swedish day, rule) of the notices to AF that a case is overdue."""
    return [
        (local(out.timestamp_ms)[:10], data["rule"])
        for out in answer.records
        if out.topic == "af.in.notice" and "rule" in (data := orjson.loads(out.value)["data"])
    ]


# -- BR-33: the regular follow-up


def test_a_follow_up_is_overdue_the_day_after_the_interval():
    """90 days after 1 February 2024 is 1 May."""
    gateway = Gateway().on("2024-02-01").assessed_case()
    assert told(gateway.on("2024-05-01T23:59").tick()) == []
    overdue = gateway.on("2024-05-02T00:00").tick()
    assert told(overdue) == [("2024-05-02T00:00", "follow_up_overdue")]
    assert overdue.notice("follow_up_overdue", "fk") == {
        "case_id": "S-1",
        "round_no": 1,
        "due_at": "2024-05-01",
        "last_held_at": "2024-02-01",
        "rule": "BR-33",
    }


def test_each_follow_up_starts_the_interval_anew():
    gateway = Gateway().on("2024-02-01").assessed_case()
    gateway.on("2024-04-01").send("meeting.follow_up_held")
    assert rules(gateway.on("2024-06-30").tick()) == []
    assert rules(gateway.on("2024-07-02").tick()) == [("2024-07-01", "BR-33")]


@pytest.mark.parametrize("ending", ["plan.closed", "void"])
def test_a_round_that_is_closed_or_was_none_is_not_followed_up(ending: str):
    gateway = Gateway().on("2024-02-01")
    gateway.consented()
    opened = gateway.send("referral.initiated")
    gateway.send("meeting.assessment_completed")
    if ending == "void":
        gateway.on("2024-04-01").void(opened)
    else:
        gateway.on("2024-04-01").send("plan.closed")
    assert rules(gateway.on("2026-01-01").tick()) == []


def test_before_the_revised_way_of_working_no_follow_up_is_asked_for():
    gateway = Gateway().on("2023-11-30").assessed_case()
    assert rules(gateway.on("2024-06-01").tick()) == []
    gateway.on("2024-06-01").send("meeting.follow_up_held")
    assert ("2024-08-31", "BR-33") in rules(gateway.on("2024-10-01").tick())


def test_an_assessment_registered_far_too_late_is_told_of_the_next_day_and_not_at_once():
    """What is registered together is seen together: the follow-up may be the next message."""
    gateway = Gateway().on("2024-02-01").opened_case()
    gateway.on("2024-09-10")
    late = gateway.send("meeting.assessment_completed", day="2024-02-10")
    assert late.notices == []
    assert rules(gateway.on("2024-09-11T00:00").tick()) == [("2024-09-11", "BR-33")]
    gateway = Gateway().on("2024-02-01").opened_case()
    gateway.on("2024-09-10")
    gateway.send("meeting.assessment_completed", day="2024-02-10")
    gateway.send("meeting.follow_up_held", day="2024-09-01")
    assert rules(gateway.on("2024-09-11T00:00").tick()) == []


def test_what_waits_for_the_next_day_still_does_when_another_message_comes_the_same_day():
    gateway = Gateway().on("2024-02-01").opened_case()
    gateway.on("2024-09-10").send("meeting.assessment_completed", day="2024-02-10")
    assert gateway.on("2024-09-10T18:00").send("status.enrolled").notices == []
    assert rules(gateway.on("2024-09-11T00:00").tick()) == [("2024-09-11", "BR-33")]


def test_a_follow_up_that_comes_late_leaves_another_persons_deadline_alone():
    gateway = Gateway().on("2024-02-01").assessed_case()
    gateway.person = "199507039841"
    gateway.on("2024-02-02").assessed_case()
    gateway.on("2024-03-01").send("meeting.follow_up_held")
    assert rules(gateway.on("2024-05-10").tick()) == [("2024-05-02", "BR-33")]


# -- BR-32: no development


def test_when_no_development_is_judged_the_closing_is_expected():
    """30 days after 1 March is 31 March."""
    gateway = Gateway().on("2024-03-01").assessed_case()
    gateway.send("meeting.follow_up_held", result="ej_utveckling", decision="avsluta")
    assert rules(gateway.on("2024-03-31T23:59").tick()) == []
    assert rules(gateway.on("2024-04-01T00:00").tick()) == [("2024-04-01", "BR-32")]


def test_a_closing_in_time_answers_the_judgement():
    gateway = Gateway().on("2024-03-01").assessed_case()
    gateway.send("meeting.follow_up_held", result="ej_utveckling", decision="avsluta")
    gateway.on("2024-03-20").send("plan.closed")
    assert rules(gateway.on("2024-05-01").tick()) == []


# -- BR-40: a silent case


def test_a_case_is_asked_about_after_a_year_without_a_message():
    gateway = Gateway().on("2023-02-01").opened_case()
    assert rules(gateway.on("2024-02-01T23:59").tick()) == []
    assert rules(gateway.on("2024-02-02T00:00").tick()) == [("2024-02-02", "BR-40")]
    assert rules(gateway.on("2030-01-01").tick()) == []


def test_any_message_of_the_round_breaks_the_silence():
    gateway = Gateway().on("2023-02-01").opened_case()
    gateway.on("2023-06-01").send("referral.answered")
    assert rules(gateway.on("2024-06-02").tick()) == [("2024-06-01", "BR-40")]


# -- BR-34 and MF10: after the closing


def test_ninety_days_after_the_closing_the_status_is_asked_for():
    """90 days after 1 March 2024 is 30 May."""
    gateway = Gateway().on("2024-03-01").opened_case()
    gateway.send("plan.closed")
    asked = gateway.on("2024-05-30T00:00").tick()
    assert told(asked) == [("2024-05-30T00:00", "status_90_days_due")]
    assert asked.notice("status_90_days_due", "fk") == {
        "case_id": "S-1",
        "round_no": 1,
        "closed_at": "2024-03-01",
        "due_at": "2024-05-30",
    }


def test_a_status_reported_already_is_not_asked_for():
    gateway = Gateway().on("2024-03-01").opened_case()
    gateway.send("plan.closed")
    gateway.on("2024-05-20").send("plan.status_reported")
    assert told(gateway.on("2024-07-01").tick()) == []


def test_a_dispute_is_told_at_once_and_again_when_two_weeks_have_not_settled_it():
    gateway = Gateway().on("2024-03-01").opened_case()
    gateway.send("plan.closed", "fk", outcome="studies")
    second = gateway.on("2024-03-02").send("plan.closed", "af", outcome="program")
    assert second.told("closing_disputed") == ["fk", "af"]
    assert second.notice("closing_disputed", "fk")["message_id"] == second.message_id
    again = gateway.on("2024-03-17T00:00").tick()
    assert told(again) == [("2024-03-17T00:00", "closing_disputed")]
    assert again.notice("closing_disputed", "af") == {
        "case_id": "S-1",
        "round_no": 1,
        "message_id": second.message_id,
    }


@pytest.mark.parametrize("how", ["correct", "void"])
def test_a_settled_dispute_is_not_told_again(how: str):
    gateway = Gateway().on("2024-03-01").opened_case()
    gateway.send("plan.closed", "fk", outcome="studies")
    second = gateway.send("plan.closed", "af", outcome="program")
    if how == "void":
        gateway.void(second)
    else:
        gateway.correct(second, changes={"outcome": "studies"})
    assert "closing_disputed" not in {kind for _, kind in told(gateway.on("2024-05-01").tick())}


# -- BR-18: no offer after a refusal


def not_offered(answer: Answer) -> list[tuple[str, list[str]]]:
    return [(fact["registered_at"][:10], fact["flags"]) for fact in answer.quality]


def refused(gateway: Gateway, **data: Any) -> Answer:
    return gateway.send(
        "status.benefit_decided", decision="avslag", sex="man", birth_year_month="1981-04", **data
    )


def test_a_refusal_without_an_offer_is_counted_after_the_agreed_days():
    """Decided on 1 March: from the 16th on; it is a count, since no notice is agreed."""
    gateway = Gateway().on("2024-03-01")
    gateway.consented()
    refused(gateway)
    assert not_offered(gateway.on("2024-03-15T23:59").tick()) == []
    late = gateway.on("2024-03-16T00:00").tick()
    assert not_offered(late) == [("2024-03-15", ["BR-18"])]  # midnight in Sweden is 23 UTC
    assert late.notices == []
    assert late.quality[0]["unit_key"] is None


@pytest.mark.parametrize(
    "data",
    [
        {"first_application": True},
        {"benefit": "aktivitetsersattning_forlangd_skolgang"},
        {"benefit": "rehabiliteringspenning"},
        {"decision": "upphora"},
        {"decided_at": "2023-12-31", "day": "2024-02-28"},
    ],
    ids=lambda data: "-".join(map(str, data.values())),
)
def test_refusals_that_are_followed_by_no_offer_are_not_counted(data: dict[str, Any]):
    gateway = Gateway().on("2024-03-01")
    gateway.consented()
    gateway.send("status.benefit_decided", **{"decision": "avslag", "sex": "man", **data})
    assert not_offered(gateway.on("2024-06-01").tick()) == []


@pytest.mark.parametrize(
    ("offer", "counted"),
    [({}, False), ({"case_id": "S-2"}, True), ({"benefit": "sjukersattning"}, True)],
)
def test_an_offer_for_the_same_case_and_benefit_answers_the_refusal(
    offer: dict[str, Any], counted: bool
):
    gateway = Gateway().on("2024-03-01")
    gateway.consented()
    refused(gateway)
    gateway.on("2024-03-10").send("meeting.transition_offered", **offer)
    assert bool(not_offered(gateway.on("2024-06-01").tick())) is counted


# -- in general


def test_everything_due_is_told_once_also_over_a_restart():
    gateway = Gateway().on("2024-02-01").assessed_case()
    gateway.on("2024-05-03").tick()
    assert gateway.restart().tick().records == ()
    assert rules(gateway.on("2024-05-10").tick()) == []


def test_a_deadline_is_stamped_with_its_own_time_in_every_record_it_leads_to():
    gateway = Gateway().on("2024-02-01").assessed_case()
    for out in gateway.on("2026-01-01").tick().records:
        assert out.timestamp_ms % 86_400_000 in {22 * 3_600_000, 23 * 3_600_000}
        assert orjson.loads(out.value)["time"].endswith(":00:00.000Z")


def test_the_id_of_a_notice_is_made_of_what_it_is_about():
    """The same log gives the same ids; no two notices share one."""
    runs = []
    for _ in range(2):
        gateway = Gateway().on("2024-02-01").assessed_case()
        gateway.send("sgi.opened")
        records = gateway.on("2026-01-01").tick().records
        runs.append([orjson.loads(o.value)["id"] for o in records if o.topic.endswith(".notice")])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == len(runs[0]) == 12
