"""Random small years: every figure from the stream is the one of the simulator's own books.

The years differ in size, in how often what goes wrong, and in when the extract is taken; they go
through the gateway's core into facts, and from there through the store into the tables. The books
are plain Python in `simulator/truth.py` and `simulator/unprinted.py`: other code, same definitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.followup.facts import FACT_TYPE, RawFact
from gateway.followup.report import Reports
from gateway.followup.rows import Row
from gateway.followup.store import FactStore
from simulator import unprinted
from simulator.rates import Rates
from simulator.truth import TABLES, Figure, Key, Truth, figures
from simulator.year import generate
from tests.followup.followup_dsl import TOPIC
from tests.simulator.folding import folded

#: Their openings stand in no book, since they come to nothing else that counts.
NO_TROUBLES = Rates(troubled_persons=0.0)


def books(truth: Truth, as_of_ms: int | None) -> dict[str, Mapping[Key, Figure]]:
    """Table id → what the books say."""
    said: dict[str, Mapping[Key, Figure]] = {
        table: figures(truth, table, as_of_ms) for table in TABLES
    }
    return {
        **said,
        "N8": unprinted.waiting(truth, as_of_ms),
        "N17": unprinted.occupations(truth, as_of_ms),
        "N24": unprinted.offers(truth, as_of_ms),
        "N25": unprinted.protection(truth, as_of_ms),
        "N26": unprinted.consents(truth, as_of_ms),
        "flow": unprinted.flow(truth, as_of_ms),
    }


def key_of(row: Row) -> Key:
    """What names a row in the books."""
    group = tuple(sorted(row["group"].items()))
    return Key(row["measure"], row["benefit"] or "", group, row["sex"])


def differences(
    reports: Reports, said: Mapping[str, Mapping[Key, Figure]]
) -> list[tuple[str, Key, Figure, Row | None]]:
    """Every figure of the books that the tables do not have, or have otherwise."""
    found: list[tuple[str, Key, Figure, Row | None]] = []
    for table, expected in said.items():
        rows = {key_of(row): row for row in reports.report(table, "2024")}
        found += [
            (table, key, figure, rows.get(key))
            for key, figure in expected.items()
            if not same(rows.get(key), figure)
        ]
    return found


def same(row: Row | None, figure: Figure) -> bool:
    """A median is compared as shown; everything else by its exact parts."""
    if row is None:
        return figure.numerator == 0
    if row["unit"] == "days_median":
        return (row["value"] or 0) == figure.printed()
    return (row["numerator"], row["denominator"]) == (figure.numerator, figure.denominator)


@settings(max_examples=8)
@given(
    seed=st.integers(0, 10_000),
    scale=st.sampled_from((0.004, 0.01)),
    rates=st.builds(
        lambda refused, corrected, voided, late, early: replace(
            NO_TROUBLES,
            statistics_refused=refused,
            assessment_corrected=corrected,
            assessment_voided=voided,
            late_months=late,
            early=early,
        ),
        refused=st.sampled_from((0.0, 0.1, 0.5)),
        corrected=st.sampled_from((0.0, 0.1)),
        voided=st.sampled_from((0.0, 0.1)),
        late=st.sampled_from((0.0, 0.2)),
        early=st.sampled_from((0.0, 0.1)),
    ),
    day=st.sampled_from((None, None, "2024-06-21", "2024-10-31", "2025-01-31")),
)
def test_every_indicator_from_the_stream_is_the_one_of_the_books(
    seed: int, scale: float, rates: Rates, day: str | None
) -> None:
    """2024-T1 to T5 and what no report prints, in the end or as of a day before it."""
    year = generate(seed, scale, rates)
    facts = folded(year).facts
    with TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        values = (orjson.dumps({"type": FACT_TYPE, "data": fact}) for fact in facts)
        raw = [RawFact(0, number, 0, value) for number, value in enumerate(values)]
        FactStore.open(root, TOPIC).append(raw)
        with Reports(root, day) as reports:
            as_of = None if day is None else reports.as_of
            assert differences(reports, books(year.truth, as_of)) == []
