"""A fact that came before sex and benefits were known is told again when they are (law 4)."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
import pytest

from gateway.domain import unfinished
from gateway.domain.unfinished import FACTS_MAX
from tests.dsl import Answer, Gateway

LEARNT = {"sex": "kvinna", "birth_year_month": "1981-04", "benefits": ["sjukpenning"]}
UNKNOWN = {"sex": "okant", "birth_year_month": None, "benefits": []}


def enrolled_early(**data: Any) -> tuple[Gateway, Answer]:
    gateway = Gateway()
    gateway.consented()
    early = gateway.send("status.enrolled", **data)
    return gateway, early


def again(answer: Answer, early: Answer) -> list[dict[str, Any]]:
    """The facts of a later answer that are revisions of an earlier one's."""
    return [fact for fact in answer.facts if fact["fact_id"] == early.fact_id]


def told(fact: dict[str, Any]) -> dict[str, Any]:
    return {name: fact[name] for name in LEARNT}


def test_a_status_before_the_referral_gets_a_revision_with_sex_month_and_benefits():
    gateway, early = enrolled_early()
    assert told(early.fact) == UNKNOWN
    (second,) = again(gateway.later(days=1).send("referral.initiated"), early)
    assert told(second) == LEARNT
    assert (early.fact["revision"], second["revision"]) == (1, 2)
    assert second["employment"] == "arbetslos"
    assert second["registered_at"] > early.fact["registered_at"]
    rest = {*LEARNT, "revision", "employment", "registered_at"}
    assert {n: v for n, v in second.items() if n not in rest} == {
        n: v for n, v in early.fact.items() if n not in rest
    }
    assert gateway.state().unfinished == ()


def test_it_is_told_as_often_as_something_becomes_known_and_then_no_more():
    gateway, early = enrolled_early()
    decided = {"sex": "kvinna", "birth_year_month": None, "decision": "avslag"}
    (second,) = again(gateway.send("status.benefit_decided", **decided), early)
    assert told(second) == {**UNKNOWN, "sex": "kvinna"}
    (third,) = again(gateway.send("referral.initiated"), early)
    assert (told(third), third["revision"]) == (LEARNT, 3)
    assert again(gateway.send("referral.initiated", round_no=2), early) == []


def test_what_was_known_is_not_told_otherwise():
    gateway, early = enrolled_early()
    gateway.send("status.benefit_decided", sex="man", birth_year_month="1981-04")
    assert gateway.state().unfinished == ()
    assert again(gateway.send("referral.initiated"), early) == []


def test_a_message_that_tells_nothing_new_tells_no_fact_again():
    gateway, early = enrolled_early()
    assert again(gateway.send("sgi.opened"), early) == []
    assert again(gateway.send("meeting.contact_offered", sex="okant"), early) == []
    assert len(gateway.state().unfinished) == 3


def test_the_state_holds_no_pseudonym_and_no_fact_id():
    gateway, early = enrolled_early()
    opened = gateway.send("sgi.opened")
    stored = b"".join(out.value for out in gateway.stored.values())
    for fact in (early.fact, opened.fact):
        assert fact["unit_key"].encode() not in stored
        assert fact["unit_case"].encode() not in stored
        assert fact["fact_id"].encode() not in stored
    assert opened.fact["fields"]["sgi_key"].encode() not in stored
    (second,) = again(gateway.send("referral.initiated"), opened)
    for name in ("unit_key", "unit_case"):
        assert second[name] == opened.fact[name] is not None
    assert second["fields"] == opened.fact["fields"]


def test_after_the_consent_to_statistics_is_withdrawn_the_revision_has_no_pseudonym():
    gateway = Gateway()
    gateway.consented()
    opened = gateway.send("sgi.opened")
    gateway.later(days=1).consents("withdrawn", "statistics_personal_data")
    (second,) = again(gateway.later(days=1).send("referral.initiated"), opened)
    assert (told(second), second["unit_key"], second["unit_case"]) == (LEARNT, None, None)
    assert set(opened.fact["fields"]) - set(second["fields"]) == {"sgi_key"}


def test_a_fact_that_was_anonymous_stays_so():
    gateway = Gateway()
    gateway.consents("given")
    early = gateway.send("status.enrolled")
    gateway.consents("given", "information_exchange", "statistics_personal_data")
    (second,) = again(gateway.send("referral.initiated"), early)
    assert early.fact["unit_key"] is second["unit_key"] is second["unit_case"] is None


def test_a_void_ends_it_and_a_correction_is_told_as_it_says():
    gateway, early = enrolled_early()
    other = gateway.send("status.category_changed")
    assert gateway.void(early).fact["revision"] == 2
    corrected = gateway.correct(other, changes={"af_category": "oppet_arbetssokande"}).fact
    assert (corrected["revision"], told(corrected)) == (2, UNKNOWN)
    answer = gateway.send("referral.initiated")
    assert again(answer, early) == []
    (third,) = again(answer, other)
    assert (told(third), third["revision"]) == (LEARNT, 3)
    assert third["fields"]["af_category"] == "oppet_arbetssokande"
    assert gateway.void(other).fact["revision"] == 4


def test_a_correction_that_tells_the_sex_is_as_good_as_a_message():
    gateway, early = enrolled_early()
    offered = gateway.send("meeting.contact_offered")
    (second,) = again(gateway.correct(offered, changes={"sex": "man"}), early)
    assert second["sex"] == "man"


def test_a_restart_forgets_nothing():
    gateway, early = enrolled_early()
    gateway.restart()
    (second,) = again(gateway.send("referral.initiated"), early)
    assert told(second) == LEARNT


def test_a_consent_stays_as_it_was_told():
    gateway = Gateway()
    consent = gateway.send("consent.recorded")
    assert gateway.state().unfinished == ()
    assert again(gateway.send("referral.initiated"), consent) == []


def test_a_report_that_confirms_another_is_not_told_again():
    gateway = Gateway()
    gateway.consented()
    first = gateway.send("meeting.contact_held")
    second = gateway.send("meeting.contact_held", "af")
    assert second.fact["fields"]["confirms"] == first.fact_id
    assert len(gateway.state().unfinished) == 1


def test_only_so_many_facts_are_remembered():
    gateway, early = enrolled_early()
    more = [gateway.send("status.category_changed") for _ in range(FACTS_MAX)]
    assert len(gateway.state().unfinished) == FACTS_MAX
    answer = gateway.send("referral.initiated")
    assert len(again(answer, early)) == 1
    assert [len(again(answer, one)) for one in more] == [1] * (FACTS_MAX - 1) + [0]


def test_only_so_many_bytes_are_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unfinished, "BYTES_MAX", 700)
    monkeypatch.setattr("tests.twin._tables", lambda *_: None)
    gateway, _ = enrolled_early()
    gateway.send("status.category_changed")
    (one,) = gateway.state().unfinished
    assert len(one.fact) <= 700
    assert orjson.loads(one.fact)["fact"] == "status.enrolled"


def test_a_fact_of_no_case_is_told_again_without_one(monkeypatch: pytest.MonkeyPatch):
    """No type has such a fact today; its form allows it."""
    tell = unfinished._fact

    def of_no_case(work: Any, message: Any, entry: Any, *rest: Any) -> Any:
        return tell(work, message, msgspec.structs.replace(entry, case_id=None), *rest)

    monkeypatch.setattr(unfinished, "_fact", of_no_case)
    gateway, early = enrolled_early()
    (second,) = again(gateway.send("referral.initiated"), early)
    assert second["unit_key"] is not None
    assert second["unit_case"] is None
