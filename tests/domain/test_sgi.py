"""The watch over SGI: both agencies are reminded, and told when the protection is missed (MF13)."""

from __future__ import annotations

import orjson
import pytest

from tests.dsl import Answer, Gateway, agreed, instant, local

LAST = "2024-03-01"  # the last day with sickness benefit; the change to summer time is 31 March


def opened(last: str = LAST, **data: object) -> Gateway:
    """An SGI case opened on the last day with sickness benefit."""
    gateway = Gateway().on(last)
    gateway.consented()
    assert gateway.send("sgi.opened", last_day_with_sp=last, **data).status == "ACCEPTED"
    return gateway


def fired(answer: Answer) -> list[tuple[str, str]]:
    """(when, kind) of the notices to FK, as the local time at which they are stamped."""
    return [
        (local(out.timestamp_ms)[:16], orjson.loads(out.value)["type"].split(".")[3])
        for out in answer.records
        if out.topic == "fk.in.notice"
    ]


def test_without_enrolment_both_are_reminded_and_then_told():
    gateway = opened()
    everything = gateway.on("2024-05-01").tick()
    assert fired(everything) == [
        ("2024-03-11T00:00", "sgi_reminder"),
        ("2024-03-19T00:00", "sgi_reminder"),
        ("2024-03-24T00:00", "sgi_reminder"),
        ("2024-03-27T00:00", "sgi_missed"),
    ]
    assert [notice for notice in everything.notices if notice[0] == "af"] == [
        ("af", "sgi_reminder")
    ] * 3 + [("af", "sgi_missed")]
    assert gateway.later(days=400).tick().records == ()


def test_days_are_swedish_days_also_over_the_change_of_the_clock():
    """From 18 March: day 10 before the change on the 31st, the others an hour earlier in UTC."""
    gateway = opened("2024-03-18")
    stamps = [instant(when) for when, _ in fired(gateway.on("2024-06-01").tick())]
    assert [local(stamp) for stamp in stamps] == [
        "2024-03-28T00:00:00+01:00",
        "2024-04-05T00:00:00+02:00",
        "2024-04-10T00:00:00+02:00",
        "2024-04-13T00:00:00+02:00",
    ]


@pytest.mark.parametrize(
    ("until", "count"), [("2024-03-10T23:59:59.999", 0), ("2024-03-11T00:00", 1)]
)
def test_a_reminder_comes_when_its_day_begins(until: str, count: int):
    assert len(opened().on(until).tick().told("sgi_reminder")) == 2 * count


def test_a_reminder_says_which_day_it_is_and_by_when_to_enrol():
    notice = opened().on("2024-03-11T00:00").tick().notice("sgi_reminder", "af")
    assert notice == {
        "case_id": "S-1",
        "sgi_case_id": "G-1",
        "day": 10,
        "last_day_with_sp": "2024-03-01",
        "enrol_by": "2024-03-26",
    }


def test_the_notice_of_a_missed_protection_says_by_when_it_was():
    notice = opened().on("2024-03-27T00:00").tick().notice("sgi_missed", "fk")
    assert notice == {
        "case_id": "S-1",
        "sgi_case_id": "G-1",
        "last_day_with_sp": "2024-03-01",
        "enrol_by": "2024-03-26",
    }


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("sgi.enrolment_answered", {"enrolled_at": "2024-03-05"}),
        ("status.enrolled", {"enrolled_at": "2024-03-05"}),
        ("sgi.closed", {"protection_state": "protected"}),
        ("sgi.closed", {"protection_state": "missed"}),
    ],
)
def test_enrolment_and_fks_decision_end_the_watch(name: str, data: dict[str, str]):
    gateway = opened()
    gateway.on("2024-03-05").send(name, **data)
    assert gateway.on("2024-05-01").tick().notices == []


@pytest.mark.parametrize(("day", "missed"), [("2024-03-26", False), ("2024-03-27", True)])
def test_day_25_is_in_time_and_day_26_is_not(day: str, missed: bool):
    """Acceptance check 5."""
    gateway = opened().on(day)
    gateway.tick()
    answer = gateway.send(
        "sgi.enrolment_answered",
        enrolled_at=day,
        willing_extent_percent=100,
        active_seeking={"value": True},
    )
    assert answer.status == ("ACCEPTED_WITH_WARNING" if missed else "ACCEPTED")
    assert ("BR-22" in answer.codes) is missed
    told = [*gateway.log, *gateway.on("2024-05-01").tick().records]
    kinds = {orjson.loads(out.value)["type"] for out in told if out.topic.endswith(".notice")}
    assert ("se.samverkan.notice.sgi_missed.v1" in kinds) is missed


