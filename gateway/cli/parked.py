"""`samverkan parked`: who is parked, and the commands that end it (docs/runbook.md)."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any, Final
from uuid import uuid4

import typer
from rich.console import Console

from gateway.cli.lines import example, say
from gateway.domain.days import rfc3339
from gateway.ops.operator import ParkedPerson, carry_out, find_parked, parked_persons
from gateway.shell.commands import OUTCOMES, Command, Name, command_bytes, read_command
from gateway.shell.settings import UserError, load

app = typer.Typer(
    help="List or release persons whose record could not be decided.",
    epilog=example("parked list"),
    no_args_is_help=True,
)
#: A person key as `samverkan parked list` shows it, short enough for an example.
_EXAMPLE: Final = 'k1.9f2c --who anna --why "fixed in 2.1"'
_console: Final = Console(soft_wrap=True)

Person = Annotated[str, typer.Argument(help="The person key, as `samverkan parked list` shows it.")]
Who = Annotated[str, typer.Option(help="Who you are; it stands in the audit.")]
Why = Annotated[str, typer.Option(help="Why; it stands in the audit. No personal number.")]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for the gateway's answer.")]
_WAIT_S: Final = 30.0


@app.command("list", epilog=example("parked list"))
def list_parked() -> None:
    """Find who is parked, why, and how much waits."""
    persons = asyncio.run(parked_persons(load()))
    if not persons:
        _console.print("Nobody is parked.")
        return
    console = Console()
    for person in persons:
        parked = person.parked
        # The cause of a deadline ends with the key, which is on the line above.
        cause = parked.cause.removesuffix(f"/{person.key}")
        say(console, 0, person.key)
        say(console, 1, f"parked since {rfc3339(parked.since)}, partition {person.partition}")
        say(console, 1, f"because of {cause}: {parked.problem} ({parked.failures} times)")
        say(console, 1, f"kept: {len(person.line)}, first in line: {_first(person) or '–'}")


@app.command(epilog=example(f"parked release {_EXAMPLE}"))
def release(person: Person, who: Who, why: Why, wait: Wait = _WAIT_S) -> None:
    """Decide all that is kept, in line, and let the person flow again."""
    _tell("release", person, who, why, wait)


@app.command(epilog=example(f"parked redrive {_EXAMPLE}"))
def redrive(person: Person, who: Who, why: Why, wait: Wait = _WAIT_S) -> None:
    """Decide the first in line alone; the rest goes on waiting."""
    _tell("redrive", person, who, why, wait)


@app.command(epilog=example(f"parked expire {_EXAMPLE}"))
def expire(person: Person, who: Who, why: Why, wait: Wait = _WAIT_S) -> None:
    """Answer the first in line REJECTED without deciding it."""
    _tell("expire", person, who, why, wait)


def _first(person: ParkedPerson) -> str:
    if not person.line:
        return ""
    kept = person.line[0]
    return f"{kept.topic}/{kept.partition}/{kept.offset}"


def _tell(name: Name, key: str, who: str, why: str, wait_s: float) -> None:
    settings = load()
    person = asyncio.run(find_parked(settings, key))
    # An id of an operator's own doing: nothing is decided by it.
    number = str(uuid4())
    command = Command(number, name, key, who, why, "" if name == "release" else _first(person))
    refused = read_command(command_bytes(command))
    if isinstance(refused, str):
        raise UserError(f"The command was not sent. {OUTCOMES[refused]}")
    entry = asyncio.run(carry_out(settings, person, command, wait_s))
    outcome = entry["verdict"]
    if outcome != "done":
        print(f"The command was refused: {outcome}. {OUTCOMES[outcome]}", file=sys.stderr)
        raise typer.Exit(1)
    if print_outcome(entry, person.partition):
        raise typer.Exit(1)


def print_outcome(entry: dict[str, Any], partition: int) -> bool:
    """Say what became of a command and of each record; whether one was REJECTED."""
    records = entry["records"]
    print(
        f"{entry['command']} of {entry['person_key']} by {entry['who']}, taken at"
        f" {entry['taken_at']}: entry {entry['number']} of the audit of partition {partition}."
    )
    for found in records:
        codes = f" ({', '.join(found['codes'])})" if found["codes"] else ""
        print(f"  {found['status']}{codes}: {found['record']}, message {found['message_id']}")
    if not records:
        print("  No record was waiting.")
    refused = len([found for found in records if found["status"] == "REJECTED"])
    if refused:
        print(
            f"{refused} of {len(records)} records were REJECTED; their senders have the receipts"
            " and must act on them.",
            file=sys.stderr,
        )
    return refused > 0
