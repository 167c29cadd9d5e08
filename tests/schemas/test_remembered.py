"""What a sender writes into long keys, headers and fields does not stay in memory."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest

from schemas.remembered import LENGTH_MAX, remembered
from tests.schemas.make import CODEC, PERSON, STRUCTURED, called, record

_LONG = 100_000
_RECORDS = 12
PLACES = (
    "key", "header name", "content type", "personal number", "id", "case_id", "type", "keyid",
    "time", "field name",
)  # fmt: skip


def _sent(place: str, text: str) -> Any:
    """A record that has the text in one place."""
    value, headers = called(), STRUCTURED
    match place:
        case "key":
            return record(value, key=text.encode(), partition=0)
        case "header name":
            return record(value, headers=(*STRUCTURED, (text, b"")))
        case "content type":
            return record(value, headers=((STRUCTURED[0][0], f"a/b; c={text}".encode()),))
        case "personal number":
            value["data"]["person"]["personal_number"] = text
        case "case_id":
            value["data"]["case_id"] = text
        case "field name":
            value["data"][text] = 1
        case _:
            value[place] = text
    return record(value, like=called(), headers=headers)


@pytest.mark.parametrize("place", PLACES)
def test_long_texts_of_a_sender_do_not_stay_in_memory(place: str) -> None:
    CODEC.decode(_sent(place, "x" * _LONG))
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(_RECORDS):
            CODEC.decode(_sent(place, f"{number:06}" + "x" * _LONG))
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < _LONG * _RECORDS // 8


def test_only_results_for_short_texts_are_remembered() -> None:
    asked = []

    @remembered(2)
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    longest = "x" * LENGTH_MAX
    for text in (PERSON, longest, longest, longest + "x", longest + "x"):
        assert length(text) == len(text)
    assert asked == [PERSON, longest, longest + "x", longest + "x"]
