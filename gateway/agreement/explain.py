"""The agreement in words, Swedish and English, for `samverkan agreement show`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from gateway.agreement.model import Agreement
from gateway.agreement.words import DATES, GROUNDS, LIMITS, NOT_YET, PURPOSES
from gateway.languages import Language, Speech
from schemas.reasons import CATALOGUE, Texts
from schemas.registry import BY_NAME


class Line(NamedTuple):
    """One line of text, and how deep below its heading it stands."""

    depth: int
    text: str


def in_words(agreement: Agreement, language: Language = "both") -> Iterator[Line]:
    """The agreement as lines of text, most general first."""
    speech = Speech(language)
    yield Line(0, f"{agreement.title}, version {agreement.rules_version}")
    yield Line(0, "")
    yield Line(0, speech.short("Tider", "Limits"))
    for name, value in agreement.limits:
        yield from _term(speech, name, value)
    yield Line(0, "")
    yield Line(0, speech.short("Datum", "Dates"))
    for name, day in agreement.dates:
        yield from _term(speech, name, day)
    yield Line(0, "")
    yield Line(0, speech.short("Meddelandetyper", "Message types"))
    yield from _types(speech, agreement)
    yield from _in_shadow(speech, agreement)


def rules_of(term: str) -> tuple[str, ...]:
    """Return the rules that use a limit or date of the agreement."""
    return tuple(code for code, row in CATALOGUE.items() if term in row.terms)


def sentence(term: str, value: Any) -> Texts:
    """Return what a limit or date with a value means."""
    texts = LIMITS.get(term) or DATES[term]
    shown = _value(value)
    return Texts(
        texts.sv.format(n=shown.sv, day=shown.sv), texts.en.format(n=shown.en, day=shown.en)
    )


def meaning(agreement: Agreement, term: str) -> Texts:
    """Return what a limit or date of an agreement means."""
    return sentence(term, getattr(agreement.limits if term in LIMITS else agreement.dates, term))


def _value(value: Any) -> Texts:
    if value == date.max:
        return NOT_YET
    if isinstance(value, tuple):
        *first, last = map(str, value)
        if not first:
            return Texts(last, last)
        most = ", ".join(first)
        return Texts(f"{most} och {last}", f"{most} and {last}")
    return Texts(str(value), str(value))


def _term(speech: Speech, name: str, value: Any) -> Iterator[Line]:
    rules = rules_of(name)
    used = f": {', '.join(rules)}" if rules else f": {speech.short('ingen regel', 'no rule')}"
    yield Line(1, f"{name}{used}")
    for line in speech.lines(*sentence(name, value)):
        yield Line(2, line)


def _ground(text: str) -> Texts:
    kind, _, reference = text.partition(":")
    what = PURPOSES.get(reference, Texts(reference, reference))
    return Texts(GROUNDS[kind].sv.format(what=what.sv), GROUNDS[kind].en.format(what=what.en))


def _types(speech: Speech, agreement: Agreement) -> Iterator[Line]:
    """The types that have the same terms together, by who may send them."""
    grouped: dict[Texts, dict[Texts, list[str]]] = {}
    for name in sorted(BY_NAME):
        by_sender = grouped.setdefault(_terms(agreement, name), {})
        by_sender.setdefault(_senders(agreement, name), []).append(name)
    for terms, by_sender in grouped.items():
        for line in speech.lines(*terms):
            yield Line(1, line)
        for senders, names in by_sender.items():
            yield Line(2, f"{speech.of(senders)}: {', '.join(names)}")


def _senders(agreement: Agreement, name: str) -> Texts:
    """The agencies that may send a type."""
    agencies = [agency.upper() for agency in ("fk", "af") if agreement.may_send(agency, name)]
    return Texts(" och ".join(agencies), " and ".join(agencies))


def _terms(agreement: Agreement, name: str) -> Texts:
    """Ground, time to the receipt, time in the topic and versions of a type."""
    family = agreement.families[BY_NAME[name].family]
    grounds = [_ground(ground) for ground in agreement.grounds(name)]
    versions = ", ".join(str(v) for v in range(1, 10) if agreement.accepts_version(name, v))
    seconds, days = family.receipt_within_seconds, family.retention_days
    return Texts(
        f"Grund: {', annars '.join(one.sv for one in grounds)}. Kvittens inom {seconds} sekunder;"
        f" gallras efter {days} dagar. Version {versions}.",
        f"Ground: {', else '.join(one.en for one in grounds)}. Receipt within {seconds} seconds;"
        f" deleted after {days} days. Version {versions}.",
    )


def _in_shadow(speech: Speech, agreement: Agreement) -> Iterator[Line]:
    """What is tried without binding, and what binds meanwhile."""
    shadow, other = agreement.shadow, agreement.in_shadow
    if shadow is None or other is None:
        return
    yield Line(0, "")
    heading = speech.short("I skugga, binder inte", "In shadow, not binding")
    yield Line(0, f"{heading}: {shadow.version}")
    for part in ("limits", "dates"):
        for name in sorted(getattr(shadow, part)):
            now, then = (getattr(getattr(terms, part), name) for terms in (agreement, other))
            yield Line(1, f"{name}: {speech.of(_value(now))} -> {speech.of(_value(then))}")
            for line in speech.lines(*sentence(name, then)):
                yield Line(2, line)
    for name in sorted(BY_NAME):
        now, then = ((_senders(terms, name), _terms(terms, name)) for terms in (agreement, other))
        if now != then:
            yield Line(1, f"{name}: {speech.of(then[0])}")
            for line in speech.lines(*then[1]):
                yield Line(2, line)
