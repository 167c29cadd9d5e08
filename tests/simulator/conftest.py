"""One full year and one small year for all tests of the simulator."""

from __future__ import annotations

import pytest

from simulator.year import Year, generate

SMALL = 0.05


@pytest.fixture(scope="session")
def full_year() -> Year:
    """The year at the printed size."""
    return generate(2024)


@pytest.fixture(scope="session")
def small_year() -> Year:
    """A twentieth of the year."""
    return generate(7, SMALL)
