"""The persons whose states are kept as goldens, and the script that writes those that are missing.

Run `python -m tests.domain.golden_states` once after raising `STATE_VERSION`: it writes the new
version's files beside the old ones and never touches a file that is there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.domain.pieces import apart
from gateway.domain.state import STATE_VERSION, PersonState, encode
from tests.comparable import switch_fingerprints_off
from tests.dsl import Gateway

GOLDEN = Path(__file__).parent / "golden"


def whole_cooperation(gateway: Gateway) -> Gateway:
    """From consent to the status after the closing, both agencies, two confirmations."""
    gateway.on("2024-01-10").opened_case()
    gateway.send("referral.called")
    gateway.send("referral.answered", "af")
    gateway.on("2024-02-05").send("meeting.assessment_completed")
    gateway.send("meeting.assessment_completed", "af")
    gateway.send("plan.set")
    gateway.send("plan.intervention_proposed")
    gateway.send("plan.intervention_decided", base=None)
    gateway.send("plan.intervention_started")
    gateway.on("2024-04-01").send("meeting.follow_up_held")
    gateway.send("plan.intervention_ended")
    gateway.send("plan.closed")
    gateway.send("plan.closed", "af", outcome="studies")
    gateway.on("2024-07-01").tick()
    gateway.send("plan.status_reported", "af")
    return gateway


def meetings_and_sgi(gateway: Gateway) -> Gateway:
    """Contact and transition meetings, a refusal, an SGI case that is reminded of."""
    gateway.on("2024-01-10").consented(families=["meeting", "sgi"], valid_to="2026-01-10")
    gateway.send("status.benefit_decided", sex="man", birth_year_month="1981-04")
    gateway.send("meeting.contact_offered", has_employer=True)
    gateway.send("meeting.contact_answered")
    gateway.send("meeting.contact_held", "af")
    gateway.send("meeting.transition_offered")
    gateway.send("meeting.transition_answered")
    gateway.on("2024-02-01").send("meeting.transition_held", enrol_support_offered=True)
    gateway.send("status.benefit_decided", decision="avslag")
    gateway.on("2024-02-02").send("sgi.opened", insured_time={"percent": 75})
    gateway.on("2024-02-14").tick()
    gateway.send("status.enrolled")
    gateway.send("status.category_changed", af_category="arbetssokande_med_forhinder")
    gateway.send("sgi.enrolment_answered")
    gateway.send("sgi.closed")
    return gateway


def waiting_and_amended(gateway: Gateway) -> Gateway:
    """Messages that wait, expired and withheld ones, corrections, voids, a withdrawal."""
    gateway.on("2024-01-10").opened_case()
    gateway.send("referral.initiated", case_id="S-2")
    called = gateway.send("referral.called")
    gateway.correct(called, changes={"case_id": "S-2", "channel": "video"})
    gateway.void(gateway.send("referral.handed_over"))
    gateway.send("sgi.closed")
    gateway.on("2024-01-24T10:00").tick()
    expired = {"expirytime": "2024-01-24T09:00:00+01:00"}
    gateway.send("referral.answered", envelope=expired)
    gateway.send("plan.intervention_started")
    gateway.consents("withdrawn", families=["plan"])
    gateway.send("meeting.follow_up_held", case_id="S-3")
    return gateway


HISTORIES: dict[str, Callable[[Gateway], Gateway]] = {
    "whole-cooperation": whole_cooperation,
    "meetings-and-sgi": meetings_and_sgi,
    "waiting-and-amended": waiting_and_amended,
}


def in_pieces(state: PersonState) -> bytes:
    """A state as it is stored: its main value, and its pieces by name."""
    found = apart(state)
    return msgspec.msgpack.encode([found.stored, dict(found.pieces)])


def main() -> None:
    """Write what is missing."""
    switch_fingerprints_off()
    GOLDEN.mkdir(exist_ok=True)
    for name, history in HISTORIES.items():
        for form, encoded in (("state", encode), ("pieces", in_pieces)):
            file = GOLDEN / f"{form}-v{STATE_VERSION}-{name}.msgpack"
            if not file.exists():
                file.write_bytes(encoded(history(Gateway()).state()))


if __name__ == "__main__":
    main()
