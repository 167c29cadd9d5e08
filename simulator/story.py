"""A story: the messages that two agencies write about one person, in the order of writing.

A story is first drafted in full, then perhaps disturbed (see `disorder`), and only then turned
into records. So a draft knows what it needs (the consent it names, its case, its assessment), and
whether the gateway will have to hold it follows from the sending times alone.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from simulator.days import MINUTE_MS, day_of, office_ms
from simulator.persons import Person

ACCEPTED: Final = "ACCEPTED"
WARNED: Final = "ACCEPTED_WITH_WARNING"
HELD: Final = "HELD"
REJECTED: Final = "REJECTED"
EXPIRED: Final = "EXPIRED"

LATE_DAYS: Final = 30
HELD_DAYS: Final = 14
"""How long a message waits for what it needs (contract section 5)."""
THE_THREE: Final = ("individ", "forsakringsutredare", "arbetsformedlare")
"""Who has to be at a joint assessment (BR-04), and is at every other meeting here."""
_OFFICER: Final = {"fk": "forsakringsutredare", "af": "arbetsformedlare"}
_CONSENT_YEARS: Final = 3
_ASKED_BY_AF: Final = 0.1
_GAP_MS: Final = (1 * MINUTE_MS, 15 * MINUTE_MS)
_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:samverkan:simulator:message").bytes
_STATISTICS: Final = "statistics_personal_data"
_EXCHANGE: Final = "information_exchange"


def uuid_of(name: str) -> str:
    """The UUID of what the simulator calls `name`; uuid.uuid5 is a quarter of the whole work."""
    digest = hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF000 << 64) | 0x5000 << 64  # version 5
    number = number & ~(0xC000 << 48) | 0x8000 << 48  # variant of RFC 9562
    text = f"{number:032x}"
    if text[20:].isdigit() or text[:12].isdigit():  # could be taken for a personal number
        return uuid_of(f"{name}/again")
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(slots=True, eq=False)
class Draft:
    """One message before it is written.

    Attributes:
        agency, type, data: who says what; `type` is the short name.
        message_id: the CloudEvents id.
        sent_ms: the record timestamp.
        needs: drafts that must have been accepted before this one can be.
        expect: status of the first receipt if nothing it needs is late; None where that is open.
        kind: what sort of message this is, for the counts of `Truth`.
        attributes: further CloudEvents attributes.
        voided_by, corrected_by: the amendments of it, if any.
        given_up_ms: when the gateway accepts it though what it needs has not come; None = never.
    """

    agency: str
    type: str
    data: dict[str, Any]
    message_id: str
    sent_ms: int
    needs: tuple[Draft, ...] = ()
    expect: str | None = ACCEPTED
    kind: str = "plain"
    attributes: dict[str, str] = field(default_factory=dict)
    voided_by: Draft | None = None
    corrected_by: Draft | None = None
    given_up_ms: int | None = None

    @property
    def decided_ms(self) -> int:
        """When everything it needs has been accepted: its own time, or later."""
        decided = self.sent_ms
        for need in self.needs:
            decided = max(decided, need.decided_ms)
        return decided

    @property
    def accepted_ms(self) -> int | None:
        """When it is accepted; None when it is refused, at once or after waiting in vain."""
        if self.expect in {REJECTED, EXPIRED, HELD}:
            return self.given_up_ms
        return self.decided_ms

    @property
    def first_status(self) -> str | None:
        """The status of its first receipt."""
        return HELD if self.expect is not None and self.decided_ms > self.sent_ms else self.expect


@dataclass(slots=True, eq=False)
class Story:
    """The drafts about one person.

    Attributes:
        rng: random source.
        person: whom it is about.
        case_id, round_no: the case and round that the next draft speaks of.
        benefit: code of what the person has or is refused.
        consent, opening: what the next draft builds on.
        drafts: in the order of sending.
    """

    rng: random.Random
    person: Person
    case_id: str
    round_no: int = 1
    benefit: str = "sjukpenning"
    consent: Draft | None = None
    opening: Draft | None = None
    drafts: list[Draft] = field(default_factory=list)

    @property
    def last_day(self) -> date:
        """The day of the latest draft."""
        return day_of(self.drafts[-1].sent_ms)

    def write(
        self,
        agency: str,
        message_type: str,
        day: date,
        fields: Mapping[str, Any],
        *,
        event: date | None = None,
        needs: tuple[Draft, ...] = (),
        units: bool = True,
    ) -> Draft:
        """Draft the next message, sent in office hours of `day` and after the one before.

        A message sent more than 30 days after the event is remarked on (BR-36).

        Args:
            agency: the sender.
            message_type: short name.
            day: when it is sent.
            fields: the type's own fields; the common ones are added here.
            event: when it happened, default the day of sending.
            needs: what it builds on besides consent and case, which are added here.
            units: False for the types that carry no unit.
        """
        sent_ms = office_ms(self.rng, day)
        if self.drafts and sent_ms <= self.drafts[-1].sent_ms:
            sent_ms = self.drafts[-1].sent_ms + self.rng.randrange(*_GAP_MS)
        data: dict[str, Any] = {
            "person": self.person.as_sent,
            "case_id": self.case_id,
            "round_no": self.round_no,
            "event_at": (event or day).isoformat(),
            "handler_role": _OFFICER[agency],
        }
        if units:
            data["unit"] = f"{agency}-{self.person.unit}"
            data["region"] = self.person.region
        if self.consent is not None:
            data["consent_ref"] = self.consent.message_id
            needs = (self.consent, *needs)
        if self.opening is not None and message_type.startswith(("referral.", "plan.")):
            needs = (self.opening, *needs)
        draft = Draft(
            agency=agency,
            type=message_type,
            data={**data, **fields},
            message_id=self.next_id(agency, message_type),
            sent_ms=sent_ms,
            needs=needs,
        )
        if (day_of(sent_ms) - (event or day)).days > LATE_DAYS:
            draft.expect = WARNED
        self.drafts.append(draft)
        return draft

    def next_id(self, agency: str, message_type: str) -> str:
        """The id of the next message: it follows from the case, the type and its number."""
        return uuid_of(f"{agency}/{self.case_id}/{self.round_no}/{message_type}/{len(self.drafts)}")

    def give_consent(
        self,
        day: date,
        families: tuple[str, ...],
        *,
        exchange: str = "given",
        valid_days: int = 365 * _CONSENT_YEARS,
    ) -> Draft:
        """What the person says of exchange and statistics; later drafts name it.

        Whichever agency asked records it, mostly FK.
        """
        agency = "af" if self.rng.random() < _ASKED_BY_AF else "fk"
        statistics = "given" if self.person.keeps_statistics else "refused"
        fields: dict[str, Any] = {
            "purposes": [
                {"purpose": _EXCHANGE, "status": exchange},
                {"purpose": _STATISTICS, "status": statistics},
            ],
            "families": list(families),
            "parties": ["fk", "af"],
            "valid_from": day.isoformat(),
            "valid_to": (day + timedelta(days=valid_days)).isoformat(),
            "asked_by": agency,
            "form": self.rng.choice(("skriftligt", "muntligt", "digitalt")),
        }
        if exchange != "given" and statistics != "given":
            del fields["valid_from"], fields["valid_to"]
        self.consent = None
        self.consent = self.write(agency, "consent.recorded", day, fields, units=False)
        return self.consent

    def first(self, message_type: str) -> Draft | None:
        """The first draft of a type, None when there is none."""
        return next((draft for draft in self.drafts if draft.type == message_type), None)

    def sort(self) -> None:
        """Bring the drafts back into the order of sending."""
        self.drafts.sort(key=lambda draft: draft.sent_ms)
