"""Whether Python and the express lane can be compared here, and when it is a failure if not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from gateway.domain.context import Terms
from gateway.express import lane
from gateway.express.lane import NoLaneError, lane_tables
from schemas.keys import KeyRing

#: Set by `make express-compare` alone: the lane is compared with Python that has changed.
COMPARE: Final = "SAMVERKAN_TEST_COMPARE"
CARGO: Final = bool(shutil.which("cargo")) or (Path.home() / ".cargo/bin/cargo").exists()


def switch_fingerprints_off() -> None:
    """Let the lane of this process be used beside Python that it was not yet compared with."""
    lane.changed = lambda _: ()


def comparable(wanted: str, terms: Terms, keys: KeyRing, partitions: int) -> str | None:
    """What `lane_tables` says, or None where nobody can expect a lane.

    None is the answer without Rust on the machine, with rules in shadow, and for a mutant of the
    Python, which the lane does not repeat.

    Raises:
        NoLaneError: a comparison was to take place, and cannot.
    """
    try:
        return lane_tables(wanted, terms, keys, partitions)
    except NoLaneError:
        expected = os.environ.get(COMPARE) == "1" or CARGO
        if expected and terms.in_shadow is None and "MUTANT_UNDER_TEST" not in os.environ:
            raise
        return None
