"""Facts that were told too early: a new revision when what was unknown becomes known.

A message that builds on no case (a status, SGI, a contact or transition meeting) may come before
the referral that tells sex, month of birth and benefits. Its fact then says that they are unknown.
It is remembered until they are known, and told again: the same `fact_id`, a higher revision. So
counts do not depend on the order of arrival (law 4). What is known already is never told otherwise.

A consent's fact stays as it was told: it comes before all else that is known of most persons. A
fact that confirms another is not counted, and not told again. More than `FACTS_MAX` facts or
`BYTES_MAX` bytes of a person are not remembered; what comes beyond stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from msgspec.structs import replace

from gateway.domain.consent import statistics_allowed
from gateway.domain.days import rfc3339
from gateway.domain.decision import Fact
from gateway.domain.facts import LINKS, event_id, fact_id
from gateway.domain.person import Person
from gateway.domain.state import Entry, Unfinished
from gateway.domain.work import Work
from schemas.codec import Message

FACTS_MAX: Final = 16
BYTES_MAX: Final = 12_000
UNKNOWN_SEX: Final = "okant"
#: What is made of the statistics key anew for each revision, and never remembered.
_KEYED: Final = ("fact_id", "unit_key", "unit_case")
_PSEUDONYMS: Final = frozenset(LINKS.values())


def is_finished(body: Mapping[str, Any]) -> bool:
    """Whether a fact says all that may become known of the person."""
    return (
        body["sex"] != UNKNOWN_SEX
        and body["birth_year_month"] is not None
        and bool(body["benefits"])
    )


def tell(work: Work, message: Message, entry: Entry, fact: Fact) -> None:
    """Tell a message's fact, and remember it where something is unknown."""
    work.emit(fact)
    if is_finished(fact.data) or entry.type_name.startswith("consent."):
        return
    fields = fact.data["fields"]
    if "confirms" in fields:
        return
    values = vars(message.data)
    links = ((name, values[own]) for own, name in LINKS.items() if name in fields)
    kept = {name: value for name, value in fact.data.items() if name not in _KEYED}
    kept["fields"] = {n: value for n, value in fields.items() if n not in _PSEUDONYMS}
    one = Unfinished(
        entry.message_id, entry.source, fact.key is not None, tuple(links), _text(kept)
    )
    before = work.state.unfinished
    size = len(one.fact) + sum(len(other.fact) for other in before)
    if len(before) < FACTS_MAX and size <= BYTES_MAX:
        work.set_unfinished((*before, one))


def forget(work: Work, entry: Entry) -> None:
    """A fact is ended, or told anew by a correction."""
    left = tuple(one for one in work.state.unfinished if not _is_of(one, entry))
    if len(left) != len(work.state.unfinished):
        work.set_unfinished(left)


def finish(work: Work, message: Message) -> None:
    """Tell again each fact of which something has become known."""
    left = []
    for one in work.state.unfinished:
        entry = next(entry for entry in work.state.entries if _is_of(one, entry))
        body = orjson.loads(one.fact)
        if not _learn(body, work.person, entry):
            left.append(one)
            continue
        told = replace(entry, revision=entry.revision + 1)
        work.replace_entry(entry, told)
        body |= {"revision": told.revision, "registered_at": rfc3339(work.context.now)}
        work.emit(_fact(work, message, told, one, body))
        if not is_finished(body):
            left.append(replace(one, fact=_text(body)))
    if len(left) != len(work.state.unfinished) or any(
        a is not b for a, b in zip(left, work.state.unfinished, strict=True)
    ):
        work.set_unfinished(tuple(left))


def _text(body: Mapping[str, Any]) -> str:
    return orjson.dumps(body).decode()


def _is_of(one: Unfinished, entry: Entry) -> bool:
    return (one.message_id, one.source) == (entry.message_id, entry.source)


def _learn(body: dict[str, Any], person: Person, entry: Entry) -> bool:
    """Fill in what is known now; whether anything was."""
    case = person.case_of(entry)
    sex, born = person.sex(), person.birth_year_month()
    learnt: dict[str, Any] = {}
    if body["sex"] == UNKNOWN_SEX and sex not in {None, UNKNOWN_SEX}:
        learnt["sex"] = sex
    if body["birth_year_month"] is None and born is not None:
        learnt["birth_year_month"] = born
    if not body["benefits"] and (benefits := person.benefits_at(case, entry.day)):
        learnt["benefits"] = list(benefits)
    if learnt and body["employment"] is None and case.opening is not None:
        learnt["employment"] = case.opening.employment
    body |= learnt
    return bool(learnt)


def _fact(
    work: Work, message: Message, entry: Entry, one: Unfinished, body: dict[str, Any]
) -> Fact:
    """The new revision; with the person's pseudonym only if the first had it and it still may."""
    context = work.context
    number = message.personal_number
    key, unit_case, fields = None, None, dict(body["fields"])
    if one.keyed and number is not None and statistics_allowed(work.person, context.today):
        key = context.keys.statistics_key(number)
        fields |= {name: context.keys.statistics_pseudonym(name, own) for name, own in one.links}
        if entry.case_id is not None:
            unit_case = context.keys.statistics_pseudonym("case", entry.case_id)
    named = {"fact_id": fact_id(entry, context), "unit_key": key, "unit_case": unit_case}
    data = {"fact": body["fact"], **named, **body, "fields": fields}
    return Fact(key=key, event_id=event_id(data), at=context.now, data=data)
