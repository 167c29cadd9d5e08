"""`samverkan check`: each verdict in words, with path and remedy."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from gateway.cli.offline import Answered, Offline
from gateway.shell.assemble import Parts

_STYLE = {
    "ACCEPTED": "green",
    "ACCEPTED_WITH_WARNING": "yellow",
    "HELD": "cyan",
    "REJECTED": "red",
    "EXPIRED": "red",
    "WITHHELD": "red",
}


def check_files(fixed: Parts, files: Iterable[Path], console: Console) -> int:
    """Print what would be answered; 1 when a message was refused, else 0."""
    for warning in fixed.warnings:
        console.print(warning)
    offline = Offline(fixed)
    refused = 0
    for file in files:
        answered = offline.answer(file)
        refused += _print(answered, console)
    return 1 if refused else 0


def _print(answered: Answered, console: Console) -> int:
    refused = 0
    for number, receipt in enumerate(answered.receipts()):
        status = receipt["status"]
        what = answered.file.name if number == 0 else f"  released: {receipt['message_type']}"
        console.print(f"[{_STYLE[status]}]{status}[/] {what}", highlight=False)
        if number == 0 and status == "REJECTED":
            refused = 1
        for reason in receipt["reasons"]:
            path = f" at {reason['path']}" if reason["path"] else ""
            console.print(f"    {reason['code']}{path}", highlight=False, markup=False)
            console.print(f"      sv: {reason['text_sv']}", highlight=False, markup=False)
            console.print(f"      en: {reason['text_en']}", highlight=False, markup=False)
        for topic in receipt["delivered_to"]:
            console.print(f"    -> {topic}", highlight=False)
    for out in answered.written:
        if out.topic.endswith(".notice"):
            console.print(f"    notice on {out.topic}", highlight=False)
    return refused
