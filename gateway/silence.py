"""How long the brokers have not answered: asked every few seconds, by gateway and sink alike.

Kafka's clients wait and try again for ever, so a process whose brokers are gone looks as if it had
nothing to do. Here somebody asks them something small, again and again, and notes the answers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiokafka.errors import KafkaError, KafkaTimeoutError, KafkaUnavailableError

#: Exit code of a process whose brokers do not answer at the start: EX_UNAVAILABLE.
EXIT_AWAY: Final = 69
#: Seconds without an answer that are an alarm.
SILENT_S: Final = 15.0
#: Seconds between an answer and the next question, and those for which an answer is waited.
ASK_S: Final = 2.5
WAIT_S: Final = 5.0


class Silence:
    """When the brokers answered last, by the monotonic clock."""

    def __init__(self) -> None:
        self._heard = time.monotonic()

    def heard(self) -> None:
        """Note an answer."""
        self._heard = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the last answer, or since the beginning."""
        return time.monotonic() - self._heard

    async def listen(self, ask: Callable[[], Awaitable[Any]], every_s: float = ASK_S) -> None:
        """Ask for ever; whatever is no answer in time is silence."""
        while True:
            try:
                await asyncio.wait_for(ask(), WAIT_S)
            except (TimeoutError, OSError, KafkaError):
                pass
            else:
                self.heard()
            await asyncio.sleep(every_s)


def is_away(problem: BaseException) -> bool:
    """Whether an error says that the brokers do not answer, rather than that they refuse.

    aiokafka raises its base class where it has asked all brokers in vain.
    """
    if not isinstance(problem, KafkaError):
        return isinstance(problem, OSError | TimeoutError)
    waited = isinstance(problem, KafkaTimeoutError | KafkaUnavailableError)
    return problem.retriable or waited or type(problem) is KafkaError


def sentence(seconds: float) -> str | None:
    """What the alarm `brokers` says, None while there is none."""
    if seconds <= SILENT_S:
        return None
    return f"the brokers have not answered for {seconds:.0f} s: nothing is read or decided"
