"""Rules in shadow: what a rule set that does not bind yet would have said of a message.

The shadow judges each new message from the same state as the binding rules, and its verdict goes
nowhere but into a count. So it can change no answer, and the two differ by their rules alone, never
by what the shadow itself would have let through before (for that, see `samverkan rules diff`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec.structs import replace

from gateway.domain.context import Context, Terms
from gateway.domain.decision import Decision, Receipt
from gateway.domain.evaluate import evaluate
from gateway.domain.person import Person
from gateway.domain.state import EMPTY, Flag, PersonState
from schemas.codec import Message, Record

#: Answers that no rule gives: of ids and limits, and of time.
_NOT_OF_RULES: Final = frozenset({"id.conflict", "gateway.parked", "gateway.full"})


class Difference(NamedTuple):
    """A code that only one of the two rule sets gives, and the status that each comes to."""

    code: str
    binding: str
    shadow: str


def differing(
    state: PersonState | None,
    message: Message,
    record: Record,
    decision: Decision,
    context: Context,
    shadow: Terms,
) -> Iterator[Difference]:
    """How the shadow's verdict on a message differs from the one that was given.

    Args:
        state: what was known of the person before the decision.
        message: the message that the record holds.
        record: where it stands.
        decision: what the binding rules have decided.
        context: that of the decision.
        shadow: the terms of the rule set in shadow.

    Returns:
        One difference per code, none when both say the same or no rule was asked.
    """
    receipt = _own_receipt(decision, record)
    if receipt is None:
        return
    status, flags = _verdict(state, message, replace(context, terms=shadow))
    given = {(flag.code, flag.severity) for flag in receipt.reasons}
    for code in sorted({code for code, _ in given ^ {(f.code, f.severity) for f in flags}}):
        yield Difference(code, receipt.status, status)


def _own_receipt(decision: Decision, record: Record) -> Receipt | None:
    """The receipt that the rules gave this record, None when they were not asked."""
    receipt = decision.outputs[0]
    assert isinstance(receipt, Receipt), "the first thing written is the answer to the record"
    asked = not (
        receipt.duplicate
        or receipt.status == "EXPIRED"
        or any(flag.code in _NOT_OF_RULES for flag in receipt.reasons)
    )
    assert not asked or receipt.offset == record.offset
    return receipt if asked else None


def _verdict(
    state: PersonState | None, message: Message, context: Context
) -> tuple[str, tuple[Flag, ...]]:
    verdict = evaluate(Person(EMPTY if state is None else state), message, context)
    if verdict.errors:
        return "REJECTED", (*verdict.errors, *verdict.warnings)
    if verdict.holds:
        return "HELD", verdict.holds
    return ("ACCEPTED_WITH_WARNING" if verdict.warnings else "ACCEPTED"), verdict.warnings
