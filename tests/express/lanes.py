"""What the tests of the express lane share: a lane, or the reason why there cannot be one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.express.lane import NoLaneError, lane_tables
from tests.dsl import AGREEMENT, KEYS, PARTITIONS

CARGO = shutil.which("cargo") or (Path.home() / ".cargo/bin/cargo").exists()


def tables() -> str:
    """What a lane has to know; without Rust on the machine there is nothing to test."""
    try:
        return lane_tables("required", AGREEMENT, KEYS, PARTITIONS)
    except NoLaneError:
        if CARGO:
            raise
        pytest.skip("there is no Rust here, so the gateway runs in Python alone")
