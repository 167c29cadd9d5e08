"""The registry is the contract's table of types, unbroken; topics are the contract's topics."""

from __future__ import annotations

import dataclasses

import pytest

from schemas import topics
from schemas.envelope import envelope_model
from schemas.registry import BY_NAME, REGISTRY, check_registry

ROWS = tuple(REGISTRY.values())

SENDERS = {
    "fk": {
        "status.benefit_decided",
        "referral.called",
        "meeting.contact_offered",
        "meeting.transition_offered",
        "plan.set",
        "sgi.opened",
        "sgi.closed",
    },
    "af": {
        "status.enrolled",
        "status.category_changed",
        "plan.intervention_proposed",
        "plan.intervention_decided",
        "plan.intervention_started",
        "plan.intervention_ended",
        "sgi.enrolment_answered",
    },
}
JOINT = {
    "meeting.assessment_completed",
    "meeting.follow_up_held",
    "meeting.contact_held",
    "meeting.transition_held",
    "plan.closed",
    "plan.status_reported",
}
REQUESTS = {"referral.initiated", "referral.called", "plan.intervention_proposed"}


def test_senders_joint_and_requests_are_those_of_the_contract():
    for agency, names in SENDERS.items():
        assert {row.name for row in ROWS if row.senders == {agency}} == names
    assert {row.name for row in ROWS if row.joint} == JOINT
    assert {row.name for row in ROWS if row.request} == REQUESTS


def test_every_row_is_found_by_type_and_by_name():
    assert len(ROWS) == 39
    for row in ROWS:
        assert REGISTRY[f"se.samverkan.{row.family}.{row.event}.v{row.version}"] is row
        assert BY_NAME[row.name] is row


def test_every_row_has_an_envelope_of_its_own():
    for row in ROWS:
        model = envelope_model(row)
        assert model.model_fields["data"].annotation is row.model


def test_corrections_and_voids_are_told_apart():
    assert {row.event for row in ROWS if row.corrects} == {"corrected"}
    assert {row.event for row in ROWS if row.voids} == {"voided"}


def test_the_shipped_table_is_unbroken():
    check_registry(ROWS)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ((dataclasses.replace(ROWS[0], name="weather.told"), *ROWS), "no family"),
        ((*ROWS, ROWS[0]), "versions"),
        ((*ROWS, dataclasses.replace(ROWS[0], version=3)), "versions"),
        (tuple(r for r in ROWS if r.name != "plan.voided"), "plan.voided is missing"),
        (
            (dataclasses.replace(BY_NAME["plan.closed"], senders=frozenset({"fk"})),),
            "joint",
        ),
    ],
)
def test_a_broken_table_is_named(table, says):
    with pytest.raises(ValueError, match=says):
        check_registry(table)


def test_topics_are_those_of_the_contract():
    assert len(topics.INPUT_TOPICS) == len(topics.DELIVERY_TOPICS) == 12
    assert list(topics.INPUT_TOPICS) == sorted(topics.INPUT_TOPICS)
    assert topics.NOTICE_TOPICS == ("af.in.notice", "fk.in.notice")
    assert topics.RECEIPT_TOPICS == ("af.receipts", "fk.receipts")
    assert len(set(topics.ALL_TOPICS)) == 33
    assert topics.delivery_topic("af", "plan") in topics.DELIVERY_TOPICS
    assert topics.receipts_topic("fk") in topics.RECEIPT_TOPICS
    assert topics.notice_topic("fk") in topics.NOTICE_TOPICS
    assert (topics.other("fk"), topics.other("af")) == ("af", "fk")
