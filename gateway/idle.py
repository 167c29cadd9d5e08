"""When a process that ends once all is read (`--idle-exit`) may take it that all is read.

Who does not hold every partition cannot tell whether another member reads the rest, or died with
it: Kafka gives up a dead member, and hands on what it held, only when its session has ended.
"""

from __future__ import annotations

from typing import Final

#: Sessions to wait for: one until the group gives a member up, one for the news to come round.
SESSIONS: Final = 2


def nobody_is_missing(
    held: int, partitions: int, held_for_s: float, session_timeout_ms: int
) -> bool:
    """Whether what this member does not hold is surely read by a member that lives.

    Args:
        held: partitions that this member was given at the last assignment.
        partitions: how many there are.
        held_for_s: seconds since that assignment; a member that dies later is not waited for.
        session_timeout_ms: after which the group gives up a member that it does not hear.
    """
    return held == partitions or held_for_s * 1000 >= SESSIONS * session_timeout_ms
