"""The questions that `controls_facts.py` asks of the facts, as SQL over `{latest}`.

Each is over one period (`$first`, `$last`) but for identity, which is over all facts. Cases are
rounds of persons who can be followed: facts with a pseudonym.
"""

from __future__ import annotations

from typing import Final

#: Days after which a sign of an exit without its closing counts; the late limit of requirements.
GRACE_DAYS: Final = 30

_CASES = f"""
    with own as (
        select fact, unit_key, unit_case, round_no, event_day as day, fields
        from {{latest}} as latest
        where not voided and unit_case is not null and (
            fact in ('plan.intervention_started', 'plan.intervention_ended', 'plan.closed',
                'plan.status_reported') or fact = 'meeting.follow_up_held')
    ),
    signs as (
        select unit_case, round_no,
            min(day) filter (where fact = 'plan.intervention_started') as began,
            min(day) filter (where fact = 'plan.closed'
                and coalesce(fields ->> '$.last_insats_category', '') <> 'none') as closed,
            bool_or(fact = 'plan.closed'
                and fields ->> '$.last_insats_category' = 'none') as only_assessed,
            min(day) filter (where fact = 'plan.status_reported') as status,
            max(day) filter (where fact = 'plan.intervention_ended') as ended,
            max(day) filter (where fact = 'plan.intervention_started') as last_began,
            bool_or(fact = 'plan.intervention_ended'
                and fields ->> '$.end_reason' <> 'fortsatter_annan_insats') as is_final,
            max(day) filter (where fact = 'meeting.follow_up_held'
                and fields ->> '$.decision' = 'avsluta') as told
        from own group by unit_case, round_no
    ),
    cases as (
        select began, closed, least(
            closed, status,
            case when is_final and (last_began is null or last_began <= ended)
                then ended + {GRACE_DAYS} end,
            told + {GRACE_DAYS}
        ) as gone
        from signs where not coalesce(only_assessed, false) and (
            began is not null or closed is not null or ended is not null)
    )
"""  # noqa: S608 - our own text
_BY_MONTH = """
    select first,
        count(*) filter (where coalesce(began, date '1900-01-01') < first
            and coalesce(closed, date '9999-12-31') >= first),
        count(*) filter (where began between first and last),
        count(*) filter (where closed between first and last),
        count(*) filter (where coalesce(began, date '1900-01-01') <= last
            and coalesce(gone, date '9999-12-31') > last)
    from cases, (select unnest($firsts) as first, unnest($lasts) as last) as months
    group by first
"""
STOCK = _CASES + _BY_MONTH
OUTCOMES = """
    select coalesce(list_aggregate(benefits, 'string_agg', ', '), ''), count(*),
        count(*) filter (where coalesce(fields ->> '$.outcome', 'registrering_saknas')
            = 'registrering_saknas')
    from {latest} as latest
    where fact = 'plan.closed' and not voided and (fields ->> '$.confirms') is null
        and coalesce(fields ->> '$.last_insats_category', '') <> 'none'
        and event_day between $first and $last
    group by 1 order by 2 desc, 1
"""
IDENTITY = """
    select
        count(*) filter (where unit_key is null
            and (unit_case is not null or regexp_matches(fields, '"[a-z_]+_key":'))),
        count(*) filter (where fact = 'consent.recorded' and unit_key is not null
            and regexp_matches(fields, $withdrawn))
    from {latest} as latest
"""
CASES_OF_PERSONS = """
    select count(*), count(*) filter (where persons = 1)
    from (
        select unit_case, count(distinct unit_key) as persons
        from {latest} as latest where not voided and unit_case is not null group by unit_case
    )
"""
MEETINGS = """
    with own as (
        select fact, unit_key, event_day as day, fields ->> '$.meeting_key' as meeting,
            fields ->> '$.answer' as answer, fields ->> '$.benefit' as benefit
        from {latest} as latest
        where not voided and (fields ->> '$.confirms') is null and (
            fact like 'meeting.transition_%' or fact in ('status.enrolled'))
    ),
    met as (
        select coalesce(benefit, '') as benefit, unit_key, meeting, min(day) as day
        from own where fact = 'meeting.transition_held' and meeting is not null
            and day between $first and $last group by all
    )
    select benefit, count(*),
        count(*) filter (where meeting in (
            select meeting from own where fact = 'meeting.transition_offered')),
        count(*) filter (where meeting in (
            select meeting from own where fact = 'meeting.transition_answered')),
        count(*) filter (where meeting in (
            select meeting from own where fact = 'meeting.transition_answered'
                and answer = 'ja')),
        count(*) filter (where exists (
            select 1 from own where fact = 'status.enrolled' and own.unit_key = met.unit_key
                and own.day >= met.day))
    from met group by 1 order by 1
"""
REFUSED = """
    with own as (
        select fact, unit_key, event_day as day,
            coalesce(fields ->> '$.benefit', benefits[1], '') as benefit,
            fields ->> '$.decision' as decision,
            coalesce(fields ->> '$.first_application', 'false') as first_application
        from {latest} as latest
        where not voided and fact in ('status.benefit_decided', 'meeting.transition_offered')
    ),
    refused as (
        select * from own where decision = 'avslag' and day between $first and $last
            and first_application <> 'true'
            and benefit <> 'aktivitetsersattning_forlangd_skolgang'
    )
    select refused.benefit, count(*), count(refused.unit_key),
        count(*) filter (where exists (
            select 1 from own where own.fact = 'meeting.transition_offered'
                and own.unit_key = refused.unit_key and own.benefit = refused.benefit
                and abs(date_diff('day', own.day, refused.day)) <= 90))
    from refused group by 1 order by 1
"""
DELAYS = """
    select coalesce(unit, ''), count(*), count(*) filter (where delay_days > $late),
        median(delay_days), max(delay_days)
    from {latest} as latest
    where not voided and fact not like 'quality.%' and delay_days is not null
        and event_day between $first and $last
    group by 1 order by 3 desc, 1
"""
REJECTED = """
    select code, count(*)
    from {latest} as latest, unnest(json_extract_string(fields, '$.codes[*]')) as t(code)
    where fact = 'quality.rejected' and event_day between $first and $last
    group by 1 order by 2 desc, 1
"""
PERSONAL = """
    select fact, count(unit_key), count(*) - count(unit_key)
    from {latest} as latest
    where not voided and fact not like 'quality.%' and fact <> 'consent.refusal_counted'
        and event_day between $first and $last
    group by 1 order by 1
"""
WITHDRAWN = r'"purpose":"statistics_personal_data","status":"withdrawn"'
