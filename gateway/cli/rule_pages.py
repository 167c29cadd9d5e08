"""The pages of the rules: the catalogue with what checks each rule, and the table by example."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from gateway.cli.pages import page
from gateway.cli.rule_table import Line, rule_table
from gateway.cli.rule_words import answer_of, in_force, when
from gateway.domain.rules.catalogue import ALWAYS, BY_TYPE
from gateway.domain.rules.derived import MARKS, Mark
from gateway.domain.rules.situation import Check
from schemas.reasons import CATALOGUE, RULES
from schemas.reasons.sources import REPORTS

_DOMAIN: Final = Path(__file__).parents[1] / "domain"


def _catalogue() -> Iterator[str]:
    for rule in RULES:
        reason = CATALOGUE[rule]
        does = ", ".join(reason.does)
        says = f"{reason.text_sv} / {reason.text_en}"
        link = f"[{rule}](rule-table.md#{rule.lower()})"
        yield f"| {link} | {in_force(rule).en} | {does} | {says} | {reason.source.en} |"


def _reports() -> Iterator[str]:
    for year, report in REPORTS.items():
        yield f"| {year} | {report.title} | {report.dated} | {report.reference or '–'} |"


def by_example() -> str:
    """The whole table, rule by rule."""
    table = rule_table()
    lines = [
        "# The rules by example",
        "",
        "Reglerna rad för rad: en situation, dess händelsedag och vad gatewayen svarar. Varje rad",
        "provas mot koden vid varje ändring. / The rules line by line: a situation, the day of its",
        "event, and what the gateway answers. Each line is tested against the code at each change.",
        "",
        "✓ regeln är uppfylld eller gäller inte / the rule is satisfied or does not apply ·",
        "✗ regeln är bruten eller träder in / the rule is broken or comes into effect.",
        "`told`: notices to the agencies. `marked`: what the statistics see besides the codes.",
        "To add a line, edit",
        "[gateway/cli/rule_table.toml](../gateway/cli/rule_table.toml), which says how, and run",
        "`make docs`. The rules in short: [rules.md](rules.md).",
        "",
        "What lines begin with: "
        + "; ".join(f"*{b.sv}* / {b.en}" for b in table.beginnings.values())
        + ". Before that nothing is known of the person.",
    ]
    for rule in table.codes:
        reason = CATALOGUE[rule]
        does = ", ".join(reason.does) or reason.severity
        lines += [
            "",
            f"## {rule}",
            "",
            f"{does} · in force: {in_force(rule).en} · source: {reason.source.en}",
            "",
            "| | händelsedag / day | meddelande / message | situation | svar / answer |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {'✓' if line.ok else '✗'} | {when(line).en} | {_message(line)}"
            f" | {line.sv} / {line.en} | {answer_of(line).en} |"
            for line in table.of(rule)
        ]
    return page(*lines)


def _message(line: Line) -> str:
    agency = "" if line.agency is None else f" ({line.agency.upper()})"
    return f"`{line.message}`{agency}"


def rules() -> str:
    """The rules in force: all of them, which check looks at which type, and where each is."""
    return page(
        "# Rules in force",
        "",
        "All rules with the event dates between which they hold, what they do, and where they come",
        "from. Each is shown line by line, with its dates and limits from both sides, in",
        "[rule-table.md](rule-table.md). Sources are sections of the agencies'",
        "[reports](#reports).",
        "",
        "| rule | in force | does | says | source |",
        "|---|---|---|---|---|",
        *_catalogue(),
        "",
        "*reject*: the message is refused. *warn*: it is accepted and flagged. *hold*: it waits",
        "for what is missing. *accept*: it is let through on purpose. *derive*: the follow-up fact",
        "is marked, left without a person, or counted apart. *remind*: when time has passed, both",
        "agencies are told or the statistics count it.",
        "",
        "## Reports",
        "",
        "The reports that the agencies have given to the government, by the year that they are",
        "about.",
        "",
        "| report on | title | dated | reference |",
        "|---|---|---|---|",
        *_reports(),
        "",
        "## Checks",
        "",
        "Which check looks at which message, from the one table in",
        "[gateway/domain/rules/catalogue.py](../gateway/domain/rules/catalogue.py). How to add",
        "one: [add-a-rule.md](add-a-rule.md). Dates and limits come from the",
        "[agreement](../gateway/agreement/default.toml).",
        "",
        "| check | looks at | rule |",
        "|---|---|---|",
        *_checks(),
        "",
        "## Where each rule is",
        "",
        "*Judged*: the gateway gives this code in receipts, marks or notices. *Built in*: it is",
        "part of how the gateway works, without a code of its own.",
        "",
        "| rule | | named in |",
        "|---|---|---|",
        *_where(),
    )


def _checks() -> Iterator[str]:
    looked_at: defaultdict[Check | Mark, list[str]] = defaultdict(list)
    for always in ALWAYS:
        looked_at[always].append("every message")
    for name, checks in BY_TYPE.items():
        for judged in checks:
            looked_at[judged].append(f"`{name}`")
    for name, marks in MARKS.items():
        for _, mark in marks:
            looked_at[mark].append(f"`{name}`")
    for check, names in looked_at.items():
        file = Path(inspect.getfile(check))
        text = " ".join((inspect.getdoc(check) or "").split())
        link = f"[{check.__name__}](../gateway/domain/rules/{file.name})"
        yield f"| {link} | {', '.join(names)} | {text} |"


def _where() -> Iterator[str]:
    given, named = _codes_given(), _codes_named()
    for rule in RULES:
        files = sorted(given.get(rule) or named.get(rule) or ())
        how = "judged" if rule in given else "built in" if rule in named else "not named"
        links = ", ".join(f"[{file}](../{file})" for file in files)
        yield f"| {rule} | {how} | {links} |"


def _codes_given() -> Mapping[str, set[str]]:
    """Rule -> files of the domain that give it as a code of its own."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for file in sorted(_DOMAIN.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in RULES:
                found[str(node.value)].add(_name(file))
    return found


def _codes_named() -> Mapping[str, set[str]]:
    """Rule -> files of the contract, core or shell that name it in words."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    root = _DOMAIN.parents[1]
    for folder in ("gateway/domain", "gateway/shell", "schemas"):
        for file in sorted((root / folder).rglob("*.py")):
            if file.parent.name != "reasons":
                text = file.read_text(encoding="utf-8")
                for rule in RULES:
                    if rule in text:
                        found[rule].add(_name(file))
    return found


def _name(file: Path) -> str:
    return file.relative_to(_DOMAIN.parents[1]).as_posix()
