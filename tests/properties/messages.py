"""Random messages: any registered type, any optional field, ids and days close enough to meet.

A draft is turned into bytes when it is played, since a correction needs the message it corrects.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any

import annotated_types as limits
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.registry import BY_NAME
from tests.defaults import DEFAULTS
from tests.dsl import Answer, Gateway, instant

FIRST_DAY = dt.date(2024, 1, 10)
START = instant("2024-01-10T09:00")
DAY = 86_400_000
UNSEEN = "7bf4d1e0-bbbe-53e7-b251-2bc125612c0c"
#: Few ids, so that messages are about the same things.
IDS = ("X-1", "X-2")
#: Fields that the language fills in.
GIVEN = {"person", "case_id", "round_no", "event_at", "consent_ref"}
AMENDED = sorted({kind.family for kind in BY_NAME.values()} - {"consent"})


@dataclass(frozen=True)
class Draft:
    """What to send, how much later, and about which earlier message (by its place) if any."""

    name: str
    agency: str
    data: dict[str, Any]
    wait_ms: int
    consent: int | None = None
    target: int | None = None


#: What corrections change; a field that the original does not have makes the replacement invalid.
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"round_no": 2},
    {"case_id": "S-2"},
    {"event_at": "2024-01-05"},
    {"event_at": "2024-02-05", "closed_at": "2024-02-05"},
    {"completed_at": "2024-01-12", "gk_id": "X-2"},
    {"held_at": "2024-01-12"},
    {"last_day_with_sp": "2024-02-01"},
    {"enrolled_at": "2024-01-01"},
    {"purposes": [{"purpose": "information_exchange", "status": "refused"}]},
    {"outcome": None},
)

days = st.integers(-40, 40).map(lambda n: (FIRST_DAY + dt.timedelta(days=n)).isoformat())


@cache
def values(annotation: Any) -> st.SearchStrategy[Any]:
    """JSON values that a field of this type takes."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _annotated(args[0], args[1:])
    if origin in {typing.Union, types.UnionType}:
        return st.one_of([values(part) for part in args if part is not type(None)])
    if origin in {typing.Literal, tuple}:
        return (
            st.sampled_from(args)
            if origin is typing.Literal
            else st.lists(values(args[0]), min_size=1, max_size=2)
        )
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return parts(annotation)
    plain = {dt.date: days, dt.datetime: days, bool: st.booleans()}
    return plain.get(annotation, st.sampled_from(IDS))


#: A part of a text's pattern that tells which kind of text it is -> such texts.
TEXTS = {
    "a-z0-9-": st.sampled_from(["fk-0180", "stockholm"]),
    "{8}": st.just(UNSEEN),
    "0[1-9]|1[0-2]": st.just("1981-04"),
}


