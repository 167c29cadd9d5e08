"""Corrections and voids (MF15): the record is replaced or ended, the original receipt stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dsl import BO, KEYS, Answer, Gateway


def problem(answer: Answer) -> tuple[str, list[tuple[str, str | None]]]:
    return answer.status, [(r["code"], r["path"]) for r in answer.receipt["reasons"]]


def test_a_correction_is_delivered_and_gives_the_next_revision_of_the_fact():
    gateway = Gateway().opened_case()
    met = gateway.send("meeting.assessment_completed")
    corrected = gateway.later(days=1).correct(met, changes={"conclusion": "ej_redo_nu"})
    assert corrected.status == "ACCEPTED"
    assert [out.topic for out in corrected.deliveries] == ["af.in.meeting"]
    fact = corrected.fact
    assert (fact["fact"], fact["fact_id"]) == ("meeting.assessment_completed", met.fact_id)
    assert (fact["revision"], fact["voided"]) == (2, False)
    assert fact["fields"]["conclusion"] == "ej_redo_nu"
    assert met.fact["revision"] == 1
    assert fact["unit_key"] == met.fact["unit_key"]


def test_a_message_may_be_corrected_again_and_again_and_then_voided():
    gateway = Gateway().opened_case()
    met = gateway.send("meeting.assessment_completed")
    revisions = [
        gateway.correct(met, changes={"conclusion": conclusion}).fact["revision"]
        for conclusion in ("ej_redo_nu", "annan_aktor", "fler_moten")
    ]
    assert revisions == [2, 3, 4]
    ended = gateway.void(met).fact
    assert (ended["revision"], ended["voided"], ended["fact_id"]) == (5, True, met.fact_id)
    assert ended["fields"] == {"void_reason": "hande_inte"}


def test_each_revision_is_an_event_of_its_own():
    import orjson  # noqa: PLC0415 - the envelope is looked at here only

    gateway = Gateway().opened_case()
    met = gateway.send("meeting.assessment_completed")
    answers = [met, gateway.correct(met), gateway.correct(met), gateway.void(met)]
    ids = {
        orjson.loads(out.value)["id"]
        for answer in answers
        for out in answer.records
        if out.topic == "followup.events"
    }
    assert len(ids) == 4


def test_rules_look_at_what_was_corrected():
    gateway = Gateway().opened_case()
    gateway.send("meeting.assessment_completed", gk_id="GK-1")
    decided = gateway.send("plan.intervention_decided", insats_id="I-1")
    gateway.correct(decided, changes={"insats_id": "I-2"})
    assert gateway.send("plan.intervention_started", insats_id="I-1").status == "HELD"
    assert gateway.send("plan.intervention_started", insats_id="I-2").status == "ACCEPTED"


def test_what_waited_is_released_by_a_correction():
    gateway = Gateway().opened_case()
    gateway.send("meeting.assessment_completed")
    decided = gateway.send("plan.intervention_decided", insats_id="I-1")
    held = gateway.send("plan.intervention_started", insats_id="I-2")
    corrected = gateway.correct(decided, changes={"insats_id": "I-2"})
    assert corrected.released == [(held.message_id, "ACCEPTED")]


def test_a_message_registered_in_the_wrong_case_is_moved_to_the_right_one():
    gateway = Gateway().opened_case()
    gateway.send("referral.initiated", case_id="S-2")
    met = gateway.send("meeting.assessment_completed")
    corrected = gateway.correct(met, changes={"case_id": "S-2"})
    assert corrected.fact["unit_case"] == KEYS.statistics_pseudonym("case", "S-2")
    assert gateway.send("plan.intervention_decided", insats_id="I-1").status == "HELD"
    moved = gateway.send("plan.intervention_decided", insats_id="I-2", case_id="S-2")
    assert moved.status == "ACCEPTED"
    voided = gateway.void(met)
    assert voided.fact["unit_case"] == KEYS.statistics_pseudonym("case", "S-2")


def test_an_opening_moved_to_another_round_opens_that_one():
    gateway = Gateway()
    gateway.consented()
    opened = gateway.send("referral.initiated")
    gateway.correct(opened, changes={"round_no": 2})
    assert gateway.send("referral.called", round_no=1).status == "HELD"
    assert gateway.send("referral.called", round_no=2).status == "ACCEPTED"


def test_a_replacement_is_judged_as_if_the_original_had_never_been():
    """The closing that is corrected does not close the round for its own correction."""
    gateway = Gateway().on("2024-03-01").opened_case()
    closed = gateway.send("plan.closed", outcome="studies")
    later = {"event_at": "2024-03-09", "closed_at": "2024-03-09", "outcome": "program"}
    corrected = gateway.on("2024-03-10").correct(closed, changes=later)
    assert corrected.status == "ACCEPTED"


def test_a_replacement_that_needs_something_waits_for_it():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    corrected = gateway.correct(called, changes={"case_id": "S-2"})
    assert problem(corrected) == ("HELD", [("case.awaited", "data.case_id")])
    came = gateway.send("referral.initiated", case_id="S-2")
    assert came.released == [(corrected.message_id, "ACCEPTED")]


def test_a_replacement_may_break_a_rule_and_is_refused_then():
    gateway = Gateway().on("2024-03-01").opened_case()
    closed = gateway.send("plan.closed")
    corrected = gateway.correct(closed, changes={"outcome": None})
    assert corrected.codes == ["BR-30"]
    assert gateway.correct(closed, changes={"outcome": "ingen_uppgift"}).codes == ["BR-30"]
    assert gateway.state().entries[-2].revision == 2


def test_a_replacement_in_the_future_is_impossible():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    assert "BR-37" in gateway.correct(called, changes={"event_at": "2024-01-11"}).codes


def test_that_the_event_was_long_ago_is_no_fault_of_a_correction():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    assert gateway.later(days=200).correct(called).status == "ACCEPTED"


def test_a_replacement_lists_all_its_problems_with_their_places():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    changes = {"kallelse_at": "yesterday", "diagnosis": "F32", "round_no": 0}
    assert problem(gateway.correct(called, changes=changes)) == (
        "REJECTED",
        [
            ("schema.invalid", "data.replacement.round_no"),
            ("schema.invalid", "data.replacement.kallelse_at"),
            ("schema.invalid", "data.replacement.diagnosis"),
        ],
    )


def test_a_replacement_lacks_nothing_that_the_original_would_need():
    gateway = Gateway()
    gateway.consented()
    opened = gateway.send("referral.initiated")
    answer = gateway.correct(opened, changes={"benefit_case_start": None, "has_sgi": None})
    paths = {path for _, path in problem(answer)[1]}
    assert paths == {"data.replacement.benefit_case_start", "data.replacement.has_sgi"}


def test_a_replacement_of_another_type_than_the_original_is_refused():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    answered = gateway.event("referral.answered")["data"]
    corrected = gateway.correct(called, replacement=answered)
    assert {code for code, _ in problem(corrected)[1]} == {"schema.invalid"}


def test_a_replacement_is_about_the_same_person():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    other = gateway.correct(called, changes={"person": {"personal_number": BO}})
    assert other.status == "REJECTED"
    assert "envelope.key_mismatch" in other.codes
    assert BO not in str(other.receipt)


def test_a_replacement_with_a_number_that_is_none_is_refused():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    wrong = {"person": {"personal_number": "198104129816"}}
    assert problem(gateway.correct(called, changes=wrong)) == (
        "REJECTED",
        [("identity.invalid_number", "data.replacement.person.personal_number")],
    )


@pytest.mark.parametrize("how", ["correct", "void"])
def test_only_the_sender_of_the_original_amends_it(how: str):
    gateway = Gateway().opened_case()
    met = gateway.send("meeting.assessment_completed")
    answer: Answer = getattr(gateway, how)(met, "af")
    path = "data.corrects" if how == "correct" else "data.voids"
    assert answer.details["BR-43"] == ("error", path)
    assert answer.status == "REJECTED"


@pytest.mark.parametrize("how", ["correct", "void"])
def test_an_amendment_waits_for_its_original(how: str):
    gateway = Gateway()
    gateway.consented()
    original = gateway.send("referral.called")
    amendment: Answer = getattr(gateway.later(days=1), how)(original)
    assert (amendment.status, amendment.codes) == ("HELD", ["correction.unknown_message"])
    came = gateway.later(days=1).send("referral.initiated")
    assert came.released == [
        (original.message_id, "ACCEPTED"),
        (amendment.message_id, "ACCEPTED"),
    ]
    assert [fact["revision"] for fact in came.facts] == [1, 1, 2]


@pytest.mark.parametrize("how", ["correct", "void"])
def test_what_is_void_is_not_amended(how: str):
    """It is known, so there is nothing to wait for."""
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    gateway.void(called)
    answer: Answer = getattr(gateway, how)(called)
    assert (answer.status, answer.codes) == ("REJECTED", ["correction.unknown_message"])
    assert "makulerat" in answer.receipt["reasons"][0]["text_sv"]


def test_an_amendment_is_not_amended():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    corrected = gateway.correct(called)
    answer = gateway.send("referral.voided", voids=corrected.message_id, reason="dubblett")
    assert (answer.status, answer.codes) == ("REJECTED", ["correction.unknown_message"])
    assert "originalmeddelandet" in answer.receipt["reasons"][0]["text_sv"]


def test_when_both_agencies_have_used_an_id_each_amends_its_own():
    gateway = Gateway().opened_case()
    fk = gateway.send("referral.answered")
    event = {**gateway.event("referral.answered", "af"), "id": fk.message_id}
    gateway.put("af.out.referral", event)
    voids: dict[str, Any] = {"voids": fk.message_id, "reason": "dubblett"}
    assert gateway.send("referral.voided", "af", **voids).status == "ACCEPTED"
    assert [entry.agency for entry in gateway.state().entries if entry.voided] == ["af"]
    assert gateway.send("referral.voided", "fk", **voids).status == "ACCEPTED"


def test_a_void_of_the_opening_puts_the_case_away():
    gateway = Gateway()
    gateway.consented()
    opened = gateway.send("referral.initiated")
    gateway.void(opened, reason="fel_person")
    assert gateway.send("referral.called").status == "HELD"
    came = gateway.send("referral.initiated")
    assert [status for _, status in came.released] == ["ACCEPTED"]


def test_a_void_keeps_the_facts_of_what_was_delivered_as_they_were():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    voided = gateway.void(called, reason="dubblett")
    assert [fact["fact_id"] for fact in voided.facts] == [called.fact_id]
    assert voided.facts[0]["fields"] == {"void_reason": "dubblett"}


def test_an_amendment_is_flagged_when_it_is_itself_late_or_wrong():
    gateway = Gateway().opened_case()
    called = gateway.send("referral.called")
    assert gateway.later(days=100).void(called, day="2024-01-15").codes == ["BR-36"]


def test_a_correction_of_a_closing_that_now_disagrees_is_told_to_both():
    gateway = Gateway().on("2024-03-01").opened_case()
    closed = gateway.send("plan.closed", "fk", outcome="studies")
    gateway.send("plan.closed", "af", outcome="studies")
    corrected = gateway.correct(closed, changes={"outcome": "program"})
    assert corrected.told("closing_disputed") == ["fk", "af"]


def test_a_corrected_status_report_of_a_refusal_counter_is_no_amendment_of_a_person():
    """A counter has no person, so nothing can amend it; a void of it waits and is refused."""
    gateway = Gateway().on("2024-04-02")
    gateway.consented()
    counted = gateway.send("consent.refusal_counted")
    answer = gateway.send("consent.voided", voids=counted.message_id, reason="dubblett")
    assert answer.codes == ["correction.unknown_message"]
