"""Persons whose consent or case stands in the way: refused, withdrawn, expired, or never there.

None of them has an assessment that counts. Each kind says what the gateway's first answer is; a
message whose need never comes is HELD and then refused, accepted with a remark, or expires.

What stands in the books follows from the rules (contract sections 5 and 6), not from the gateway:
- A case opens if the consent that it names covers it on the day of sending. That the consent is
  withdrawn or runs out later undoes nothing: the round stays open, and counts as a need.
- A request (an opening, a call) is nothing when it is refused, or waits in vain or too long.
- A fact that waits in vain counts after 14 days: an intervention that nobody has decided started.
- A correction of what was never sent corrects nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from simulator.bookings import RoundBook
from simulator.cases import Case
from simulator.changes import voided
from simulator.days import DAY_MS, later, rfc3339
from simulator.rehabilitation import FAMILIES, NO_QUEUE, write_opening
from simulator.story import EXPIRED, HELD, HELD_DAYS, REJECTED, Draft, Story

_NEVER_SENT: Final = uuid5(NAMESPACE_URL, "urn:samverkan:simulator:never-sent")


def _call(story: Story, day: date, expect: str, kind: str) -> Draft:
    fields = {"kallelse_at": day.isoformat(), "invited": ["individ"]}
    draft = story.write("fk", "referral.called", day, fields)
    draft.expect, draft.kind = expect, kind
    return draft


def _open(story: Story, case: Case, day: date, expect: str, kind: str) -> Draft:
    write_opening(story, case, day)
    draft = story.drafts[-1]
    draft.expect, draft.kind = expect, kind
    return draft


def _opened(story: Story, case: Case, day: date) -> RoundBook:
    """An opening that is accepted, and its entry in the books."""
    write_opening(story, case, day)
    return RoundBook(story, case, day, NO_QUEUE, story.drafts[-1])


def _withdraw(story: Story, day: date) -> None:
    fields = {
        "purposes": [{"purpose": "information_exchange", "status": "withdrawn"}],
        "families": list(FAMILIES),
        "parties": ["fk", "af"],
        "withdrawn_at": day.isoformat(),
        "asked_by": "fk",
        "form": "digitalt",
    }
    consent, story.consent = story.consent, None
    story.write("fk", "consent.recorded", day, fields, units=False)
    story.consent = consent


def _without_consent(story: Story, case: Case, day: date) -> None:
    _open(story, case, day, REJECTED, "refused:no_consent")
    story.opening = None
    _call(story, later(story.rng, day, 2, 6), REJECTED, "refused:no_consent")


def _consent_refused(story: Story, case: Case, day: date) -> None:
    story.give_consent(day, FAMILIES, exchange="refused")
    _open(story, case, later(story.rng, day, 1, 3), REJECTED, "refused:consent_refused")


def _consent_withdrawn(story: Story, case: Case, day: date) -> RoundBook:
    story.give_consent(day, FAMILIES)
    book = _opened(story, case, later(story.rng, day, 1, 3))
    withdrawn = later(story.rng, story.last_day, 5, 15)
    _withdraw(story, withdrawn)
    call = later(story.rng, withdrawn, 1, 6)
    _call(story, call, REJECTED, "refused:consent_withdrawn")
    return book


def _consent_expired(story: Story, case: Case, day: date) -> RoundBook:
    story.give_consent(day, FAMILIES, valid_days=20)
    book = _opened(story, case, later(story.rng, day, 1, 3))
    _call(story, later(story.rng, day, 25, 40), REJECTED, "refused:consent_expired")
    return book


def _out_of_scope(story: Story, case: Case, day: date) -> None:
    story.give_consent(day, ("meeting",))
    _open(story, case, later(story.rng, day, 1, 3), REJECTED, "refused:out_of_scope")


def _withheld(story: Story, case: Case, day: date) -> None:
    """A call waits for its case; meanwhile the consent is withdrawn."""
    del case
    story.give_consent(day, FAMILIES)
    call = later(story.rng, day, 1, 3)
    _call(story, call, HELD, "withheld")
    _withdraw(story, later(story.rng, call, 1, 5))


def _own_expiry_held(story: Story, case: Case, day: date) -> None:
    """A call waits for its case until its own `expirytime`, two days on."""
    del case
    story.give_consent(day, FAMILIES)
    draft = _call(story, later(story.rng, day, 1, 3), HELD, "expires")
    draft.attributes["expirytime"] = rfc3339(draft.sent_ms + 2 * DAY_MS)


def _own_expiry_passed(story: Story, case: Case, day: date) -> RoundBook:
    """A call that lay too long in the sender's queue."""
    story.give_consent(day, FAMILIES)
    book = _opened(story, case, later(story.rng, day, 1, 3))
    draft = _call(story, later(story.rng, story.last_day, 2, 6), EXPIRED, "expired")
    draft.attributes["expirytime"] = rfc3339(draft.sent_ms - DAY_MS // 4)
    return book


def _consent_never_comes(story: Story, case: Case, day: date) -> None:
    consent = story.give_consent(day, FAMILIES)
    story.drafts.remove(consent)
    _open(story, case, later(story.rng, day, 1, 3), HELD, "waits:consent").needs = ()


def _case_never_comes(story: Story, case: Case, day: date) -> None:
    del case
    story.give_consent(day, FAMILIES)
    _call(story, later(story.rng, day, 1, 3), HELD, "waits:case")


def _intervention_never_comes(story: Story, case: Case, day: date) -> RoundBook:
    story.give_consent(day, FAMILIES)
    book = _opened(story, case, later(story.rng, day, 1, 3))
    started = later(story.rng, story.last_day, 5, 20)
    fields = {"insats_id": f"I-{story.case_id}", "started_at": started.isoformat()}
    draft = story.write("af", "plan.intervention_started", started, fields)
    draft.expect, draft.kind = HELD, "waits:intervention"
    draft.given_up_ms = draft.sent_ms + HELD_DAYS * DAY_MS
    return book


def _original_never_comes(story: Story, case: Case, day: date) -> RoundBook:
    """A correction of a message that was never sent."""
    story.give_consent(day, FAMILIES)
    book = _opened(story, case, later(story.rng, day, 1, 3))
    corrected = later(story.rng, story.last_day, 2, 10)
    replacement: dict[str, Any] = {
        **story.drafts[-1].data,
        "event_at": story.last_day.isoformat(),
    }
    fields = {"corrects": str(_NEVER_SENT), "reason": "fel_uppgift", "replacement": replacement}
    draft = story.write("fk", "referral.corrected", corrected, fields)
    draft.expect, draft.kind = HELD, "waits:original"
    return book


def _consent_voided(story: Story, case: Case, day: date) -> None:
    """Consent registered on the wrong person, and taken back."""
    del case
    consent = story.give_consent(day, FAMILIES)
    story.consent = None
    voided(story, consent, "fel_person", later(story.rng, day, 2, 9))


TROUBLES: Final[Mapping[str, Callable[[Story, Case, date], RoundBook | None]]] = MappingProxyType({
    "without_consent": _without_consent,
    "consent_refused": _consent_refused,
    "consent_withdrawn": _consent_withdrawn,
    "consent_expired": _consent_expired,
    "out_of_scope": _out_of_scope,
    "withheld": _withheld,
    "own_expiry_held": _own_expiry_held,
    "own_expiry_passed": _own_expiry_passed,
    "consent_never_comes": _consent_never_comes,
    "case_never_comes": _case_never_comes,
    "intervention_never_comes": _intervention_never_comes,
    "original_never_comes": _original_never_comes,
    "consent_voided": _consent_voided,
})  # fmt: skip