def test_an_answer_that_tells_of_a_late_enrolment_does_not_silence_the_watch():
    gateway = opened().on("2024-03-27")
    gateway.tick()
    assert gateway.state().said[-1].startswith("sgi_missed")
    gateway = opened()
    gateway.on("2024-03-26T12:00")
    assert gateway.send("sgi.enrolment_answered", enrolled_at="2024-03-26").codes != ["BR-22"]


def test_who_was_enrolled_before_the_last_day_is_protected():
    gateway = Gateway().on("2024-02-01")
    gateway.consented()
    gateway.send("status.enrolled")
    gateway.on(LAST).send("sgi.opened", last_day_with_sp=LAST)
    assert gateway.on("2024-05-01").tick().notices == []


def test_an_enrolment_that_has_ended_protects_nobody():
    gateway = Gateway().on("2024-01-15")
    gateway.consented()
    gateway.send("status.enrolled")
    gateway.on("2024-02-01").send("status.category_changed", af_category="avaktualiserad")
    gateway.on(LAST).send("sgi.opened", last_day_with_sp=LAST)
    told = [kind for _, kind in fired(gateway.on("2024-05-01").tick())]
    assert told == ["sgi_reminder"] * 3 + ["sgi_missed"]


def test_a_deregistration_after_the_time_to_enrol_changes_nothing():
    gateway = opened()
    gateway.on("2024-03-05").send("status.enrolled")
    gateway.on("2024-03-27").send("status.category_changed", af_category="avaktualiserad")
    assert gateway.on("2024-05-01").tick().told("sgi_missed") == []


def test_a_deregistration_in_the_time_to_enrol_starts_the_watch_again():
    gateway = opened()
    gateway.on("2024-03-05").send("status.enrolled")
    gateway.on("2024-03-12").send("status.category_changed", af_category="avaktualiserad")
    told = [kind for _, kind in fired(gateway.on("2024-05-01").tick())]
    assert told == ["sgi_reminder", "sgi_reminder", "sgi_missed"]


def test_of_several_answers_the_earliest_enrolment_counts():
    gateway = opened()
    gateway.on("2024-03-20").send("sgi.enrolment_answered", enrolled_at="2024-03-10")
    gateway.send("sgi.enrolment_answered", enrolled_at="2024-03-28", event_at="2024-03-20")
    assert gateway.later(days=50).tick().notices == []


def test_of_several_openings_the_one_of_the_latest_day_counts():
    """Whatever the order in which they came."""
    gateway = Gateway().on("2024-03-05")
    gateway.consented(valid_from="2024-01-01")
    gateway.send("sgi.opened", last_day_with_sp="2024-04-01", day="2024-03-05")
    gateway.send("sgi.opened", last_day_with_sp="2024-03-01", day="2024-03-01")
    assert fired(gateway.on("2024-06-01").tick())[-1] == ("2024-04-27T00:00", "sgi_missed")


def test_without_sgi_there_is_nothing_to_watch():
    gateway = Gateway().on(LAST)
    gateway.consented()
    gateway.send("sgi.opened", has_sgi=False)
    gateway.send("sgi.opened", has_sgi=False, last_day_with_sp=None, sgi_case_id="G-2")
    assert gateway.on("2024-05-01").tick().notices == []


def test_a_case_opened_too_late_is_told_of_at_once_and_never_reminded_of():
    gateway = Gateway().on("2024-04-10")
    gateway.consented()
    answer = gateway.send("sgi.opened", last_day_with_sp=LAST)
    assert sorted(answer.notices) == [("af", "sgi_missed"), ("fk", "sgi_missed")]
    assert gateway.later(days=400).tick().told("sgi_missed") == []


def test_a_case_opened_in_the_midst_gets_the_reminders_that_are_left():
    gateway = Gateway().on("2024-03-20")
    gateway.consented()
    assert gateway.send("sgi.opened", last_day_with_sp=LAST).notices == []
    assert [kind for _, kind in fired(gateway.on("2024-05-01").tick())] == [
        "sgi_reminder",
        "sgi_missed",
    ]


