"""What an agency installs to send, receive and match receipts."""

from gateway.sdk.client import AgencyClient, Sent
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
from gateway.sdk.errors import (
    NotStartedError,
    ReceiptTimeoutError,
    SdkError,
    SendFailedError,
    UnreadableRecordError,
)
from gateway.sdk.options import bulk_producer_options, consumer_options, producer_options
from gateway.sdk.received import Delivery, Notice, Receipt, record_of

__all__ = [
    "AgencyClient",
    "Delivery",
    "Headers",
    "Mode",
    "NotStartedError",
    "Notice",
    "OutgoingRecord",
    "Receipt",
    "ReceiptTimeoutError",
    "SdkError",
    "SendFailedError",
    "Sent",
    "UnreadableRecordError",
    "Writer",
    "bulk_producer_options",
    "consumer_options",
    "message_id",
    "producer_options",
    "record_of",
    "to_binary",
    "to_structured",
    "topic_of",
]
