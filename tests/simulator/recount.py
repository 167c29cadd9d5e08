"""The tables counted once more, from the facts that the gateway wrote: plain, and without a store.

Only what a reader can see of the stream is used: the latest revision of each fact as of a time,
`confirms`, pseudonyms. Benefits and sexes as in the printed tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from simulator.printed import OTHER, TOTAL

Fact = dict[str, Any]
Counts = Counter[tuple[str, str, str]]
"""(measure, benefit, sex) -> number, totals included."""
_SEX = {"kvinna": "women", "man": "men"}
_REGAINED = {
    "employment_unsubsidised", "employment_subsidised", "studies", "oppet_arbetssokande", "program",
}  # fmt: skip
_REMAINING = {"kvar_sp", "kvar_ae", "utbyte_till_se", "annan_fk_atgard"}


def standing(facts: Iterable[Fact], as_of: str) -> list[Fact]:
    """What stands as of a time (RFC 3339): latest revisions, first reports, nothing voided."""
    latest = {fact["fact_id"]: fact for fact in facts if fact["registered_at"] <= as_of}
    return [f for f in latest.values() if not f["voided"] and "confirms" not in f["fields"]]


def recount(facts: list[Fact]) -> Counts:
    """Numerators and denominators of 2024-T1 to T5 for 2024."""
    counts: Counts = Counter()
    starts, enrolled = _by_round(facts), defaultdict(list)
    for fact in facts:
        if fact["fact"] == "status.enrolled" and fact["unit_key"]:
            enrolled[fact["unit_key"]].append(fact["fields"]["enrolled_at"])
    for fact in facts:
        for measure in _measures(fact, starts, enrolled):
            for benefit in (*_rows(fact["benefits"]), TOTAL):
                for sex in (_SEX[fact["sex"]], TOTAL):
                    counts[measure, benefit, sex] += 1
    return counts


def _by_round(facts: list[Fact]) -> dict[tuple[str, int], list[str]]:
    starts = defaultdict(list)
    for fact in facts:
        if fact["fact"] == "plan.intervention_started" and fact["unit_case"]:
            starts[fact["unit_case"], fact["round_no"]].append(fact["fields"]["started_at"])
    return starts


def _measures(
    fact: Fact, starts: dict[tuple[str, int], list[str]], enrolled: dict[str, list[str]]
) -> Iterator[str]:
    fields = fact["fields"]
    dated, found = _DATED.get(fact["fact"], ("", None))
    if found is None or not _this_year(fields[dated]):
        return
    yield from found(fields)
    if fact["fact"] == "meeting.assessment_completed" and fact["unit_case"]:
        yield "gk known"
        days = starts.get((fact["unit_case"], fact["round_no"]), [])
        if any(day >= fields["completed_at"] for day in days):
            yield "onward"
    if fact["fact"] == "meeting.transition_held" and fact["unit_key"]:
        yield "met known"
        if any(day >= fields["held_at"] for day in enrolled.get(fact["unit_key"], [])):
            yield "enrolled"


def _closing(fields: Fact) -> list[str]:
    if fields["last_insats_category"] == "none":
        return []
    if fields["outcome"] in _REGAINED:
        return ["regained"]
    return ["remaining"] if fields["outcome"] in _REMAINING else []


def _refusal(fields: Fact) -> list[str]:
    school = fields["benefit"] == "aktivitetsersattning_forlangd_skolgang"
    counted = fields["decision"] == "avslag" and not fields.get("first_application") and not school
    return ["refusals"] if counted else []


_DATED: dict[str, tuple[str, Callable[[Fact], list[str]] | None]] = {
    "meeting.assessment_completed": ("completed_at", lambda _: ["gk"]),
    "meeting.transition_held": ("held_at", lambda _: ["meetings"]),
    "meeting.contact_held": ("held_at", lambda _: ["contacts"]),
    "plan.closed": ("closed_at", _closing),
    "status.benefit_decided": ("decided_at", _refusal),
}
"""Fact -> the field with its day, and what it counts as."""


def _this_year(day: str) -> bool:
    return day.startswith("2024")


def _rows(benefits: list[str]) -> list[str]:
    young = any(benefit.startswith("aktivitetsersattning_") for benefit in benefits)
    rows = ["sjukpenning"] * ("sjukpenning" in benefits) + ["aktivitetsersattning"] * young
    return rows or [OTHER]
