"""What can go wrong for an agency's back-end, one class per thing it can do about it.

A rejection is no error: it is a receipt with reasons, and the back-end reads it as data.
"""

from __future__ import annotations


class SdkError(Exception):
    """Base of everything the SDK raises on its own account; the text never holds a payload."""


class NotStartedError(SdkError):
    """The client was used before `start()` or outside `async with`; start it first."""


class SendFailedError(SdkError):
    """The broker did not confirm the record; send the same message again (same id, same bytes)."""


class ReceiptTimeoutError(SdkError):
    """No receipt came in time; wait again, or send the same message again: ids make that safe."""


class UnreadableRecordError(SdkError):
    """A record from the gateway could not be read; names topic, partition and offset only."""
