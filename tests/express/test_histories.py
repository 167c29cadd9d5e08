"""Several messages one after the other: a lane and Python are compared on all of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import pytest

from tests.express.boundaries import Moment, moments
from tests.express.histories import crowd_cases, history_cases
from tests.express.pairs import decided_alike

pytestmark = pytest.mark.unmeasured

_PARTS: Final = 4


@lru_cache(maxsize=1)
def _moments() -> tuple[Moment, ...]:
    return tuple(moments())


@pytest.mark.parametrize("part", range(_PARTS))
def test_each_date_begins_and_ends_alike_around_each_later_message(part: int) -> None:
    tried = by_lane = 0
    for number, case in enumerate(history_cases(_moments())):
        if number % _PARTS == part:
            tried += len(case.records)
            by_lane += decided_alike(case.records).by_lane
    assert tried > 1_000
    assert by_lane > tried // 2


def test_messages_of_several_persons_and_what_is_due_after_them_are_taken_alike() -> None:
    tried = by_lane = 0
    for case in crowd_cases(_moments()):
        tried += len(case.records)
        by_lane += decided_alike(case.records, case.moment.stored, case.until).by_lane
    assert tried > 1_000
    assert by_lane > tried // 2
