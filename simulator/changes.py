"""Corrections and voids (MF15): in all six families, and never so that a total of the year moves.

What is corrected besides the date of an assessment is a side of the message that no table counts;
what is voided is a message on top of the printed numbers, or one that no printed table counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from simulator.days import LOG_END, MINUTE_MS, day_of, later
from simulator.story import ACCEPTED, Draft, Story


def amendment_day(story: Story) -> date:
    """A day or two weeks after the story's last message, and no later than the log."""
    return min(later(story.rng, story.last_day, 1, 12), LOG_END)


def corrected(
    story: Story, target: Draft, reason: str, changed: Mapping[str, Any], day: date | None = None
) -> Draft:
    """The sender replaces a message of its own."""
    day = day or amendment_day(story)
    fields = {
        "corrects": target.message_id,
        "reason": reason,
        "replacement": {**target.data, **changed},
    }
    target.corrected_by = _amend(story, target, "corrected", day, fields)
    return target.corrected_by


def voided(story: Story, target: Draft, reason: str, day: date | None = None) -> Draft:
    """The sender takes a message of its own back."""
    day = day or amendment_day(story)
    fields = {"voids": target.message_id, "reason": reason}
    target.voided_by = _amend(story, target, "voided", day, fields)
    return target.voided_by


def _amend(story: Story, target: Draft, event: str, day: date, fields: Mapping[str, Any]) -> Draft:
    family = target.type.partition(".")[0]
    draft = story.write(
        target.agency, f"{family}.{event}", day, fields, needs=(target,), units=False
    )
    draft.kind = "correction" if event == "corrected" else "void"
    return draft


def withdraw_statistics(story: Story) -> None:
    """The person withdraws the consent to statistics at some time after giving it."""
    given = story.consent
    if given is None or not story.person.keeps_statistics:
        return
    before = story.rng.choice(story.drafts[story.drafts.index(given) :])
    at_ms = before.sent_ms + story.rng.randrange(1_000, MINUTE_MS)
    day = day_of(at_ms).isoformat()
    fields = {
        "event_at": day,
        "purposes": [{"purpose": "statistics_personal_data", "status": "withdrawn"}],
        "families": ["referral", "plan", "meeting", "sgi"],
        "parties": ["fk", "af"],
        "withdrawn_at": day,
        "asked_by": "fk",
        "form": "digitalt",
    }
    story.consent = None
    story.write("fk", "consent.recorded", story.last_day, fields, units=False).sent_ms = at_ms
    story.consent = given
    story.sort()


@dataclass(frozen=True, slots=True)
class Change:
    """What is amended: the first message of `type` in a story; `changed` None = a void."""

    type: str
    reason: str
    changed: Mapping[str, Any] | None = None

    def apply(self, story: Story) -> bool:
        """Write the amendment; False when the story has no such message without remarks."""
        target = story.first(self.type)
        if target is None or target.first_status != ACCEPTED:
            return False
        if self.changed is None:
            voided(story, target, self.reason)
        else:
            corrected(story, target, self.reason, self.changed)
        return True


CORRECTIONS: Final = (
    Change("referral.called", "fel_uppgift", {"channel": "video"}),
    Change("plan.set", "fel_uppgift", {"goals": ["okad_aktivitet"]}),
    Change("sgi.enrolment_answered", "fel_uppgift", {"willing_extent_percent": 75}),
    Change("status.benefit_decided", "fel_uppgift", {"handler_role": "sarskild_beslutsfattare"}),
    Change("consent.recorded", "fel_uppgift", {"form": "skriftligt"}),
)
VOIDS: Final = (
    Change("referral.handed_over", "hande_inte"),
    Change("plan.set", "dubblett"),
    Change("sgi.closed", "hande_inte"),
    Change("status.category_changed", "hande_inte"),
)
