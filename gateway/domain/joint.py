"""Joint reports: the second report of the same thing is a confirmation, not a second count (BR-35).

Both agencies may report an assessment, a meeting, a follow-up, a closing or a 90-day status. Two
reports are of the same thing when they name the same assessment, meeting or follow-up, or when they
come from different agencies, are of the same round and form, and lie at most a day apart. A round
closes once, so any two closings of it are of the same thing (whether they agree is BR-34).

When the first report is voided, the confirmation keeps its own fact as it is: it names the voided
one, and the count of what is joint goes by all reports that stand, so it counts from then on
(`gateway.followup.populations`, rule 1). A new revision would say nothing that the void has not.
"""

from __future__ import annotations

from typing import Final

from gateway.domain.days import Day
from gateway.domain.person import Person
from gateway.domain.records import Assessment, Closed, FollowUp, Meeting
from gateway.domain.state import Entry

#: Types that both agencies may report.
JOINT: Final = frozenset(
    {
        "meeting.assessment_completed",
        "meeting.follow_up_held",
        "meeting.contact_held",
        "meeting.transition_held",
        "plan.closed",
        "plan.status_reported",
    }
)


def confirmed_by(person: Person, entry: Entry, was: Entry | None = None) -> Entry | None:
    """The report that `entry` confirms, None when it is the first of its thing.

    `was` is the entry before its correction. A corrected first report stays the first of its thing,
    since the later ones confirm it; but one that is moved to what was reported since confirms that.
    """
    if entry.type_name not in JOINT:
        return None
    came_before = True
    for other in person.state.entries:
        if (other.message_id, other.source) == (entry.message_id, entry.source):
            came_before = False
        elif (
            other.type_name == entry.type_name
            and other.effective
            and same_thing(other, entry)
            and (came_before or (was is not None and not same_thing(other, was)))
        ):
            return other
    return None


def same_thing(a: Entry, b: Entry) -> bool:
    """Whether two reports of the same type are of one event."""
    same_round = (a.case_id, a.round_no) == (b.case_id, b.round_no)
    other_agency = a.agency != b.agency
    match (a.record, b.record):
        case (Assessment() as x, Assessment() as y):
            near = other_agency and _near(x.completed_at, y.completed_at)
            return same_round and (x.gk_id == y.gk_id or near)
        case (Meeting() as x, Meeting() as y):
            near = other_agency and same_round and _near(x.held_at, y.held_at)
            return x.meeting_id == y.meeting_id or (near and x.meeting_form == y.meeting_form)
        case (FollowUp() as x, FollowUp() as y):
            near = other_agency and _near(x.held_at, y.held_at)
            return same_round and (x.follow_up_id == y.follow_up_id or near)
        case (Closed(), Closed()):
            return same_round
        case _:
            # The status after 90 days: each agency answers once.
            return same_round and other_agency


def _near(a: Day | None, b: Day | None) -> bool:
    return a is not None and b is not None and abs(a - b) <= 1
