"""Recall: who got something on a consent that no longer stands is told what (contract section 6).

A consent stops standing by a later withdrawal, by a correction to a no, or by a void that says that
it was never given. What an earlier withdrawal has recalled is not recalled again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.domain.consent import ending
from gateway.domain.ids import unpacked
from gateway.domain.records import Consent
from gateway.domain.state import Entry
from gateway.domain.work import Work
from schemas.topics import other

#: Consent id, purpose, family: something that a consent no longer carries.
Lost = set[tuple[str, str, str]]


def withdrawn(work: Work, withdrawal: Entry, consent: Consent) -> None:
    """Recall what was delivered on the consents that a message withdraws."""
    purposes = [name for name, status in consent.purposes if status == "withdrawn"]
    if not purposes:
        return
    before = [pair for pair in work.person.consents if pair[0] is not withdrawal]
    lost = {
        (unpacked(given.message_id), purpose, family)
        for given, said in before
        for purpose in purposes
        for family in consent.families
        if said.status(purpose) == "given" and ending(before, given, purpose, family) is None
    }
    _tell(work, withdrawal, lost, purposes, consent.families)


def taken_back(work: Work, amendment: Entry, given: Entry, now: Consent | None) -> None:
    """Recall what was delivered on a consent that says no after correction, or is void.

    `given` is the consent as it was, `now` what it says from here on.
    """
    old = given.record
    assert isinstance(old, Consent)
    others = [pair for pair in work.person.consents if pair[0].message_id != given.message_id]
    lost = {
        (unpacked(given.message_id), purpose, family)
        for purpose, status in old.purposes
        for family in old.families
        if status == "given"
        and (now is None or now.status(purpose) != "given" or family not in now.families)
        and ending(others, given, purpose, family) is None
    }
    purposes = sorted({purpose for _, purpose, _ in lost})
    _tell(work, amendment, lost, purposes, sorted({family for _, _, family in lost}))


def _tell(
    work: Work, cause: Entry, lost: Lost, purposes: list[str], families: Iterable[str]
) -> None:
    delivered: dict[str, list[dict[str, Any]]] = {}
    for entry in work.state.entries:
        ground = entry.ground
        if ground is None or ground[0] != "consent" or not _rests_on(work, entry, lost):
            continue
        delivered.setdefault(other(entry.agency), []).append(
            {
                "message_id": unpacked(entry.message_id),
                "message_type": f"se.samverkan.{entry.type_name}.v{entry.version}",
                "consent": ground[1],
            }
        )
    reference = unpacked(cause.message_id)
    for agency in sorted(delivered):
        data = {
            "withdrawal": reference,
            "families": list(families),
            "purposes": purposes,
            "delivered": delivered[agency],
        }
        work.notify(agency, "consent_withdrawn", reference, cause.case_id, data)


def _rests_on(work: Work, entry: Entry, lost: Lost) -> bool:
    """Whether a message was let through by what has been lost."""
    assert entry.ground is not None
    consent = entry.ground[1]
    family = entry.type_name.partition(".")[0]
    return any(
        (consent, ground.partition(":")[2], family) in lost
        for ground in work.context.terms.grounds(entry.type_name)
    )
