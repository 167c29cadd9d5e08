"""What the gateway writes is what the store reads: its facts, end to end without Kafka.

The other tests of this folder make facts by hand; here they come from the deciding core.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.followup.counts import counts
from gateway.followup.facts import RawFact
from gateway.followup.store import FactStore
from schemas.topics import FOLLOWUP
from tests.dsl import ANNA, BO, Gateway
from tests.followup.followup_dsl import gk_counts


def store_what_was_written(gateway: Gateway, root: Path) -> Path:
    """The follow-up records of a gateway's log, taken into a store in one batch."""
    values = [out.value for out in gateway.log if out.topic == FOLLOWUP]
    done = FactStore.open(root, FOLLOWUP).append(
        RawFact(0, number, gateway.now, value) for number, value in enumerate(values)
    )
    assert (done.written, done.unreadable) == (len(values), 0)
    return root


@pytest.fixture
def assessed() -> Gateway:
    """Anna has consented and been assessed; nothing of her assessment is confirmed yet."""
    gateway = Gateway()
    gateway.consent = gateway.send("consent.recorded").message_id
    gateway.later(hours=1).send("referral.initiated", benefit_case_start="2023-01-01")
    gateway.later(hours=1)
    return gateway


def total(gateway: Gateway, root: Path) -> int:
    return gk_counts(store_what_was_written(gateway, root)).get("total total", 0)


def test_an_assessment_reported_by_both_agencies_counts_once(
    assessed: Gateway, tmp_path: Path
) -> None:
    """The second report is a confirmation."""
    assessed.send("meeting.assessment_completed", "fk")
    assessed.later(hours=1).send("meeting.assessment_completed", "af")
    assert total(assessed, tmp_path) == 1
    assert counts(tmp_path).facts["meeting.assessment_completed"].confirmations == 1


def test_it_still_counts_once_when_the_first_report_is_corrected(
    assessed: Gateway, tmp_path: Path
) -> None:
    """Then each report may name the other as the one it confirms."""
    first = assessed.send("meeting.assessment_completed", "fk")
    assessed.later(hours=1).send("meeting.assessment_completed", "af")
    assessed.later(hours=1).send(
        "meeting.corrected",
        "fk",
        corrects=first.message_id,
        reason="fel_uppgift",
        replacement=assessed.sent[first.message_id][1]["data"],
    )
    assert total(assessed, tmp_path) == 1


def test_it_still_counts_when_the_first_report_is_voided(assessed: Gateway, tmp_path: Path) -> None:
    """The other agency's report stands."""
    first = assessed.send("meeting.assessment_completed", "fk")
    assessed.later(hours=1).send("meeting.assessment_completed", "af")
    assessed.later(hours=1).send("meeting.voided", "fk", voids=first.message_id, reason="dubblett")
    assert total(assessed, tmp_path) == 1


def test_no_fact_holds_a_personal_number(assessed: Gateway, tmp_path: Path) -> None:
    """Nor does anything in the store's folder."""
    assessed.send("meeting.assessment_completed", "fk")
    store_what_was_written(assessed, tmp_path)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert ANNA.encode() not in content
            assert BO.encode() not in content
