"""The year 2024 as the two agencies' messages: the same seed gives the same bytes.

`generate` reproduces the printed tables 2024-T1 to T5 by benefit and sex, surrounds them with what
goes wrong in real life, and keeps its own books in `Truth`. It reads no clock and no outside
randomness.
"""

from __future__ import annotations

import gc
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from gateway.sdk import Mode
from schemas.keys import KeyRing
from simulator.assessments import play
from simulator.bookings import RoundBook
from simulator.carried import play_carried
from simulator.cases import SICKNESS, Case, new_case
from simulator.cast import PLAIN, cast, count_of
from simulator.changes import CORRECTIONS, VOIDS, Change, withdraw_statistics
from simulator.consents import count_refusals
from simulator.days import DAY_MS, LOG_END, YEAR, midnight_ms, workdays
from simulator.disorder import disturb
from simulator.ledger import Ledger, RefusedConsents
from simulator.outcomes import Outcomes
from simulator.persons import Population
from simulator.printed import Cell, printed_2024
from simulator.rates import Rates
from simulator.refusals import Refusals
from simulator.story import ACCEPTED, WARNED, Draft, Story
from simulator.troubled import TROUBLES
from simulator.truth import Truth
from simulator.wire import SimRecord, Wire
from simulator.wrong import KINDS, Scene, write_wrong

_TROUBLED_DAYS: Final = tuple(workdays(date(YEAR, 2, 1), date(YEAR, 10, 15)))
_DUPLICATE_MS: Final = (2_000, 15 * DAY_MS)
_LAST_MS: Final = midnight_ms(LOG_END + timedelta(days=1))
_LATEST_SCENE: Final = LOG_END - timedelta(days=14)
DEFAULT_PARTITIONS: Final = 6


@dataclass(frozen=True, slots=True)
class Year:
    """The generated year: records by timestamp, and what must come of them."""

    records: list[SimRecord] = field(repr=False)
    truth: Truth


def generate(
    seed: int,
    scale: float = 1.0,
    rates: Rates | None = None,
    *,
    keys: KeyRing | None = None,
    partitions: int = DEFAULT_PARTITIONS,
) -> Year:
    """The reconstructed year.

    Args:
        seed: of the one random source; the same arguments give the same bytes.
        scale: below 1 a smaller year, every printed cell in proportion (at least one each).
        rates: how often what happens besides.
        keys: the exchange keys; the published test keys by default.
        partitions: of the input topics; only records on a wrong partition depend on it.

    Raises:
        ValueError: scale or partitions out of range.
    """
    if not 0 < scale <= 1:
        raise ValueError(f"scale is a share of the printed year, above 0 and at most 1: {scale}")
    if partitions < 2:
        raise ValueError(f"a record on the wrong partition needs two of them, got {partitions}")
    wire = Wire(keys or KeyRing.published_test_keys())
    with _without_collector():
        builder = _Builder(random.Random(seed), rates or Rates(), scale, wire, partitions)
        builder.write_assessments()
        builder.refusals.write()
        builder.write_refusal_counts()
        builder.write_troubles()
        builder.amend()
        builder.disturb()
        builder.withdraw()
        return builder.year()


