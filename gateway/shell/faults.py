"""Crash-only: after any fault the process ends at once with exit code 70 (decision 0001).

No abort, no retry, no cleanup: the next owner of the partitions fences this one's producers, which
aborts what was open, and reads again from what was committed. 70 is EX_SOFTWARE; 3 would be taken
by uvicorn for a failed start.
"""

from __future__ import annotations

import os
import sys
from typing import Final, NoReturn

from gateway.shell.telemetry import log

EXIT_FAULT: Final = 70


class Fault(Exception):  # noqa: N818 - the house word for what stops a process
    """An invariant of the shell does not hold; the process cannot go on."""


def crash(where: str, problem: BaseException) -> NoReturn:
    """Log one line without payload and end the process.

    Only the type of a foreign exception is logged: its text may quote a record.
    """
    text = str(problem) if isinstance(problem, Fault) else ""
    log("fault", level="ERROR", where=where, problem=type(problem).__name__, text=text)
    sys.stderr.flush()
    os._exit(EXIT_FAULT)
