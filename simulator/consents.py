"""Refusals of consent to statistics with personal data, counted without identity (BR-28).

Each agency sends, after the end of a month, how many refused it: by unit, benefit and sex. The
counts are those of the persons in the stories, so that the refusals that are counted and the facts
that carry no person are the same persons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from gateway.sdk import message_id
from simulator.days import day_of, later, office_ms
from simulator.ledger import RefusedConsents
from simulator.persons import Population
from simulator.printed import SEXES
from simulator.story import Draft, Story

_SEX = {code: name for name, code in SEXES.items()}


def _month_end(day: date) -> date:
    """The last day of the day's month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def count_refusals(
    people: Population, stories: Iterable[Story]
) -> tuple[list[Draft], list[RefusedConsents]]:
    """The messages of both agencies, in order of month, unit, benefit and sex; and their books."""
    refused: Counter[tuple[date, str, str, str]] = Counter()
    for story in stories:
        consent = story.first("consent.recorded")
        if consent is not None and not story.person.keeps_statistics:
            unit = f"{consent.agency}-{story.person.unit}"
            end = _month_end(day_of(consent.sent_ms))
            refused[end, unit, story.benefit, story.person.sex] += 1
    drafts, books = [], []
    for (end, unit, benefit, sex), number in sorted(refused.items()):
        draft = _message(people, end, unit, benefit, sex, number)
        drafts.append(draft)
        month = draft.data["month"]
        books.append(RefusedConsents(month, unit, benefit, _SEX[sex], number, draft.decided_ms))
    return drafts, books


def _message(
    people: Population, end: date, unit: str, benefit: str, sex: str, number: int
) -> Draft:
    agency = unit[:2]
    month = f"{end.year}-{end.month:02d}"
    fields: dict[str, Any] = {
        "event_at": end.isoformat(),
        "month": month,
        "unit": unit,
        "benefit": benefit,
        "sex": sex,
        "count": number,
    }
    name = f"refusals/{month}/{unit}/{benefit}/{sex}"
    return Draft(
        agency=agency,
        type="consent.refusal_counted",
        data=fields,
        message_id=message_id(f"urn:samverkan:{agency}:arende", name),
        sent_ms=office_ms(people.rng, later(people.rng, end, 1, 6)),
    )
