"""Consent and grounds (contract section 6): what lets a message pass, and what may be counted.

A message names its consent, or the latest that covers its family is taken. A consent covers a
family and both agencies, holds from `valid_from` to `valid_to`, and ends at once when a later
message withdraws or refuses the purpose for the family. Refused, withdrawn and expired are
different answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.domain.days import Day
from gateway.domain.decision import Ground
from gateway.domain.ids import packed, unpacked
from gateway.domain.person import Person
from gateway.domain.records import Consent
from gateway.domain.state import Entry, Flag

EXCHANGE: Final = "information_exchange"
STATISTICS: Final = "statistics_personal_data"
NO_GROUND_NEEDED: Final[Ground] = ("none", None)
#: What a purpose that is not given answers. That none is required is for the agreement to say, as
#: another ground, not for a message (requirements section 8).
_NOT_GIVEN: Final = {
    "refused": "consent.refused",
    "not_asked": "consent.missing",
    "not_required": "consent.missing",
    "withdrawn": "consent.withdrawn",
}
Pair = tuple[Entry, Consent]
_BOTH: Final = frozenset({"fk", "af"})


def ground_for(
    person: Person, grounds: tuple[str, ...], family: str, consent_ref: str | None, today: Day
) -> Ground | Flag:
    """The first of the agreed grounds that holds, or why none does.

    A named consent that has not been seen is awaited whatever the ground: only it can tell whether
    the follow-up fact may carry a person key, and the answer must not depend on the order of
    arrival (law 4).
    """
    if family != "consent" and consent_ref is not None and not _seen(person, consent_ref):
        return Flag("consent.awaited", "hold", "data.consent_ref")
    refusal: Flag | None = None
    for wanted in grounds:
        kind, _, reference = wanted.partition(":")
        if kind == "none":
            return NO_GROUND_NEEDED
        if kind == "statute":
            return ("statute", reference)
        answer = _consent_ground(person, reference, family, consent_ref, today)
        if not isinstance(answer, Flag):
            return answer
        refusal = refusal or answer
    return refusal or Flag("consent.missing", "error", "data.consent_ref")


def _seen(person: Person, consent_ref: str) -> bool:
    """Whether a consent has come, be it that it was voided or came too late since."""
    if _named(person, consent_ref) is not None:
        return True
    wanted = packed(consent_ref)
    return any(
        entry.message_id == wanted and entry.type_name == "consent.recorded"
        for entry in person.state.entries
    )


def _named(person: Person, consent_ref: str) -> Pair | None:
    wanted = packed(consent_ref)
    for pair in person.consents:
        if pair[0].message_id == wanted:
            return pair
    return None


def _consent_ground(
    person: Person, purpose: str, family: str, consent_ref: str | None, today: Day
) -> Ground | Flag:
    if consent_ref is not None:
        named = _named(person, consent_ref)
        if named is None:
            return Flag("consent.missing", "error", "data.consent_ref")
        problem = _problem(person, named, purpose, family, today)
        return ("consent", unpacked(named[0].message_id)) if problem is None else problem
    latest_problem: Flag | None = None
    for pair in reversed(person.consents):
        problem = _problem(person, pair, purpose, family, today)
        if problem is None:
            return ("consent", unpacked(pair[0].message_id))
        speaks = pair[1].status(purpose) is not None
        if speaks and (latest_problem is None or latest_problem.code == "consent.out_of_scope"):
            latest_problem = problem
    return latest_problem or Flag("consent.missing", "error", "data.consent_ref")


def _problem(person: Person, pair: Pair, purpose: str, family: str, today: Day) -> Flag | None:
    """Why this consent does not carry a message of the family today, None when it does."""
    entry, consent = pair
    status = consent.status(purpose)
    if status is None or family not in consent.families or not _BOTH.issubset(consent.parties):
        return Flag("consent.out_of_scope", "error", "data.consent_ref")
    code = _NOT_GIVEN.get(status) or ending(person.consents, entry, purpose, family)
    if code is None and consent.valid_to is not None and today > consent.valid_to:
        code = "consent.expired"
    if code is not None:
        return Flag(code, "error", "data.consent_ref")
    if consent.valid_from is not None and today < consent.valid_from:
        return Flag("consent.missing", "error", "data.consent_ref", "not_yet_valid")
    return None


def ending(consents: Sequence[Pair], given: Entry, purpose: str, family: str) -> str | None:
    """Why a consent has ended, as a code; None while it stands.

    A withdrawal ends what came before it, and also what was said on an earlier day and comes late:
    an old consent does not come back by being delayed. A refusal ends what was said before it.
    """
    code = None
    came_after = False
    for entry, consent in consents:
        if entry is given:
            came_after = True
        elif (came_after or entry.day > given.day) and family in consent.families:
            status = consent.status(purpose)
            if status == "withdrawn":
                return "consent.withdrawn"
            if status == "refused" and entry.day >= given.day:
                code = "consent.refused"
    return code


def _word_on_statistics(consent: Consent) -> str | None:
    """What is said of statistics; withdrawing the exchange withdraws them too."""
    status = consent.status(STATISTICS)
    return "withdrawn" if consent.status(EXCHANGE) == "withdrawn" else status


def statistics_allowed(person: Person, today: Day) -> bool:
    """Whether follow-up facts may carry a person key now: the latest word on the purpose counts.

    A withdrawal of either purpose ends it (contract section 6: it stops facts with a person key
    from then on), so a person never has to withdraw twice.
    """
    for entry, consent in reversed(person.consents):
        word = _word_on_statistics(consent)
        if word is None:
            continue
        if word != "given" or _ended_later(person.consents, entry):
            return False
        started = consent.valid_from is None or consent.valid_from <= today
        return started and (consent.valid_to is None or today <= consent.valid_to)
    return False


def _ended_later(consents: Sequence[Pair], given: Entry) -> bool:
    """Whether a consent of a later day has ended what was given."""
    for entry, consent in consents:
        if entry.day > given.day and _word_on_statistics(consent) not in {None, "given"}:
            return True
    return False


def withdrawn_families(consent: Consent) -> tuple[str, ...]:
    """The families for which a consent message withdraws the exchange."""
    return consent.families if consent.status(EXCHANGE) == "withdrawn" else ()
