"""A rule and its lines in words, Swedish and English: what it does, when, and what is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.cli.rule_table import Line
from schemas.reasons import CATALOGUE, Texts

#: Action of a rule, or severity of a reason, -> words.
_DOES: Final = {
    "reject": "avvisar",
    "warn": "varnar",
    "hold": "låter vänta",
    "accept": "släpper igenom",
    "derive": "märker statistiken",
    "remind": "påminner",
    "error": "avvisar",
    "warning": "varnar",
}


def does(code: str) -> Texts:
    """The actions of a rule; for a reason that is no rule, what it means for the message."""
    row = CATALOGUE[code]
    names = row.does or (row.severity,)
    return Texts(", ".join(_DOES[name] for name in names), ", ".join(names))


def in_force(code: str) -> Texts:
    """The event dates between which a rule holds."""
    row = CATALOGUE[code]
    if row.valid_from is None:
        return Texts("alltid", "always")
    if row.valid_to is None:
        return Texts(f"från {row.valid_from}", f"from {row.valid_from}")
    return Texts(
        f"från {row.valid_from} till {row.valid_to}", f"from {row.valid_from} to {row.valid_to}"
    )


def when(line: Line) -> Texts:
    """The day of the event, when it was registered if later, and how long time goes on."""
    sv = en = line.day.isoformat()
    if line.registered is not None and line.registered != line.day:
        sv += f", registrerad {line.registered.isoformat()}"
        en += f", registered {line.registered.isoformat()}"
    if line.until is not None:
        until = line.until.isoformat().replace("T", " ")
        sv += f", läget {until}"
        en += f", as of {until}"
    return Texts(sv, en)


def answer_of(line: Line) -> Texts:
    """What the gateway does in a line, with the codes that stand in receipts and notices."""
    parts = list(_answer(line))
    return Texts("; ".join(sv for sv, _ in parts), "; ".join(en for _, en in parts))


def _answer(line: Line) -> Iterator[Texts]:
    if line.later is None:
        yield Texts(line.answer, line.answer)
    else:
        yield Texts(f"{line.answer}, sedan {line.later}", f"{line.answer}, then {line.later}")
    for names, sv, en in (
        (line.told, "notis", "told"),
        (line.counted, "räknat", "counted"),
        (line.flags, "märkt", "marked"),
    ):
        if names:
            yield Texts(f"{sv}: {', '.join(names)}", f"{en}: {', '.join(names)}")
    if line.anonymous is not None:
        named = Texts("utan person", "anonymous"), Texts("med pseudonym", "with pseudonym")
        yield named[0] if line.anonymous else named[1]
    for name, value in line.fact.items():
        text = f"{name} {_shown(value)}"
        yield Texts(text, text)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
