"""The end of an audit beside the state of its task: what fits, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.shell.audit_end import End, compare
from gateway.shell.faults import Refusal
from gateway.shell.outputs import AuditChain
from gateway.shell.topics import KEPT_FOR_EVER
from schemas.record import Record
from schemas.topics import COMMANDS

DAY_MS = 86_400_000


def entries(count: int, agreement: str = "2026.1") -> tuple[AuditChain, list[bytes]]:
    """A chain with its entries."""
    chain = AuditChain()
    command = Record(COMMANDS, 3, 0, 0, None, b"")
    said = {"verdict": "unreadable", "command": None, "taken_at": None}
    return chain, [chain.command_entry(command, said, 0, agreement) for _ in range(count)]


def end(value: bytes | None, key: bytes | None = None, start: int = 0) -> End:
    """A partition that ends with a record."""
    record: Any = SimpleNamespace(key=key, value=value, headers=(), offset=8)
    return End(start, 10, record)


def refusal(chain: AuditChain, found: End, kept_ms: int | None = None) -> str:
    """Why a state and the end of its audit do not fit; empty when they do."""
    try:
        compare(3, chain, found, kept_ms)
    except Refusal as problem:
        return str(problem)
    return ""


def test_the_entry_at_which_the_state_stands_fits() -> None:
    chain, written = entries(4)
    assert refusal(chain, end(written[-1])) == ""
    # Whatever was removed at the front: the state has the chain.
    assert refusal(chain, end(written[-1], start=8)) == ""


def test_nothing_written_and_nothing_known_is_a_beginning() -> None:
    assert refusal(AuditChain(), End(0, 0)) == ""
    # A transaction that was aborted has left its marker.
    assert refusal(AuditChain(), End(0, 3)) == ""


def test_an_entry_in_a_form_of_a_later_release_fits_by_its_hash() -> None:
    chain = AuditChain()
    value = chain._link({"number": 1, "a later field": True})
    assert refusal(chain, end(value)) == ""


@pytest.mark.parametrize(
    ("known", "value", "said"),
    [
        (4, b"{}", "at offset 8, is no entry of a gateway"),
        (4, None, "at offset 8, is no entry of a gateway"),
        (0, entries(4)[1][3], "ends with entry 4, but gateway.state knows of no entry"),
        (3, entries(4)[1][3], "ends with entry 4, but its state stands at entry 3"),
        (4, entries(3)[1][2], "ends with entry 3, but its state stands at entry 4"),
        (4, entries(4, "2026.2")[1][3], "ends with another entry 4 than its state names"),
    ],
)
def test_another_last_record_is_refused_with_what_does_not_fit(
    known: int, value: bytes | None, said: str
) -> None:
    text = refusal(entries(known)[0], end(value))
    assert text.startswith(("gateway.audit/3", "the last record of gateway.audit/3"))
    assert said in text


def test_an_entry_with_a_key_is_refused_unless_its_value_fits() -> None:
    """Kafka's key is no part of the chain; the verifier names it."""
    _, written = entries(4)
    assert "is no entry" in refusal(entries(3)[0], end(written[3], key=b"k"))


@pytest.mark.parametrize(
    ("known", "found", "kept_ms", "said"),
    [
        (4, End(0, 0), None, "holds no entry, but its state stands at entry 4"),
        (4, End(0, 7), DAY_MS, "holds no entry, but its state stands at entry 4"),
        (4, End(7, 7), KEPT_FOR_EVER, "has lost every entry up to 4"),
        (4, End(7, 7), DAY_MS, ""),
        (4, End(7, 7), None, ""),
        (0, End(7, 9), DAY_MS, "begins at offset 7, so it held entries"),
    ],
)
def test_a_partition_without_entries_is_refused_unless_time_has_removed_them(
    known: int, found: End, kept_ms: int | None, said: str
) -> None:
    text = refusal(entries(known)[0], found, kept_ms)
    assert text.startswith(f"gateway.audit/3 {said}") if said else text == ""
