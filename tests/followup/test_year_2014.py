"""The tables of the report on 2014 from facts of made-up persons: every printed cell, to the digit.

The printed tables give one-way margins, so for each column persons are dealt the values of each
breakdown by themselves; sums that the report rounds or prints differently would show here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gateway.followup.printed_values import compare_with_printed, printed_table
from gateway.followup.report import report
from tests.followup.followup_dsl import AE, SE, SP, store_of
from tests.followup.history_dsl import History, facts_of

SEX = {"women": "kvinna", "men": "man"}
#: Born so that the person is in the band all through the period.
BORN = {
    "18-29": "1990-01", "30-39": "1979-01", "40-49": "1969-01", "50-59": "1959-01",
    "60-64": "1951-01",
}  # fmt: skip
STATUS: Mapping[str, dict[str, Any]] = {
    "anstalld_sjukskriven_eller_se": {"employment": "anstalld", "benefits": [SP]},
    "arbetslos_med_sjukersattning": {"employment": "arbetslos", "benefits": [SE]},
    "arbetslos_med_aktivitetsstod": {"employment": "arbetslos", "benefits": ["aktivitetsstod"]},
    "arbetslos_sjukskriven": {"employment": "arbetslos", "benefits": [SP]},
    "ung_arbetslos_med_aktivitetsersattning": {"employment": "arbetslos", "benefits": [AE]},
}
AT_90_DAYS = {
    "arbete_utbildning": "studies",
    "program": "program",
    "oppet_arbetslos": "oppet_arbetssokande",
    "ovriga": "kvar_sp",
}
Traits = dict[str, str]


def dealt(table: str, column: str) -> Iterator[tuple[str, Traits]]:
    """The persons behind a printed table: the column that each stands in, and their traits."""
    margins: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for cell in printed_table(table)["cells"]:
        group = dict(cell["group"])
        code = group.pop(column)
        group.pop("insats", None)
        if cell["unit"] != "count" or code in {"summa", "totalt"}:
            continue
        if cell["sex"] != "total":
            group["sex"] = SEX[cell["sex"]]
        for trait, value in group.items():
            margins[code][trait] += [value] * cell["printed"]
    for code, traits in margins.items():
        for values in zip(*traits.values(), strict=True):
            yield code, dict(zip(traits, values, strict=True))


def person(name: str, traits: Traits, **common: Any) -> History:
    """With an opening that says what only an opening says."""
    told = History(name, sex=traits["sex"], birth_year_month=BORN[traits["age"]], **common)
    return told.opened(
        "2013-01-07",
        country_of_birth_group=traits["country_of_birth"],
        disability_code=traits["disability"],
        education_level=traits["education"],
    )


def started() -> Iterator[History]:
    """2014-T1."""
    for number, (status, traits) in enumerate(dealt("2014-T1", "status_group")):
        yield person(f"p{number}", traits, **STATUS[status]).started("2014-06-30")


def left(table: str, insats: str) -> Iterator[History]:
    """2014-T3 and T4: left in the winter, status three months later."""
    for number, (outcome, traits) in enumerate(dealt(table, "outcome")):
        told = person(f"{insats}{number}", traits).started("2013-05-05")
        told.closed("2013-12-12", "registrering_saknas", last_insats_category=insats)
        yield told.tell("plan.status_reported", "2014-03-12", status=AT_90_DAYS[outcome])


def stock() -> Iterator[History]:
    """2014-T2: who is there in December, who comes, and who leaves by when."""
    cells = printed_table("2014-T2")["cells"]
    months = [cell["printed"] for cell in cells if cell["measure"] == "insats_stock"]
    inside = [History(f"s{number}").started("2013-11-11") for number in range(months[0])]
    for month, (before, now) in enumerate(pairwise(months), start=2):
        inside += [
            History(f"n{month}-{number}").started(f"2014-0{month}-01")
            for number in range(max(now - before, 0))
        ]
        for _ in range(max(before - now, 0)):
            yield inside.pop().ended(f"2014-0{month}-15")
    yield from inside


@pytest.mark.parametrize(
    ("table", "period", "people", "cells"),
    [
        ("2014-T1", "2014H1", started, 180),
        ("2014-T2", "2014H1", stock, 7),
        ("2014-T3", "2013-10/2014-03", lambda: left("2014-T3", "arbetslivsinriktad"), 150),
        ("2014-T4", "2013-10/2014-03", lambda: left("2014-T4", "arbetsforberedande"), 150),
    ],
)
def test_every_printed_cell_is_reproduced(
    tmp_path: Path, table: str, period: str, people: Callable[[], Iterator[History]], cells: int
) -> None:
    """Counts and shares."""
    rows = report(store_of(tmp_path, facts_of(*people())), table, period)
    compared = compare_with_printed(rows)
    assert len(compared) == cells
    assert [one for one in compared if not one.equal] == []
