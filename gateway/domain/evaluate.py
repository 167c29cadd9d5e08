"""The verdict on one readable message: consent, what it builds on, and the rules.

All problems are collected before any answer. Errors refuse; else holds wait; else the message is
accepted with its warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from gateway.domain.consent import Pair, ground_for
from gateway.domain.context import Context
from gateway.domain.days import day_of
from gateway.domain.decision import Ground
from gateway.domain.ids import packed
from gateway.domain.person import Case, Person, assumed
from gateway.domain.records import Consent, SgiOpened, remember
from gateway.domain.reopened import preceding, reopened
from gateway.domain.rules.catalogue import findings
from gateway.domain.rules.situation import Situation, error, hold, warning
from gateway.domain.state import Entry, Flag, PersonState
from gateway.domain.targets import is_amendment, moves_to_another_person, no_target, target_of
from schemas.codec import Message, parse_data
from schemas.registry import BY_NAME, MessageType

#: Types that build on an open round of a case.
NEEDS_CASE: Final = frozenset(
    {
        "referral.called",
        "referral.answered",
        "referral.handed_over",
        "meeting.assessment_completed",
        "meeting.follow_up_held",
        "plan.set",
        "plan.intervention_proposed",
        "plan.intervention_decided",
        "plan.intervention_started",
        "plan.intervention_ended",
        "plan.closed",
        "plan.status_reported",
    }
)
#: Facts that have their place after the closing.
AFTER_CLOSING: Final = frozenset({"plan.closed", "plan.status_reported", "referral.handed_over"})


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What is to be answered; `message` is the replacement when `target` is corrected."""

    message: Message
    errors: tuple[Flag, ...]
    holds: tuple[Flag, ...]
    warnings: tuple[Flag, ...]
    ground: Ground | None
    target: Entry | None = None


def evaluate(person: Person, message: Message, context: Context) -> Verdict:
    """Judge a message that has passed the codec against everything known of the person."""
    flags: list[Flag] = []
    terms = context.terms
    name = message.type.name
    if not terms.accepts_version(name, message.type.version):
        flags.append(error("envelope.unsupported_version", "type"))
    ground = ground_for(
        person, terms.grounds(name), message.type.family, message.consent_ref, context.today
    )
    if isinstance(ground, Flag):
        flags.append(ground)
    if message.type.event in {"corrected", "voided"}:
        return _amendment(person, message, context, flags, ground)
    case = person.case(message.case_id or "", message.round_no)
    flags += _judged(person, person.consents, case, message, context)
    return _verdict(message, flags, ground, None)


def _judged(
    person: Person, before: list[Pair], case: Case, message: Message, context: Context
) -> list[Flag]:
    """What is said of a message; `before` are the consents that came before it."""
    day = day_of(message.event_at)
    situation = Situation(message, message.data, person, case, day, context)
    found = [*_builds_on(situation), *findings(situation)]
    if before and message.type.name == "consent.recorded":
        given = remember(message.type.name, message.data)
        assert isinstance(given, Consent)
        if reopened(before, given, message.agency, day):
            found.append(warning("consent.reopened", "data.purposes"))
    return found


def _verdict(
    message: Message, flags: list[Flag], ground: Ground | Flag, target: Entry | None
) -> Verdict:
    reached = None if isinstance(ground, Flag) else ground
    if not flags:
        return Verdict(message, (), (), (), reached, target)
    return Verdict(
        message,
        tuple([flag for flag in flags if flag.severity == "error"]),
        tuple([flag for flag in flags if flag.severity == "hold"]),
        tuple([flag for flag in flags if flag.severity == "warning"]),
        reached,
        target,
    )


def _builds_on(s: Situation) -> Iterator[Flag]:
    """Whether the case, assessment or intervention that a message builds on is there and open."""
    name = s.type_name
    if name in NEEDS_CASE and not s.case.exists:
        yield hold("case.awaited", "data.case_id", "case")
    closed_at = s.case.closed_at
    if (
        closed_at is not None
        and s.day > closed_at
        and (name in NEEDS_CASE or name == "referral.initiated")
        and name not in AFTER_CLOSING
    ):
        yield (error if s.message.type.request else warning)("case.closed", "data.case_id")
    match name:
        case "plan.intervention_started" | "plan.intervention_ended":
            if not _known_intervention(s.case, s.data.insats_id):
                yield hold("case.awaited", "data.insats_id", "intervention")
        case "sgi.enrolment_answered" | "sgi.closed":
            wanted = s.data.sgi_case_id
            if not any(
                record.sgi_case_id == wanted and (isinstance(record, SgiOpened) or assumed(entry))
                for entry, record in s.person.sgi
            ):
                yield hold("case.awaited", "data.sgi_case_id", "sgi_case")
        case _:
            pass


def _known_intervention(case: Case, insats_id: str) -> bool:
    return any(record.insats_id == insats_id for _, record in case.interventions) or any(
        record.insats_id == insats_id and assumed(entry) for entry, record in case.moves
    )


def _amendment(
    person: Person, message: Message, context: Context, flags: list[Flag], ground: Ground | Flag
) -> Verdict:
    """A correction or void: the target must be known, the sender's own, and still stand."""
    data: Any = message.data
    voids = message.type.event == "voided"
    path = "data.voids" if voids else "data.corrects"
    wanted = packed(data.voids if voids else data.corrects)
    target = target_of(person, wanted, message)
    no_case = person.case(message.case_id or "", message.round_no)
    situation = Situation(message, data, person, no_case, day_of(message.event_at), context)
    flags += findings(situation)
    if not voids and moves_to_another_person(message):
        flags.append(error("envelope.key_mismatch", "data.replacement.person", "fel_person"))
    if target is None:
        flags.append(no_target(person, wanted, message, path))
        return _verdict(message, flags, ground, None)
    if not target.effective or is_amendment(target.type_name):
        detail = "not_in_force" if not target.effective else "is_amendment"
        flags.append(error("correction.unknown_message", path, detail))
        return _verdict(message, flags, ground, None)
    if target.agency != message.agency:
        flags.append(error("BR-43", path, "correction_of_other_agency"))
    if voids:
        return _verdict(message, flags, ground, target)
    original_type = BY_NAME[target.type_name]
    parsed = parse_data(original_type, data.replacement)
    if isinstance(parsed, tuple):
        flags += [Flag(f.code, f.severity, f.path, f.detail) for f in parsed]
        return _verdict(message, flags, ground, target)
    corrected = _as_original(message, original_type, parsed)
    without = Person(without_entry(person, target))
    case = without.case(corrected.case_id or "", corrected.round_no)
    judged = _judged(without, preceding(person.consents, target), case, corrected, context)
    # Lateness of the replacement is the reason for correcting, not a fault of the correction.
    flags += [flag for flag in judged if flag.code != "BR-36"]
    return _verdict(corrected, flags, ground, target)


def _as_original(message: Message, original: MessageType, data: Any) -> Message:
    """The correcting message as if it had been a message of the original's type."""
    return replace(
        message,
        type=original,
        data=data,
        case_id=data.case_id,
        round_no=data.round_no,
        event_at=data.event_at,
    )


def without_entry(person: Person, target: Entry) -> PersonState:
    """The person's state as if a message had never been."""
    entries = tuple(entry for entry in person.state.entries if entry is not target)
    return replace(person.state, entries=entries)
