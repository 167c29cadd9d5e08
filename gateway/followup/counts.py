"""What a fact store holds, in numbers: a look at the stream that names nobody.

Of every fact its latest revision counts, as in the tables; `records` counts the topic's records.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gateway.followup.periods import instant_text
from gateway.followup.query import FactReader
from gateway.followup.store import GAPS, UNREADABLE

_BY_FACT = """
    select fact, any_value(records),
        count(*) filter (where not voided and unit_key is not null),
        count(*) filter (where not voided and unit_key is null),
        count(*) filter (where voided),
        count(*) filter (where revision > 1),
        count(*) filter (where not voided and (fields ->> '$.confirms') is not null)
    from {latest} as latest
    join (select fact, count(*) as records from {records} group by 1) using (fact)
    group by 1 order by 1
"""
_QUALITY = """
    select fact[9:], code, count(*)
    from {latest} as latest, unnest(json_extract_string(fields, '$.codes[*]')) as t(code)
    where fact like 'quality.%' and not voided
    group by 1, 2 order by 1, 2
"""
_REFUSALS = """
    select coalesce(sum(try_cast(fields ->> '$.count' as bigint)), 0)
    from {latest} as latest
    where fact = 'consent.refusal_counted' and not voided
"""


class FactCount(NamedTuple):
    """How many facts of one type there are.

    `personal` and `anonymous` stand (not voided) with and without a person's pseudonym;
    `confirmations` are among them: the other agency's report of the same event (BR-35).
    """

    records: int
    personal: int
    anonymous: int
    voided: int
    corrected: int
    confirmations: int


class StoreCounts(NamedTuple):
    """The content of a store.

    `quality`: (status, reason code) → facts, e.g. `("rejected", "BR-30")`; one fact may have
    several codes. `consent_refusals`: the sum of the refusals counted without identity.
    `unreadable` records are no facts; `gaps` are stretches that the topic lost before the sink
    read them. `newest_registration` is RFC 3339, None for an empty store.
    """

    records: int
    facts: dict[str, FactCount]
    quality: dict[tuple[str, str], int]
    consent_refusals: int
    unreadable: int
    gaps: int
    newest_registration: str | None


def counts(store: Path | str) -> StoreCounts:
    """Counts what the store holds now.

    Raises:
        StoreError: the store is missing, empty, damaged or of another format.
    """
    root = Path(store)
    with FactReader(root) as reader:
        by_fact = reader.rows(_BY_FACT)
        quality = reader.rows(_QUALITY)
        refusals = reader.rows(_REFUSALS)
        newest = reader.rows("select epoch_ms(max(registered_at)) from {records}")[0][0]
    facts = {fact: FactCount(*numbers) for fact, *numbers in by_fact}
    return StoreCounts(
        records=sum(one.records for one in facts.values()),
        facts=facts,
        quality={(status, code): number for status, code, number in quality},
        consent_refusals=int(refusals[0][0]),
        unreadable=_files(root / UNREADABLE),
        gaps=_files(root / GAPS),
        newest_registration=None if newest is None else instant_text(int(newest)),
    )


def _files(folder: Path) -> int:
    return sum(1 for path in folder.glob("*.json") if not path.name.startswith("."))
