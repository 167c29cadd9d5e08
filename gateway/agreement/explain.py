"""The agreement in words, Swedish and English, for `samverkan agreement show`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gateway.agreement.model import Agreement
from schemas.registry import BY_NAME

_GROUND_SV = {
    "consent": "samtycke till",
    "statute": "författningsstöd",
    "none": "ingen grund krävs",
}


def _ground(text: str) -> str:
    kind, _, reference = text.partition(":")
    return f"{_GROUND_SV[kind]} {reference}".strip() if kind != "none" else _GROUND_SV["none"]


def in_words(agreement: Agreement) -> Iterator[str]:
    """The agreement as lines of text, most general first."""
    yield f"{agreement.title}, version {agreement.version}"
    yield ""
    yield "Tider / Limits"
    for name, value in agreement.limits:
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        yield f"  {name}: {shown}"
    yield ""
    yield "Datum / Dates (first day in force)"
    for name, day in agreement.dates:
        shown = "inte än / not yet" if day == date.max else day.isoformat()
        yield f"  {name}: {shown}"
    yield ""
    yield "Meddelandetyper / Message types: avsändare, grund, versioner, kvittens inom, gallring"
    for name in sorted(BY_NAME):
        family = agreement.families[BY_NAME[name].family]
        senders = "/".join(a.upper() for a in ("fk", "af") if agreement.may_send(a, name))
        grounds = ", annars ".join(_ground(ground) for ground in agreement.grounds(name))
        versions = ", ".join(f"v{v}" for v in range(1, 10) if agreement.accepts_version(name, v))
        yield (
            f"  {name}: {senders}; {grounds}; {versions};"
            f" {family.receipt_within_seconds} s; {family.retention_days} dagar"
        )
