"""What the tests of the express lane share: a lane, or the reason why there cannot be one."""

from __future__ import annotations

import pytest

from tests.comparable import comparable
from tests.dsl import AGREEMENT, KEYS, PARTITIONS


def tables() -> str:
    """What a lane has to know; without Rust on the machine there is nothing to test."""
    said = comparable("required", AGREEMENT, KEYS, PARTITIONS)
    if said is None:
        pytest.skip("there is no Rust here, so the gateway runs in Python alone")
    return said
