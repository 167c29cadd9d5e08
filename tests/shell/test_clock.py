"""The brokers' time, carried on by a clock that does not jump."""

from __future__ import annotations

import time

import pytest

from gateway.shell import clock as clock_module
from gateway.shell.clock import GOOD_FOR_S, BrokerClock
from gateway.shell.faults import Fault

HEARD = 1_700_000_000_000


class Ticking:
    """The process's own clock: seconds since anything."""

    def __init__(self) -> None:
        self.at = 5.0

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return self.at


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    made = Ticking()
    monkeypatch.setattr(clock_module, "time", made)
    return made


def test_time_goes_on_from_what_a_broker_has_said(ticking: Ticking) -> None:
    clock = BrokerClock(wanted=True)
    clock.hear(HEARD)
    ticking.at += 1.5
    assert clock.now == HEARD + 1500
    clock.hear(HEARD + 9_000)
    assert clock.now == HEARD + 9_000


def test_before_a_broker_has_said_anything_no_time_passes_and_it_is_to_be_asked() -> None:
    clock = BrokerClock(wanted=True)
    assert clock.now is None
    assert clock.stale


def test_it_is_asked_again_before_the_clocks_drift_apart(ticking: Ticking) -> None:
    clock = BrokerClock(wanted=True)
    clock.hear(HEARD)
    ticking.at += GOOD_FOR_S
    assert not clock.stale
    ticking.at += 1
    assert clock.stale
    clock.hear(HEARD)
    assert not clock.stale


def test_the_wall_clock_may_jump_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = BrokerClock(wanted=True)
    clock.hear(HEARD)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 40 * 86_400)
    assert clock.now is not None
    assert clock.now - HEARD < 60_000


def test_where_senders_set_the_time_nobody_is_asked_and_no_time_passes_by_itself() -> None:
    clock = BrokerClock(wanted=False)
    assert not clock.stale
    clock.hear(-1)
    clock.hear(HEARD)
    assert clock.now is None


def test_brokers_that_set_no_time_end_the_process() -> None:
    with pytest.raises(Fault, match=r"gateway\.state: it needs message\.timestamp\.type"):
        BrokerClock(wanted=True).hear(-1)
