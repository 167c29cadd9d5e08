"""What mutants of the core could change unseen until these tests (docs/mutation.md)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.dsl import Answer, Gateway, agreed

PROMISE = "information_exchange"


def consented(day: str, **data: Any) -> Gateway:
    gateway = Gateway().on(day)
    gateway.consented(**data)
    return gateway


def notice_ids(answer: Answer, kind: str) -> list[str]:
    """Ids of the notices of a kind."""
    events = [orjson.loads(o.value) for o in answer.records if o.topic.endswith(".notice")]
    return [event["id"] for event in events if event["type"].split(".")[3] == kind]


# -- deadlines


def test_a_reminder_whose_instant_it_is_when_the_case_opens_is_of_the_past():
    gateway = consented("2024-03-05").on("2024-03-11T00:00")
    gateway.send("sgi.opened", day="2024-03-05", last_day_with_sp="2024-03-01")
    told = gateway.on("2024-03-26").tick()
    assert len(told.told("sgi_reminder")) == 4, "days 18 and 23, to both"


def test_notices_of_two_cases_at_one_instant_are_two():
    gateway = consented("2024-03-01")
    gateway.send("sgi.opened", sgi_case_id="G-1")
    gateway.send("sgi.opened", sgi_case_id="G-2")
    ids = notice_ids(gateway.on("2024-03-12").tick(), "sgi_reminder")
    assert len(ids) == len(set(ids)) == 4


def test_what_a_deadline_counts_says_what_it_counted():
    gateway = consented("2024-03-01")
    gateway.send("status.benefit_decided", decision="avslag")
    (count,) = gateway.on("2024-05-01").tick().quality
    assert count["fields"] == {
        "codes": ["BR-18"],
        "message_type": "status.benefit_decided",
        "status": "ACCEPTED_WITH_WARNING",
    }
    assert (count["flags"], count["source_system"]) == (["BR-18"], "fk")


# -- what is known of benefits


@pytest.mark.parametrize("decision", ["bevilja", "minska"])
def test_a_benefit_is_known_from_a_grant_and_from_a_reduction(decision: str):
    gateway = consented("2024-03-01")
    gateway.send("status.benefit_decided", benefit="sjukersattning", decision=decision)
    assert gateway.send("meeting.contact_offered").codes == ["BR-14"]


def test_a_benefit_granted_later_has_not_begun():
    """FK grants sjukersättning from April; in March the person has sickness benefit."""
    gateway = consented("2024-04-05")
    gateway.send("status.benefit_decided", day="2024-03-20")
    gateway.send("status.benefit_decided", day="2024-04-01", benefit="sjukersattning")
    offered = {"offered_at": "2024-03-25"}
    assert gateway.send("meeting.contact_offered", day="2024-03-25", **offered).codes == []


# -- recall


def test_what_a_withdrawal_has_recalled_is_not_recalled_again_by_a_correction():
    gateway = Gateway().on("2024-03-01")
    given = gateway.send("consent.recorded")
    gateway.consent = given.message_id
    gateway.send("referral.initiated")
    withdrawn = gateway.on("2024-03-02").consents("withdrawn")
    assert withdrawn.told("consent_withdrawn") == ["af"]
    refused = [{"purpose": PROMISE, "status": "refused"}]
    corrected = gateway.correct(given, changes={"purposes": refused})
    assert corrected.status == "ACCEPTED"
    assert corrected.told("consent_withdrawn") == []


# -- refusals


def test_a_wait_for_a_consent_that_ends_in_vain_points_at_the_consent_and_says_so():
    gateway = Gateway().on("2024-03-01")
    gateway.consent = "7bf4d1e0-bbbe-53e7-b251-2bc125612c0c"
    held = gateway.send("referral.initiated")
    (receipt,) = gateway.later(days=15).tick().receipts
    assert receipt["message_id"] == held.message_id
    (reason,) = receipt["reasons"]
    assert (reason["code"], reason["path"]) == ("consent.missing", "data.consent_ref")
    usual = Gateway().on("2024-03-01").send("referral.initiated").receipt["reasons"][0]
    assert usual["code"] == "consent.missing"
    assert reason["text_sv"] != usual["text_sv"], "that the time of waiting is over"


def test_a_replacement_about_somebody_else_points_at_the_person():
    gateway = Gateway().on("2024-03-01").opened_case()
    called = gateway.send("referral.called")
    other = {"person": {"personal_number": "199507039841"}}
    corrected = gateway.correct(called, changes=other)
    assert corrected.details["envelope.key_mismatch"] == ("error", "data.replacement.person")


@pytest.mark.parametrize(("days", "waits"), [(2, True), (3, False)])
def test_the_hold_time_is_the_agreed_one(days: int, waits: bool):
    gateway = Gateway(agreement=agreed(limits={"hold_days": 3})).on("2024-03-01")
    gateway.consented()
    gateway.send("referral.answered")
    assert (gateway.later(days=days).tick().receipts == []) is waits


# -- what only a wait in vain lets assume


def test_a_warning_alone_lets_no_round_be_assumed():
    """The referral is voided; that a late answer was flagged does not make it a case again."""
    gateway = Gateway().on("2024-03-01")
    gateway.consented()
    referral = gateway.send("referral.initiated")
    assert gateway.send("referral.answered", day="2024-01-02").codes == ["BR-36"]
    gateway.void(referral)
    assert gateway.send("referral.called").status == "HELD"


def test_a_warning_alone_lets_no_intervention_be_assumed():
    gateway = Gateway().on("2024-03-01").assessed_case()
    decided = gateway.send("plan.intervention_decided")
    assert gateway.send("plan.intervention_started", day="2024-01-02").codes == ["BR-36"]
    gateway.void(decided)
    assert gateway.send("plan.intervention_ended").status == "HELD"


# -- facts


def test_two_assessments_of_a_round_on_one_day_are_both_the_first():
    """Which came first nobody can say; neither is taken out of the time to the first."""
    gateway = Gateway().on("2024-03-01").opened_case()
    for gk_id in ("GK-1", "GK-2"):
        fact = gateway.send("meeting.assessment_completed", gk_id=gk_id).fact
        assert fact["fields"]["first_in_round"] is True


@pytest.mark.parametrize(("last", "inside"), [("2024-03-01", True), ("2024-02-29", False)])
def test_the_last_day_of_a_benefit_is_inside_its_period(last: str, inside: bool):
    gateway = consented("2024-03-01")
    period = {"benefit": "sjukpenning", "extent": 1, "from": "2023-05-02", "to": last}
    gateway.send("referral.initiated", benefits=[period])
    fact = gateway.send("meeting.assessment_completed").fact
    assert fact["fields"]["inside_benefit_period"] is inside


def test_a_quality_count_is_a_first_revision_without_delay():
    (count,) = consented("2024-03-01").send("status.enrolled", day="2024-01-02").quality
    assert (count["revision"], count["delay_days"], count["voided"]) == (1, 0, False)


def test_two_alerts_at_one_instant_are_two():
    gateway = Gateway().on("2024-03-01").assessed_case()
    ids = []
    for insats_id in ("I-1", "I-2"):
        decided = gateway.send(
            "plan.intervention_decided", insats_id=insats_id, extent_fraction=0.1
        )
        ids += notice_ids(decided, "intervention_below_quarter")
    assert len(set(ids)) == 4


def test_a_refusal_is_counted_by_the_type_of_its_message():
    refused = Gateway().on("2024-03-01").send("referral.initiated")
    assert refused.quality[0]["fields"]["message_type"] == "referral.initiated"


# -- days


@pytest.mark.parametrize(("last", "watched"), [("2023-12-06", False), ("2023-12-07", True)])
def test_an_sgi_is_watched_whose_last_day_to_enrol_is_the_first_of_the_rule(
    last: str, watched: bool
):
    gateway = consented(last)
    gateway.send("sgi.opened")
    assert bool(gateway.on("2024-01-05").tick().told("sgi_missed")) is watched


def test_a_dispute_whose_closing_is_moved_is_told_of_again_when_its_own_time_is_out():
    gateway = Gateway().on("2024-03-01").assessed_case()
    gateway.send("plan.closed", outcome="studies")
    other = gateway.send("plan.closed", "af", outcome="program")
    assert gateway.on("2024-03-16").tick().told("closing_disputed") == ["fk", "af"]
    gateway.correct(other, changes={"closed_at": "2024-03-10"})
    assert gateway.on("2024-03-24T23:59").tick().notices == []
    assert gateway.on("2024-03-25").tick().told("closing_disputed") == ["fk", "af"]


def test_a_benefit_that_begins_later_does_not_hide_the_one_that_ended_last():
    gateway = consented("2024-04-05")
    period = {"benefit": "sjukpenning", "extent": 1, "from": "2024-01-01", "to": "2024-03-10"}
    gateway.send("status.benefit_decided", day="2024-03-01", periods=[period])
    gateway.send("status.benefit_decided", day="2024-04-01", benefit="sjukersattning")
    offered = {"offered_at": "2024-03-25"}
    assert gateway.send("meeting.contact_offered", day="2024-03-25", **offered).codes == []


def test_an_end_of_one_benefit_does_not_cut_another():
    gateway = consented("2024-03-01")
    for benefit in ("sjukpenning", "sjukersattning"):
        gateway.send("status.benefit_decided", day="2024-02-01", benefit=benefit)
    gateway.send(
        "status.benefit_decided",
        day="2024-02-15",
        benefit="rehabiliteringspenning",
        decision="upphora",
    )
    assert gateway.send("meeting.contact_offered").codes == []


def test_the_first_day_of_a_benefit_is_inside_its_period():
    gateway = consented("2024-03-01")
    period = {"benefit": "sjukpenning", "extent": 1, "from": "2024-03-01"}
    gateway.send("referral.initiated", benefits=[period])
    fact = gateway.send("meeting.assessment_completed").fact
    assert fact["fields"]["inside_benefit_period"] is True


# -- several cases of one person


def test_an_sgi_from_before_the_rule_does_not_hide_a_later_one():
    gateway = consented("2023-11-20")
    gateway.send("sgi.opened", sgi_case_id="G-1")
    gateway.on("2024-03-01").send("sgi.opened", sgi_case_id="G-2")
    assert gateway.on("2024-03-27").tick().told("sgi_missed") == ["fk", "af"]


def test_refusals_in_two_cases_are_two_that_have_no_offer():
    gateway = consented("2024-03-01")
    for case_id in ("S-1", "S-2"):
        gateway.send("status.benefit_decided", decision="avslag", case_id=case_id)
    assert len(gateway.on("2024-05-01").tick().quality) == 2


def test_a_notice_names_the_agencies_case_of_its_own_sgi_case():
    gateway = consented("2024-03-01")
    gateway.send("sgi.opened", sgi_case_id="G-1", case_id="S-1")
    gateway.send("sgi.opened", sgi_case_id="G-2", case_id="S-2")
    written = gateway.on("2024-03-12").tick().records
    events = [orjson.loads(o.value)["data"] for o in written if o.topic == "fk.in.notice"]
    assert {e["sgi_case_id"]: e["case_id"] for e in events} == {"G-1": "S-1", "G-2": "S-2"}


def test_two_cases_at_risk_by_one_category_are_two_alerts():
    gateway = consented("2024-03-01")
    for sgi_case_id in ("G-1", "G-2"):
        gateway.send("sgi.opened", sgi_case_id=sgi_case_id)
    answer = gateway.send("status.category_changed", af_category="arbetssokande_med_forhinder")
    assert len(set(notice_ids(answer, "sgi_at_risk"))) == 4


# -- amendments


def test_a_correction_needs_a_ground_like_any_message():
    gateway = Gateway().on("2024-03-01").opened_case()
    called = gateway.send("referral.called")
    gateway.consents("withdrawn")
    assert gateway.correct(called).codes == ["consent.withdrawn"]
    assert gateway.void(called).codes == ["consent.withdrawn"]


def test_the_fact_of_a_correction_has_the_flags_of_its_replacement():
    gateway = Gateway().on("2024-03-01").opened_case()
    met = gateway.send("meeting.assessment_completed")
    corrected = gateway.correct(met, changes={"plan_id": None})
    assert corrected.codes == ["BR-05"]
    assert corrected.fact["flags"] == ["BR-05"]


def test_who_may_not_correct_and_what_is_wrong_in_a_replacement_is_said_exactly():
    gateway = Gateway().on("2024-03-01").opened_case()
    called = gateway.send("referral.called")
    texts = [reason["text_sv"] for reason in gateway.correct(called, "af").receipt["reasons"]]
    assert any("Bara den som skickade originalet" in text for text in texts)
    wrong = gateway.correct(called, changes={"channel": "brev"}).receipt["reasons"][0]
    alone = gateway.send("referral.called", channel="brev").receipt["reasons"][0]
    assert wrong["text_sv"] == alone["text_sv"]


def test_the_delay_of_a_void_is_counted_from_the_event():
    gateway = Gateway().on("2024-03-01").opened_case()
    called = gateway.send("referral.called")
    assert gateway.on("2024-03-06").void(called).fact["delay_days"] == 5


# -- two of a kind at one instant


@pytest.mark.parametrize(
    ("kind", "due"), [("status_90_days_due", "2024-07-01"), ("follow_up_overdue", "2024-07-15")]
)
def test_notices_of_two_cases_due_at_one_instant_have_ids_of_their_own(kind: str, due: str):
    gateway = consented("2024-03-01")
    for case_id in ("S-1", "S-2"):
        gateway.send("referral.initiated", case_id=case_id)
        gateway.send("meeting.assessment_completed", case_id=case_id, gk_id=f"G-{case_id}")
        if kind == "status_90_days_due":
            gateway.send("plan.closed", case_id=case_id)
    ids = notice_ids(gateway.on(due).tick(), kind)
    assert len(ids) == len(set(ids)) == 4


def test_each_refusal_without_an_offer_is_counted_by_itself():
    """Two cases, and two benefits of one case: three counts."""
    gateway = consented("2024-03-01")
    for case_id, benefit in (
        ("S-1", "sjukpenning"), ("S-2", "sjukpenning"), ("S-2", "sjukersattning")
    ):  # fmt: skip
        gateway.send("status.benefit_decided", case_id=case_id, benefit=benefit, decision="avslag")
    counted = [fact["fact_id"] for fact in gateway.on("2024-05-01").tick().quality]
    assert len(counted) == len(set(counted)) == 3


# -- what is counted and linked


def test_a_message_that_waits_is_counted_by_its_type():
    gateway = consented("2024-03-01")
    (count,) = gateway.send("referral.called").quality
    assert count["fields"]["message_type"] == "referral.called"


def test_the_end_of_a_fact_stands_under_the_key_of_the_fact():
    gateway = Gateway().on("2024-03-01")
    gateway.consented(
        purposes=[
            {"purpose": PROMISE, "status": "given"},
            {"purpose": "statistics_personal_data", "status": "given"},
        ]
    )
    enrolled = gateway.send("status.enrolled")
    voided = gateway.void(enrolled)
    keys = [
        [o.key for o in answer.records if o.topic == "followup.events"]
        for answer in (enrolled, voided)
    ]
    assert keys[0] == keys[1]
    assert keys[0] != [b"0" * 22]


# -- what is known of benefits


def test_a_benefit_that_ends_on_the_day_of_the_offer_is_still_the_latest():
    gateway = consented("2024-03-20")
    gateway.send("status.benefit_decided", day="2024-03-01")
    gateway.send("status.benefit_decided", day="2024-03-10", benefit="sjukersattning")
    gateway.send("status.benefit_decided", day="2024-03-15", decision="upphora")
    assert gateway.send("meeting.contact_offered", day="2024-03-15").codes == []
    assert gateway.send("meeting.contact_offered", day="2024-03-16").codes == ["BR-14"]


# -- corrections


def test_the_other_agencys_wrong_replacement_is_refused_for_both():
    gateway = consented("2024-03-01")
    enrolled = gateway.send("status.enrolled")
    other_type = gateway.event("status.category_changed")["data"]
    answer = gateway.correct(enrolled, "fk", replacement=other_type)
    assert set(answer.codes) == {"BR-43", "schema.invalid"}


def test_correcting_what_was_taken_back_says_where_the_fault_is():
    gateway = consented("2024-03-01")
    enrolled = gateway.send("status.enrolled")
    gateway.void(enrolled)
    answer = gateway.correct(enrolled)
    assert [(r["code"], r["path"]) for r in answer.receipt["reasons"]] == [
        ("correction.unknown_message", "data.corrects")
    ]
