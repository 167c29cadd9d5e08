"""All books: for every table that can be computed, what it must come to.

By table and version of the definitions, which is empty where there is only one. Who adds an
indicator adds its book here: a test compares the list with the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple

from simulator import courses, departures, former, truth, unprinted
from simulator.counting import Figures, View
from simulator.departures import ANY, ORIENTED, PREPARING, WORDS_2018, WORDS_2019

Book = Callable[[View], Figures]


class Name(NamedTuple):
    """A table by its id, and the version of its definitions; empty where there is only one."""

    table: str
    version: str = ""


def _outcomes(table: str, insats: str, words: tuple[str, str]) -> dict[Name, Book]:
    return {
        Name(table, "2018"): partial(departures.outcomes, insats=insats, words=words),
        Name(table, "2012"): partial(departures.outcomes_2012, insats=insats, words=words),
    }


BOOKS: Final[Mapping[Name, Book]] = MappingProxyType({
    Name("2024-T1"): truth.TABLE_BOOKS["2024-T1"],
    Name("2024-T2", "2024"): truth.TABLE_BOOKS["2024-T2"],
    Name("2024-T2", "2019"): truth.judged_able,
    Name("2024-T3", "2024"): truth.TABLE_BOOKS["2024-T3"],
    Name("2024-T3", "2018"): truth.with_missing,
    Name("2024-T3", "2022"): truth.with_missing,
    Name("2024-T4"): truth.TABLE_BOOKS["2024-T4"],
    Name("2024-T5", "2024"): truth.TABLE_BOOKS["2024-T5"],
    Name("2024-T5", "2024-25-days"): truth.enrolled_in_time,
    Name("N8"): unprinted.waiting,
    Name("N24"): unprinted.offers,
    Name("N25"): unprinted.protection,
    Name("flow"): unprinted.flow,
    Name("N4"): former.days_in_insurance,
    Name("N6"): former.timing,
    Name("N7"): former.psychiatric,
    Name("N10"): courses.starts,
    Name("N12"): courses.stock_shares,
    Name("N13"): courses.days_to_decision,
    **_outcomes("N16", PREPARING, WORDS_2018),
    Name("N17"): unprinted.occupations,
    Name("N18"): departures.days_in_insurance,
    Name("N19"): departures.days_in_cooperation,
    Name("N26"): unprinted.consents,
    Name("N27"): departures.unregistered,
    Name("2014-T1"): courses.persons_started,
    Name("2014-T2"): courses.stock,
    Name("2014-T3"): partial(departures.after_90_days, insats=ORIENTED),
    Name("2014-T4"): partial(departures.after_90_days, insats=PREPARING),
    **_outcomes("2018-T1", ANY, WORDS_2018),
    **_outcomes("2018-T2", ORIENTED, WORDS_2018),
    Name("2018-T3"): former.meetings_2018,
    Name("2018-D1"): former.after_day_180,
    **_outcomes("2019-T3", ANY, WORDS_2019),
    Name("2019-D1"): former.occupations_2019,
    Name("2019-T4"): former.by_sex,
    Name("2019-T5"): former.by_benefit,
    Name("2019-T6"): former.meetings_2019,
})  # fmt: skip
