"""`samverkan report`: one table of the agencies' report, all of them, or what changed."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from gateway.shell.settings import UserError, load

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
    restatement: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="FROM TO", help="What changed between two times of extraction."),
    ] = None,
    output: Annotated[Form, typer.Option("--format")] = "text",
) -> None:
    """One table of the agencies' report, all that a period has, or what changed in them."""
    from gateway.followup.extract import take  # noqa: PLC0415 - needs duckdb
    from gateway.followup.render import FORMATS  # noqa: PLC0415 - needs duckdb
    from gateway.followup.restatement import restate  # noqa: PLC0415 - needs duckdb
    from gateway.followup.restatement_render import RESTATED  # noqa: PLC0415 - needs duckdb

    settings = load()
    wanted = None if every else [table]
    if restatement is not None:
        if audience == "public":
            raise UserError(
                "A restatement is for the two agencies, since the difference of two public figures"
                " can be one person: leave out --audience public."
            )
        found = restate(settings.store, wanted, period, *restatement, definition)
        sys.stdout.write(RESTATED[output](found))
        return
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
