"""The way to the express lane: whether it may be used, and what it needs to know.

It may be when it has been compiled, when the Python that it repeats is the Python it was compared
with, when its Swedish calendar is that of the time zone database, and when no rules are tried in
shadow. Else every message takes the way through Python, with the same result.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from gateway.domain.context import Terms
from gateway.domain.days import DAY_MS, day_at, midnight
from gateway.express.tables import tables
from gateway.express.twins import changed
from schemas.keys import KeyRing

if TYPE_CHECKING:
    from gateway.express.compiled import Lane

_HOUR_MS: Final = 3_600_000
#: The years that the lane decides; see `time.rs`.
_YEARS: Final = range(2000, 2100)
_DAYS_FROM_1970: Final = 365.2425


class NoLaneError(Exception):
    """The express lane cannot be used; the text says why and what to do."""


@lru_cache(maxsize=1)
def _compiled() -> Any:
    """The compiled module, if the Python beside it is what it is a twin of."""
    try:
        module = importlib.import_module("gateway.express.compiled")
    except ImportError as problem:
        raise NoLaneError(
            "The express lane has not been compiled for this Python: install Rust and run make"
            " express, or set SAMVERKAN_EXPRESS=off."
        ) from problem
    different = changed(orjson.loads(module.TWINS))
    if different:
        raise NoLaneError(
            f"The express lane was compared with another {different[0]}: run make express-compare,"
            " or set SAMVERKAN_EXPRESS=off."
        )
    if not _same_calendar(module):
        raise NoLaneError(
            "The express lane counts Swedish days otherwise than the time zone database: set"
            " SAMVERKAN_EXPRESS=off until its time.rs is mended."
        )
    return module


def _same_calendar(module: Any) -> bool:
    """Whether hours and days begin alike around every change of the clocks."""
    for year in _YEARS[1:-1]:
        first = int((year - 1970) * _DAYS_FROM_1970)
        for day in range(first, first + 366, 6):
            at = day * DAY_MS
            hours = (at - 2 * _HOUR_MS, at - _HOUR_MS, at)
            if any(module.day_at(hour) != day_at(hour) for hour in hours):
                return False
            if module.midnight(day) != midnight(day):
                return False
    return True


def lane_tables(wanted: str, terms: Terms, keys: KeyRing, partitions: int) -> str:
    """What the lanes of a gateway have to know, for `open_lane`.

    Args:
        wanted: the setting `SAMVERKAN_EXPRESS`.
        terms: the exchange agreement.
        keys: the secrets of the installation; the answer holds them.
        partitions: of each topic.

    Raises:
        NoLaneError: the lane cannot be used, or shall not be.
    """
    if wanted == "off":
        raise NoLaneError("The express lane is switched off (SAMVERKAN_EXPRESS).")
    if terms.in_shadow is not None:
        raise NoLaneError(
            "The agreement tries rules in shadow, which only Python can: the express lane is used"
            " again when they are gone."
        )
    said = tables(terms, keys, partitions)
    try:
        _first(said)
    except ValueError as problem:
        raise NoLaneError(
            f"The express lane does not fit its tables ({problem}): run make express, or set"
            " SAMVERKAN_EXPRESS=off."
        ) from None
    return said


def open_lane(said: str) -> Lane:
    """A lane for one task; `said` is what `lane_tables` has answered."""
    return _first(said).another()


@lru_cache(maxsize=8)
def _first(said: str) -> Lane:
    """The lane that has read the tables; those of all tasks share what it has read."""
    lane: Lane = _compiled().Lane(said)
    return lane


def checksum(head: bytes, crc: int, length: int) -> int:
    """CRC-32C of a head and what follows it, of which the checksum and length are known."""
    joined: int = _compiled().checksum(head, crc, length)
    return joined
