"""A lane and Python are compared on each bound of the tables: one below, at, and one above it.

Each case is decided from the stored state, at the moment at which the message comes of which it is
made. What Python answers as plainly good has to be taken by the lane, so that one that declines a
bound is seen like one that takes too much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import pytest

from schemas.codec import Record
from tests.express.boundaries import (
    Moment,
    Tables,
    dated_cases,
    field_cases,
    instants,
    is_unusual,
    moments,
    moved_cases,
)
from tests.express.pairs import decided_alike

#: A deadline that lies in the past already is Python's to tell, and so is a late refusal.
_EXPLAINED: Final = ("se.samverkan.sgi.opened.v1", "se.samverkan.consent.refusal_counted.v1")
#: Of what is plainly good when it comes on another day; the rest has to do with deadlines.
_MOST: Final = 0.97

Cases = Callable[[Tables, Moment, set[Any]], Iterator[Record]]


@lru_cache(maxsize=1)
def _moments() -> tuple[Moment, ...]:
    return tuple(moments())


def _tried(cases: Cases, part: int = 0, parts: int = 1) -> Counter[str]:
    known, seen, counts = Tables(), set[Any](), Counter[str]()
    types = sorted(known.types)[part::parts]
    for moment in _moments():
        if moment.event["type"] not in types:
            continue
        for record in cases(known, moment, seen):
            found = decided_alike([record], moment.stored)
            counts["tried"] += 1
            counts["good"] += found.good
            counts["by lane"] += found.by_lane
            if found.good > found.by_lane and not is_unusual(moment, record):
                counts[moment.event["type"]] += 1
    return counts


@pytest.mark.parametrize("part", range(2))
def test_each_field_of_each_type_is_read_alike_at_each_of_its_bounds(part: int) -> None:
    counts = _tried(field_cases, part, 2)
    assert counts["tried"] > 3_000
    assert counts["by lane"] > counts["tried"] // 3
    for name in ("tried", "good", "by lane", *_EXPLAINED):
        del counts[name]
    assert not counts, "plainly good, and not taken by the lane"


def test_each_type_is_taken_alike_around_each_date_of_an_earlier_one_and_each_limit() -> None:
    counts = _tried(moved_cases)
    assert counts["tried"] > 2_000
    assert counts["by lane"] > _MOST * counts["good"] > counts["tried"] // 3


@pytest.mark.parametrize("part", range(2))
def test_each_code_is_taken_alike_around_each_agreed_date(part: int) -> None:
    counts = _tried(dated_cases, part, 2)
    assert counts["tried"] > 3_000
    assert counts["by lane"] == counts["good"] > counts["tried"] // 8


def test_each_type_is_taken_alike_at_both_ends_of_its_day() -> None:
    counts = _tried(lambda _known, moment, seen: _first(moment, seen))
    assert counts["by lane"] > _MOST * counts["good"] > counts["tried"] // 3


def _first(moment: Moment, seen: set[Any]) -> Iterator[Record]:
    if moment.event["type"] not in seen:
        seen.add(moment.event["type"])
        yield from instants(moment)
