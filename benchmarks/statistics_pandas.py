"""The same counts by pandas: the way a statistician at an agency would have done it.

Joint assessments, outcomes after an intervention, and transition meetings of a year, each by sex
and benefit, counted once however many agencies reported them. Written for this comparison from the
definitions in words, not from the expressions of `gateway.followup`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
import pandas as pd  # deptry: ignore[DEP004]  - a benchmark is not installed

from gateway.followup.report import Row
from gateway.followup.segments import all_segments

TABLES: Final = ("2024-T1", "2024-T3", "2024-T4")
MEASURES: Final = ("gk_count", "outcome_count", "om_meetings_count")
SEXES: Final = {"women": "kvinna", "men": "man"}
BENEFITS: Final = {
    "sjukpenning": {"sjukpenning"},
    "aktivitetsersattning": {
        "aktivitetsersattning_nedsatt_arbetsformaga",
        "aktivitetsersattning_forlangd_skolgang",
    },
    "total": None,
}
REGAINED: Final = {
    "employment_unsubsidised", "employment_subsidised", "studies", "oppet_arbetssokande", "program",
}  # fmt: skip
REMAINING: Final = {"kvar_sp", "kvar_ae", "utbyte_till_se", "annan_fk_atgard"}
COLUMNS: Final = [
    "fact", "fact_id", "revision", "voided", "unit_key", "unit_case", "round_no", "sex",
    "benefits", "event_day", "flags", "fields",
]  # fmt: skip

Figures = dict[str, int]


def compute(store: Path, year: str) -> Figures:
    """`measure outcome benefit sex` → count."""
    files = [segment.path for segment in all_segments(store)]
    facts = pd.concat([pd.read_parquet(file, columns=COLUMNS) for file in files])
    facts = facts.sort_values("revision").drop_duplicates(["fact", "fact_id"], keep="last")
    facts = facts[~facts["voided"]]
    figures: Figures = {}
    assessed = _events(facts, "meeting.assessment_completed", "completed_at", year)
    own = assessed["unit_key"].isna() | assessed["gk_key"].isna()
    key = assessed["unit_case"].fillna("") + assessed["round_no"].astype(str) + assessed["gk_key"]
    counted = assessed[own | ~key.mask(own).duplicated()]
    figures |= _by_sex_and_benefit("gk_count", counted)
    closed = _events(facts, "plan.closed", "closed_at", year)
    closed = closed[closed["last_insats_category"] != "none"]
    for name, codes in (("regained", REGAINED), ("remaining", REMAINING)):
        own = closed[closed["outcome"].isin(codes)]
        figures |= _by_sex_and_benefit(f"outcome_count {name}", own)
    held = _events(facts, "meeting.transition_held", "held_at", year)
    held = held[held["meeting_form"] == "omstallningsmote"]
    figures |= _by_sex_and_benefit("om_meetings_count", held)
    return {
        name: count
        for name, count in figures.items()
        if not name.startswith("om_meetings_count total")
    }


def _events(facts: pd.DataFrame, fact: str, day: str, year: str) -> pd.DataFrame:
    """The events of a type in a year: one of the reports that confirm each other, the earliest."""
    events = facts[facts["fact"] == fact].reset_index(drop=True)
    fields = pd.DataFrame([orjson.loads(text) for text in events["fields"]])
    events = events.join(fields.reindex(columns=[*_FIELDS, day]))
    events["day"] = events[day].fillna(events["event_day"].astype(str))
    first = events["confirms"].fillna(events["fact_id"])
    standing = events.assign(event=first).sort_values(["day", "fact_id"])
    once = standing.drop_duplicates("event")
    return once[once["day"].str.startswith(year)]


_FIELDS: Final = (
    "confirms", "gk_key", "outcome", "last_insats_category", "meeting_form", "conclusion",
)  # fmt: skip


def _has(codes: set[str] | None, benefits: Iterable[str]) -> bool:
    return codes is None or not codes.isdisjoint(benefits)


def _by_sex_and_benefit(name: str, events: pd.DataFrame) -> Figures:
    found: Figures = {}
    for benefit, codes in BENEFITS.items():
        has = events["benefits"].map(partial(_has, codes))
        for sex in (*SEXES, "total"):
            rows = has if sex == "total" else has & (events["sex"] == SEXES[sex])
            found[f"{name} {benefit} {sex}"] = int(rows.sum())
    return found


def chosen(rows: Sequence[Row]) -> Figures:
    """The rows of a report that pandas computes too, under the same names."""
    found: dict[str, Any] = {}
    for row in rows:
        outcome = row["group"].get("outcome_h")
        if row["measure"] in MEASURES and "control" not in row["group"] and outcome != "unknown":
            name = row["measure"] + (f" {outcome}" if outcome else "")
            found[f"{name} {row['benefit']} {row['sex']}"] = row["numerator"]
    return found
