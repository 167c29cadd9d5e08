"""Names of all topics, written down once (contract section 1)."""

from __future__ import annotations

from typing import Final

AGENCIES: Final = ("fk", "af")
FAMILIES: Final = ("referral", "plan", "meeting", "sgi", "status", "consent")

INPUT_TOPICS: Final = tuple(sorted(f"{a}.out.{f}" for a in AGENCIES for f in FAMILIES))
DELIVERY_TOPICS: Final = tuple(sorted(f"{a}.in.{f}" for a in AGENCIES for f in FAMILIES))
NOTICE_TOPICS: Final = tuple(sorted(f"{a}.in.notice" for a in AGENCIES))
RECEIPT_TOPICS: Final = tuple(sorted(f"{a}.receipts" for a in AGENCIES))
FOLLOWUP: Final = "followup.events"
STATE: Final = "gateway.state"
AUDIT: Final = "gateway.audit"
QUARANTINE: Final = "gateway.quarantine"
COMMANDS: Final = "gateway.commands"
ALL_TOPICS: Final = (
    *INPUT_TOPICS,
    *DELIVERY_TOPICS,
    *NOTICE_TOPICS,
    *RECEIPT_TOPICS,
    FOLLOWUP,
    STATE,
    AUDIT,
    QUARANTINE,
    COMMANDS,
)

_OTHER: Final = {"fk": "af", "af": "fk"}


def other(agency: str) -> str:
    """Return the other agency, `fk` or `af`.

    Raises:
        KeyError: `agency` is neither.
    """
    return _OTHER[agency]


def delivery_topic(agency_of_receiver: str, family: str) -> str:
    """Return the topic on which an agency gets what the other sent and the gateway let through."""
    return f"{agency_of_receiver}.in.{family}"


def receipts_topic(agency: str) -> str:
    """Return the topic on which an agency gets the receipts for what it sent."""
    return f"{agency}.receipts"


def notice_topic(agency: str) -> str:
    """Return the topic on which an agency gets things to act on."""
    return f"{agency}.in.notice"
