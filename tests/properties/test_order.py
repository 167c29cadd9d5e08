"""Law 4: in whatever order the topics' records arrive, the same is accepted, delivered, counted.

As long as each message names its consent, and no withdrawal or expiry falls in between. The fact
of a consent tells sex and benefits as far as they are known when it comes; all others are told
again when these become known (`gateway.domain.unfinished`).
"""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dsl import Gateway, example
from tests.properties.orders import Outcome, Sent, in_turns, interleavings

pytestmark = pytest.mark.unmeasured

CONSENT = "7bf4d1e0-bbbe-53e7-b251-2bc125612c0b"
#: The first person's case in the contract's examples, until the intervention has started.
CASE = (
    "01-consent-recorded",
    "02-status-benefit-decided",
    "03-referral-initiated",
    "04-referral-called",
    "05-referral-answered",
    "08-meeting-assessment-completed",
    "09-meeting-assessment-completed-by-the-other-agency",
    "10-plan-set",
    "13-status-enrolled",
    "14-plan-intervention-proposed",
    "16-plan-intervention-decided",
    "17-plan-intervention-started",
)
#: The second person's, with a handover that is voided, and the open case of a third.
OTHERS = (
    "06-consent-recorded-statistics-refused",
    "07-referral-initiated-aktivitetsersattning",
    "18-referral-handed-over",
    "20-referral-voided",
)


def messages_of(*names: str) -> list[Sent]:
    """Examples, each naming its consent."""
    found = []
    for name in names:
        content = example(f"accepted/{name}")
        event: dict[str, Any] = content["value"]
        if "consent.recorded" not in event["type"] and name in CASE:
            event["data"]["consent_ref"] = CONSENT
        if name == "20-referral-voided":
            event["data"]["consent_ref"] = "5c2b6656-8c96-5b0a-8b1e-a1f6f4ba56bc"
        found.append((content["topic"], event))
    return found


MESSAGES = messages_of(*CASE, *OTHERS)


def outcome(order: list[Sent]) -> Outcome:
    """All arrive after every event has happened, and within the hold time."""
    return Outcome(Gateway().on("2024-02-23"), order)


IN_ORDER = outcome(MESSAGES)


def counts_that_hang_on_nothing(counts: Counter[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """The counts, without sex and benefits of consents."""
    found: Counter[tuple[Any, ...]] = Counter()
    for key, count in counts.items():
        told = (None, None) if key[0].startswith("consent.") else key[1:3]
        found[(key[0], *told, *key[3:])] += count
    return found


def test_the_example_case_is_accepted_in_its_own_order():
    assert IN_ORDER.accepted == set(IN_ORDER.statuses)
    assert len(IN_ORDER.delivered) == len(MESSAGES)


@given(interleavings(MESSAGES))
@settings(max_examples=200)
def test_the_order_of_arrival_does_not_matter(order: list[Sent]):
    got = outcome(order)
    assert got.accepted == IN_ORDER.accepted
    assert got.delivered == IN_ORDER.delivered
    assert counts_that_hang_on_nothing(got.counts) == counts_that_hang_on_nothing(IN_ORDER.counts)
    assert got.gateway.state().held == ()


@given(interleavings(MESSAGES), st.sets(st.integers(0, 15), max_size=6))
@settings(max_examples=40)
def test_a_restart_between_any_two_records_does_not_matter_either(
    order: list[Sent], restarts: set[int]
):
    gateway = Gateway().on("2024-02-23")
    for number, (topic, event) in enumerate(order):
        if number in restarts:
            gateway.restart()
        gateway.later(seconds=1).put(topic, event)
    assert gateway.log == outcome(order).gateway.log


def short_case() -> list[Sent]:
    """Six messages of a case, each on a topic of its own."""
    gateway = Gateway().on("2024-02-05")
    consent = gateway.event("consent.recorded")
    gateway.consent = consent["id"]
    return [
        ("fk.out.consent", consent),
        ("fk.out.referral", gateway.event("referral.initiated")),
        ("fk.out.meeting", gateway.event("meeting.assessment_completed")),
        ("af.out.meeting", gateway.event("meeting.assessment_completed", "af", gk_id="AF-1")),
        ("af.out.plan", gateway.event("plan.intervention_decided")),
        ("fk.out.plan", gateway.event("plan.closed")),
    ]


def test_all_720_orders_of_a_short_case_come_to_the_same():
    """Exhaustive, since the alphabet is small."""
    messages = short_case()
    first = outcome(messages)
    assert len(first.accepted) == 6
    for order in permutations(messages):
        got = outcome(list(order))
        assert got.accepted == first.accepted
        assert got.delivered == first.delivered
        assert counts_that_hang_on_nothing(got.counts) == counts_that_hang_on_nothing(first.counts)


def amended_case() -> list[Sent]:
    """A report that is corrected or voided on its topic, and the other agency's on another."""
    gateway = Gateway().on("2024-02-05")
    consent = gateway.event("consent.recorded")
    gateway.consent = consent["id"]
    met = gateway.event("meeting.assessment_completed")
    replacement = {**met["data"], "conclusion": "ej_redo_nu"}
    return [
        ("fk.out.consent", consent),
        ("fk.out.referral", gateway.event("referral.initiated")),
        ("fk.out.meeting", met),
        (
            "fk.out.meeting",
            gateway.event(
                "meeting.corrected",
                corrects=met["id"],
                reason="fel_uppgift",
                replacement=replacement,
            ),
        ),
        ("af.out.meeting", gateway.event("meeting.assessment_completed", "af", gk_id="AF-1")),
    ]


def test_all_orders_of_a_corrected_report_and_its_confirmation_come_to_the_same():
    messages = amended_case()
    turns = [topic for topic, _ in messages]
    first = outcome(messages)
    assert len(first.accepted) == 5
    for order in set(permutations(turns)):
        got = outcome(in_turns(messages, order))
        assert got.accepted == first.accepted
        assert got.delivered == first.delivered
        assert counts_that_hang_on_nothing(got.counts) == counts_that_hang_on_nothing(first.counts)


def test_a_status_that_overtakes_the_referral_is_counted_with_its_sex_and_benefits():
    early = [message for message in MESSAGES if "enrolled" in message[1]["type"]]
    late = [message for message in MESSAGES if message not in early]
    assert outcome(early + late).counts == IN_ORDER.counts


def without_a_case() -> list[Sent]:
    """Messages that build on no case, and those that tell who the person is; one per topic."""
    gateway = Gateway().on("2024-02-05")
    consent = gateway.event("consent.recorded")
    gateway.consent = consent["id"]
    status, meeting = "status.category_changed", "meeting.contact_offered"
    return [
        ("fk.out.consent", consent),
        ("fk.out.referral", gateway.event("referral.initiated")),
        ("af.out.status", gateway.event(status)),
        ("fk.out.meeting", gateway.event(meeting, sex=None, birth_year_month=None)),
        ("fk.out.sgi", gateway.event("sgi.opened")),
    ]


def test_all_orders_of_messages_that_build_on_no_case_come_to_the_same():
    messages = without_a_case()
    first = outcome(messages)
    assert len(first.accepted) == 5
    assert {key[1] for key in counts_that_hang_on_nothing(first.counts)} == {"kvinna", None}
    for order in permutations(messages):
        got = outcome(list(order))
        assert got.accepted == first.accepted
        assert counts_that_hang_on_nothing(got.counts) == counts_that_hang_on_nothing(first.counts)
        assert got.gateway.state().unfinished == ()
