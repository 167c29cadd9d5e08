"""Laws 8 and 9: what the facts say, against the simulator's own books and against themselves.

Asked of a log that was complete before the first gateway started: there the order of decisions is
that of the timestamps, so what was known when is what the books know.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.followup.controls_facts import examine
from gateway.followup.facts import RawFact
from gateway.followup.periods import parse_period
from gateway.followup.query import FactReader
from gateway.followup.store import FactStore
from schemas.topics import FOLLOWUP
from simulator.days import midnight_ms
from simulator.truth import TABLES, Truth, figures
from tests.faults.checker import Log
from tests.simulator.recount import recount, standing

#: In the end, and as known at midsummer.
_DAYS: Final = (date(2024, 6, 21), date(2025, 7, 1))
#: What `recount` calls the numerator and the denominator of a measure of the books.
_PARTS: Final[dict[str, tuple[str | None, str | None]]] = {
    "gk_count": ("gk", None),
    "insats_share_after_gk": ("onward", "gk known"),
    "om_meetings_count": ("meetings", None),
    "om_meetings_share_of_refusals": ("meetings", "refusals"),
    "om_enrolled_share": ("enrolled", "meetings"),
}


def facts_of(log: Log) -> list[dict[str, Any]]:
    """What stands in the facts' topic, partition by partition."""
    places = sorted(place for place in log if place[0] == FOLLOWUP)
    return [orjson.loads(r.value or b"")["data"] for place in places for r in log[place]]


def books(log: Log, truth: Truth) -> Iterator[str]:
    """Law 8: every cell of 2024-T1 to T5, in the end and as of an earlier day."""
    facts = facts_of(log)
    for day in _DAYS:
        moment = midnight_ms(day)
        as_of = datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        found = recount(standing(facts, as_of))
        for table in TABLES:
            for key, figure in figures(truth, table, moment).items():
                outcome = dict(key.group).get("outcome_h")
                parts = (outcome, None) if outcome else _PARTS.get(key.measure, (None, None))
                told = (figure.numerator, figure.denominator)
                for part, wanted in zip(parts, told, strict=True):
                    counted = found[part or "", key.benefit, key.sex]
                    if part is not None and counted != wanted:
                        yield f"{key} as of {day}: {counted}, not {wanted}"


def stock(log: Log, folder: Path) -> Iterator[str]:
    """Law 9 and the other controls over the facts, from a store that holds them."""
    store = FactStore.open(folder / "store", FOLLOWUP)
    for (topic, n), records in sorted(log.items()):
        if topic == FOLLOWUP:
            store.append([RawFact(n, r.offset, r.timestamp_ms, r.value) for r in records])
    as_of = midnight_ms(_DAYS[-1])
    with FactReader(folder / "store") as reader:
        found = examine(reader, parse_period("2024"), as_of, _DAYS[-1])
    for control in found.controls:
        if control.fails:
            yield f"{control.name}: {control.left}, not {control.right}"
