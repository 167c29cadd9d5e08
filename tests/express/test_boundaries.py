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

from tests.express.boundaries import (
    KINDS,
    Case,
    Moment,
    Tables,
    alone,
    dated_cases,
    field_cases,
    is_unusual,
    moments,
)
from tests.express.pairs import decided_alike

pytestmark = pytest.mark.unmeasured

#: A deadline that lies in the past already is Python's to tell, and so is a late refusal.
_EXPLAINED: Final = ("se.samverkan.sgi.opened.v1", "se.samverkan.consent.refusal_counted.v1")
#: Of what is plainly good when it comes on another day; the rest has to do with deadlines.
_NEARLY_ALL: Final = 0.9

Cases = Callable[[Tables, Moment, set[Any]], Iterator[Case]]


@lru_cache(maxsize=1)
def _moments() -> tuple[Moment, ...]:
    return tuple(moments())


def _tried(cases: Cases, part: int = 0, parts: int = 1) -> Counter[str]:
    known, seen, counts = Tables(), set[Any](), Counter[str]()
    types = sorted(known.types)[part::parts]
    for moment in _moments():
        if moment.event["type"] not in types:
            continue
        for case in cases(known, moment, seen):
            found = decided_alike(case.records, moment.stored, case.until)
            counts["tried"] += len(case.records)
            counts["good"] += found.good
            counts["by lane"] += found.by_lane
            if found.good > found.by_lane and not is_unusual(moment, case.records[0]):
                counts[moment.event["type"]] += 1
    return counts


@pytest.mark.parametrize("part", range(4))
def test_each_field_of_each_type_is_read_alike_at_each_of_its_bounds(part: int) -> None:
    counts = _tried(alone(field_cases), part, 4)
    assert counts["tried"] > 1_000
    assert counts["by lane"] > counts["tried"] // 3
    for name in ("tried", "good", "by lane", *_EXPLAINED):
        del counts[name]
    assert not counts, "plainly good, and not taken by the lane"


@pytest.mark.parametrize("part", range(4))
def test_each_code_is_taken_alike_around_each_agreed_date(part: int) -> None:
    counts = _tried(alone(dated_cases), part, 4)
    assert counts["tried"] > 1_000
    assert counts["by lane"] == counts["good"] > counts["tried"] // 8


@pytest.mark.parametrize("part", range(4))
def test_each_type_is_taken_alike_around_each_earlier_date_and_each_limit(part: int) -> None:
    counts = _tried(KINDS["each type around earlier dates and limits"], part, 4)
    assert counts["tried"] > 300
    assert counts["by lane"] > _NEARLY_ALL * counts["good"] > 0


@pytest.mark.parametrize(
    "kind",
    [
        "each type at both ends of its day",
        "what is due",
        "repeated",
    ],
)
def test_other_bounds_are_taken_alike(kind: str) -> None:
    counts = _tried(KINDS[kind])
    assert counts["tried"] > 100
    assert counts["by lane"] > _NEARLY_ALL * counts["good"] > counts["tried"] // 3
