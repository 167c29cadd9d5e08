"""What can go wrong with the fact store and the reports, as errors that tell the user what to do.

Rule: every message is one sentence that names the thing, its state and the next step. It never
holds a fact's payload. The command line prints `str(error)` and exits 1.
"""

from __future__ import annotations


class FollowupError(Exception):
    """Base of the errors of this package; `str()` is one sentence for the user."""


class StoreError(FollowupError):
    """The fact store is missing, of another format, damaged, or filled from another topic."""


class ReportError(FollowupError):
    """The table, period, definition or time of extraction asked for does not exist."""


class SinkError(FollowupError):
    """The sink cannot start: no broker, no topic, or no free port."""
