"""Receipts find those who wait for them."""

from __future__ import annotations

import asyncio

import pytest

from gateway.sdk import AgencyClient, NotStartedError, Receipt, ReceiptTimeoutError
from gateway.sdk.receipt_book import ReceiptBook
from schemas.keys import KeyRing
from schemas.receipts_v1 import ReceiptData

ID = "9a1bc9d9-c2d4-5289-bf7f-b87e7f11d8e8"


def _receipt(status: str, content: str = "ab", message_id: str = ID) -> Receipt:
    return Receipt(
        ReceiptData.model_construct(
            message_id=message_id, content_sha256=content * 32, status=status, reasons=()
        )
    )


async def _wait(book: ReceiptBook, content: str | None = None, *, final: bool = False) -> str:
    sha = None if content is None else content * 32
    return (await book.wait(ID, sha, final=final, timeout_s=0.05)).status


async def test_a_receipt_that_came_before_is_found() -> None:
    """Nobody waits for what is there."""
    book = ReceiptBook()
    book.arrived(_receipt("ACCEPTED"))
    assert await _wait(book) == "ACCEPTED"


async def test_a_receipt_that_comes_wakes_all_who_wait() -> None:
    """Two who wait for the same message both get it."""
    book = ReceiptBook()
    waiting = [asyncio.create_task(_wait(book)) for _ in range(2)]
    await asyncio.sleep(0)
    book.arrived(_receipt("HELD"))
    assert await asyncio.gather(*waiting) == ["HELD", "HELD"]


async def test_final_passes_over_held() -> None:
    """Before and while waiting."""
    book = ReceiptBook()
    book.arrived(_receipt("HELD"))
    assert await _wait(book) == "HELD"
    waiting = asyncio.create_task(_wait(book, final=True))
    await asyncio.sleep(0)
    book.arrived(_receipt("HELD"))
    book.arrived(_receipt("ACCEPTED"))
    assert await waiting == "ACCEPTED"


async def test_another_content_under_the_same_id_is_another_message() -> None:
    """A corrected message does not take the refusal of the first one."""
    book = ReceiptBook()
    book.arrived(_receipt("REJECTED", "aa"))
    waiting = asyncio.create_task(_wait(book, "bb"))
    await asyncio.sleep(0)
    book.arrived(_receipt("ACCEPTED", "bb"))
    assert await waiting == "ACCEPTED"
    assert await _wait(book, "aa") == "REJECTED"


async def test_waiting_ends() -> None:
    """With what to do, and nothing is left behind."""
    book = ReceiptBook()
    with pytest.raises(ReceiptTimeoutError, match="send the same message again"):
        await _wait(book)
    assert not book._waiting


async def test_only_so_many_are_remembered() -> None:
    """The oldest message is forgotten first."""
    book = ReceiptBook(messages_max=1)
    book.arrived(_receipt("ACCEPTED"))
    book.arrived(_receipt("ACCEPTED", message_id="other"))
    with pytest.raises(ReceiptTimeoutError):
        await _wait(book)


async def test_a_broken_reader_tells_everybody() -> None:
    """Nobody waits in vain, now or later."""
    book = ReceiptBook()
    waiting = asyncio.create_task(_wait(book))
    await asyncio.sleep(0)
    book.failed(RuntimeError("the broker is gone"))
    with pytest.raises(RuntimeError, match="gone"):
        await waiting
    with pytest.raises(RuntimeError, match="gone"):
        await _wait(book)


async def test_a_client_that_is_not_started_says_so() -> None:
    """Before any broker is asked."""
    client = AgencyClient("127.0.0.1:1", "fk", KeyRing.published_test_keys())
    with pytest.raises(NotStartedError):
        await client.send("referral.called", {}, time="2024-01-01T00:00:00Z", name="x")
    with pytest.raises(NotStartedError):
        await client.receipt(ID)
    with pytest.raises(ValueError, match="either a name or a message_id"):
        await client.send("referral.called", {}, time="2024-01-01T00:00:00Z")
    await client.stop()
