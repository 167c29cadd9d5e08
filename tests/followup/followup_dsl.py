"""The language of the follow-up tests: facts as the gateway writes them, laid in a topic.

Ids and pseudonyms are made up words; nothing here is or looks like a personal number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from gateway.followup.facts import FACT_TYPE, SCHEMA, RawFact
from gateway.followup.query import FactReader
from gateway.followup.report import Row, report
from gateway.followup.store import FactStore

TOPIC = "followup.events"
AE = "aktivitetsersattning_nedsatt_arbetsformaga"
AE_SCHOOL = "aktivitetsersattning_forlangd_skolgang"
SP = "sjukpenning"
SE = "sjukersattning"


def fact_id(name: str) -> str:
    """The id of the fact that a test calls `name`."""
    return str(uuid5(NAMESPACE_URL, name))


def fact(name: str, kind: str, *, registered: str, **data: Any) -> bytes:
    """A follow-up event as bytes; `name` gives the fact id, `data` overrides any field."""
    body = {
        "fact": kind,
        "fact_id": fact_id(name),
        "revision": 1,
        "voided": False,
        "unit_key": f"person-of-{name}",
        "unit_case": f"case-of-{name}",
        "round_no": 1,
        "sex": "kvinna",
        "birth_year_month": "1981-04",
        "benefits": [SP],
        "employment": "arbetslos",
        "unit": "fk-0180",
        "region": "stockholm",
        "event_at": registered[:10],
        "registered_at": registered,
        "delay_days": 0,
        "capture": "harvested",
        "source_system": "arende",
        "flags": [],
        "fields": {},
        **data,
    }
    event_id = str(uuid5(NAMESPACE_URL, f"{body['fact']}|{body['fact_id']}|{body['revision']}"))
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": "urn:samverkan:gateway",
            "type": FACT_TYPE,
            "time": registered,
            "datacontenttype": "application/json",
            "partitionkey": "0" * 22,
            "data": body,
        }
    )


def assessment(
    name: str,
    day: str = "2024-02-05",
    *,
    registered: str | None = None,
    confirms: str | None = None,
    conclusion: str = "plan_af_insats",
    gk: str | None = None,
    **data: Any,
) -> bytes:
    """A joint assessment completed on `day` and, if not said otherwise, registered that noon."""
    fields: dict[str, Any] = {"completed_at": day, "conclusion": conclusion}
    flags = list(data.pop("flags", []))
    if gk is not None:
        fields["gk_key"] = gk
    if confirms is not None:
        fields["confirms"] = fact_id(confirms)
        flags.append("BR-35")
    return fact(
        name,
        "meeting.assessment_completed",
        registered=registered or f"{day}T12:00:00.000Z",
        event_at=day,
        fields=fields,
        flags=flags,
        **data,
    )


def voided(name: str, registered: str, revision: int = 2) -> bytes:
    """The record that ends the assessment `name`, as the gateway writes it."""
    return fact(
        name,
        "meeting.assessment_completed",
        registered=registered,
        revision=revision,
        voided=True,
        benefits=[],
        fields={"void_reason": "hande_inte"},
    )


ANONYMOUS: dict[str, Any] = {"unit_key": None, "unit_case": None}


def log(values: Iterable[bytes | None], partition: int = 0, step: int = 1) -> list[RawFact]:
    """Values as the records of one partition; `step` 2 leaves room for transaction markers."""
    return [
        RawFact(partition, number * step, 1_700_000_000_000 + number, value)
        for number, value in enumerate(values)
    ]


def stored(root: Path) -> list[tuple[Any, ...]]:
    """Every row of the store that a reader sees, by partition and offset."""
    columns = ", ".join(
        f'epoch_ms("{field.name}")' if "timestamp" in str(field.type) else f'"{field.name}"'
        for field in SCHEMA
    )
    with FactReader(root) as reader:
        return reader.rows(f"select {columns} from {{records}} order by 1, 2")  # noqa: S608 - our own text


def store_of(root: Path, values: Sequence[bytes | None]) -> Path:
    """A store in `root` that has taken `values` in one batch."""
    FactStore.open(root, TOPIC).append(log(values))
    return root


def gk_counts(root: Path, period: str = "2024", as_of: str | None = None) -> dict[str, int]:
    """The counts of table 2024-T1 as {"sjukpenning women": n, ...}, without the zeros."""
    rows = report(root, "2024-T1", period, as_of)
    return cells([row for row in rows if row["measure"] == "gk_count"])


def cells(rows: Sequence[Row]) -> dict[str, int]:
    """Rows as {"sjukpenning women": n, ...}, without the zeros."""
    return {
        f"{row['benefit']} {row['sex']}": int(row["value"] or 0) for row in rows if row["value"]
    }
