"""Refusal counters: messages about nobody (BR-28), remembered by id for a bounded time.

A counter stands on the partition of its key, so a repeat meets the first one. What is remembered of
counters is spread over slots by the hash of the id: a message reads and writes one slot, whatever
number of counters has come. In a slot an id is forgotten `COUNTED_DAYS` after it was decided, by
stream time, and the oldest one when there are more than `COUNTED_MAX`. A counter is never refused
for room; a repeat of a forgotten one counts again (decision 0025).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from gateway.domain.days import DAY_MS, Instant
from gateway.domain.state import Entry, PersonState
from schemas.keys import NO_PERSON_KEY

COUNTED_DAYS: Final = 400
COUNTED_MAX: Final = 128
_SLOT_DIGITS: Final = 3


def slot_of(message_id: str) -> str:
    """The state key of the slot of a counter: one of 4,096, by the hash of its id."""
    return f"{NO_PERSON_KEY}:{sha256(message_id.encode()).hexdigest()[:_SLOT_DIGITS]}"


def with_counted(state: PersonState, entry: Entry, now: Instant) -> PersonState:
    """A slot with one counter more, and without those that are forgotten."""
    oldest = now - COUNTED_DAYS * DAY_MS
    kept = [one for one in state.entries if one.decided_at >= oldest]
    return replace(state, entries=(*kept[-(COUNTED_MAX - 1) :], entry))