def _annotated(base: Any, metadata: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if base is str:
        kinds = (texts for part, texts in TEXTS.items() if part in str(metadata))
        return next(kinds, st.sampled_from(IDS))
    if base not in {int, float}:
        return values(base)
    if "multiple_of" in str(metadata).lower():
        return st.sampled_from([0.25, 0.5, 0.75, 1])
    low, high = 0, 1000
    for part in _flat(metadata):
        low = int(part.ge) if isinstance(part, limits.Ge) else low
        high = int(part.le) if isinstance(part, limits.Le) else high
    if base is float:
        return st.sampled_from([low, (low + high) / 5, (low + high) / 4, high])
    return st.integers(low, min(high, 250))


def _flat(metadata: tuple[Any, ...]) -> list[Any]:
    found: list[Any] = []
    for part in metadata:
        found += getattr(part, "metadata", None) or [part]
    return found


@cache
def parts(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with all its required fields and any of the others."""
    required, optional = {}, {}
    for name, field in model.model_fields.items():
        if name in GIVEN:
            continue
        kind: Any = field.annotation
        if field.metadata:
            kind = typing.Annotated[(kind, *field.metadata)]
        (required if field.is_required() else optional)[field.alias or name] = values(kind)
    return st.fixed_dictionaries(required, optional=optional)


def _variations(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Mostly nothing or one field of the usual message changed, now and then everything."""
    whole = parts(model)
    one = st.builds(
        lambda data, place: dict([list(data.items())[place % len(data)]]), whole, st.integers(0, 40)
    )
    return st.one_of(st.just({}), st.just({}), one, one, whole)


@st.composite
def drafts(draw: st.DrawFn, names: tuple[str, ...] = tuple(DEFAULTS)) -> Draft:
    """A message of one of the types, or a correction or void of an earlier one."""
    name = draw(st.sampled_from((*names, "corrected", "voided")))
    wait = draw(st.sampled_from([0, 1, 60_000, DAY // 2, DAY, 5 * DAY, 14 * DAY, 30 * DAY]))
    if name in {"corrected", "voided"}:
        changes = draw(st.sampled_from(CHANGES))
        agency = draw(st.sampled_from(["", "", "", "fk", "af"]))
        return Draft(name, agency, changes, wait, None, draw(st.integers(0, 20)))
    kind = BY_NAME[name]
    data = {**DEFAULTS[name], **draw(_variations(kind.model))}
    if "withdrawn" in str(data.get("purposes")):
        data["withdrawn_at"] = "DAY"
    if name != "consent.refusal_counted":
        data["case_id"] = draw(st.sampled_from(["S-1", "S-1", "S-2"]))
        data["round_no"] = draw(st.sampled_from([1, 1, 2]))
    if draw(st.integers(0, 3)) == 0:
        data["event_at"] = draw(days)
    right = draw(st.sampled_from(sorted(kind.senders)))
    agency = draw(st.sampled_from([right, right, right, "fk", "af"]))
    consent = draw(st.sampled_from([None, None, 0, 0, 0, 1, 99]))
    return Draft(name, agency, data, wait, consent)


def play(gateway: Gateway, draft: Draft, answers: list[Answer]) -> Answer:
    """Send a draft; `answers` are those of the messages before it."""
    gateway.now += draft.wait_ms
    if draft.target is not None:
        answer = _amend(gateway, draft, answers)
    else:
        data = dict(draft.data)
        if draft.name != "consent.refusal_counted" and draft.consent is not None:
            data["consent_ref"] = _consent(answers, draft.consent)
        answer = gateway.send(draft.name, draft.agency, **data)
    answers.append(answer)
    return answer


def _consent(answers: list[Answer], place: int) -> str:
    known = [a.message_id for a in answers if "consent.recorded" in str(a.receipt["message_type"])]
    return known[place] if place < len(known) else UNSEEN


def _amend(gateway: Gateway, draft: Draft, answers: list[Answer]) -> Answer:
    """Amend an earlier message, or one that was never sent."""
    known = [a for a in answers if "refusal_counted" not in str(a.receipt["message_type"])]
    known = [a for a in known if "replacement" not in gateway.sent[a.message_id][1]["data"]]
    assert draft.target is not None
    if draft.target >= len(known):
        return gateway.send("plan.voided", "fk", voids=UNSEEN, reason="dubblett")
    target = known[draft.target]
    if "case_id" not in gateway.sent[target.message_id][1]["data"]:
        return gateway.send("plan.voided", "fk", voids=UNSEEN, reason="dubblett")
    if draft.name == "voided":
        return gateway.void(target, draft.agency or None)
    return gateway.correct(target, draft.agency or None, changes=draft.data)


def histories(size: int = 24) -> st.SearchStrategy[list[Draft]]:
    """A consent, mostly, and then anything."""
    opening = st.sampled_from(
        [
            [Draft("consent.recorded", "fk", dict(DEFAULTS["consent.recorded"]), 0)],
            [
                Draft("consent.recorded", "fk", dict(DEFAULTS["consent.recorded"]), 0),
                Draft("referral.initiated", "fk", dict(DEFAULTS["referral.initiated"]), 0, 0),
                Draft(
                    "meeting.assessment_completed",
                    "fk",
                    dict(DEFAULTS["meeting.assessment_completed"]),
                    0,
                    0,
                ),
            ],
            [],
        ]
    )
    rest = st.lists(drafts(), min_size=size // 3, max_size=size)
    return st.builds(lambda first, then: first + then, opening, rest)


def played(history: list[Draft], gateway: Gateway | None = None) -> tuple[Gateway, list[Answer]]:
    """A gateway that has taken a history."""
    gateway = gateway or Gateway()
    gateway.now = START
    answers: list[Answer] = []
    for draft in history:
        play(gateway, draft, answers)
    return gateway, answers
