"""`samverkan report`: one table of the agencies' report, or all of them."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from gateway.shell.settings import load

Form = Literal["text", "json", "html", "csv"]


def report(
    table: Annotated[str, typer.Option(help="Table id, for instance 2024-T1.")] = "2024-T1",
    every: Annotated[bool, typer.Option("--all", help="Every table that the period has.")] = False,
    period: Annotated[str, typer.Option(help="For instance 2024, 2024H1, 2024-06.")] = "2024",
    as_of: Annotated[str | None, typer.Option(help="Registered until then; default now.")] = None,
    definition: Annotated[str | None, typer.Option(help="Definition version.")] = None,
    audience: Annotated[
        Literal["internal", "public"], typer.Option(help="public: small counts are left out.")
    ] = "internal",
    output: Annotated[Form, typer.Option("--format")] = "text",
) -> None:
    """One table of the agencies' report, or all that a period has."""
    from gateway.followup.extract import take  # noqa: PLC0415 - needs duckdb
    from gateway.followup.render import FORMATS  # noqa: PLC0415 - needs duckdb

    settings = load()
    wanted = None if every else [table]
    extract = take(
        settings.store,
        wanted,
        period,
        as_of,
        definition,
        audience=audience,
        disclosure=settings.disclosure,
        limit=settings.small_number_limit,
    )
    sys.stdout.write(FORMATS[output](extract))
