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
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.domain.days import DAY_MS, day_at, midnight
from gateway.express import lane
from gateway.express.lane import open_lane
from gateway.shell.express_fold import ExpressFold
from gateway.shell.fold import DUE_HEADER, Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.parking import Poison
from schemas.codec import Codec, Record
from tests.comparable import switch_fingerprints_off
from tests.dsl import AGREEMENT, KEYS, PARTITIONS
from tests.express.boundaries import KINDS, Case, Tables, is_unusual, moments
from tests.express.lanes import tables
from tests.express.pairs import decided_alike

_CODEC: Final = Codec(KEYS, PARTITIONS)
_SEED: Final = 5
#: So many of all cases are kept.
_SHARE: Final = 0.4


class Kept(NamedTuple):
    """A case, and what Python has answered."""

    kind: str
    records: tuple[Record, ...]
    stored: tuple[Outgoing, ...]
    until: int | None
    answer: bytes
    exact: bool
    """Whether the lane has to take it."""


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


def _digest(found: Iterable[Outgoing]) -> bytes:
    shown = [(*out[:4], tuple(out.headers)) for out in found]
    return hashlib.sha256(repr(shown).encode()).digest()


def _restored(fold: Fold, stored: Iterable[Outgoing]) -> None:
    for out in stored:
        due = dict(out.headers).get(DUE_HEADER)
        fold.restore((out.key or b"").decode(), out.value, None if due is None else int(due))


def keep(path: Path) -> None:
    """Let Python answer all cases, and write what it has answered."""
    known, kept, rng = Tables(), list[Kept](), random.Random(_SEED)
    seen: dict[str, set[Any]] = {name: set() for name in KINDS}
    for moment in moments():
        for name, cases in KINDS.items():
            found = cases(known, moment, seen[name])
            kept += [_kept(name, case) for case in found if rng.random() < _SHARE]
    rng.shuffle(kept)
    path.write_bytes(pickle.dumps(kept))
    sys.stdout.write(f"{len(kept)} cases: {dict(Counter(one.kind for one in kept))}\n")


def _kept(name: str, case: Case) -> Kept:
    found = decided_alike(case.records, case.moment.stored, case.until)
    usual = not is_unusual(case.moment, case.records[0])
    exact = found.good == found.by_lane == len(case.records) and usual
    stored = case.moment.stored
    return Kept(name, case.records, stored, case.until, _digest(found.out), exact)


def judged(kept: Sequence[Kept]) -> str | None:
    """What tells the lane from Python; None when nothing does."""
    said = tables()
    for one in kept:
        fold = Alone(one.records[0].partition, _CODEC, AGREEMENT, KEYS, lane=open_lane(said))
        _restored(fold, one.stored)
        try:
            for record in one.records:
                fold.take(record)
            if one.until is not None:
                fold.advance(one.until)
        except (Declined, Poison) as problem:
            if isinstance(problem, Poison) and problem.problem != Declined.__name__:
                raise
            if one.exact:
                return f"{one.kind}: it declines what it has to take"
            continue
        fold.settle()
        if _digest(fold.records()) != one.answer:
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
