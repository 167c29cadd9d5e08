"""The plan of a case: what FK keeps and changes when a follow-up revises it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from simulator.cases import Case
from simulator.story import Story


def plan_fields(story: Story, case: Case, valid_from: date, version: int) -> dict[str, Any]:
    """A version of the plan of the story's case."""
    weeks = [valid_from + timedelta(days=days) for days in (14, 116, 60)]
    activity = {
        "activity_id": "A1",
        "activity_type": story.rng.choice(("arbetstraning", "arbetsprovning", "yrkesvagledning")),
        "responsible": "af",
        "planned_start": weeks[0].isoformat(),
        "planned_end": weeks[1].isoformat(),
        "hours_per_week": 15,
        "extent_fraction": 0.375,
        "base": "arsarbetstid_sgi" if case.has_sgi else "heltid",
    }
    fields: dict[str, Any] = {
        "plan_id": f"P-{story.case_id}",
        "version": version,
        "valid_from": valid_from.isoformat(),
        "goals": [story.rng.choice(("arbete", "arbete", "studier", "arbetsprovning"))],
        "activities": [activity],
        "follow_up_dates": [weeks[2].isoformat()],
        "participant_agreed": {"agreed": True, "at": valid_from.isoformat()},
    }
    if version > 1:
        fields["change_reason"] = "uppfoljning"
    return fields
