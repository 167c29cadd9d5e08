"""Change good messages at random, and compare the lane with Python on each.

Most of what is tried is taken by the lane, or nothing of it would be compared. With a library that
counts what it executes (`make fuzz`), a message that reaches something new is changed further.

    python -m tests.express.fuzz --library FILE [--seconds 300] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from gateway.domain.days import DAY_MS, day_at
from gateway.express import lane
from schemas.codec import Record
from tests.express import judge
from tests.express.boundaries import (
    Moment,
    Tables,
    changed,
    event_of,
    found_at,
    moments,
    moved,
)
from tests.express.pairs import decided_alike

#: Of what is tried, so much at least is decided by the lane.
TAKEN_AT_LEAST: Final = 0.5
_CORPUS_MAX: Final = 20_000
_BITS_IN_A_BYTE: Final = 8


class Tried(NamedTuple):
    """What was tried, and how much of it the lane has decided."""

    tried: int
    by_lane: int
    found: int
    """Messages that have reached something new."""


class Fuzzer:
    """Messages that were taken by the lane, each with the state in which it came."""

    def __init__(self, seed: int, corpus: Sequence[Moment]) -> None:
        self._rng = random.Random(seed)
        self._known = Tables()
        self._corpus = list(corpus)
        self._reached = bytearray()
        self._counted: Callable[[], bytes] | None = getattr(lane._compiled(), "counted", None)

    def run(self, seconds: float) -> Tried:
        """Try messages for a time.

        Raises:
            AssertionError: the lane and Python have decided otherwise; the message is told.
        """
        tried = by_lane = found = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            moment = self._rng.choice(self._corpus)
            record = self._another(moment)
            try:
                outcome = decided_alike([record], moment.stored)
            except AssertionError as problem:
                raise AssertionError(f"not alike: {record}") from problem
            tried += 1
            by_lane += outcome.by_lane
            if self._is_new() and outcome.by_lane:
                found += 1
                self._keep(moment, record)
        return Tried(tried, by_lane, found)

    def _is_new(self) -> bool:
        """Whether something was executed, or so often, that was not before."""
        if self._counted is None:
            return False
        counts = self._counted()
        if not self._reached:
            self._reached = bytearray(len(counts))
        new = [n for n, bits in enumerate(counts) if bits > self._reached[n]]
        for n in new:
            self._reached[n] = counts[n]
        return bool(new)

    def _keep(self, moment: Moment, record: Record) -> None:
        event = event_of(record)
        if event is not None and len(self._corpus) < _CORPUS_MAX:
            self._corpus.append(moment._replace(record=record, event=event))

    def _another(self, moment: Moment) -> Record:
        """The record with one thing changed, seldom with more."""
        record = moment.record
        for _ in range(self._rng.choice((1, 1, 1, 1, 2, 3))):
            event = event_of(record)
            if event is None or event.get("type") not in self._known.types:
                return record
            acts = (self._value, self._value, self._borrowed, self._day, self._instant, self._bytes)
            there = moment._replace(record=record, event=event)
            record = self._rng.choices(acts, (3, 3, 6, 6, 4, 1))[0](there)
        return record

    def _places(self, moment: Moment) -> list[Any]:
        shape = self._known.types[moment.event["type"]]["shape"]
        try:
            return list(self._known.places(shape, moment.event["data"]))
        except (AttributeError, KeyError, TypeError):  # a body that is none any more
            return []

    def _value(self, moment: Moment) -> Record:
        """A value around a bound."""
        places = [one for one in self._places(moment) if one[1]["is"] != "list"]
        if not places:
            return moment.record
        place, kind = self._rng.choice(places)
        values = list(self._known.values(kind, day_at(moment.record.timestamp_ms)))
        return changed(moment, place, self._rng.choice(values))

    def _borrowed(self, moment: Moment) -> Record:
        """A value that another message of the type has at the same place."""
        alike = [self._rng.choice(self._corpus) for _ in range(200)]
        alike = [one for one in alike if one.event["type"] == moment.event["type"]]
        mine = [place for place, _ in self._places(moment) if place[0] not in {"case_id", "person"}]
        if not alike or not mine:
            return moment.record
        place = self._rng.choice(mine)
        try:
            return changed(moment, place, found_at(self._rng.choice(alike).event, place))
        except (IndexError, KeyError, TypeError, AttributeError):  # it has no such place
            return moment.record

    def _day(self, moment: Moment) -> Record:
        """Some days earlier or later."""
        today = day_at(moment.record.timestamp_ms)
        by = self._rng.choice((1, 7, 30, 90, 400))
        return moved(moment, today + self._rng.randint(-by, by))

    def _instant(self, moment: Moment) -> Record:
        """Another time of the day, up to a day later."""
        at = moment.record.timestamp_ms + self._rng.randint(0, DAY_MS)
        return moment.record._replace(timestamp_ms=at)

    def _bytes(self, moment: Moment) -> Record:
        """One byte less, more or another, or all with blanks."""
        value = bytearray(moment.record.value or b"{}")
        at = self._rng.randrange(len(value))
        act = self._rng.randrange(4)
        if act == 0:
            value[at] ^= 1 << self._rng.randrange(_BITS_IN_A_BYTE)
        elif act == 1:
            del value[at]
        elif act == 2:
            value.insert(at, self._rng.randrange(256))
        else:
            value = bytearray(orjson.dumps(moment.event, option=orjson.OPT_INDENT_2))
        return moment.record._replace(value=bytes(value))


def main(arguments: Sequence[str]) -> int:
    """Fuzz for a time; 1 when too little of what was tried is taken by the lane."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args(arguments)
    judge.load(said.library)
    done = Fuzzer(said.seed, tuple(moments())).run(said.seconds)
    sys.stdout.write(
        f"{done.tried} messages tried, {done.by_lane} taken by the lane, {done.found} of them"
        " reached something new; all were decided as in Python\n"
    )
    return int(done.by_lane < TAKEN_AT_LEAST * done.tried)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
