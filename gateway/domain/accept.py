"""Acceptance: receipt, delivery, what is remembered, follow-up fact, consequences.

Also the final answers that are remembered without a delivery (EXPIRED, WITHHELD) and refusals,
which change nothing but the receipt and the counters (law 2).
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from gateway.domain import effects, recall, reopened, unfinished
from gateway.domain.answers import answer, destination
from gateway.domain.days import day_of
from gateway.domain.decision import Delivery
from gateway.domain.evaluate import Verdict
from gateway.domain.facts import fact_of, refusals_counted, void_of
from gateway.domain.ids import packed
from gateway.domain.joint import confirmed_by
from gateway.domain.records import Amendment, Consent, Nothing, remember
from gateway.domain.state import Entry, FinalStatus, Flag
from gateway.domain.work import Work
from schemas.codec import Decoded, Message

_NOTHING: Final = Nothing()


def refuse(work: Work, decoded: Decoded, reasons: tuple[Flag, ...]) -> None:
    """REJECTED: a receipt and a count, the state unchanged, the id free to be used again."""
    name = None if decoded.message is None else decoded.message.type.name
    work.answer(answer(decoded, "REJECTED", reasons, work.context), name)


def close(
    work: Work, decoded: Decoded, message: Message, status: FinalStatus, reasons: tuple[Flag, ...]
) -> None:
    """A final answer without delivery that is remembered: EXPIRED or WITHHELD."""
    work.answer(answer(decoded, status, reasons, work.context), message.type.name)
    entry = _entry(work, decoded, message, status, reasons, None)
    if message.personal_number is None:
        work.add_counted(entry)
    else:
        work.add_entry(entry)


def _entry(
    work: Work,
    decoded: Decoded,
    message: Message,
    status: FinalStatus,
    flags: tuple[Flag, ...],
    ground: tuple[str, str | None] | None,
) -> Entry:
    record = decoded.record
    effective = status in {"ACCEPTED", "ACCEPTED_WITH_WARNING"}
    type_ = message.type
    # By position: by name it takes ten times as long, and this is done for every message.
    return Entry(
        packed(message.id),
        message.source,
        bytes.fromhex(decoded.content_sha256),
        type_.name,
        type_.version,
        record.topic,
        record.partition,
        record.offset,
        work.context.now,
        work.context.terms.rules_version,
        status,
        flags,
        ground,
        decoded.case_id,
        message.round_no,
        day_of(message.event_at),
        remember(type_.name, message.data) if effective else _NOTHING,
    )


def accept(work: Work, decoded: Decoded, verdict: Verdict) -> Entry:
    """Receipt, delivery, what is remembered, follow-up fact and consequences.

    Returns:
        What is in force now: the message, or as corrected or voided what it amends.
    """
    message = decoded.message
    assert message is not None
    ground = verdict.ground
    assert ground is not None, "law 6: nothing is delivered without a ground"
    status: FinalStatus = "ACCEPTED_WITH_WARNING" if verdict.warnings else "ACCEPTED"
    entry = _entry(work, decoded, message, status, verdict.warnings, ground)
    receipt = answer(decoded, status, verdict.warnings, work.context, ground=ground)
    work.answer(receipt, message.type.name)
    work.emit(
        Delivery(
            destination(decoded.record.topic),
            decoded.record.value or b"",
            tuple(decoded.record.headers),
            receipt.receipt_id,
            work.context.now,
            ground,
            _traceparent(receipt.receipt_id, message.traceparent),
        )
    )
    if verdict.target is not None:
        amendment = replace(entry, record=Amendment(target=verdict.target.message_id))
        return _amend(work, message, amendment, verdict)
    if message.personal_number is None:
        work.add_counted(entry)
        work.emit(refusals_counted(message, entry, work.context))
        return entry
    work.add_entry(entry)
    person = work.person
    case = person.case_of(entry)
    confirms = confirmed_by(person, entry)
    fact = fact_of(
        person, case, message, entry, work.context, reasons=verdict.warnings, confirms=confirms
    )
    unfinished.tell(work, message, entry, fact)
    if work.state.unfinished:
        unfinished.finish(work, message)
    if isinstance(entry.record, Consent):
        recall.withdrawn(work, entry, entry.record)
        reopened.tell(work, entry, entry)
    effects.after_acceptance(work, entry, entry.flags)
    return entry


def _amend(work: Work, message: Message, entry: Entry, verdict: Verdict) -> Entry:
    """Put a correction or void into effect: the target's record is replaced or ended."""
    target = verdict.target
    assert target is not None
    work.add_entry(entry)
    if message.type.event == "voided":
        ended = replace(target, revision=target.revision + 1, voided=True)
        work.replace_entry(target, ended)
        unfinished.forget(work, target)
        work.emit(void_of(work.person, ended, message, work.context))
        data: Any = message.data
        if isinstance(target.record, Consent) and data.reason != "dubblett":
            recall.taken_back(work, entry, target, None)
        return ended
    corrected = verdict.message
    changed = replace(
        target,
        revision=target.revision + 1,
        first_case_id=target.first_case_id or target.case_id,
        case_id=corrected.case_id,
        round_no=corrected.round_no,
        day=day_of(corrected.event_at),
        record=remember(target.type_name, corrected.data),
    )
    work.replace_entry(target, changed)
    person = work.person
    unfinished.forget(work, target)
    fact = fact_of(
        person,
        person.case_of(changed),
        corrected,
        changed,
        work.context,
        reasons=verdict.warnings,
        confirms=confirmed_by(person, changed, target),
    )
    unfinished.tell(work, corrected, changed, fact)
    unfinished.finish(work, message)
    if isinstance(changed.record, Consent):
        assert isinstance(target.record, Consent)
        recall.taken_back(work, entry, target, changed.record)
        reopened.tell(work, changed, entry, target.record)
    effects.after_acceptance(work, changed, verdict.warnings)
    return changed


def _traceparent(receipt_id: str, of_event: str | None) -> str:
    """The W3C trace context of a delivery: the event's own trace goes on, else one begins here.

    The span is made of the receipt's id. A sender's own header is kept instead of it.
    """
    own = receipt_id.replace("-", "")
    if of_event is None:
        return f"00-{own}-{own[16:]}-01"
    _, trace, _, flags = of_event.split("-")
    return f"00-{trace}-{own[16:]}-{flags}"
