"""What the law of facts compares: revisions that tell what was unknown, and counts that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

#: What may become known, and what a revision that tells it may change besides.
_UNKNOWN: Final = {"sex": "okant", "birth_year_month": None, "benefits": []}
_BESIDES: Final = {"revision", "registered_at", "employment", "unit_key", "unit_case", "fields"}


def learnt(revisions: Mapping[int, dict[str, Any]]) -> int:
    """How many revisions of a fact say no more than what the one before did not know."""
    pairs = ((revisions[n - 1], revisions[n]) for n in revisions if n - 1 in revisions)
    return sum(
        all(
            new[name] == value or (name in _UNKNOWN and value == _UNKNOWN[name])
            for name, value in old.items()
            if name not in _BESIDES
        )
        and any(new[name] != old[name] for name in _UNKNOWN)
        for old, new in pairs
    )


def difference(what: str, wanted: Counter[Any], written: Counter[Any]) -> Iterator[str]:
    for item in wanted.keys() | written.keys():
        if wanted[item] != written[item]:
            yield f"{what}: {item} is written {written[item]} times instead of {wanted[item]}"
