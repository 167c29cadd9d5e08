"""Receipts matched to the messages that somebody waits for; no I/O.

A receipt belongs to a message by id and, where the sender knows it, by the hash of the content: a
rejected id is free, and the corrected message under the same id must not take the old answer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from gateway.sdk.errors import ReceiptTimeoutError
from gateway.sdk.received import Receipt


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    content_sha256: str | None
    final: bool
    answer: asyncio.Future[Receipt]

    def takes(self, receipt: Receipt) -> bool:
        """Whether this receipt is the one waited for."""
        mine = self.content_sha256 in {None, receipt.data.content_sha256}
        return mine and (receipt.final or not self.final)


@dataclass(slots=True)
class ReceiptBook:
    """The receipts seen lately, at most `messages_max` messages, and who waits for which."""

    messages_max: int = 100_000
    _seen: OrderedDict[str, list[Receipt]] = field(default_factory=OrderedDict)
    _waiting: dict[str, list[_Waiter]] = field(default_factory=dict)
    _failure: BaseException | None = None

    def arrived(self, receipt: Receipt) -> None:
        """Remember a receipt and answer those who wait for it."""
        self._seen.setdefault(receipt.data.message_id, []).append(receipt)
        self._seen.move_to_end(receipt.data.message_id)
        if len(self._seen) > self.messages_max:
            self._seen.popitem(last=False)
        for waiter in self._waiting.get(receipt.data.message_id, ()):
            if waiter.takes(receipt) and not waiter.answer.done():
                waiter.answer.set_result(receipt)

    def failed(self, cause: BaseException) -> None:
        """No more receipts will come: everybody who waits, now or later, is told why."""
        self._failure = cause
        for waiters in self._waiting.values():
            for waiter in waiters:
                if not waiter.answer.done():
                    waiter.answer.set_exception(cause)

    async def wait(
        self, message_id: str, content_sha256: str | None, *, final: bool, timeout_s: float
    ) -> Receipt:
        """The latest receipt seen that fits, else the next one that comes.

        Raises:
            ReceiptTimeoutError: none came in time.
        """
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        waiter = _Waiter(content_sha256, final, answer)
        for receipt in reversed(self._seen.get(message_id, ())):
            if waiter.takes(receipt):
                return receipt
        if self._failure is not None:
            raise self._failure
        self._waiting.setdefault(message_id, []).append(waiter)
        try:
            return await asyncio.wait_for(answer, timeout_s)
        except TimeoutError:
            raise ReceiptTimeoutError(
                f"no {'final ' if final else ''}receipt of message {message_id} came in"
                f" {timeout_s:g} s; wait again, or send the same message again"
            ) from None
        finally:
            self._waiting[message_id].remove(waiter)
            if not self._waiting[message_id]:
                del self._waiting[message_id]
