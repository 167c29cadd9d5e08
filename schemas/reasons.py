"""The closed catalogue of reasons: all that can be said about a message (contract section 5).

A finding names a code and a place; its texts come from here, so no payload can get into them.
The catalogue is checked when this module is imported: a code stands there once, and so does
every rule from BR-01 to BR-46.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from schemas.reason import Finding, Reason, Severity, Texts
from schemas.reasons_of_consent import CONSENT_REASONS
from schemas.reasons_of_envelope import ENVELOPE_REASONS
from schemas.reasons_of_rules_01_20 import RULES_01_20
from schemas.reasons_of_rules_21_46 import RULES_21_46

__all__ = [
    "CATALOGUE",
    "RULES",
    "Finding",
    "Reason",
    "Severity",
    "Texts",
    "catalogue_of",
    "finding",
    "render",
]

RULES: Final = tuple(f"BR-{number:02}" for number in range(1, 47))


def catalogue_of(rows: tuple[Reason, ...]) -> Mapping[str, Reason]:
    """Return the rows by code, read-only.

    Raises:
        ValueError: a code stands there twice, or a business rule is missing.
    """
    catalogue = {row.code: row for row in rows}
    if len(catalogue) != len(rows):
        raise ValueError("a reason code stands twice in the catalogue: codes are never reused")
    missing = [rule for rule in RULES if rule not in catalogue]
    if missing:
        raise ValueError(f"the catalogue lacks {', '.join(missing)}: retire a rule, never drop it")
    return MappingProxyType(catalogue)


CATALOGUE: Final = catalogue_of((*ENVELOPE_REASONS, *CONSENT_REASONS, *RULES_01_20, *RULES_21_46))
"""Code -> row."""


def finding(code: str, path: str | None = None, detail: str = "") -> Finding:
    """Return a finding with the code's usual severity."""
    return Finding(code, CATALOGUE[code].severity, path, detail)


@lru_cache(maxsize=4096)
def _texts(code: str, severity: str, detail: str) -> Texts:
    return CATALOGUE[code].texts(severity, detail)


def render(found: Finding) -> dict[str, str | None]:
    """Return the reason as it stands in a receipt: code, severity, path, both texts."""
    texts = _texts(found.code, found.severity, found.detail)
    return {
        "code": found.code,
        "severity": found.severity,
        "path": found.path,
        "text_sv": texts.sv,
        "text_en": texts.en,
    }
