"""Order that breaks: a message overtakes the one that it needs, and is held until that one comes.

Each disorder moves the sending of one draft of a story past drafts that need it; what was said
and when it happened stays. The waits stay well within the 14 days after which the gateway gives
up waiting.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from simulator.days import DAY_MS, MINUTE_MS
from simulator.story import HELD, Draft, Story

_GAP_MS: Final = (1 * MINUTE_MS, 90 * MINUTE_MS)
_LONGEST_WAIT_MS: Final = 12 * DAY_MS
_ASSESSMENT: Final = "meeting.assessment_completed"
_DECIDED: Final = "plan.intervention_decided"


def _move_past(story: Story, need: Draft, passed: Draft) -> None:
    """Send `need` just after `passed`, before whatever comes then."""
    after = story.drafts.index(passed) + 1
    gap = story.rng.randrange(*_GAP_MS)
    if after < len(story.drafts):
        gap = min(gap, (story.drafts[after].sent_ms - passed.sent_ms) // 2)
    need.sent_ms = passed.sent_ms + gap
    for draft in story.drafts:
        if draft.first_status == HELD and draft.kind == "plain":
            draft.kind = "early"
    story.sort()


def _opened_and_called(story: Story) -> tuple[Draft, Draft] | None:
    """The opening and the call, unless a queue lies between: the opening would be late too."""
    called = story.first("referral.called")
    if story.opening is None or called is None:
        return None
    queued = called.sent_ms - story.opening.sent_ms > _LONGEST_WAIT_MS
    return None if queued else (story.opening, called)


def _consent_late(story: Story) -> bool:
    if story.consent is None or story.opening is None:
        return False
    _move_past(story, story.consent, story.opening)
    return True


def _opening_late(story: Story) -> bool:
    found = _opened_and_called(story)
    if found is None:
        return False
    _move_past(story, *found)
    return True


def _opening_days_late(story: Story) -> bool:
    """The case opens only after everything that was sent in the days after the call."""
    found = _opened_and_called(story)
    if found is None:
        return False
    opening, called = found
    passed = [d for d in story.drafts if d.sent_ms <= called.sent_ms + _LONGEST_WAIT_MS]
    _move_past(story, opening, passed[-1])
    return True


def _assessment_late(story: Story) -> bool:
    """AF decides on the intervention before FK's report of the assessment has come (BR-06)."""
    reports = [draft for draft in story.drafts if draft.type == _ASSESSMENT]
    decided = story.first(_DECIDED)
    if len(reports) != 1 or decided is None:
        return False
    for draft in story.drafts[story.drafts.index(reports[0]) :]:
        if draft.type == "plan.set":
            draft.expect = None  # the contract does not say whether a plan waits for its assessment
    _move_past(story, reports[0], decided)
    return True


def _decision_late(story: Story) -> bool:
    """The start overtakes the decision; where AF has proposed it before, it is no stranger."""
    decided, started = story.first(_DECIDED), story.first("plan.intervention_started")
    if decided is None or started is None or story.first("plan.intervention_proposed"):
        return False
    _move_past(story, decided, started)
    return True


DISORDERS: Final[tuple[Callable[[Story], bool], ...]] = (
    _consent_late,
    _opening_late,
    _opening_days_late,
    _assessment_late,
    _decision_late,
)


def disturb(rng: random.Random, stories: list[Story], count: int) -> list[Story]:
    """Disturb about `count` stories, every disorder equally often; returns those disturbed.

    A story is taken in the given order as soon as the disorder whose turn it is fits it.
    """
    wanted = [DISORDERS[number % len(DISORDERS)] for number in range(count)]
    rng.shuffle(wanted)
    disturbed = []
    for story in stories:
        for disorder in wanted:
            if disorder(story):
                wanted.remove(disorder)
                disturbed.append(story)
                break
        if not wanted:
            break
    return disturbed
