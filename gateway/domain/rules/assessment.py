"""Rules on the joint assessment: BR-04 (who takes part)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.domain.rules.situation import Situation, error
from gateway.domain.state import Flag

THE_THREE: Final = frozenset({"individ", "arbetsformedlare", "forsakringsutredare"})


def three_parties(s: Situation) -> Iterator[Flag]:
    """BR-04: at least one meeting has the person, AF's officer and FK's officer at the table.

    Otherwise it is an avstämningsmöte and is sent as such: the count of assessments depends on it.
    """
    if not any(THE_THREE.issubset(meeting.attendees) for meeting in s.data.meetings):
        yield error("BR-04", "data.meetings")
