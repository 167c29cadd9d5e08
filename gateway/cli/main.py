"""`samverkan`: thin commands over the packages that do the work.

Exit codes: 0 success, 1 something was refused, 2 wrong use, 69 the brokers do not answer. Errors
are one sentence on stderr that says what to do.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from gateway.agreement import AgreementError, in_words
from gateway.agreement import load as load_agreement
from gateway.broker import BrokerError
from gateway.cli import audit as audit_commands
from gateway.cli import broker as broker_commands
from gateway.cli import keys as keys_commands
from gateway.cli import parked as parked_commands
from gateway.cli.case import Page, print_whole_case
from gateway.cli.case_reading import find_cases
from gateway.cli.checking import Form, Options, check_files
from gateway.cli.lines import Lang, example, say
from gateway.cli.report import report
from gateway.cli.rules import print_rules
from gateway.cli.shadow import Sides, diff_of_log, print_diff
from gateway.followup.errors import FollowupError
from gateway.languages import Speech
from gateway.shell.assemble import parts
from gateway.shell.faults import Fault
from gateway.shell.rights import Party, commands
from gateway.shell.settings import UserError, load, with_sources
from gateway.shell.telemetry import set_level
from gateway.shell.topics import DEFAULT_PARTITIONS, create, deviations
from gateway.silence import EXIT_AWAY, is_away

app = typer.Typer(
    help="The messaging gateway between Arbetsförmedlingen and Försäkringskassan.",
    epilog=example("demo --scale 0.05"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
topics_app = typer.Typer(
    help="Declare the topics, check them, or print rights on them.",
    epilog=example("topics check"),
    no_args_is_help=True,
)
agreement_app = typer.Typer(
    help="Read or check the exchange agreement in force.",
    epilog=example("agreement show --lang sv"),
    no_args_is_help=True,
)
app.add_typer(broker_commands.app, name="broker")
app.add_typer(topics_app, name="topics")
app.add_typer(keys_commands.app, name="keys")
app.add_typer(parked_commands.app, name="parked")
app.add_typer(agreement_app, name="agreement")
app.add_typer(audit_commands.app, name="audit")
console = Console(soft_wrap=True)

IdleExit = Annotated[
    float | None,
    typer.Option(help="Stop with 0 after this many seconds without input, once all is done."),
]


@topics_app.command("create", epilog=example("topics create --partitions 12"))
def topics_create(
    partitions: Annotated[int, typer.Option(min=1, max=1000)] = DEFAULT_PARTITIONS,
    timestamps: Annotated[
        Literal["create", "append"] | None,
        typer.Option(
            help="create: the sender's time (replays, tests), the default of the local profile;"
            " append: the broker's, the default of production."
        ),
    ] = None,
) -> None:
    """Declare all missing topics before the first gateway starts."""
    fixed = parts()
    if timestamps is None:
        timestamps = "create" if fixed.settings.profile == "local" else "append"
    made = asyncio.run(create(fixed.settings, fixed.agreement, partitions, timestamps))
    console.print(f"{len(made)} topics created, {partitions} partitions each.")


@topics_app.command("check", epilog=example("topics check"))
def topics_check() -> None:
    """Say what deviates from what the gateway needs; then exit 1."""
    now = load()
    found, partitions = asyncio.run(deviations(now, load_agreement(now.agreement)))
    for line in found:
        console.print(line)
    if found:
        raise typer.Exit(1)
    console.print(f"All topics are there, with {partitions} partitions each.")


@topics_app.command("rights", epilog=example("topics rights fk --principal User:fk"))
def topics_rights(
    party: Annotated[Party, typer.Argument(help="Who is to get them.")],
    principal: Annotated[
        str | None, typer.Option(help="As Kafka knows it; User: and the party, if none is named.")
    ] = None,
) -> None:
    """Print commands that grant a party the least rights it needs."""
    for line in commands(party, load(), principal or f"User:{party}"):
        typer.echo(line)


@app.command(epilog=example("gateway --idle-exit 10"))
def gateway(idle_exit: IdleExit = None) -> None:
    """Run one process that answers messages; start more to go faster."""
    from consumers.gateway import run  # noqa: PLC0415 - only this command needs the engine

    raise typer.Exit(run(idle_exit))


@app.command(epilog=example("demo --scale 0.05 --lang en"))
def demo(
    seed: Annotated[int, typer.Option(help="Another seed gives another year.")] = 2024,
    scale: Annotated[float, typer.Option(min=0.01, max=1.0, help="Share of the year.")] = 1.0,
    gateways: Annotated[int, typer.Option(min=1, max=6, help="Gateway processes.")] = 2,
    keep: Annotated[bool, typer.Option(help="Leave Kafka running afterwards.")] = False,
    lang: Lang = "both",
) -> None:
    """See the gateway at work: a year of messages, up to the report."""
    from gateway.cli.demo import Plan, run_demo  # noqa: PLC0415 - needs the simulator

    raise typer.Exit(run_demo(Plan(seed, scale, gateways, keep, Speech(lang)), console))


app.command(epilog=example("report --table 2024-T1 --period 2024"))(report)


@app.command(epilog=example("followup --idle-exit 10"))
def followup(idle_exit: IdleExit = None) -> None:
    """Run the process that stores the facts for the report."""
    from consumers.followup import run  # noqa: PLC0415 - needs duckdb

    raise typer.Exit(run(idle_exit))


@app.command(epilog=example("check tests/examples/accepted/01-consent-recorded.json"))
def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE... | -", help="Messages, in order; -: stdin.")
    ],
    output: Annotated[
        Form, typer.Option("--format", help="text for people; json and junit for programs.")
    ] = "text",
    expect: Annotated[
        bool, typer.Option("--expect", help="Exit 1 when an answer differs from its `expect`.")
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            help="Go on from what this file remembers, and write it anew; made if missing."
        ),
    ] = None,
    lang: Lang = "both",
) -> None:
    """Say offline what the gateway would answer (docs/check.md).

    Files are read in order. Exit 1 when a first receipt is REJECTED, or a file is no message.
    """
    raise typer.Exit(check_files(parts(), files, Options(output, expect, state, Speech(lang))))


@app.command(epilog=example("rules BR-22 --lang sv"))
def rules(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BR-nn] | diff [FILE...]", help="For instance BR-22."),
    ] = None,
    topic: Annotated[
        bool, typer.Option("--topic", help="With diff: all that stands in the input topics.")
    ] = False,
    lang: Lang = "both",
) -> None:
    """Read the rules of the cooperation, or one of them in full.

    With diff: which messages, in files or topics, the rules in shadow would answer otherwise.
    """
    if not words or words[0] != "diff":
        agreement = load_agreement(load().agreement)
        print_rules(words[0] if words else None, agreement, Speech(lang), Console())
        return
    files = words[1:]
    if topic == bool(files):
        raise typer.BadParameter("diff needs files of messages, or --topic")
    if topic:
        sides = asyncio.run(diff_of_log(parts()))
    else:
        sides = Sides(parts())
        for file in files:
            sides.read(file)
    print_diff(sides, Speech(lang), console)


@app.command(epilog=example("case S-2024-000117 --lang sv"))
def case(
    case_id: Annotated[str, typer.Argument(help="For instance S-2024-000117.")],
    lang: Lang = "both",
) -> None:
    """Follow one case: messages, states, what waits and what is due."""
    now = load()
    limits = load_agreement(now.agreement).limits
    for found in asyncio.run(find_cases(now, case_id)):
        print_whole_case(found, case_id, limits, Page(Console(), Speech(lang)))


@app.command(epilog=example("settings"))
def settings() -> None:
    """Print the settings in force and where each comes from."""
    for name, value, source in with_sources(load()):
        console.print(f"{name}={value}  ({source})", highlight=False)


@agreement_app.command("show", epilog=example("agreement show --lang sv"))
def agreement_show(lang: Lang = "both") -> None:
    """Read limits and dates with their rules, and who sends what."""
    page = Console()
    for depth, line in in_words(load_agreement(load().agreement), lang):
        say(page, depth, line)


@agreement_app.command("check", epilog=example("agreement check"))
def agreement_check() -> None:
    """Check an agreement file before a gateway starts with it."""
    agreement = load_agreement(load().agreement)
    console.print(f"The agreement {agreement.rules_version} is valid.")


def main() -> None:
    """Entry point: known faults become one sentence and their exit code."""
    # The libraries' own lines stay out of it; a process sets its level itself.
    set_level("WARNING")
    try:
        app()
    except (UserError, AgreementError, BrokerError, FollowupError) as problem:
        print(problem, file=sys.stderr)
        sys.exit(getattr(problem, "exit_code", 1))
    except Fault as problem:
        print(
            f"The gateway would stop here ({problem}); this is a fault of it, so report it.",
            file=sys.stderr,
        )
        sys.exit(70)
    except KafkaError as problem:
        print(
            f"Kafka did not do its part ({type(problem).__name__}); see whether the one named in"
            " SAMVERKAN_BOOTSTRAP_SERVERS runs: `samverkan broker status`.",
            file=sys.stderr,
        )
        sys.exit(EXIT_AWAY if is_away(problem) else 1)


if __name__ == "__main__":
    main()