def test_a_case_opened_in_advance_is_watched_from_its_last_day():
    gateway = Gateway().on("2024-02-01")
    gateway.consented()
    gateway.send("sgi.opened", last_day_with_sp=LAST)
    assert fired(gateway.on("2024-03-12").tick()) == [("2024-03-11T00:00", "sgi_reminder")]


def test_a_corrected_last_day_moves_the_deadlines():
    gateway = Gateway().on(LAST)
    gateway.consented()
    case = gateway.send("sgi.opened", last_day_with_sp=LAST)
    gateway.on("2024-03-12").tick()
    gateway.correct(case, changes={"last_day_with_sp": "2024-04-01"})
    assert fired(gateway.on("2024-06-01").tick()) == [
        ("2024-04-11T00:00", "sgi_reminder"),
        ("2024-04-19T00:00", "sgi_reminder"),
        ("2024-04-24T00:00", "sgi_reminder"),
        ("2024-04-27T00:00", "sgi_missed"),
    ]


def test_a_correction_that_leaves_the_last_day_repeats_nothing():
    gateway = Gateway().on(LAST)
    gateway.consented()
    case = gateway.send("sgi.opened", last_day_with_sp=LAST)
    gateway.on("2024-03-12").tick()
    gateway.correct(case, changes={"region": "vast"})
    assert [when for when, _ in fired(gateway.on("2024-06-01").tick())] == [
        "2024-03-19T00:00",
        "2024-03-24T00:00",
        "2024-03-27T00:00",
    ]


@pytest.mark.parametrize("how", ["void", "correct"])
def test_an_opening_taken_back_ends_the_watch(how: str):
    gateway = Gateway().on(LAST)
    gateway.consented()
    case = gateway.send("sgi.opened", last_day_with_sp=LAST)
    if how == "void":
        gateway.void(case)
    else:
        gateway.correct(case, changes={"has_sgi": False})
    assert gateway.on("2024-06-01").tick().notices == []


def test_a_voided_answer_starts_the_watch_again():
    gateway = opened()
    answered = gateway.on("2024-03-05").send("sgi.enrolment_answered")
    gateway.on("2024-03-06").void(answered)
    assert len(fired(gateway.on("2024-06-01").tick())) == 4


def test_an_answer_voided_when_the_time_is_out_is_told_at_once():
    gateway = opened()
    answered = gateway.on("2024-03-05").send("sgi.enrolment_answered")
    voided = gateway.on("2024-04-05").void(answered)
    assert sorted(voided.notices) == [("af", "sgi_missed"), ("fk", "sgi_missed")]


def test_cases_whose_ids_end_alike_are_watched_apart():
    gateway = opened(sgi_case_id="A:G-1")
    gateway.send("sgi.opened", sgi_case_id="G-1", last_day_with_sp=LAST)
    gateway.send("sgi.closed", sgi_case_id="G-1")
    assert len(fired(gateway.on("2024-06-01").tick())) == 4


def test_the_days_are_what_the_agreement_says():
    limits = {"sgi_days": 30, "sgi_reminder_days": [5]}
    gateway = Gateway(agreement=agreed(limits=limits)).on(LAST)
    gateway.consented()
    gateway.send("sgi.opened", last_day_with_sp=LAST)
    assert fired(gateway.on("2024-06-01").tick()) == [
        ("2024-03-06T00:00", "sgi_reminder"),
        ("2024-04-01T00:00", "sgi_missed"),
    ]


def test_the_category_of_hindered_job_seekers_puts_an_open_case_at_risk():
    gateway = opened()
    gateway.send("sgi.opened", sgi_case_id="G-2", last_day_with_sp=LAST)
    gateway.send("sgi.closed", sgi_case_id="G-2")
    answer = gateway.send("status.category_changed", af_category="arbetssokande_med_forhinder")
    assert answer.details["BR-24"] == ("warning", "data.af_category")
    assert sorted(answer.notices) == [("af", "sgi_at_risk"), ("fk", "sgi_at_risk")]
    assert answer.notice("sgi_at_risk", "fk") == {
        "case_id": "S-1",
        "sgi_case_id": "G-1",
        "message_id": answer.message_id,
    }
    assert gateway.send("status.category_changed", af_category="i_program").notices == []


def test_without_an_open_case_the_category_puts_nothing_at_risk():
    gateway = Gateway()
    gateway.consented()
    answer = gateway.send("status.category_changed", af_category="arbetssokande_med_forhinder")
    assert (answer.codes, answer.notices) == ([], [])
