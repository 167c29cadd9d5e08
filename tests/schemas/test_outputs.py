"""What the gateway says is closed when we construct it and tolerant when an agency reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.followup_v1 import QUALITY_FACTS, FollowupEvent
from schemas.notices_v1 import NOTICE_MODELS, NOTICE_TYPE_PREFIX
from schemas.reasons import finding, render
from schemas.receipts_v1 import FINAL_STATUSES, RECEIPT_TYPE, ReceiptEvent
from tests.schemas.make import KEYS

ID = "7bf4d1e0-bbbe-53e7-b251-2bc125612c0b"
KEY = KEYS.person_key("198104129815")


def event(ce_type: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": ID,
        "source": "urn:samverkan:gateway",
        "type": ce_type,
        "subject": "S-2024-000117",
        "time": "2024-03-01T09:30:00.123Z",
        "datacontenttype": "application/json",
        "partitionkey": KEY,
        "data": data,
    }


RECEIPT = event(
    RECEIPT_TYPE,
    {
        "message_id": ID,
        "message_source": "urn:samverkan:fk:arende",
        "message_type": "se.samverkan.referral.called.v1",
        "content_sha256": "0" * 64,
        "status": "REJECTED",
        "reasons": [render(finding("schema.invalid", "data.channel", "wrong_type"))],
        "decided_at": "2024-03-01T09:30:00.123Z",
        "held_until": None,
        "delivered_to": [],
        "ground": {"kind": "consent", "reference": ID},
        "rules_version": "2026.1+0a1b2c3d",
        "case_id": "S-2024-000117",
        "topic": "fk.out.referral",
        "partition": 3,
        "offset": 1289,
    },
)
FACT = event(
    "se.samverkan.followup.v1",
    {
        "fact": "meeting.assessment_completed",
        "fact_id": KEYS.fact_id(KEYS.person_key("198104129815"), "urn:samverkan:fk:arende", ID),
        "revision": 1,
        "voided": False,
        "unit_key": KEYS.statistics_key("198104129815"),
        "unit_case": KEYS.statistics_pseudonym("case", "S-2024-000117"),
        "round_no": 1,
        "sex": "kvinna",
        "birth_year_month": "1981-04",
        "benefits": ["sjukpenning"],
        "employment": "arbetslos",
        "unit": "fk-0180",
        "region": "stockholm",
        "event_at": "2024-02-05",
        "registered_at": "2024-02-05T14:40:00.000Z",
        "delay_days": 0,
        "capture": "harvested",
        "source_system": "arende",
        "flags": ["BR-36"],
        "fields": {"conclusion": "plan_af_insats", "completed_at": "2024-02-05"},
    },
)
QUALITY = event(
    "se.samverkan.followup.v1",
    {
        **FACT["data"],
        "fact": QUALITY_FACTS[0],
        "unit_key": None,
        "unit_case": None,
        "round_no": None,
        "sex": "okant",
        "birth_year_month": None,
        "benefits": [],
        "employment": None,
        "unit": None,
        "region": None,
        "event_at": "2024-02-05T14:40:00.000Z",
        "source_system": "fk",
        "fields": {"codes": ["schema.invalid"], "message_type": None, "status": "REJECTED"},
    },
)
NOTICES = {
    "consent_withdrawn": {
        "withdrawal": ID,
        "families": ["meeting", "sgi"],
        "purposes": ["information_exchange"],
        "delivered": [
            {"message_id": ID, "message_type": "se.samverkan.sgi.opened.v1", "consent": ID}
        ],
    },
    "sgi_reminder": {
        "sgi_case_id": "G-9001",
        "day": 10,
        "last_day_with_sp": "2024-05-07",
        "enrol_by": "2024-06-01",
    },
    "sgi_at_risk": {"sgi_case_id": "G-9001", "message_id": ID},
    "sgi_missed": {
        "sgi_case_id": "G-9001",
        "last_day_with_sp": "2024-05-07",
        "enrol_by": "2024-06-01",
    },
    "follow_up_overdue": {"round_no": 1, "due_at": "2024-06-01", "last_held_at": None},
    "closing_disputed": {"message_id": ID, "round_no": 1},
    "status_90_days_due": {"round_no": 1, "closed_at": "2024-06-03", "due_at": "2024-09-01"},
    "intervention_below_quarter": {
        "message_id": ID,
        "program": "arbetslivsinriktad_rehabilitering",
    },
    "hold_expired": {"message_id": ID, "waited_for": ["case.awaited", "BR-06"]},
    "consent_reopened": {
        "consent": ID,
        "withdrawal": ID,
        "families": ["meeting", "sgi"],
        "purposes": ["information_exchange"],
    },
    "sgi_missed_withdrawn": {
        "sgi_case_id": "G-9001",
        "last_day_with_sp": "2024-05-07",
        "enrol_by": "2024-06-01",
    },
}


def said() -> list[Any]:
    notices = [
        pytest.param(
            model,
            event(f"{NOTICE_TYPE_PREFIX}{kind}.v1", {"case_id": "S-2024-000117", **data}),
            id=kind,
        )
        for model, (kind, data) in zip(NOTICE_MODELS, NOTICES.items(), strict=True)
    ]
    return [
        pytest.param(ReceiptEvent, RECEIPT, id="receipt"),
        pytest.param(FollowupEvent, FACT, id="fact"),
        pytest.param(FollowupEvent, QUALITY, id="quality"),
        *notices,
    ]


@pytest.mark.parametrize(("model", "value"), said())
def test_what_the_gateway_says_is_valid_and_survives_encoding(model, value):
    text = json.dumps(value)
    parsed = model.model_validate_json(text)
    assert model.model_validate_json(parsed.model_dump_json()) == parsed
    assert model.read(text.encode()) == parsed


@pytest.mark.parametrize(("model", "value"), said())
def test_an_unknown_field_is_refused_by_us_and_ignored_by_a_reader(model, value):
    newer = {**value, "new": 1, "data": {**value["data"], "new": {"deep": 1}}}
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(json.dumps(newer))
    assert caught.value.error_count() == 2
    assert model.read(json.dumps(newer)) == model.read(json.dumps(value))


@pytest.mark.parametrize(("model", "value"), said())
def test_every_field_of_a_body_counts(model, value):
    optional = {"last_held_at"}
    for name in value["data"].keys() - optional:
        less = {n: v for n, v in value["data"].items() if n != name}
        with pytest.raises(ValidationError):
            model.read(json.dumps({**value, "data": less}))


def test_only_held_is_not_final():
    statuses = ReceiptEvent.model_json_schema()["$defs"]["ReceiptData"]["properties"]["status"]
    assert set(statuses["enum"]) - FINAL_STATUSES == {"HELD"}


def test_an_unreadable_record_still_has_a_receipt():
    data = {**RECEIPT["data"], "message_source": None, "message_type": None, "case_id": None}
    value = {**RECEIPT, "partitionkey": "0" * 22, "data": {**data, "ground": None}}
    del value["subject"]
    assert ReceiptEvent.read(json.dumps(value)).data.message_source is None
