"""The watch over the SGI when sjukpenning ends (MF13): saved, lost, at risk, or nothing to save.

The SGI is kept if the person enrols at AF at the latest 25 days after the last day with
sjukpenning (BR-22; the report on 2024, fn 16). How often it is lost is not known to anybody: the
rates are chosen (see `rates`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from simulator.bookings import SgiBook
from simulator.days import LOG_END, later
from simulator.rates import Rates
from simulator.story import WARNED, Draft, Story

SGI_DAYS: Final = 25
_LATEST: Final = 45
_BACK_AT_WORK_SHARE: Final = 0.5
_AT_RISK: Final = "arbetssokande_med_forhinder"


@dataclass(frozen=True, slots=True)
class Ended:
    """How sjukpenning ends: the last day with it, and when the person enrols at AF, if at all."""

    last_day: date
    enrolled: date | None
    meeting_id: str | None = None


def write_enrolment(story: Story, day: date) -> Draft:
    """AF's message of an enrolment that happened on the day."""
    sent = later(story.rng, max(day, story.last_day), 0, 2)
    fields = {"enrolled_at": day.isoformat(), "af_category": "oppet_arbetssokande"}
    return story.write("af", "status.enrolled", sent, fields, event=day)


def latest_enrolment(story: Story, last_day: date, rates: Rates) -> date | None:
    """When somebody without a meeting enrols: mostly in time, late, or never."""
    rng = story.rng
    drawn = rng.random()
    if drawn < rates.sgi_never:
        return None
    if drawn < rates.sgi_never + rates.sgi_late:
        return last_day + timedelta(days=rng.randint(SGI_DAYS + 1, _LATEST))
    return last_day + timedelta(days=min(SGI_DAYS, round(rng.gammavariate(1.5, 6.0))))


def write_sgi(story: Story, ended: Ended, sex: str, rates: Rates) -> tuple[SgiBook, Draft | None]:
    """An SGI case from its opening to FK's decision; returns its entry and the enrolment."""
    rng = story.rng
    if rng.random() < rates.without_sgi:
        enrolment = None if ended.enrolled is None else write_enrolment(story, ended.enrolled)
        return _without_sgi(story, ended, sex), enrolment
    last_day = ended.last_day
    opens = later(rng, last_day, 0, 1)
    early = None
    if ended.enrolled is not None and ended.enrolled < opens:
        early = write_enrolment(story, ended.enrolled)
    opened = _opened(story, ended, opens)
    book = SgiBook(story, sex, ended.meeting_id is not None, opened, last_day)
    if ended.enrolled is None:
        _not_enrolled(book)
        return book, None
    enrolment = early or write_enrolment(story, ended.enrolled)
    book.told.append(enrolment)
    _answered(book, ended.enrolled)
    if rng.random() < rates.sgi_at_risk:
        write_category(story, _AT_RISK, at_risk=True)
    in_time = (ended.enrolled - last_day).days <= SGI_DAYS
    _decided(book, "protected" if in_time else "missed", later(rng, story.last_day, 3, 14))
    return book, enrolment


def _opened(story: Story, ended: Ended, day: date) -> Draft:
    fields = {
        "sgi_case_id": f"G-{story.case_id}",
        "has_sgi": True,
        "last_day_with_sp": ended.last_day.isoformat(),
        "insured_time": {"annual_hours": 1980},
    }
    if ended.meeting_id is not None:
        fields["meeting_id"] = ended.meeting_id
    return story.write("fk", "sgi.opened", day, fields, event=ended.last_day)


def _without_sgi(story: Story, ended: Ended, sex: str) -> SgiBook:
    """There is no SGI to protect: FK says so, and nobody has to watch."""
    fields = {"sgi_case_id": f"G-{story.case_id}", "has_sgi": False}
    day = later(story.rng, ended.last_day, 0, 1)
    opened = story.write("fk", "sgi.opened", day, fields, event=ended.last_day)
    return SgiBook(story, sex, ended.meeting_id is not None, opened, None)


def _not_enrolled(book: SgiBook) -> None:
    """Back at work before the days have passed, or the protection is missed."""
    rng, last_day = book.story.rng, book.last_day
    if last_day is None:
        raise ValueError("a case without a last day is not watched")
    if rng.random() < _BACK_AT_WORK_SHARE:
        _decided(book, "not_applicable", later(rng, last_day, 3, 20))
    else:
        _decided(book, "missed", later(rng, last_day, SGI_DAYS + 2, SGI_DAYS + 14))


def _answered(book: SgiBook, enrolled: date) -> None:
    story = book.story
    day = later(story.rng, max(enrolled, story.last_day), 0, 2)
    fields = {
        "sgi_case_id": book.opened.data["sgi_case_id"],
        "enrolled_at": enrolled.isoformat(),
        "active_seeking": {"value": True, "checked_at": day.isoformat()},
        "willing_extent_percent": 100,
    }
    draft = story.write(
        "af", "sgi.enrolment_answered", day, fields, event=enrolled, needs=(book.opened,)
    )
    book.enrolled = enrolled
    book.told.append(draft)
    if book.last_day is not None and (enrolled - book.last_day).days > SGI_DAYS:
        draft.expect, draft.kind = WARNED, "warned"


def write_category(story: Story, category: str, *, at_risk: bool = False) -> None:
    """Another category at AF; "med förhinder" while the SGI is watched is remarked on (BR-24)."""
    day = later(story.rng, story.last_day, 1, 8)
    fields = {"af_category": category, "from": day.isoformat()}
    draft = story.write("af", "status.category_changed", day, fields)
    if at_risk:
        draft.expect, draft.kind = WARNED, "warned"


def _decided(book: SgiBook, state: str, day: date) -> None:
    day = min(day, LOG_END)
    fields = {
        "sgi_case_id": book.opened.data["sgi_case_id"],
        "protection_state": state,
        "decided_at": day.isoformat(),
    }
    book.decided = day
    book.decision = book.story.write("fk", "sgi.closed", day, fields, needs=(book.opened,))
