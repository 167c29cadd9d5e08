"""`samverkan rules [BR-nn]`: the catalogue of rules, or one rule in full, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from gateway.agreement import Agreement, meaning
from gateway.cli.lines import say
from gateway.cli.rule_table import Line, rule_table
from gateway.cli.rule_words import answer_of, does, in_force, when
from gateway.domain.rules.catalogue import ALWAYS, BY_TYPE
from gateway.domain.rules.derived import MARKS
from gateway.languages import Speech
from gateway.shell.settings import UserError
from schemas.reasons import CATALOGUE, RULES


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


def print_rules(number: str | None, agreement: Agreement, speech: Speech, console: Console) -> None:
    """Print all rules in short, or one with texts, dates, source and its lines.

    Raises:
        UserError: there is no such rule.
    """
    if number is not None:
        number = number.lower() if "." in number else number.upper()
    if number is not None and number not in rule_table().codes:
        raise UserError(f"There is no rule {number}; `samverkan rules` lists them.")
    lines = _all(agreement, speech) if number is None else _one(number, agreement, speech)
    for depth, line in lines:
        say(console, depth, line)


def _all(agreement: Agreement, speech: Speech) -> Iterator[tuple[int, str]]:
    yield 0, f"{speech.short('Överenskommelse', 'agreement')}: {agreement.rules_version}"
    yield 0, ""
    for rule in RULES:
        row = CATALOGUE[rule]
        yield 0, f"{rule}  {speech.of(does(rule))} · {speech.of(in_force(rule))}"
        for line in speech.lines(row.text_sv, row.text_en):
            yield 2, line
        yield 2, f"{speech.short('källa', 'source')}: {_source(rule, speech)}"
    yield 0, ""
    by_line = speech.short("En regel rad för rad", "one rule line by line")
    yield 0, f"{by_line}: samverkan rules BR-08"
    others = ", ".join(code for code in rule_table().codes if code not in RULES)
    yield 0, f"{speech.short('Också rad för rad', 'also line by line')}: {others}"


def _source(rule: str, speech: Speech) -> str:
    """The source in one language: headings of reports are Swedish in both."""
    source = CATALOGUE[rule].source
    return source.en if speech.language == "en" else source.sv


def _one(rule: str, agreement: Agreement, speech: Speech) -> Iterator[tuple[int, str]]:
    row = CATALOGUE[rule]
    yield 0, f"{rule}  {speech.of(does(rule))}"
    for line in speech.lines(row.text_sv, row.text_en):
        yield 1, line
    for texts in row.also.values():
        for line in speech.lines(*texts):
            yield 1, line
    dated = speech.short("gäller, efter händelsedag", "in force, by event date")
    yield 1, f"{dated}: {speech.of(in_force(rule))}"
    yield 1, speech.short("källa", "source") + ":"
    for line in speech.lines(*row.source):
        yield 2, line
    for term in row.terms:
        yield 1, f"{speech.short('ur överenskommelsen', 'from the agreement')}, {term}:"
        for line in speech.lines(*meaning(agreement, term)):
            yield 2, line
    for where, types in sorted(checks_of(rule).items()):
        yield 1, f"{speech.short('prövas', 'checked')} in {where}: {', '.join(types)}"
    yield 0, ""
    yes = speech.short("uppfylld", "satisfied")
    no = speech.short("bruten eller träder in", "broken or comes into effect")
    yield 1, f"✓ {yes}, ✗ {no}"
    for shown in rule_table().of(rule):
        yield from _line(shown, speech)


def _line(line: Line, speech: Speech) -> Iterator[tuple[int, str]]:
    agency = "" if line.agency is None else f" ({line.agency.upper()})"
    # Codes and days are the same in both languages, so both would repeat them.
    words = Speech("en") if speech.language == "both" else speech
    mark = "✓" if line.ok else "✗"
    yield 1, f"{mark} {words.of(when(line))}  {line.message}{agency}: {words.of(answer_of(line))}"
    for text in speech.lines(line.sv, line.en):
        yield 3, text
