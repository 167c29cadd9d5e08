"""Populations: which facts are counted, one row per counted thing, and the counting. DuckDB SQL.

Rules, the same for every population:
1. As of a time: only what was registered at or before it (`registered_at <= as_of`).
2. Of one fact its greatest revision counts, and nothing once that is voided.
3. A joint event that both agencies reported counts once as long as one report of it stands
   (BR-35). Reports that confirm each other, in whatever direction and over several steps, are one
   event; after a correction of the first report each may name the other. Which of them gives the
   event its day is chosen by content, not by arrival (the earliest day, then the fact id), so that
   the count does not depend on the order in which the reports came.
4. Facts without a person (no consent to statistics) count like the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.followup.periods import Period
from gateway.followup.query import FactReader

# N1: a joint assessment counts once however many meetings and reports it has; a new round is a new
# one (BR-39). `fler_moten` says that it goes on: a report with a final conclusion goes before it.
JOINT_ASSESSMENTS = """
    with recursive report as (
        select
            fact_id,
            sex,
            benefits,
            coalesce(try_cast(left(fields ->> '$.completed_at', 10) as date), event_day) as day,
            fields ->> '$.confirms' as confirms,
            coalesce(fields ->> '$.conclusion' = 'fler_moten', false) as goes_on,
            unit_key || ' ' || unit_case || ' ' || round_no || ' ' || (fields ->> '$.gk_key')
                as assessment
        from {latest} as latest
        where fact = 'meeting.assessment_completed' and not voided
          -- a confirmation that does not say of what cannot be a count of its own
          and ((fields ->> '$.confirms') is not null or not list_contains(flags, 'BR-35'))
    ),
    link as (
        select fact_id as one, confirms as other from report where confirms is not null
        union
        select confirms, fact_id from report where confirms is not null
    ),
    reach as (
        select one, other from link
        union
        select reach.one, link.other from reach join link on reach.other = link.one
    ),
    named as (select one, least(one, min(other)) as joint_id from reach group by one),
    joint_event as (
        select report.* from report left join named on report.fact_id = named.one
        qualify row_number() over (
            partition by coalesce(joint_id, fact_id) order by goes_on, day, fact_id
        ) = 1
    ),
    counted as (
        select * from joint_event
        qualify row_number() over (
            partition by coalesce(assessment, fact_id) order by goes_on, day, fact_id
        ) = 1
    )
"""

# Each population by name: a query that ends in `counted` with day, sex, benefits.
POPULATIONS: Mapping[str, str] = {"joint_assessments": JOINT_ASSESSMENTS}


class BenefitGroup(NamedTuple):
    """A row of a table by benefit: which benefits at the event belong to it.

    `each_of`: of every inner tuple the person has at least one; `none_of`: and none of these.
    Both empty: everybody.
    """

    key: str
    label_sv: str
    each_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()


def _condition(group: BenefitGroup) -> str:
    parts = [f"list_has_any(benefits, {list(codes)!r})" for codes in group.each_of]
    if group.none_of:
        parts.append(f"not list_has_any(benefits, {list(group.none_of)!r})")
    return " and ".join(parts) or "true"


def count_by_benefit_and_sex(
    reader: FactReader,
    population: str,
    groups: Sequence[BenefitGroup],
    period: Period,
    as_of: int,
) -> dict[tuple[str, str], int]:
    """How many of a population fall in a period, as of a time.

    Args:
        reader: the facts.
        population: a key of `POPULATIONS`.
        groups: the benefit groups to count; one thing may belong to several.
        period: by day of the event, Swedish calendar.
        as_of: ms since the epoch; what was registered later is not seen.

    Returns:
        (key of the benefit group, code of the sex as in the facts, `okant` if missing) → count;
        without entries for what does not occur.
    """
    query = POPULATIONS[population]
    sums = ", ".join(f"count(*) filter (where {_condition(group)})" for group in groups)
    rows = reader.rows(
        f"{query} select coalesce(sex, 'okant'), {sums} from counted "  # noqa: S608 - our own text
        "where day between $first and $last group by 1 order by 1",
        as_of,
        {"first": period.first, "last": period.last},
    )
    return {
        (group.key, sex): count
        for sex, *counts in rows
        for group, count in zip(groups, counts, strict=True)
        if count
    }


def years_with_events(reader: FactReader, population: str) -> list[int]:
    """The years in which a population has anything, as of now; for messages to the user."""
    query = POPULATIONS[population]
    rows = reader.rows(
        f"{query} select distinct year(day) from counted where day is not null order by 1",  # noqa: S608 - our own text
    )
    return [row[0] for row in rows]


def latest_registration(reader: FactReader) -> int:
    """When the newest record of the store was registered, in ms since the epoch."""
    return int(reader.rows("select epoch_ms(max(registered_at)) from {records}")[0][0])
