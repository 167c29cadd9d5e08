"""A gateway whose clocks do as they like; all else is the real one.

At SIGUSR1 its wall clock jumps forty days ahead. At SIGUSR2 it is as if its last commit had been
fifteen days ago: longer than any message waits.
"""

from __future__ import annotations

import signal
import sys
import time
from types import SimpleNamespace

from consumers.gateway import run
from gateway.shell import clock

DAY_S = 86_400.0
WALL_JUMPS_S = 40 * DAY_S
PASSES_S = 15 * DAY_S


def main() -> int:
    """The gateway."""
    wall, since = time.time, time.monotonic
    shifted = {"wall": 0.0, "since": 0.0}
    time.time = lambda: wall() + shifted["wall"]
    clock.time = SimpleNamespace(monotonic=lambda: since() + shifted["since"])  # type: ignore[assignment]  # its own only
    signal.signal(signal.SIGUSR1, lambda *_: shifted.update(wall=WALL_JUMPS_S))
    signal.signal(signal.SIGUSR2, lambda *_: shifted.update(since=PASSES_S))
    return run()


if __name__ == "__main__":
    sys.exit(main())
