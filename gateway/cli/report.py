"""`samverkan report`: one table of the agencies' report, all of them, or what changed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.shell.settings import UserError, load

Form = Literal["text", "json", "html", "csv", "xlsx"]


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
    form: Annotated[Form, typer.Option("--format")] = "text",
    output: Annotated[
        Path | None, typer.Option(help="File to write; standard output if none is named.")
    ] = None,
) -> None:
    """Make the agencies' report, or show what has changed in it."""
    from gateway.followup.extract import take  # noqa: PLC0415 - needs duckdb
    from gateway.followup.render import FORMATS  # noqa: PLC0415 - needs duckdb
    from gateway.followup.restatement import restate  # noqa: PLC0415 - needs duckdb
    from gateway.followup.restatement_render import RESTATED  # noqa: PLC0415 - needs duckdb
    from gateway.followup.workbook import render_xlsx  # noqa: PLC0415 - needs duckdb

    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise UserError("A workbook is no text: name a file with --output, or redirect to one.")
    settings = load()
    wanted = None if every else [table]
    if restatement is not None:
        if audience == "public":
            raise UserError(
                "A restatement is for the two agencies, since the difference of two public figures"
                " can be one person: leave out --audience public."
            )
        if form == "xlsx":
            raise UserError("A restatement has no workbook: choose --format csv, json or html.")
        found = restate(settings.store, wanted, period, *restatement, definition)
        _write(RESTATED[form](found).encode(), output)
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
    _write(render_xlsx(extract) if form == "xlsx" else FORMATS[form](extract).encode(), output)


def _write(content: bytes, output: Path | None) -> None:
    """Write to a file, whole or not at all, or to standard output."""
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    new = output.with_name(f"{output.name}.new")
    try:
        new.write_bytes(content)
        new.replace(output)
    except OSError as problem:
        raise UserError(
            f"{output} cannot be written: {problem.strerror}; name another file with --output."
        ) from None
