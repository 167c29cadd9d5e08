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


def _in_shadow(agreement: Agreement) -> Iterator[str]:
    """What is tried without binding, and what binds meanwhile."""
    shadow, other = agreement.shadow, agreement.in_shadow
    if shadow is None or other is None:
        return
    yield ""
    yield f"I skugga, binder inte / In shadow, not binding: {shadow.version}"
    for part in ("limits", "dates"):
        for name in sorted(getattr(shadow, part)):
            now, then = (getattr(getattr(terms, part), name) for terms in (agreement, other))
            yield f"  {part}.{name}: {now} -> {then}"
    for name in sorted(BY_NAME):
        now, then = (_type(terms, name) for terms in (agreement, other))
        if now != then:
            yield f"  {now} ->"
            yield f"    {then}"


def _type(agreement: Agreement, name: str) -> str:
    family = agreement.families[BY_NAME[name].family]
    senders = "/".join(a.upper() for a in ("fk", "af") if agreement.may_send(a, name))
    grounds = ", annars ".join(_ground(ground) for ground in agreement.grounds(name))
    versions = ", ".join(f"v{v}" for v in range(1, 10) if agreement.accepts_version(name, v))
    return (
        f"{name}: {senders}; {grounds}; {versions};"
        f" {family.receipt_within_seconds} s; {family.retention_days} dagar"
    )


def in_words(agreement: Agreement) -> Iterator[str]:
    """The agreement as lines of text, most general first."""
    yield f"{agreement.title}, version {agreement.rules_version}"
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
        yield f"  {_type(agreement, name)}"
    yield from _in_shadow(agreement)
