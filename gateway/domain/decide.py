"""The rule of the gateway: `decide(state, event, context) -> Decision`. Pure and total.

1. A record that cannot be read, or breaks envelope, schema or identity: REJECTED, state unchanged.
2. A known id: the original receipt again, or `id.conflict` when the content differs.
3. No room in the sender's part of what is remembered of a person: REJECTED (`gateway.full`).
4. Past its `expirytime`: EXPIRED.
5. Any error of consent, sender, case or rule: REJECTED, state unchanged, all problems listed.
6. Something it builds on is not there yet: HELD, with the bytes kept.
7. Else ACCEPTED: receipt, delivery, follow-up fact, and what follows from it.
8. Whatever was waiting for it is judged again, in the order it came, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from gateway.domain import deadlines, room
from gateway.domain.accept import close, refuse
from gateway.domain.answers import given
from gateway.domain.context import Context, Tick
from gateway.domain.decision import Decision, Quarantined
from gateway.domain.evaluate import evaluate
from gateway.domain.ids import packed
from gateway.domain.state import (
    EMPTY,
    Entry,
    Flag,
    HeldMessage,
    Kept,
    PersonState,
    flag_of,
)
from gateway.domain.waiting import admit, expire, release, wait
from gateway.domain.work import Work
from schemas.codec import Decoded, Message


def decide(state: PersonState | None, event: Decoded | Tick, context: Context) -> Decision:
    """Decide one record, or what is due when stream time passes.

    Args:
        state: what is known of the person, None when nothing is.
        event: a decoded record of this person, or a tick.
        context: now and the fixed terms.

    Returns:
        The next state and the outputs in the order in which they are written. Never raises for
        anything a record can contain.
    """
    work = Work(EMPTY if state is None else state, context)
    match event:
        case Decoded():
            decide_record(work, event)
        case Tick():
            decide_tick(work, event)
        case _:
            assert_never(event)
    if state is None or work.state.entries is not state.entries:
        deadlines.renew(work)
    return work.decision()


def decide_record(work: Work, decoded: Decoded, kept: Kept | None = None) -> None:
    """Judge one record; `kept` when it was answered HELD before and is judged again."""
    message = decoded.message
    if message is None:
        refuse(work, decoded, tuple(flag_of(problem) for problem in decoded.problems))
        if not decoded.readable and kept is None:
            codes = tuple(problem.code for problem in decoded.problems)
            work.emit(Quarantined(codes=codes, size=len(decoded.record.value or b"")))
        return
    if known(work, decoded, message):
        return
    if message.personal_number is not None and room.is_full(work.state, message, decoded.record):
        refuse(work, decoded, (Flag(room.FULL, "error"),))
        return
    if message.expiry_ms is not None and work.context.now > message.expiry_ms:
        close(work, decoded, message, "EXPIRED", ())
        return
    verdict = evaluate(work.person, message, work.context)
    if verdict.errors and kept is not None and _withdrawn(verdict.errors):
        close(work, decoded, message, "WITHHELD", verdict.errors)
    elif verdict.errors:
        refuse(work, decoded, (*verdict.errors, *verdict.warnings))
    elif verdict.holds:
        wait(work, decoded, message, verdict.holds, kept)
    else:
        admit(work, decoded, verdict)
        release(work)


def _withdrawn(errors: tuple[Flag, ...]) -> bool:
    """Whether nothing but a withdrawal is against a message."""
    return all(flag.code == "consent.withdrawn" for flag in errors)


def known(work: Work, decoded: Decoded, message: Message, line: Sequence[Kept] = ()) -> bool:
    """Answer a repeated id, of those in `line` too; False when the id is new."""
    before = _of_id(work.state, packed(message.id), message.source) or _in_line(line, message)
    if before is None:
        return False
    if before.content.hex() != decoded.content_sha256:
        refuse(work, decoded, (Flag("id.conflict", "error", "id"),))
    else:
        work.emit(given(before))
    return True


def _in_line(line: Sequence[Kept], message: Message) -> Kept | None:
    for kept in line:
        if kept.message_id == message.id and kept.source == message.source:
            return kept
    return None


def _of_id(state: PersonState, wanted: bytes, source: str) -> Entry | HeldMessage | None:
    for entry in state.entries:
        if entry.message_id == wanted and entry.source == source:
            return entry
    for held in state.held:
        if held.message_id == wanted and held.source == source:
            return held
    return None


def decide_tick(work: Work, tick: Tick) -> None:
    """Everything of the person that is due, in order of its time."""
    for held in sorted(work.state.held, key=lambda h: (h.due, h.topic, h.offset)):
        if held.due <= tick.due and held in work.state.held:
            expire(work, held)
            release(work)
    for deadline in work.state.deadlines:
        if deadline.due <= tick.due:
            deadlines.fire(work, deadline)
    deadlines.renew(work)
