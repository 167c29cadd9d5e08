"""A date of an earlier message is put around the day of a later one, and the history told anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest

from gateway.domain.days import day_at
from tests.express.boundaries import Case, Moment, Tables, around, changed, moments
from tests.express.pairs import decided_alike

pytestmark = pytest.mark.unmeasured

#: Messages of a person; longer histories say little more and take long.
_LENGTHS: Final = range(4, 25)
_PARTS: Final = 4
_DATES: Final = frozenset({"date", "date_or_time"})


def _histories() -> list[list[Moment]]:
    found: defaultdict[bytes | None, list[Moment]] = defaultdict(list)
    for moment in moments():
        found[moment.record.key].append(moment)
    return [one for one in found.values() if len(one) in _LENGTHS]


def _cases(known: Tables, history: Sequence[Moment], seen: set[Any]) -> Iterator[Case]:
    """Each date of each type, also one left out, around each later type, once."""
    records = [moment.record for moment in history]
    for n, moment in enumerate(history):
        ce_type, data = moment.event["type"], moment.event["data"]
        for place, kind in known.places(known.types[ce_type]["shape"], data):
            for m in range(n + 1, len(history)):
                named = (ce_type, place, history[m].event["type"])
                if kind["is"] not in _DATES or named in seen:
                    continue
                seen.add(named)
                for text in around(day_at(records[m].timestamp_ms)):
                    there = (*records[:n], changed(moment, place, text), *records[n + 1 : m + 1])
                    yield Case(history[m], there)


@pytest.mark.parametrize("part", range(_PARTS))
def test_each_date_begins_and_ends_alike_around_each_later_message(part: int) -> None:
    known, seen, tried, by_lane = Tables(), set[Any](), 0, 0
    cases = (case for history in _histories() for case in _cases(known, history, seen))
    for number, case in enumerate(cases):
        if number % _PARTS == part:
            tried += len(case.records)
            by_lane += decided_alike(case.records).by_lane
    assert tried > 1_000
    assert by_lane > tried // 2
