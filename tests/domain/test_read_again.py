"""A held message that a newer, stricter codec refuses is answered, and stops nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schemas.codec import Codec, Decoded, Record
from tests.dsl import KEYS, PARTITIONS, Answer, Gateway


class Stricter(Codec):
    """Refuses one message that was taken before; everything else as it was."""

    def __init__(self, refused: str) -> None:
        super().__init__(KEYS, PARTITIONS)
        self._refused = f'"id": "{refused}"'.encode()

    def decode(self, record: Record) -> Decoded:
        """As before, but for the one message, whose data now lack a field."""
        value = record.value or b""
        if self._refused in value:
            record = record._replace(value=value.replace(b'"event_at"', b'"event_was_at"'))
        return super().decode(record)


def restarted(gateway: Gateway, held: Answer) -> None:
    """Another release of the gateway goes on with what was kept."""
    assert held.status == "HELD"
    gateway._codec = Stricter(held.message_id)
    gateway.restart()


def refused(answer: Answer, held: Answer) -> bool:
    """Whether the held message has got one last receipt: refused, with the field that is wrong."""
    found = [r for r in answer.receipts if r["message_id"] == held.message_id]
    assert [r["status"] for r in found] == ["REJECTED"]
    return "data.event_at" in [r["path"] for r in found[0]["reasons"]]


ENDS: dict[str, Callable[[Gateway], Answer]] = {
    "what it waited for comes": lambda gateway: gateway.send("referral.initiated"),
    "the consent is withdrawn": lambda gateway: gateway.consents("withdrawn"),
}


@pytest.mark.parametrize("end", ENDS)
def test_it_is_refused_when_its_wait_ends(end: str) -> None:
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    restarted(gateway, held)
    answer = ENDS[end](gateway)
    assert answer.status == "ACCEPTED"
    assert refused(answer, held)


def test_it_is_refused_when_its_time_is_over() -> None:
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.called")
    restarted(gateway, held)
    assert refused(gateway.later(days=15).tick(), held)
    assert gateway.state().held == ()
