"""`samverkan broker`: a local real Kafka for development, tests and demo."""

from __future__ import annotations

from typing import Annotated, Final

import typer
from rich.console import Console

from gateway.broker import start, status, stop
from gateway.cli.lines import example

app = typer.Typer(
    help="Run a local real Kafka for development, tests and the demo.",
    epilog=example("broker start"),
    no_args_is_help=True,
)
console = Console(soft_wrap=True)
DEFAULT_PORT: Final = 19092


@app.command("start", epilog=example("broker start --nodes 3"))
def start_command(
    nodes: Annotated[int, typer.Option(help="1, or 3 with replication.")] = 1,
    port: Annotated[int, typer.Option(min=1024, max=65000)] = DEFAULT_PORT,
) -> None:
    """Start a local Kafka, or say where it runs already."""
    if nodes not in {1, 3}:
        raise typer.BadParameter("--nodes is 1 or 3")
    with console.status("Kafka is starting (the first time its jars are fetched)…"):
        info = start(nodes=nodes, port=port)
    console.print(f"Kafka answers at {info.bootstrap} ({info.kind}, {info.nodes} nodes).")


@app.command("stop", epilog=example("broker stop"))
def stop_command() -> None:
    """Stop the local Kafka."""
    console.print("Kafka is stopped." if stop() else "No Kafka was running here.")


@app.command("status", epilog=example("broker status"))
def status_command() -> None:
    """Say whether the local Kafka runs; exit 1 when it does not."""
    info = status()
    if info is None:
        console.print("No Kafka runs here; start one with `samverkan broker start`.")
        raise typer.Exit(1)
    console.print(f"Kafka answers at {info.bootstrap} ({info.kind}, {info.nodes} nodes).")
