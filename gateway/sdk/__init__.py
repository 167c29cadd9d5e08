"""What an agency installs to send, receive and match receipts."""

from gateway.sdk.envelope import (
    Headers,
    Mode,
    OutgoingRecord,
    Writer,
    message_id,
    to_binary,
    to_structured,
    topic_of,
)

__all__ = [
    "Headers",
    "Mode",
    "OutgoingRecord",
    "Writer",
    "message_id",
    "to_binary",
    "to_structured",
    "topic_of",
]
