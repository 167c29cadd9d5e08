"""Waiting: messages that came before what they build on (HELD), and how the wait ends.

It ends by release (what was missing has come), by refusal (what has come forbids it), by a
withdrawal of consent (WITHHELD), by the message's own `expirytime` (EXPIRED), or by time: then a
fact is accepted with `hold.expired`, a request and an unfounded message are refused.
"""

from __future__ import annotations

from msgspec.structs import replace

from gateway.domain.accept import accept, close, refuse
from gateway.domain.answers import FOR_OPERATOR, answer
from gateway.domain.consent import NO_GROUND_NEEDED, withdrawn_families
from gateway.domain.context import not_before
from gateway.domain.days import DAY_MS
from gateway.domain.decision import Ground
from gateway.domain.evaluate import Verdict, evaluate
from gateway.domain.ids import packed
from gateway.domain.person import HOLD_EXPIRED
from gateway.domain.records import Consent
from gateway.domain.room import FULL, is_full_of_waiting
from gateway.domain.state import Flag, HeldMessage, Kept, flag_of
from gateway.domain.work import Work
from schemas.codec import Decoded, Message, Record


def admit(work: Work, decoded: Decoded, verdict: Verdict) -> None:
    """Accept a message; a withdrawal also ends the waiting of what it no longer lets through."""
    record = accept(work, decoded, verdict).record
    if isinstance(record, Consent):
        withhold(work, record)


def wait(
    work: Work,
    decoded: Decoded,
    message: Message,
    waits: tuple[Flag, ...],
    kept: Kept | None = None,
) -> None:
    """HELD: keep the bytes until what it waits for comes, or refuse when too much waits.

    What was `kept` for an operator has its receipt already, and gets no second one that is not
    final: it goes on waiting, now for what is missing.
    """
    record = decoded.record
    value = record.value or b""
    if is_full_of_waiting(work.state.held, message, record):
        refuse(work, decoded, (Flag(FULL, "error", None, "limit_held"),))
        return
    now = work.context.now
    held_until = due = now + work.context.terms.limits.hold_days * DAY_MS
    if message.expiry_ms is not None and message.expiry_ms < held_until:
        # It may still be decided at that very instant.
        held_until, due = message.expiry_ms, message.expiry_ms + 1
    decided_at, rules_version = now, work.context.terms.rules_version
    if kept is None:
        receipt = answer(decoded, "HELD", waits, work.context, held_until=held_until)
        work.answer(receipt, message.type.name)
    else:
        decided_at, rules_version = kept.decided_at, kept.rules_version
        waits = (FOR_OPERATOR, *waits)
    work.add_held(
        HeldMessage(
            message_id=packed(message.id),
            source=message.source,
            content=bytes.fromhex(decoded.content_sha256),
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp=record.timestamp_ms,
            value=value,
            headers=tuple(record.headers),
            decided_at=decided_at,
            rules_version=rules_version,
            held_until=held_until,
            due=due,
            waits=waits,
            type_name=message.type.name,
            version=message.type.version,
            case_id=decoded.case_id,
        )
    )


def _read_again(work: Work, held: HeldMessage) -> tuple[Decoded, Message | None]:
    """A held message read again; refused, and no message, where a newer codec is stricter."""
    decoded = work.context.codec.decode(
        Record(
            topic=held.topic,
            partition=held.partition,
            offset=held.offset,
            timestamp_ms=held.timestamp,
            key=work.context.person_key.encode(),
            value=held.value,
            headers=held.headers,
        )
    )
    if decoded.message is None:
        work.drop_held(held)
        refuse(work, decoded, tuple(flag_of(problem) for problem in decoded.problems))
    return decoded, decoded.message


def release(work: Work) -> None:
    """Judge waiting messages again, oldest first, until a whole round changes nothing."""
    now = work.context
    changed = True
    while changed:
        changed = False
        for held in work.state.held:
            work.context = not_before(now, held.decided_at)
            decoded, message = _read_again(work, held)
            if message is None:
                changed = True
                break
            verdict = evaluate(work.person, message, work.context)
            if verdict.errors:
                work.drop_held(held)
                refuse(work, decoded, (*verdict.errors, *verdict.warnings))
            elif not verdict.holds:
                work.drop_held(held)
                admit(work, decoded, verdict)
            else:
                continue
            changed = True
            break
    work.context = now


def withhold(work: Work, consent: Consent) -> None:
    """A withdrawal takes effect at once for everything not yet decided (WITHHELD)."""
    families = withdrawn_families(consent)
    if not families:
        return
    now = work.context
    for held in work.state.held:
        family = held.type_name.partition(".")[0]
        grounds = work.context.terms.grounds(held.type_name)
        if family in families and all(ground.startswith("consent:") for ground in grounds):
            work.context = not_before(now, held.decided_at)
            decoded, message = _read_again(work, held)
            if message is None:
                continue
            work.drop_held(held)
            reason = Flag("consent.withdrawn", "error", "data.consent_ref")
            close(work, decoded, message, "WITHHELD", (reason,))
    work.context = now


def expire(work: Work, held: HeldMessage) -> None:
    """The waiting is over: EXPIRED by its own time, else by what it is and what it waited for."""
    decoded, message = _read_again(work, held)
    if message is None:
        return
    work.drop_held(held)
    if message.expiry_ms is not None and work.context.now > message.expiry_ms:
        close(work, decoded, message, "EXPIRED", ())
        return
    verdict = evaluate(work.person, message, work.context)
    other_ground = _ground_without_consent(work, message)
    refusal = _refusal(message, verdict, other_ground)
    if refusal:
        refuse(work, decoded, refusal)
        return
    expired = Flag(HOLD_EXPIRED, "warning", verdict.holds[0].path if verdict.holds else None)
    missing = tuple(
        Flag(f.code, "warning", f.path, f.detail) for f in verdict.holds if f.code.startswith("BR-")
    )
    ground = verdict.ground or other_ground
    warnings = (expired, *missing, *verdict.warnings)
    admit(work, decoded, replace(verdict, warnings=warnings, ground=ground))
    work.notify(
        held.topic[:2],
        "hold_expired",
        message.id,
        held.case_id,
        {"message_id": message.id, "waited_for": sorted({f.code for f in held.waits})},
    )


def _refusal(message: Message, verdict: Verdict, other_ground: Ground | None) -> tuple[Flag, ...]:
    """Why a message whose time of waiting is over is refused; empty when it is accepted."""
    if verdict.errors:
        return (*verdict.errors, *verdict.warnings)
    codes = {flag.code for flag in verdict.holds}
    if "consent.awaited" in codes and other_ground is None:
        return (Flag("consent.missing", "error", "data.consent_ref", "hold_expired"),)
    if message.type.request or "correction.unknown_message" in codes:
        return tuple(Flag(f.code, "error", f.path, f.detail) for f in verdict.holds)
    return ()


def _ground_without_consent(work: Work, message: Message) -> Ground | None:
    """The agreed ground that needs no consent, None when there is none."""
    for ground in work.context.terms.grounds(message.type.name):
        kind, _, reference = ground.partition(":")
        if kind == "statute":
            return ("statute", reference)
        if kind == "none":
            return NO_GROUND_NEEDED
    return None
