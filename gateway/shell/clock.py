"""The brokers' clock as a task knows it: told with every commit, carried on by the process's own.

In production the brokers set the time of every record, also of those that a task writes itself, and
say it when they confirm them. So a task whose partition is silent, where somebody's wait ends or
somebody's right is about to be lost, needs no wall clock: it knows when its last commit was, in
the brokers' time, and how long ago that is. A wall clock that jumps would move stream time for
good, and everything due until then would be said too early.
"""

from __future__ import annotations

import time
from typing import Final

from gateway.domain.days import Instant
from gateway.shell.faults import Fault
from schemas.topics import STATE

#: How long the brokers' time is carried on before it is asked for again; a monotonic clock is off
#: by less than a tenth of a second in it, and stands still while a machine is suspended.
GOOD_FOR_S: Final = 600.0


class BrokerClock:
    """What one task has heard. Where `wanted` is false, records carry their senders' time."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._heard: Instant | None = None
        self._since = 0.0

    @property
    def stale(self) -> bool:
        """Whether it is time to commit something just to be told the time."""
        return self._wanted and (self._heard is None or time.monotonic() - self._since > GOOD_FOR_S)

    @property
    def now(self) -> Instant | None:
        """The brokers' time, behind it by at most as long as a commit takes; None: not known."""
        if self._heard is None:
            return None
        return self._heard + int((time.monotonic() - self._since) * 1000)

    def hear(self, at: Instant) -> None:
        """Take in the time that a broker has given to a record just confirmed.

        Raises:
            Fault: it gave none, so deadlines of a silent partition would never come.
        """
        if self._wanted:
            if at < 0:
                raise Fault(
                    f"the brokers set no time on {STATE}: it needs"
                    " message.timestamp.type=LogAppendTime in production (runbook: topic-settings)"
                )
            self._heard, self._since = at, time.monotonic()
