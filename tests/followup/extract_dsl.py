"""The language of the tests of extracts: a small year, and rows made up of counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.followup.extract import Extract, take
from gateway.followup.report import Row
from tests.followup.followup_dsl import AE, SE, SP, assessment, store_of

SMALL_YEAR = [
    *(assessment(f"w{number}", benefits=[SP]) for number in range(10)),
    assessment("w10", benefits=[SP, AE]),
    assessment("w11", benefits=[SE]),
    *(assessment(f"m{number}", benefits=[AE], sex="man") for number in range(3)),
]


def small_year(root: Path) -> Path:
    """A store with 12 assessments of women and 3 of men, one of each overlapping."""
    return store_of(root, SMALL_YEAR)


def extract(store: Path, as_of: str | None = None, **options: Any) -> Extract:
    """Table 2024-T1 of 2024."""
    return take(store, ["2024-T1"], "2024", as_of, **options)


def cell(measure: str, benefit: str | None, sex: str, number: int | None, **other: Any) -> Row:
    """A row by what it counts; `of` makes it a share, `other` overrides any key."""
    whole = other.pop("of", None)
    made: dict[str, Any] = {
        "table": "X-T1",
        "measure": measure,
        "benefit": benefit,
        "sex": sex,
        "period": "2024",
        "group": {},
        "value": number if whole is None else 100 * (number or 0) / whole,
        "unit": "count" if whole is None else "percent",
        "numerator": number,
        "denominator": whole,
        "as_of": "2025-01-31T22:59:59.999Z",
        "definition": f"{measure}/2024",
        **other,
    }
    return Row(**made)  # type: ignore[typeddict-item]  # the keys are those of a row


def by_sex(measure: str, counts: Mapping[str, int], **other: Any) -> list[Row]:
    """A row per sex."""
    return [cell(measure, "total", sex, number, **other) for sex, number in counts.items()]
