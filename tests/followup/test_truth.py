"""Random small years: every figure from the stream is the one of the simulator's own books.

The years differ in size, in how often what goes wrong, and in when the extract is taken; they go
through the gateway's core into facts, and from there through the store into the tables. The books
(`simulator/books.py`) are plain Python over what happened to each person: other code, written from
the definitions, that knows neither messages nor facts.
"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gateway.followup.periods import parse_period
from gateway.followup.tables import INDICATORS, TABLES
from simulator.books import BOOKS
from simulator.rates import Rates
from simulator.year import generate
from tests.followup.truth_dsl import earlier, in_force, of_ledger, of_year
from tests.simulator.folding import folded

pytestmark = pytest.mark.unmeasured

#: The indicators of the catalogue without a definition of their own, and what compares them.
ELSEWHERE: Final = {
    "N3": "the rows by benefit of N2 in 2019-T5",
    "N15": "2018-T2",
    "N16": "table N16, and 2014-T4",
    "N28": "money spent is in no message; the project does not compute it",
}
_NIGHT: Final = settings.get_current_profile_name() == "long"
#: The year and those around it; each costs seconds once, since its queries have to be worked out.
PERIODS: Final = ("2024", "2023", "2025", *(("2024H1", "2024-09") if _NIGHT else ()))
#: The same year eight years before, so that leap days fall alike: definitions in force until 2017.
FORMER: Final = ("2016",)
YEARS_APART: Final = 8
#: Rates that move no figure.
_FIXED: Final = {"coordination_number", "binary_mode", "duplicated", "wrong"}
_DEFAULTS: Final = Rates()


def _values(name: str) -> tuple[float, ...]:
    """None, as in the reconstructed year, and often."""
    usual = getattr(_DEFAULTS, name)
    often = min(0.5, max(0.1, 3 * usual))
    return tuple(dict.fromkeys((usual, 0.0, often)))


#: Every rate on its own, mostly as usual.
RATES: Final = st.builds(
    Rates,
    **{
        one.name: st.sampled_from(_values(one.name))
        for one in fields(Rates)
        if one.name not in _FIXED
    },
)
#: When the extract is taken; None is the end.
DAYS: Final = st.sampled_from((None, None, "2024-03-15", "2024-06-21", "2024-10-31", "2025-01-31"))
_EXAMPLES: Final = 400 if _NIGHT else 8
#: Nothing is made smaller: a seed and its rates are the whole story, and each try takes seconds.
_PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.timeout(3600 if _NIGHT else 300)
@settings(max_examples=_EXAMPLES, phases=_PHASES)
@given(
    seed=st.integers(0, 10_000),
    scale=st.sampled_from((0.004, 0.01)),
    rates=RATES,
    day=DAYS,
    period=st.sampled_from(PERIODS),
)
def test_every_indicator_from_the_stream_is_the_one_of_the_books(
    seed: int, scale: float, rates: Rates, day: str | None, period: str
) -> None:
    """Every table that is defined for the period, in the end or as of a day before it."""
    assert of_year(generate(seed, scale, rates), day, period) == []


@pytest.mark.timeout(3600 if _NIGHT else 300)
@settings(max_examples=max(2, _EXAMPLES // 10), phases=_PHASES)
@given(seed=st.integers(0, 10_000), rates=RATES)
def test_so_is_every_indicator_that_is_in_force_no_longer(seed: int, rates: Rates) -> None:
    """The same histories, told of a year in which the older definitions held."""
    year = generate(seed, 0.006, rates)
    facts, ledger = earlier(folded(year).facts, year.truth.ledger, YEARS_APART)
    assert of_ledger(facts, ledger, None, *FORMER) == []


def test_every_definition_of_every_table_has_a_book() -> None:
    """Who adds an indicator or a table adds its book."""
    assert {name.table for name in BOOKS} == TABLES.keys()
    found = set()
    for period in (*PERIODS, *FORMER):
        for name in BOOKS:
            if in_force(name, period):
                span = parse_period(period)
                table = TABLES[name.table]
                found |= {
                    one.id for one in table.definitions_for(span, name.version or None).values()
                }
    assert INDICATORS.keys() == found


def test_every_indicator_of_the_catalogue_is_compared_or_said_to_be_elsewhere() -> None:
    """N1 to N28, as the page of the indicators lists them."""
    page = Path(__file__).parents[2].joinpath("docs/indicators.md").read_text(encoding="utf-8")
    catalogue = set(re.findall(r"^\| (N[0-9]+b?) \|", page, re.MULTILINE))
    assert catalogue >= {f"N{number}" for number in range(1, 29)}
    compared = {one.number for one in INDICATORS.values()}
    assert catalogue - compared == ELSEWHERE.keys()
