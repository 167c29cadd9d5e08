"""A parked person: later records wait in line behind one that cannot be decided.

A record that ends the process in restart after restart must not stop a whole partition. Its person
is parked: the record and everything that comes after it of the same person is answered HELD with
`gateway.parked` and kept with its bytes, nothing of the person is decided or delivered, and all
others flow. When an operator says so, what was kept is decided, in line, as of then.

What decides that a person is parked is outside of the core (`gateway.shell.parking`): a fault of
the code is no fact about the cooperation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.domain import deadlines
from gateway.domain.accept import refuse
from gateway.domain.answers import of_kept, still_kept
from gateway.domain.context import Context, Tick
from gateway.domain.decide import decide_record, decide_tick, known
from gateway.domain.decision import Decision
from gateway.domain.room import FULL, is_full_of_kept
from gateway.domain.state import (
    EMPTY,
    PARKED,
    Flag,
    Kept,
    PersonState,
)
from gateway.domain.work import Work
from schemas.codec import Decoded
from schemas.consent_v1 import ConsentRecorded

GIVEN_UP: Final = Flag(PARKED, "error", None, "given_up")
Line = Sequence[tuple[Kept, Decoded]]


def keep(decoded: Decoded, context: Context) -> tuple[Decision, Kept]:
    """Let a record wait for an operator, whatever it is: HELD, and what is kept of it."""
    record = decoded.record
    kept = Kept(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp_ms,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
        message_id=decoded.message_id,
        source=decoded.source,
        ce_type=decoded.ce_type,
        content=bytes.fromhex(decoded.content_sha256),
        case_id=decoded.case_id,
        decided_at=context.now,
        rules_version=context.terms.rules_version,
    )
    work = Work(EMPTY, context)
    work.answer(still_kept(kept, duplicate=False), _type_name(kept))
    return work.decision(), kept


def hold(
    state: PersonState | None, line: Sequence[Kept], decoded: Decoded, context: Context
) -> tuple[Decision, Kept | None]:
    """Answer a later record of a parked person; the state never changes.

    1. A known id gets its receipt again or `id.conflict`, whether it was decided or is in line.
    2. What finds no room in the sender's part of the line is refused.
    3. Everything else waits, in the order in which it came.
    """
    message = decoded.message
    assert message is not None, "what is no message is of no person, and is refused as ever"
    work = Work(EMPTY if state is None else state, context)
    if known(work, decoded, message, line):
        return work.decision(), None
    if is_full_of_kept(line, message, decoded.record):
        refuse(work, decoded, (Flag(FULL, "error"),))
        return work.decision(), None
    return keep(decoded, context)


def decide_kept(state: PersonState | None, line: Line, context: Context, *, ends: bool) -> Decision:
    """Decide what was kept, in line, as of now.

    A withdrawal of consent goes before what waits with it, since it takes effect at once for
    everything not yet decided; what it ends is WITHHELD. With `ends`, the person is free again,
    and what fell due meanwhile is said last.
    """
    work = Work(EMPTY if state is None else state, context)
    for kept, decoded in _withdrawals_first(line):
        decide_record(work, decoded, kept)
    if work.state.entries is not (EMPTY if state is None else state).entries:
        deadlines.renew(work)
    due = work.state.next_due
    if ends and due is not None and due <= context.now:
        decide_tick(work, Tick(context.now))
    return work.decision()


def give_up(kept: Kept, context: Context) -> Decision:
    """The final answer to a record that is not to be decided any more: REJECTED."""
    work = Work(EMPTY, context)
    receipt = of_kept(kept, "REJECTED", GIVEN_UP, context.now, context.terms.rules_version)
    work.answer(receipt, _type_name(kept))
    return work.decision()


def _type_name(kept: Kept) -> str | None:
    """`referral.called` of `se.samverkan.referral.called.v1`."""
    return None if kept.ce_type is None else ".".join(kept.ce_type.split(".")[2:4])


def _withdrawals_first(line: Line) -> list[tuple[Kept, Decoded]]:
    """The line, with the consents up to the last withdrawal in front of everything else.

    The family of consent keeps its order, and every other family its own.
    """
    consents = [at for at, (_, decoded) in enumerate(line) if _is_consent(decoded)]
    last = max((at for at in consents if _withdraws(line[at][1])), default=-1)
    front = [at for at in consents if at <= last]
    return [line[at] for at in (*front, *(n for n in range(len(line)) if n not in front))]


def _is_consent(decoded: Decoded) -> bool:
    return decoded.message is not None and decoded.message.type.family == "consent"


def _withdraws(decoded: Decoded) -> bool:
    """Whether a message of the family may end a consent: a withdrawal, or a correction or void."""
    assert decoded.message is not None
    data = decoded.message.data
    return not isinstance(data, ConsentRecorded) or any(
        said.status == "withdrawn" for said in data.purposes
    )
