"""`samverkan check`: each verdict in words, with the rule, its source and what to do.

Every reason says in both languages what is wrong and what to do about it; what is added here is the
place in the message, the source of the rule and where to read more. No payload is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from gateway.cli.offline import Answered, Offline
from gateway.cli.rule_pages import in_force
from gateway.shell.assemble import Parts
from schemas.reasons import CATALOGUE

_STYLE: Final = {
    "ACCEPTED": "green",
    "ACCEPTED_WITH_WARNING": "yellow",
    "HELD": "cyan",
    "REJECTED": "red",
    "EXPIRED": "red",
    "WITHHELD": "red",
}
#: What a status means for the sender.
_MEANS: Final = {
    "ACCEPTED": "godtas / accepted",
    "ACCEPTED_WITH_WARNING": "godtas, med anmärkning / accepted, with remarks",
    "HELD": "väntar / waits",
    "REJECTED": "avvisas: rätta och skicka igen / refused: correct it and send it again",
    "EXPIRED": "för gammalt för att avgöras / too old to be decided",
    "WITHHELD": "stoppas, samtycket är återkallat / withheld, the consent is withdrawn",
}


def check_files(fixed: Parts, files: Iterable[Path], console: Console) -> int:
    """Print what would be answered; 1 when a message was refused, else 0."""
    for warning in fixed.warnings:
        console.print(warning)
    offline = Offline(fixed)
    refused = 0
    for file in files:
        refused += _print(offline.answer(file), console)
    return 1 if refused else 0


def _print(answered: Answered, console: Console) -> int:
    refused = 0
    for number, receipt in enumerate(answered.receipts()):
        status = receipt["status"]
        what = answered.file.name if number == 0 else f"  released: {receipt['message_type']}"
        console.print(f"[{_STYLE[status]}]{status}[/] {what}", highlight=False)
        if number == 0 and status == "REJECTED":
            refused = 1
        for line in _explained(receipt):
            console.print(line, highlight=False, markup=False)
    for out in answered.written:
        if out.topic.endswith(".notice"):
            console.print(f"    notis / notice on {out.topic}", highlight=False)
    return refused


def _explained(receipt: dict[str, Any]) -> Iterator[str]:
    """Why, by which rule, and what to do."""
    status = receipt["status"]
    until = "" if receipt["held_until"] is None else f" till / until {receipt['held_until']}"
    yield f"    {_MEANS[status]}{until}"
    for reason in receipt["reasons"]:
        yield f"    {reason['code']}" + (f" at {reason['path']}" if reason["path"] else "")
        yield f"      sv: {reason['text_sv']}"
        yield f"      en: {reason['text_en']}"
        row = CATALOGUE[reason["code"]]
        if row.rule is not None:
            yield f"      källa / source: {row.source}; gäller / in force: {in_force(row.rule)}"
            yield f"      mer / more: samverkan rules {row.rule}"
    ground = receipt["ground"]
    if ground is not None:
        reference = f" {ground['reference']}" if ground["reference"] else ""
        yield f"    grund / ground: {ground['kind']}{reference}"
    for topic in receipt["delivered_to"]:
        yield f"    -> {topic}"
