"""The laws as checks: attached to every test, and run over topics after every fault test.

Numbers are those of the architecture, section 5. `Observer` watches records and what was written
because of them, one at a time; it needs no state of the gateway to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, Protocol

import orjson

FINAL: Final = frozenset({"ACCEPTED", "ACCEPTED_WITH_WARNING", "REJECTED", "EXPIRED", "WITHHELD"})
_NUMBER: Final = re.compile(rb"(?<![0-9A-Za-z_-])(?:19|20)\d{6}-?\d{4}(?![0-9A-Za-z_-])")


class InvariantError(AssertionError):
    """A law does not hold; the text names the law and the record."""


class Written(Protocol):
    """A record that the gateway wrote."""

    @property
    def topic(self) -> str: ...  # noqa: D102 - as its name says

    @property
    def key(self) -> bytes | None: ...  # noqa: D102 - as its name says

    @property
    def value(self) -> bytes: ...  # noqa: D102 - as its name says

    @property
    def headers(self) -> tuple[tuple[str, bytes | None], ...]: ...  # noqa: D102 - as its name says


class Input(Protocol):
    """A record that an agency wrote."""

    @property
    def topic(self) -> str: ...  # noqa: D102 - as its name says

    @property
    def partition(self) -> int: ...  # noqa: D102 - as its name says

    @property
    def offset(self) -> int: ...  # noqa: D102 - as its name says

    @property
    def value(self) -> bytes | None: ...  # noqa: D102 - as its name says


def has_body(topic: str) -> bool:
    """Whether records of a topic may carry a message body, and so a personal number."""
    return ".in." in topic and not topic.endswith(".notice")


class Observer:
    """Laws 1, 2, 3, 6 and 7, checked record by record."""

    def __init__(self) -> None:
        self._final: set[str] = set()
        self._delivered: set[str] = set()

    def saw(self, record: Input, written: Iterable[Written]) -> None:
        """Check what one input record led to."""
        place = f"{record.topic}/{record.partition}/{record.offset}"
        written = tuple(written)
        self._first_receipt(place, record, written)
        self.wrote(written)

    def wrote(self, written: Iterable[Written]) -> None:
        """Check what was written, whatever led to it: a record or a deadline."""
        for out in written:
            self._no_number(out)
            if out.topic.endswith(".receipts"):
                self._one_final(out)
            elif has_body(out.topic):
                self._one_delivery(out)

    def _first_receipt(self, place: str, record: Input, written: tuple[Written, ...]) -> None:
        """Law 1: every record gets exactly one first receipt; a wait may be over at once."""
        own = f"{record.topic[:2]}.receipts"
        answers: list[str] = []
        for out in written:
            if out.topic != own:
                continue
            data = orjson.loads(out.value)["data"]
            at = f"{data['topic']}/{data['partition']}/{data['offset']}"
            if at == place or ("gw-duplicate", b"true") in out.headers:
                answers.append(data["status"])
        ended_at_once = len(answers) == 2 and answers[0] == "HELD" and answers[1] in FINAL
        if len(answers) != 1 and not ended_at_once:
            raise InvariantError(f"law 1: {place} got {len(answers)} first receipts")

    def _one_final(self, out: Written) -> None:
        """Law 1: one final receipt for a record, whatever was answered before."""
        data: dict[str, Any] = orjson.loads(out.value)["data"]
        place = f"{data['topic']}/{data['partition']}/{data['offset']}"
        if ("gw-duplicate", b"true") in out.headers or data["status"] not in FINAL:
            return
        if place in self._final:
            raise InvariantError(f"law 1: {place} got a second final receipt")
        self._final.add(place)
        if data["status"] == "REJECTED" and data["delivered_to"]:
            raise InvariantError(f"law 2: {place} was rejected and delivered")

    def _one_delivery(self, out: Written) -> None:
        """Laws 3 and 6: nothing is delivered twice, and nothing without a ground."""
        headers = dict(out.headers)
        receipt = (headers.get("gw-receipt-id") or b"").decode()
        if receipt in self._delivered:
            raise InvariantError(f"law 3: receipt {receipt} was delivered a second time")
        self._delivered.add(receipt)
        if not headers.get("gw-ground"):
            raise InvariantError(f"law 6: receipt {receipt} was delivered without a ground")

    def _no_number(self, out: Written) -> None:
        """Law 7: no personal number outside the body."""
        texts = [out.key or b"", *(value or b"" for _, value in out.headers)]
        if not has_body(out.topic):
            texts.append(out.value)
        for text in texts:
            if _NUMBER.search(text):
                raise InvariantError(f"law 7: a personal number stands in a record of {out.topic}")