@contextmanager
def _without_collector() -> Iterator[None]:
    """Without the cyclic garbage collector: the drafts are many, and none can be given up."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Builder:
    """The stories of the year in the making; each method adds one layer, in the order above."""

    def __init__(
        self, rng: random.Random, rates: Rates, scale: float, wire: Wire, partitions: int
    ) -> None:
        self.rng, self.rates, self.wire, self.partitions = rng, rates, wire, partitions
        self.printed = printed_2024().scaled(scale)
        self.people = Population(rng, rates.coordination_number)
        self.refusals = Refusals(self.people, self.printed, rates)
        self.assessed: list[Story] = []
        self.troubled: list[Story] = []
        self.counts: list[Draft] = []
        self.refused: list[RefusedConsents] = []
        self.books: list[RoundBook] = []
        self.untouched: list[tuple[Story, Case]] = []

    @property
    def assessments(self) -> int:
        """How many assessments the printed table has at this scale."""
        return sum(self.printed.assessments.values())

    def write_assessments(self) -> None:
        """Part 1: one story per person; `untouched` are those that later layers may change."""
        outcomes = Outcomes(self.rng, self.printed)
        number = 0
        for number, role in enumerate(cast(self.rng, self.printed, self.rates), start=1):
            case_id = f"S-{YEAR}-{number:06d}"
            story, case, books = play(self.people, self.rates, role, case_id, outcomes)
            self.assessed.append(story)
            self.books += books
            if role.fate == PLAIN and role.running:
                self.untouched.append((story, case))
        for cell, outcome in outcomes.rest():
            number += 1
            case_id = f"S-{YEAR - 1}-{number:06d}"
            story, _, book = play_carried(self.people, self.rates, cell, outcome, case_id, outcomes)
            self.assessed.append(story)
            self.books.append(book)
        if self.rates.closed_before:
            self._write_closed_before(number)

    def _write_closed_before(self, number: int) -> None:
        """Cases that closed in the year before, for whoever looks at that one too."""
        for name, printed in self.printed.outcomes.items():
            for cell, count in printed.items():
                for _ in range(count_of(self.rates.closed_before, count)):
                    number += 1
                    case_id = f"S-{YEAR - 2}-{number:06d}"
                    played = play_carried(self.people, self.rates, cell, name, case_id, None)
                    self.assessed.append(played[0])
                    self.books.append(played[2])

    def write_refusal_counts(self) -> None:
        """Refusals of consent counted without identity; the only messages without a person."""
        stories = [*self.assessed, *self.refusals.met, *self.refusals.decided]
        self.counts, self.refused = count_refusals(self.people, stories)

    def write_troubles(self) -> None:
        """Persons whose consent or case stands in the way."""
        cell = Cell(SICKNESS, "women")
        number = 0
        for trouble in TROUBLES.values():
            for _ in range(count_of(self.rates.troubled_persons, self.assessments)):
                number += 1
                day = self.rng.choice(_TROUBLED_DAYS)
                case = new_case(self.people, cell, SICKNESS, day, self.rng.randint(100, 900))
                story = Story(self.rng, case.person, f"T-{YEAR}-{number:06d}")
                book = trouble(story, case, day)
                self.troubled.append(story)
                if book is not None:
                    self.books.append(book)

    def amend(self) -> None:
        """Corrections and voids in all families, each on stories of its own."""
        self.rng.shuffle(self.untouched)
        stories = [story for story, _ in self.untouched] + self.refusals.met
        taken: set[int] = set()
        for share, kinds in (
            (self.rates.corrected, CORRECTIONS),
            (self.rates.voided, VOIDS),
        ):
            for change in kinds:
                taken |= self._apply(change, count_of(share, len(stories)), stories, taken)
        self.untouched = [pair for pair in self.untouched if id(pair[0]) not in taken]

    def _apply(self, change: Change, count: int, stories: list[Story], taken: set[int]) -> set[int]:
        done: set[int] = set()
        for story in stories:
            if len(done) == count:
                break
            if id(story) not in taken and change.apply(story):
                done.add(id(story))
        return done

    def disturb(self) -> None:
        """Messages before their time."""
        stories = [story for story, _ in self.untouched]
        count = count_of(self.rates.early, len(self.untouched))
        disturbed = {id(story) for story in disturb(self.rng, stories, count)}
        self.untouched = [pair for pair in self.untouched if id(pair[0]) not in disturbed]

    def withdraw(self) -> None:
        """Consents to statistics withdrawn midway: what comes after belongs to nobody."""
        if not self.rates.statistics_withdrawn:
            return
        amended = {"correction", "void"}
        ordinary = [
            story
            for story in [*self.refusals.met, *self.refusals.decided]
            if not any(draft.kind in amended for draft in story.drafts)
        ]
        count = count_of(self.rates.statistics_withdrawn, len(self.untouched))
        chosen = [story for story, _ in self.untouched[:count]]
        self.untouched = self.untouched[count:]
        count = count_of(self.rates.statistics_withdrawn, len(ordinary))
        for story in chosen + self.rng.sample(ordinary, min(count, len(ordinary))):
            withdraw_statistics(story)

    def year(self) -> Year:
        """Everything as records in the order of their timestamps, and the books.

        Call it once: the drafts are given up story by story, since they take most of the memory.
        """
        ledger = self._settled()
        stories = self.assessed + self.refusals.met + self.refusals.decided
        messages = sum(len(story.drafts) for story in stories)
        records = self._wrong(messages)
        self.untouched.clear()
        types: Counter[str] = Counter()
        for story in stories:
            for draft in story.drafts:
                types[draft.type] += 1
                records += self._with_duplicate(draft)
            story.drafts.clear()
            story.consent = story.opening = None
        for draft in [draft for story in self.troubled for draft in story.drafts] + self.counts:
            types[draft.type] += 1
            records.append(self.wire.record(draft))
        records.sort(key=lambda record: record.timestamp_ms)
        return Year(records, self._truth(records, ledger, types))

    def _settled(self) -> Ledger:
        part_two = self.refusals
        ledger = Ledger(
            rounds=tuple(book.settled(self.wire.fact_id) for book in self.books),
            refusals=tuple(book.settled() for book in part_two.books),
            contacts=tuple(part_two.contacts),
            sgi_cases=tuple(book.settled() for book in part_two.sgi),
            refused_consents=tuple(self.refused),
        )
        self.books.clear()
        part_two.books.clear()
        part_two.sgi.clear()
        return ledger

    def _with_duplicate(self, draft: Draft) -> list[SimRecord]:
        """The record, and now and then the same bytes again by a sender who saw no receipt."""
        mode: Mode = "binary" if self.rng.random() < self.rates.binary_mode else "structured"
        record = self.wire.record(draft, mode)
        if record.expect not in {ACCEPTED, WARNED} or self.rng.random() >= self.rates.duplicated:
            return [record]
        again_ms = record.timestamp_ms + self.rng.randrange(*_DUPLICATE_MS)
        if again_ms > _LAST_MS:
            return [record]
        return [record, record._replace(timestamp_ms=again_ms, kind="duplicate")]

    def _wrong(self, messages: int) -> list[SimRecord]:
        scenes = [
            Scene(story, case, self.wire, self.partitions)
            for story, case in self.untouched
            if story.first("plan.closed") is None and story.last_day < _LATEST_SCENE
        ]
        count = max(len(KINDS), round(self.rates.wrong * messages)) if self.rates.wrong else 0
        return write_wrong(self.rng, scenes, count)

    def _truth(self, records: list[SimRecord], ledger: Ledger, types: Counter[str]) -> Truth:
        unreadable = {f"wrong:{kind}" for kind, wrong in KINDS.items() if wrong.unreadable}
        return Truth(
            ledger=ledger,
            by_kind=dict(sorted(Counter(record.kind for record in records).items())),
            by_type=dict(sorted(types.items())),
            first_statuses=dict(sorted(Counter(r.expect or "open" for r in records).items())),
            quarantined=sum(record.kind in unreadable for record in records),
        )
