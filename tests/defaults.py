"""What every message says when a test does not care: required fields, accepted by default."""

from __future__ import annotations

from typing import Any

BENEFIT = {"benefit": "sjukpenning", "extent": 1, "from": "2023-05-02", "to": None}
THE_THREE = ["individ", "forsakringsutredare", "arbetsformedlare"]

#: The required fields of every type, with values that a gateway with the default agreement accepts.
#: `DAY` is replaced by the event's day.
DEFAULTS: dict[str, dict[str, Any]] = {
    "consent.recorded": {
        "purposes": [
            {"purpose": "information_exchange", "status": "given"},
            {"purpose": "statistics_personal_data", "status": "given"},
        ],
        "families": ["referral", "plan", "meeting", "sgi"],
        "parties": ["fk", "af"],
        "valid_from": "DAY",
        "asked_by": "fk",
        "form": "digitalt",
    },
    "status.benefit_decided": {
        "benefit": "sjukpenning", "decision": "bevilja", "decided_at": "DAY",
    },
    "status.enrolled": {"enrolled_at": "DAY", "af_category": "oppet_arbetssokande"},
    "status.category_changed": {"af_category": "i_program", "from": "DAY"},
    "referral.initiated": {
        "need_identified_at": "DAY", "initiating_path": "fk_identified", "benefits": [BENEFIT],
        "benefit_case_start": "2023-05-02", "has_sgi": True, "employment": "arbetslos",
        "sex": "kvinna", "birth_year_month": "1981-04",
        "need_assessed": {"assessed": True, "at": "DAY"},
    },
    "referral.called": {"kallelse_at": "DAY"},
    "referral.answered": {"answered_at": "DAY", "answer": "accepterat"},
    "referral.handed_over": {"actor": "kommun", "step": "kommunal_insats", "handed_at": "DAY"},
    "meeting.assessment_completed": {
        "gk_id": "GK-1",
        "meetings": [{"held_at": "DAY", "channel": "fysiskt", "attendees": THE_THREE}],
        "completed_at": "DAY", "conclusion": "plan_af_insats", "plan_id": "P-1",
    },
    "meeting.follow_up_held": {
        "follow_up_id": "U-1", "held_at": "DAY", "channel": "video", "attendees": THE_THREE,
        "result": "plan_oforandrad", "decision": "fortsatt",
    },
    "meeting.contact_offered": {"meeting_id": "K-1", "offered_at": "DAY", "rehab_chain_day": 95},
    "meeting.contact_answered": {"meeting_id": "K-1", "answered_at": "DAY", "answer": "ja"},
    "meeting.contact_held": {
        "meeting_id": "K-1", "held_at": "DAY", "channel": "telefon", "attendees": THE_THREE,
    },
    "meeting.transition_offered": {
        "meeting_id": "O-1", "benefit": "sjukpenning", "meeting_form": "omstallningsmote",
        "offered_at": "DAY",
    },
    "meeting.transition_answered": {"meeting_id": "O-1", "answered_at": "DAY", "answer": "ja"},
    "meeting.transition_held": {
        "meeting_id": "O-1", "benefit": "sjukpenning", "meeting_form": "omstallningsmote",
        "held_at": "DAY", "channel": "video", "attendees": THE_THREE,
    },
    "plan.set": {
        "plan_id": "P-1", "version": 1, "valid_from": "DAY", "goals": ["arbete"],
        "activities": [], "follow_up_dates": [],
        "participant_agreed": {"agreed": True, "at": "DAY"},
    },
    "plan.intervention_proposed": {
        "insats_id": "I-1", "category": "arbetslivsinriktad",
        "program": "arbetslivsinriktad_rehabilitering", "delivery": "egen_regi",
        "activity_types": ["arbetstraning"], "hours_per_week": 15, "extent_fraction": 0.375,
        "workplace_activity": False, "base": "arsarbetstid_sgi", "proposed_at": "DAY",
    },
    "plan.intervention_decided": {
        "insats_id": "I-1", "category": "arbetslivsinriktad",
        "program": "arbetslivsinriktad_rehabilitering", "delivery": "egen_regi",
        "activity_types": ["arbetstraning"], "hours_per_week": 15, "extent_fraction": 0.375,
        "workplace_activity": False, "base": "arsarbetstid_sgi", "decided_at": "DAY",
    },
    "plan.intervention_started": {"insats_id": "I-1", "started_at": "DAY"},
    "plan.intervention_ended": {"insats_id": "I-1", "ended_at": "DAY", "end_reason": "avslut"},
    "plan.closed": {
        "closed_at": "DAY", "last_insats_category": "arbetslivsinriktad",
        "outcome": "employment_unsubsidised", "left_extent": "helt", "benefits_before": [],
        "benefits_after": [],
    },
    "plan.status_reported": {"status": "employment_unsubsidised", "status_at": "DAY"},
    "sgi.opened": {"sgi_case_id": "G-1", "has_sgi": True, "last_day_with_sp": "DAY"},
    "sgi.enrolment_answered": {"sgi_case_id": "G-1", "enrolled_at": "DAY"},
    "sgi.closed": {"sgi_case_id": "G-1", "protection_state": "protected", "decided_at": "DAY"},
    "consent.refusal_counted": {
        "month": "2024-03", "unit": "fk-0180", "benefit": "sjukpenning", "sex": "kvinna",
        "count": 2,
    },
}  # fmt: skip
