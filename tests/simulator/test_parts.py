"""The pieces that the year is made of."""

from __future__ import annotations

import random
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.assessments import play
from simulator.cases import days_with_mean
from simulator.cast import PLAIN, SECOND_ROUND, Role, cast
from simulator.days import DAY_MS, day_of, earlier, later, office_ms, rfc3339, workdays
from simulator.disorder import DISORDERS, disturb
from simulator.outcomes import Outcomes
from simulator.persons import Person, Population
from simulator.printed import Cell, printed_2024
from simulator.rates import Rates
from simulator.story import HELD, Draft, Story, uuid_of

DAYS = st.dates(date(2023, 1, 1), date(2025, 12, 31))


@given(DAYS, st.integers(0, 400), st.integers())
def test_later_and_earlier_are_working_days_in_their_direction(
    day: date, span: int, seed: int
) -> None:
    """At least as far away as asked, at most a weekend more."""
    rng = random.Random(seed)
    after, before = later(rng, day, span, span), earlier(rng, day, span, span)
    assert after.weekday() < 5
    assert before.weekday() < 5
    assert span <= (after - day).days <= span + 2
    assert span <= (day - before).days <= span + 2


@given(DAYS, st.integers())
def test_office_hours_are_swedish(day: date, seed: int) -> None:
    """Whatever the season, between eight and four of that day, with the offset of the season."""
    moment = office_ms(random.Random(seed), day)
    assert day_of(moment) == day
    text = rfc3339(moment)
    assert text.startswith(day.isoformat())
    assert "07:59" < text[11:16] < "16:01" or day.weekday() == 6  # clocks change on Sundays
    assert text[-6:] in {"+01:00", "+02:00"}


def test_workdays_of_2024() -> None:
    """262 Mondays to Fridays."""
    assert len(workdays(date(2024, 1, 1), date(2024, 12, 31))) == 262


@given(st.integers(0, 300), st.floats(100, 5000), st.integers())
def test_days_have_the_mean_they_shall_have(count: int, mean: float, seed: int) -> None:
    """The sum is the rounded one, within bounds."""
    days = days_with_mean(random.Random(seed), count, mean, 9500)
    assert len(days) == count
    assert sum(days) == round(count * mean)
    assert all(75 <= value <= 9500 for value in days)


def test_a_used_up_range_of_birth_days_is_refused() -> None:
    """One day has twenty numbers, and then no more."""
    people = Population(random.Random(1), coordination_share=0.0)
    day = date(1990, 5, 17)
    drawn = [people.draw("kvinna", day, day).personal_number for _ in range(20)]
    assert len(set(drawn)) == 20
    with pytest.raises(ValueError, match="no free number left"):
        people.draw("man", day, day)


def test_a_person_does_not_show_the_number() -> None:
    """Masked in repr and str."""
    people = Population(random.Random(1), coordination_share=1.0)
    person = people.draw("man", date(1990, 5, 1), date(1990, 5, 31))
    assert person.personal_number not in f"{person!r} {person} {people!r}"
    assert int(person.personal_number[6:8]) > 60, "a coordination number"
    assert person.birth_year_month == "1990-05"


def test_the_derived_other_benefits_fill_the_printed_total() -> None:
    """245 women and 192 men have neither of the two benefits, and carry some 3 500 days.

    Nine women and six men have both.
    """
    printed = printed_2024()
    assert printed.assessments[Cell("other", "women")] == 5473 - 4683 - 554 + 9
    assert printed.assessments[Cell("other", "men")] == 3413 - 2601 - 626 + 6
    counted = printed.assessments
    assert printed.days_of(Cell("sjukpenning", "women"), counted) == 878
    mean = sum(
        printed.days_of(Cell("other", sex), counted) * counted[Cell("other", sex)] / 437
        for sex in ("women", "men")
    )
    assert 3400 < mean < 3700


