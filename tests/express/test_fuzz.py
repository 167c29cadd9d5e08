"""Good messages that are changed at random are decided alike, and mostly by the lane."""

from __future__ import annotations

from typing import Final

import pytest

from tests.express.boundaries import SEED, moments
from tests.express.fuzz import TAKEN_AT_LEAST, Fuzzer
from tests.express.lanes import tables

pytestmark = pytest.mark.unmeasured

#: `make fuzz` takes minutes, and a lane that counts what it executes.
SECONDS: Final = 10.0
TRIED_AT_LEAST: Final = 100


def test_changed_messages_are_decided_alike_and_mostly_by_the_lane() -> None:
    tables()  # without Rust there is nothing to compare
    done = Fuzzer(SEED, tuple(moments())).run(SECONDS)
    assert done.tried > TRIED_AT_LEAST
    assert done.by_lane > TAKEN_AT_LEAST * done.tried
