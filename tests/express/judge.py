"""Whether a compiled lane is told from Python: the judge of mutants of the Rust.

Python answers the generated cases once, and what it has answered is kept; then each library is
compared with that. So a mutant costs what the lane costs, and not what Python does.

    python -m tests.express.judge --keep FILE
    python -m tests.express.judge FILE LIBRARY
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pickle
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.domain.days import DAY_MS, day_at, midnight
from gateway.express import lane
from gateway.express.lane import open_lane
from gateway.shell import telemetry
from gateway.shell.express_fold import ExpressFold
from gateway.shell.fold import DUE_HEADER, Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.parking import Poison
from schemas.codec import Codec, Record
from tests.comparable import switch_fingerprints_off
from tests.dsl import AGREEMENT, KEYS, PARTITIONS
from tests.express.boundaries import KINDS, Case, Moment, Tables, moments
from tests.express.histories import crowd_cases, damaged_cases, history_cases
from tests.express.lanes import tables
from tests.express.made import made_cases
from tests.express.pairs import BATCH_LIMITS, Counts, decided_alike, encoded, encoded_by

_CODEC: Final = Codec(KEYS, PARTITIONS)
_SEED: Final = 5
#: Damaged messages of each good one.
_DAMAGED: Final = 2


class Kept(NamedTuple):
    """A case, and what Python has answered."""

    kind: str
    records: tuple[Record, ...]
    stored: tuple[Outgoing, ...]
    until: int | None
    answer: bytes
    taken: bool
    """Whether the lane without any change takes all of it."""


class Declined(Exception):  # noqa: N818 - it is no fault
    """The lane has left it to Python."""


class _Declining(Fold):
    def take(self, *_: Any, **__: Any) -> None:
        """Nothing."""
        raise Declined

    def _tell(self, *_: Any, **__: Any) -> None:
        raise Declined


class Alone(ExpressFold, _Declining):
    """A lane with no Python behind it."""


def _digest(out: Sequence[Outgoing], batches: Any, counts: Counts, known: Any) -> bytes:
    shown = [(*one[:4], tuple(one.headers)) for one in out]
    said = repr((shown, batches, sorted(counts.items(), key=repr), known))
    return hashlib.sha256(said.encode()).digest()


def _restored(fold: Fold, stored: Iterable[Outgoing]) -> None:
    for out in stored:
        due = dict(out.headers).get(DUE_HEADER)
        fold.restore((out.key or b"").decode(), out.value, None if due is None else int(due))


def keep(path: Path) -> None:
    """Let Python answer the cases, and write what it has answered."""
    said, kept = tables(), list[Kept]()
    for name, case in _cases():
        found = decided_alike(case.records, case.moment.stored, case.until)
        batches = [list(encoded(found.out, limit)) for limit in BATCH_LIMITS]
        answer = _digest(found.out, batches, found.tally, found.known)
        one = Kept(name, case.records, case.moment.stored, case.until, answer, taken=False)
        kept.append(one._replace(taken=_answered(one, said) is not None))
    random.Random(_SEED).shuffle(kept)
    path.write_bytes(pickle.dumps(kept))
    by_kind = Counter(one.kind for one in kept)
    taken = Counter(one.kind for one in kept if one.taken)
    for name, count in by_kind.items():
        sys.stdout.write(f"{count:6} cases, {taken[name]:6} taken by the lane: {name}\n")


def _cases() -> Iterator[tuple[str, Case]]:
    known, there = Tables(), tuple(moments())

    def made(cases: Callable[[Tables, Moment, set[Any]], Iterator[Case]]) -> Iterator[Case]:
        seen = set[Any]()
        return (case for moment in there for case in cases(known, moment, seen))

    kinds = {name: made(cases) for name, cases in KINDS.items()} | {
        "histories": history_cases(there),
        "several persons": crowd_cases(there),
        "damaged": damaged_cases(there, _DAMAGED),
        **made_cases(there),
    }
    for name, cases in kinds.items():
        for case in cases:
            yield name, case


def _answered(one: Kept, said: str) -> bytes | None:
    """What a lane answers alone; None when it leaves anything to Python."""
    fold = Alone(one.records[0].partition, _CODEC, AGREEMENT, KEYS, lane=open_lane(said))
    _restored(fold, one.stored)
    try:
        for record in one.records:
            fold.take(record)
        if one.until is not None:
            fold.advance(one.until)
    except Declined:
        return None
    except Poison as problem:
        if problem.problem != Declined.__name__:
            raise
        return None
    fold.settle()
    if not fold.has_pending:
        return b"nothing is to be written"
    batches = [encoded_by(fold, limit) for limit in BATCH_LIMITS]
    counts = fold.tally.taken()
    counts.pop((telemetry.EXPRESS, ()), None)
    return _digest(fold.records(), batches, counts, (fold.persons, fold.stored_bytes))


def judged(kept: Sequence[Kept]) -> str | None:
    """What tells the lane from Python; None when nothing does."""
    said = tables()
    for one in kept:
        answer = _answered(one, said)
        if answer is None and one.taken:
            return f"{one.kind}: it declines what it has to take"
        if answer is not None and answer != one.answer:
            return f"{one.kind}: other bytes"
    return _calendar()


def _calendar() -> str | None:
    module = lane._compiled()
    for day in range(10_958, 47_400):
        at = midnight(day)
        if module.midnight(day) != at or module.day_at(at - 1) != day_at(at - 1):
            return "another calendar"
        if module.day_at(at + DAY_MS // 2) != day:
            return "another calendar"
    return None


def load(library: Path) -> None:
    """Let a library be the compiled lane of this process."""
    switch_fingerprints_off()
    name = "gateway.express.compiled"
    spec = importlib.util.spec_from_file_location(name, library)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


def main(arguments: Sequence[str]) -> int:
    """1 when the lane is told from Python; 0 when it is not."""
    if arguments[0] == "--keep":
        keep(Path(arguments[1]))
        return 0
    load(Path(arguments[1]))
    found = judged(pickle.loads(Path(arguments[0]).read_bytes()))  # noqa: S301 - written above
    sys.stdout.write(f"{found or 'the same as Python'}\n")
    return int(found is not None)


if __name__ == "__main__":
    # Under its own name, so that what is kept can be read elsewhere.
    sys.exit(importlib.import_module("tests.express.judge").main(sys.argv[1:]))
