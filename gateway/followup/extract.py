"""An extract: the tables of one time with their controls, under an id that says what went in.

Rules:
1. The id is a hash over the inputs (every fact that stood at the time, with its revision and its
   content), the definitions, the time, the period, the tables, and the rows that came of it. It
   holds no time of its making, no offset and no file name: the same facts give the same id from a
   store that was made anew, on another machine, years later.
2. What is registered after the time of extraction is no input, so it cannot change an extract.
3. For the public small counts are left out (`disclosure.py`), over all tables at once; what tells
   of single units or reasons is left out altogether.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from gateway.followup.audience import Audience, Disclosure, is_controlled
from gateway.followup.controls import Control, control_sums
from gateway.followup.controls_facts import Findings, QualityTable, examine
from gateway.followup.disclosure import SMALL_NUMBER_LIMIT, Protected, protect
from gateway.followup.errors import ReportError
from gateway.followup.facts import STOCKHOLM
from gateway.followup.labels import definition_of
from gateway.followup.periods import instant_text, parse_as_of, parse_period
from gateway.followup.query import FactReader
from gateway.followup.report import Reports, Row
from gateway.followup.store import ORIGINS_SV
from gateway.followup.tables import TABLES

AsOf = str | date | datetime | None

# What of a fact can change a figure; its place in the topic cannot. Sorted and hashed in shares of
# the key space, so that a million facts need little memory at a time.
_CONTENT = """concat_ws(chr(31), fact, fact_id, revision, voided, epoch_ms(registered_at),
    coalesce(unit_key, ''), coalesce(unit_case, ''), coalesce(round_no, 0), coalesce(sex, ''),
    coalesce(birth_year_month, ''), array_to_string(benefits, ','), coalesce(employment, ''),
    coalesce(unit, ''), coalesce(region, ''), coalesce(epoch_ms(event_at), 0),
    coalesce(delay_days, 0), coalesce(capture, ''), coalesce(source_system, ''),
    array_to_string(flags, ','), fields)"""
_INPUTS = f"""
    select left(mark, 2), count(*), sha256(string_agg(mark, '' order by mark))
    from (select md5({_CONTENT}) as mark from {{latest}} as latest) as marked
    group by 1 order by 1
"""  # noqa: S608 - our own text


class Inputs(NamedTuple):
    """The facts that stood at the time: how many, and SHA-256 (hex) over all of them."""

    facts: int
    sha256: str


@dataclass(frozen=True)
class Extract:
    """One publication.

    Attributes:
        id: SHA-256 (hex), rule 1.
        as_of: the time of extraction, RFC 3339.
        period: the period asked for.
        rows: the rows of all tables, in the order of the tables.
        inputs: the facts behind them.
        definitions: ids of the definitions used.
        skipped: (table, why) of those that cannot be made for the period.
        controls: what was checked.
        quality: what is told of the facts beside them; nothing of it is for the public.
        audience: for whom.
        limit: below it counts are small.
        protected: what disclosure control did; None where it is off.
        origin: what the store declares of its facts, a key of `ORIGINS_SV`; it does not touch the
            id.
    """

    id: str
    as_of: str
    period: str
    rows: tuple[Row, ...]
    inputs: Inputs
    definitions: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    controls: tuple[Control, ...]
    quality: tuple[QualityTable, ...]
    audience: Audience
    limit: int
    protected: Protected | None
    origin: str | None = None

    @property
    def origin_sv(self) -> str | None:
        """What a reader has to know before any figure; None for facts of real messages."""
        return None if self.origin is None else ORIGINS_SV[self.origin]

    @property
    def failed(self) -> list[Control]:
        """The controls that have to hold and do not."""
        return [one for one in self.controls if one.fails]


def inputs_of(reader: FactReader, as_of: int) -> Inputs:
    """The facts that stood at a time, in ms since the epoch."""
    shares = reader.rows(_INPUTS, as_of)
    together = hashlib.sha256("".join(mark for _, _, mark in shares).encode())
    return Inputs(sum(count for _, count, _ in shares), together.hexdigest())


def take(
    store: Path | str,
    tables: Sequence[str] | None,
    period: str,
    as_of: AsOf = None,
    definition: str | None = None,
    *,
    audience: Audience = "internal",
    disclosure: Disclosure = "by_audience",
    limit: int = SMALL_NUMBER_LIMIT,
    controlled: bool = True,
) -> Extract:
    """Takes an extract.

    Args:
        store: folder of the fact store.
        tables: ids; None for every table that is defined for the period.
        period: such as `2024`, `2024H1`, `2024-06`.
        as_of: see `report`; None means the newest registration in the store.
        definition: version of the definitions; None means those in force.
        audience: `public` leaves out small counts.
        disclosure: switches that off or on whatever the audience.
        limit: counts from 1 to below it are small.
        controlled: False leaves the controls out; they do not touch the id.

    Raises:
        ReportError: no such table, period, time or definition, or no table for the period.
        StoreError: the store is missing, empty, damaged or of another format.
    """
    with FactReader(store) as reader:
        at = reader.latest_registration() if as_of is None else parse_as_of(as_of)
        rows, skipped = _rows(store, tables, period, at, definition)
        inputs, origin = inputs_of(reader, at), reader.origin
        today = datetime.fromtimestamp(at / 1000, STOCKHOLM).date()
        found = Findings([], [])
        if controlled:
            found = examine(reader, parse_period(period), at, today)
            found.controls.extend(control_sums(rows))
    controlled_counts = limit > 1 and is_controlled(audience, disclosure)
    protected = protect(rows, limit) if controlled_counts else None
    shown = rows if protected is None else protected.rows
    used = tuple(dict.fromkeys(row["definition"] for row in rows))
    texts = {one: definition_of(row).text_sv for row in rows for one in (row["definition"],)}
    seed: dict[str, Any] = {
        "as_of": instant_text(at),
        "period": period,
        "tables": sorted({row["table"] for row in rows}),
        "definitions": texts,
        "inputs": inputs.sha256,
        "limit": limit if protected else 0,
        "rows": shown,
    }
    return Extract(
        id=hashlib.sha256(orjson.dumps(seed, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        as_of=instant_text(at),
        period=period,
        rows=tuple(shown),
        inputs=inputs,
        definitions=used,
        skipped=tuple(skipped),
        controls=tuple(found.controls),
        quality=() if protected else tuple(found.tables),
        audience=audience,
        limit=limit,
        protected=protected,
        origin=origin,
    )


def _rows(
    store: Path | str, tables: Sequence[str] | None, period: str, at: int, definition: str | None
) -> tuple[list[Row], list[tuple[str, str]]]:
    """The rows of the tables, and which tables cannot be made; one that was named has to be."""
    rows: list[Row] = []
    skipped: list[tuple[str, str]] = []
    with Reports(store, instant_text(at)) as reports:
        for table in TABLES if tables is None else tables:
            try:
                rows += reports.report(table, period, definition)
            except ReportError as problem:
                if tables is not None:
                    raise
                skipped.append((table, str(problem)))
    if not rows:
        raise ReportError(f"No table can be made for the period {period}: {skipped[0][1]}")
    return rows, skipped
