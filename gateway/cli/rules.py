"""`samverkan rules [BR-nn]`: the catalogue of rules, or one rule in full, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console

from gateway.cli.rule_pages import answer_of, in_force, when
from gateway.cli.rule_table import Line, rule_table
from gateway.domain.rules.catalogue import ALWAYS, BY_TYPE
from gateway.domain.rules.derived import MARKS
from gateway.shell.settings import UserError
from schemas.reasons import CATALOGUE, RULES

#: What a rule does, for a reader of Swedish.
DOES_SV: Final = {
    "reject": "avvisar",
    "warn": "varnar",
    "hold": "låter vänta",
    "accept": "släpper igenom",
    "derive": "märker statistiken",
    "remind": "påminner",
}


def does(rule: str) -> str:
    """The actions of a rule in both languages."""
    actions = CATALOGUE[rule].does
    if not actions:
        return CATALOGUE[rule].severity
    return f"{', '.join(DOES_SV[name] for name in actions)} / {', '.join(actions)}"


def checks_of(rule: str) -> dict[str, tuple[str, ...]]:
    """Function -> the message types on which it is checked, for a rule number."""
    found: dict[str, tuple[str, ...]] = {}
    for check in ALWAYS:
        if _speaks_of(check, rule):
            found[_where(check)] = ("every type",)
    for type_name, checks in BY_TYPE.items():
        for check in checks:
            if _speaks_of(check, rule):
                found[_where(check)] = (*found.get(_where(check), ()), type_name)
    for type_name, marks in MARKS.items():
        for marked, mark in marks:
            if marked == rule:
                found[_where(mark)] = (*found.get(_where(mark), ()), type_name)
    return found


def _speaks_of(check: object, rule: str) -> bool:
    return rule in (check.__doc__ or "")


def _where(check: object) -> str:
    module = check.__module__.rpartition(".")[2]
    return f"gateway/domain/rules/{module}.py {getattr(check, '__name__', check)}"


def print_rules(number: str | None, rules_version: str, console: Console) -> None:
    """Print all rules in short, or one with texts, dates, source and its lines.

    Raises:
        UserError: there is no such rule.
    """
    if number is not None:
        number = number.lower() if "." in number else number.upper()
    if number is not None and number not in rule_table().codes:
        raise UserError(f"There is no rule {number}; they are BR-01 to BR-46: `samverkan rules`.")
    lines = _all(rules_version) if number is None else _one(number)
    for line in lines:
        console.print(line, highlight=False, markup=False)


def _all(rules_version: str) -> Iterator[str]:
    yield f"Överenskommelse / agreement: {rules_version}"
    yield ""
    for rule in RULES:
        reason = CATALOGUE[rule]
        yield f"{rule}  {does(rule)} · {in_force(rule)} · {reason.source}"
        yield f"    {reason.text_sv}"
        yield f"    {reason.text_en}"
    yield ""
    yield "En regel rad för rad / one rule line by line: samverkan rules BR-08"
    others = ", ".join(code for code in rule_table().codes if code not in RULES)
    yield f"Också rad för rad / also line by line: {others}"


def _one(rule: str) -> Iterator[str]:
    reason = CATALOGUE[rule]
    yield f"{rule}  {does(rule)}"
    yield f"  sv: {reason.text_sv}"
    yield f"  en: {reason.text_en}"
    for texts in reason.also.values():
        yield f"  sv: {texts.sv}"
        yield f"  en: {texts.en}"
    yield f"  gäller, efter händelsedag / in force, by event date: {in_force(rule)}"
    yield f"  källa / source: {reason.source}"
    for where, types in sorted(checks_of(rule).items()):
        yield f"  prövas / checked in {where}: {', '.join(types)}"
    yield ""
    yield "  ✓ uppfylld / satisfied, ✗ bruten eller träder in / broken or comes into effect"
    for line in rule_table().of(rule):
        yield from _line(line)


def _line(line: Line) -> Iterator[str]:
    agency = "" if line.agency is None else f" ({line.agency.upper()})"
    yield f"  {'✓' if line.ok else '✗'} {when(line)}  {line.message}{agency}: {answer_of(line)}"
    yield f"      {line.sv}"
    yield f"      {line.en}"
