"""The closed catalogue of reasons: what can be said about a message (contract section 5).

A code is never reused: a rule that falls away keeps its row, marked `retired`. A finding names a
code and where; its texts come from here, so no payload can get into them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

Severity = Literal["error", "warning", "hold"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the catalogue. `details` refines the texts by a finding's detail code."""

    code: str
    severity: Severity
    text_sv: str
    text_en: str
    rule: str | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a message was found to be, at a path; `detail` is a code, never payload."""

    code: str
    severity: str
    path: str | None = None
    detail: str = ""


_CODES: Final = (
    "envelope.not_json",
    "envelope.not_cloudevent",
    "envelope.unknown_type",
    "envelope.unsupported_version",
    "envelope.wrong_topic",
    "envelope.wrong_sender",
    "envelope.too_large",
    "envelope.key_mismatch",
    "envelope.wrong_partition",
    "envelope.unknown_key_id",
    "envelope.subject_mismatch",
    "schema.invalid",
    "identity.invalid_number",
    "id.conflict",
    "consent.missing",
    "consent.refused",
    "consent.withdrawn",
    "consent.expired",
    "consent.out_of_scope",
    "consent.awaited",
    "case.awaited",
    "case.closed",
    "correction.unknown_message",
    "hold.expired",
    "gateway.parked",
    *(f"BR-{n:02}" for n in range(1, 47)),
)
_HOLD: Final = ("consent.awaited", "case.awaited", "correction.unknown_message", "gateway.parked")
CATALOGUE: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        code: Reason(
            code,
            "hold"
            if code in _HOLD
            else "warning"
            if code[:2] == "BR" or code == "hold.expired"
            else "error",
            code,
            code,
            rule=code if code[:2] == "BR" else None,
        )
        for code in _CODES
    }
)


def finding(code: str, path: str | None = None, detail: str = "") -> Finding:
    """Return a finding with the code's usual severity."""
    return Finding(code, CATALOGUE[code].severity, path, detail)


@lru_cache(maxsize=4096)
def _texts(code: str, detail: str) -> tuple[str, str]:
    reason = CATALOGUE[code]
    return reason.text_sv, reason.text_en


def render(found: Finding) -> dict[str, str | None]:
    """Return the reason as it stands in a receipt: code, severity, path, both texts."""
    text_sv, text_en = _texts(found.code, found.detail)
    return {
        "code": found.code,
        "severity": found.severity,
        "path": found.path,
        "text_sv": text_sv,
        "text_en": text_en,
    }
