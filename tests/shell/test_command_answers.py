"""What the audit says of an operator's command: when it was taken, and what became of records."""

from __future__ import annotations

import pytest

from gateway.domain.days import rfc3339
from gateway.shell.commands import answered
from tests.parked_dsl import Troubled, outcome


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Troubled:
    return Troubled.at_a_call(monkeypatch)


def test_the_audit_says_when_a_command_was_taken_and_what_became_of_each_record(gateway: Troubled):
    called = gateway.send("referral.called")
    later = gateway.send("plan.set")
    gateway.later(days=400)
    given_up = outcome(gateway.command("expire", record=gateway.place(called)))
    assert given_up["taken_at"] == rfc3339(gateway.now)
    assert given_up["at"] < given_up["taken_at"]
    assert given_up["records"] == [
        {
            "record": gateway.place(called),
            "message_id": called.receipt["message_id"],
            "status": "REJECTED",
            "codes": ["gateway.parked"],
        }
    ]
    told = gateway.mended().command("release")
    (one,) = outcome(told)["records"]
    assert one["record"] == gateway.place(later)
    assert one["status"] == told.receipts[0]["status"]
    refused = outcome(gateway.command("release"))
    assert (refused["verdict"], refused["records"]) == ("not_parked", [])
    unreadable = outcome(gateway.commanded(b"no command"))
    assert (unreadable["command"], unreadable["taken_at"]) == (None, rfc3339(gateway.now))


def test_a_command_without_a_time_of_the_broker_says_so(gateway: Troubled):
    assert answered("unreadable", "unreadable", -1, ())["taken_at"] is None