def test_the_cast_has_every_printed_number() -> None:
    """Assessments, those that lead on, and the days of those that count."""
    printed = printed_2024()
    roles = [
        role for role in cast(random.Random(5), printed, Rates())
        if role.fate not in {"voided", "never"}
    ]  # fmt: skip
    for cell, number in printed.assessments.items():
        mine = [role for role in roles if role.cell == cell]
        seconds = sum(role.fate == SECOND_ROUND for role in mine)
        assert len(mine) + seconds == number
        assert sum(role.onward and role.keeps for role in mine) == printed.onward[cell]
        assert {role.age_days is not None for role in mine if role.counted} == {True}
        assert 0.90 < sum(role.counted for role in mine) / number < 0.98
    everyone = [role.age_days for role in roles if role.counted and role.age_days is not None]
    assert round(sum(everyone) / len(everyone)) == 1014


def _roles(rng: random.Random, rates: Rates) -> list[Role]:
    roles = cast(rng, printed_2024().scaled(0.03), rates)
    return [role for role in roles if role.fate == PLAIN and role.running]


def _stories(seed: int, rates: Rates) -> list[Story]:
    rng = random.Random(seed)
    people = Population(rng, rates.coordination_number)
    outcomes = Outcomes(rng, printed_2024().scaled(0.03))
    return [
        play(people, rates, role, f"S-{number}", outcomes)[0]
        for number, role in enumerate(_roles(rng, rates))
    ]


@pytest.mark.parametrize("seed", range(4))
def test_disorder_is_held_and_released_in_time(seed: int) -> None:
    """Every wait ends within the 14 days, and each disorder makes something wait."""
    stories = _stories(seed, Rates(plan_set=0.9))
    before = {draft.message_id for story in stories for draft in story.drafts}
    disturbed = disturb(random.Random(seed), stories, 4 * len(DISORDERS))
    assert len(disturbed) == 4 * len(DISORDERS)
    for story in disturbed:
        held = [draft for draft in story.drafts if draft.first_status == HELD]
        assert held
        assert all(draft.decided_ms - draft.sent_ms < 14 * DAY_MS for draft in story.drafts)
        assert [d.sent_ms for d in story.drafts] == sorted(d.sent_ms for d in story.drafts)
    assert before == {draft.message_id for story in stories for draft in story.drafts}


def test_an_undisturbed_story_holds_nothing() -> None:
    """In the order of writing every message finds what it needs."""
    for story in _stories(9, Rates()):
        assert all(draft.first_status != HELD for draft in story.drafts)


def test_a_draft_waits_for_what_its_needs_wait_for() -> None:
    """The time of decision goes through the chain."""
    first = Draft("fk", "consent.recorded", {}, "a", sent_ms=50)
    second = Draft("fk", "referral.initiated", {}, "b", sent_ms=10, needs=(first,))
    third = Draft("fk", "referral.called", {}, "c", sent_ms=20, needs=(second,), expect=None)
    assert (second.decided_ms, second.first_status) == (50, HELD)
    assert (third.decided_ms, third.first_status) == (50, None)


def test_ids_of_a_story_differ() -> None:
    """One message, one id, and the same one in every run."""
    person = Person("199005179808", date(1990, 5, 17), "man", "syd", "1280")
    ids = []
    for _ in range(2):
        story = Story(random.Random(1), person, "S-1")
        story.give_consent(date(2024, 1, 8), ("referral",))
        story.write("fk", "referral.called", date(2024, 1, 8), {"kallelse_at": "2024-01-08"})
        story.write("fk", "referral.called", date(2024, 1, 8), {"kallelse_at": "2024-01-08"})
        ids.append([draft.message_id for draft in story.drafts])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_an_id_is_a_uuid_that_is_no_number_of_anybody() -> None:
    """Version 5, and nowhere twelve digits alone."""
    for number in range(3000):
        text = uuid_of(str(number))
        assert str(UUID(text)) == text
        assert UUID(text).version == 5
        assert not text[-12:].isdigit()
        assert not text[:8].isdigit() or not text[9:13].isdigit()
