"""The client options that the contract's guarantees rest on, each with its reason.

Nothing is left to a default that could lose, double or reorder a message.
"""

from __future__ import annotations

from typing import Any

REQUEST_TIMEOUT_MS = 30_000
LONGEST_WAIT_MS = 50


def producer_options(bootstrap_servers: str, client_id: str) -> dict[str, Any]:
    """Options of `AIOKafkaProducer` for an agency's messages."""
    return {
        "bootstrap_servers": bootstrap_servers,
        "client_id": client_id,  # names the agency in the broker's logs and quotas
        "enable_idempotence": True,  # a retry after a lost acknowledgement writes once, in order
        "acks": "all",  # confirmed only when the in-sync replicas have it
        "linger_ms": 0,  # one message at a time must not wait for company
        "retry_backoff_ms": 100,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,  # retries end here, then the send fails loudly
        "max_request_size": 1_048_576,  # above the contract's 256 KiB: the gateway says too large
        "compression_type": None,  # messages are small; the reader needs no codec library
    }


def bulk_producer_options(bootstrap_servers: str, client_id: str) -> dict[str, Any]:
    """The same guarantees for many messages at once, in batches that the sender builds."""
    return {
        **producer_options(bootstrap_servers, client_id),
        "max_batch_size": 900_000,  # the default 16 KiB makes one round trip per few messages
        "retry_backoff_ms": 20,
    }


def consumer_options(
    bootstrap_servers: str, client_id: str, group_id: str | None
) -> dict[str, Any]:
    """Options of `AIOKafkaConsumer` for what the gateway writes to an agency.

    Args:
        bootstrap_servers: `host:port`, several with commas.
        client_id: names the agency in the broker's logs.
        group_id: consumer group whose progress is kept; None = partitions assigned by hand.
    """
    return {
        "bootstrap_servers": bootstrap_servers,
        "client_id": client_id,
        "group_id": group_id,
        "isolation_level": "read_committed",  # the default shows what the gateway took back
        "enable_auto_commit": False,  # done is what the caller has worked through, not polled
        "auto_offset_reset": "earliest",  # the default skips what came before the first start
        "fetch_max_wait_ms": LONGEST_WAIT_MS,  # receipts are waited for by people
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
    }
