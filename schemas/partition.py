"""Kafka's default partition of a keyed record, as the Java client computes it (murmur2).

The gateway recomputes it for every record: a person's messages keep their order only while all
senders agree on the partition (contract section 2).
"""

from __future__ import annotations

from typing import Final

from schemas.remembered import remembered

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF
_CACHE_ENTRIES_MAX: Final = 65_536


def murmur2(key: bytes) -> int:
    """Return murmur2 of the bytes as the Java client does, as an unsigned 32-bit number."""
    length = len(key)
    h = (_SEED ^ length) & _MASK
    whole = length - length % 4
    for i in range(0, whole, 4):
        k = (int.from_bytes(key[i : i + 4], "little") * _M) & _MASK
        k ^= k >> 24
        h = ((h * _M) & _MASK) ^ ((k * _M) & _MASK)
    rest = key[whole:]
    if rest:
        h = ((h ^ int.from_bytes(rest, "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    return h ^ (h >> 15)


@remembered(_CACHE_ENTRIES_MAX)
def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition (0 .. partitions-1) that the Java client picks for this key.

    Raises:
        ValueError: `partitions` is less than 1.
    """
    if partitions < 1:
        raise ValueError(f"a topic has at least one partition, got {partitions}")
    return (murmur2(key) & 0x7FFFFFFF) % partitions
