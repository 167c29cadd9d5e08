"""`samverkan rules [BR-nn]`: the catalogue of rules, or one rule in full."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from gateway.domain.rules.catalogue import ALWAYS, BY_TYPE
from gateway.domain.rules.situation import Check
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
    return found


def _speaks_of(check: Check, rule: str) -> bool:
    return rule in (check.__doc__ or "")


def _where(check: Check) -> str:
    module = check.__module__.rpartition(".")[2]
    return f"gateway/domain/rules/{module}.py {getattr(check, '__name__', check)}"


def print_rules(number: str | None, console: Console) -> None:
    """Print all rules in a table, or one with texts, source, dates and place in the code.

    Raises:
        UserError: there is no such rule.
    """
    if number is None:
        table = Table(title="Regler / Rules", title_justify="left")
        for column in ("rule", "usual answer", "på svenska"):
            table.add_column(column, overflow="fold")
        for rule in RULES:
            table.add_row(rule, CATALOGUE[rule].severity, CATALOGUE[rule].text_sv)
        console.print(table)
        return
    rule = number.upper()
    if rule not in RULES:
        raise UserError(f"There is no rule {number}; they are BR-01 to BR-46: `samverkan rules`.")
    reason = CATALOGUE[rule]
    until = "" if reason.valid_to is None else f" to {reason.valid_to}"
    since = "always" if reason.valid_from is None else f"from {reason.valid_from}{until}"
    for line in (
        f"{rule} ({reason.severity}), in force by event date: {since}",
        f"  sv: {reason.text_sv}",
        f"  en: {reason.text_en}",
        f"  source: {reason.source}",
    ):
        console.print(line, highlight=False, markup=False)
    for where, types in sorted(checks_of(rule).items()):
        console.print(f"  checked in {where} on {', '.join(types)}", highlight=False)
