"""What can go wrong with the fact store and the reports, as errors that tell the user what to do.

Rule: every message is one sentence that names the thing, its state and the next step. It never
holds a fact's payload. The command line prints `str(error)` and exits with `exit_code`.
"""

from __future__ import annotations

from typing import ClassVar

from gateway.silence import EXIT_AWAY


class FollowupError(Exception):
    """Base of the errors of this package; `str()` is one sentence for the user."""

    exit_code: ClassVar[int] = 1


class StoreError(FollowupError):
    """The fact store is missing, of another format, damaged, or filled from another topic."""


class ReportError(FollowupError):
    """The table, period, definition or time of extraction asked for does not exist."""


class SinkError(FollowupError):
    """The sink cannot start: no topic, or no free port."""


class AwayError(SinkError):
    """The brokers do not answer; a supervisor tries again."""

    exit_code = EXIT_AWAY
