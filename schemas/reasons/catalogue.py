"""The closed catalogue of reasons: all that can be said about a message (contract section 5).

A finding names a code and a place; its texts come from here, so no payload can get into them. Each
group of rules has its own module, named as the module of gateway/domain/rules that checks them.
When this module is imported, it checks that no code appears twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from schemas.reasons.assessment import ASSESSMENT_RULES
from schemas.reasons.benefit import BENEFIT_RULES
from schemas.reasons.closing import CLOSING_RULES
from schemas.reasons.consent import CONSENT_REASONS
from schemas.reasons.derived import DERIVED_RULES
from schemas.reasons.envelope import ENVELOPE_REASONS
from schemas.reasons.initiation import INITIATION_RULES
from schemas.reasons.intervention import INTERVENTION_RULES
from schemas.reasons.meetings import MEETINGS_RULES
from schemas.reasons.preparation import PREPARATION_RULES
from schemas.reasons.privacy import PRIVACY_RULES
from schemas.reasons.row import Finding, Reason, Texts
from schemas.reasons.sgi import SGI_RULES
from schemas.reasons.timing import TIMING_RULES

_RULES: Final = (
    *ASSESSMENT_RULES,
    *BENEFIT_RULES,
    *CLOSING_RULES,
    *DERIVED_RULES,
    *INITIATION_RULES,
    *INTERVENTION_RULES,
    *MEETINGS_RULES,
    *PREPARATION_RULES,
    *PRIVACY_RULES,
    *SGI_RULES,
    *TIMING_RULES,
)


def catalogue_of(rows: tuple[Reason, ...]) -> Mapping[str, Reason]:
    """Return the rows by code, read-only.

    Raises:
        ValueError: a code appears twice.
    """
    catalogue = {row.code: row for row in rows}
    if len(catalogue) != len(rows):
        raise ValueError("a reason code stands twice in the catalogue: codes are never reused")
    return MappingProxyType(catalogue)


def _number(row: Reason) -> int:
    return int(row.code.removeprefix("BR-"))


CATALOGUE: Final = catalogue_of((*ENVELOPE_REASONS, *CONSENT_REASONS, *sorted(_RULES, key=_number)))
"""Code -> row; the rules come last, in the order of their numbers."""

RULES: Final = tuple(code for code, row in CATALOGUE.items() if row.rule is not None)
"""The business rules, in the order of their numbers."""


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
