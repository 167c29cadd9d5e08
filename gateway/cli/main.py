"""`samverkan`: thin commands over the packages that do the work.

Exit codes: 0 success, 1 something was refused, 2 wrong use. Errors are one sentence on stderr that
says what to do.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from gateway.agreement import AgreementError, in_words
from gateway.agreement import load as load_agreement
from gateway.broker import BrokerError
from gateway.cli import broker as broker_commands
from gateway.cli.checking import check_files
from gateway.followup.errors import StoreError
from gateway.shell.assemble import parts
from gateway.shell.settings import UserError, load, with_sources
from gateway.shell.topics import DEFAULT_PARTITIONS, create, deviations

app = typer.Typer(
    help="The messaging gateway between Arbetsförmedlingen and Försäkringskassan.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
topics_app = typer.Typer(help="Declare the topics, or check them.", no_args_is_help=True)
agreement_app = typer.Typer(help="The exchange agreement in force.", no_args_is_help=True)
app.add_typer(broker_commands.app, name="broker")
app.add_typer(topics_app, name="topics")
app.add_typer(agreement_app, name="agreement")
console = Console(soft_wrap=True)

IdleExit = Annotated[
    float | None, typer.Option(help="Stop with 0 after this many seconds without input.")
]


@topics_app.command("create")
def topics_create(
    partitions: Annotated[int, typer.Option(min=1, max=1000)] = DEFAULT_PARTITIONS,
    timestamps: Annotated[
        Literal["create", "append"],
        typer.Option(help="create: the sender's time (replays, tests); append: the broker's."),
    ] = "create",
) -> None:
    """Declare all topics that are missing."""
    fixed = parts()
    made = asyncio.run(create(fixed.settings, fixed.agreement, partitions, timestamps))
    console.print(f"{len(made)} topics created, {partitions} partitions each.")


@topics_app.command("check")
def topics_check() -> None:
    """Print every deviation; exit 1 when there is one."""
    found, partitions = asyncio.run(deviations(load()))
    for line in found:
        console.print(line)
    if found:
        raise typer.Exit(1)
    console.print(f"All topics are there, with {partitions} partitions each.")


@app.command()
def gateway(idle_exit: IdleExit = None) -> None:
    """Run one gateway process; start more for more throughput."""
    from consumers.gateway import run  # noqa: PLC0415 - only this command needs the engine

    raise typer.Exit(run(idle_exit))


@app.command()
def followup(idle_exit: IdleExit = None) -> None:
    """Run the follow-up sink into the store."""
    from consumers.followup import run  # noqa: PLC0415 - only this command needs the sink

    raise typer.Exit(run(idle_exit))


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Messages, in order.")]) -> None:
    """Say offline what the gateway would answer to messages in files, in order."""
    raise typer.Exit(check_files(parts(), files, console))


@app.command()
def settings() -> None:
    """Print the settings in force and where each comes from."""
    for name, value, source in with_sources(load()):
        console.print(f"{name}={value}  ({source})", highlight=False)


@agreement_app.command("show")
def agreement_show() -> None:
    """The exchange agreement in words."""
    for line in in_words(load_agreement(load().agreement)):
        console.print(line, highlight=False, markup=False)


@agreement_app.command("check")
def agreement_check() -> None:
    """Validate the exchange agreement."""
    agreement = load_agreement(load().agreement)
    console.print(f"The agreement {agreement.version} is valid.")


def main() -> None:
    """Entry point: known faults become one sentence and exit 1."""
    try:
        app()
    except (UserError, AgreementError, BrokerError, StoreError) as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
