"""`samverkan audit`: whether the audit is what gateways wrote (docs/audit.md)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from gateway.cli.lines import example
from gateway.ops.audit import earlier_ends, verify
from gateway.shell.audit_chain import Chain, Front, Seen
from gateway.shell.settings import load

app = typer.Typer(
    help="Check the audit of all decisions (docs/audit.md).",
    epilog=example("audit verify"),
    no_args_is_help=True,
)

Form = Literal["text", "json"]
#: What is said of what stands before the first entry.
FRONTS: Final[dict[Front, str]] = {
    "empty": "no entry",
    "whole": "whole from the first entry",
    "expired": "entries before them were removed, all older than the topic is kept",
    "unknown": "entries before them were removed; whether by time or by somebody is not known",
    "removed": "entries before them were deleted",
}


@app.callback()
def _group() -> None:
    """Keep `verify` a command of its own name, though it is the only one."""


@app.command("verify", epilog=example("audit verify --format json"))
def audit_verify(
    output: Annotated[
        Form, typer.Option("--format", help="text for people; json for programs.")
    ] = "text",
    earlier: Annotated[
        Path | None,
        typer.Option(help="A summary of before (--format json): its entries must still be there."),
    ] = None,
) -> None:
    """Check every entry of gateway.audit and the chain of hashes.

    Exit 1 and the first place of each partition that does not hold (docs/audit.md).
    """
    known = {} if earlier is None else earlier_ends(earlier)
    chains = asyncio.run(verify(load(), known))
    if output == "json":
        typer.echo(json.dumps(summary(chains), indent=1))
    else:
        for line in in_words(chains):
            typer.echo(line)
    if any(chain.broken for chain in chains):
        raise typer.Exit(1)


def summary(chains: Sequence[Chain]) -> dict[str, Any]:
    """What `--format json` prints; its last entries are what `--earlier` compares with."""
    return {
        "holds": not any(chain.broken for chain in chains),
        "entries": sum(chain.entries for chain in chains),
        "partitions": [
            {
                "partition": chain.partition,
                "entries": chain.entries,
                "front": chain.front,
                "first": _entry(chain.first),
                "last": _entry(chain.last),
                "broken": chain.broken,
            }
            for chain in chains
        ],
        "broken": [
            {
                "partition": found.partition,
                "offset": found.offset,
                "check": found.check,
                "text": found.text,
            }
            for chain in chains
            for found in chain.breaks
        ],
        "notes": [
            {"partition": chain.partition, "offset": note.offset, "text": note.text}
            for chain in chains
            for note in chain.notes
        ],
    }


def _entry(seen: Seen | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    entry = seen.entry
    return {
        "number": entry.number,
        "offset": seen.offset,
        "at": entry.at,
        "sha256": entry.sha256,
    }


def in_words(chains: Sequence[Chain]) -> Iterator[str]:
    """The same for people."""
    entries = sum(chain.entries for chain in chains)
    broken = sum(chain.broken for chain in chains)
    verdict = "holds" if not broken else f"does not hold at {broken} places"
    yield f"gateway.audit {verdict}: {entries} entries in {len(chains)} partitions were read."
    for chain in chains:
        yield f"  partition {chain.partition}: {_span(chain)}"
        for found in chain.breaks[:1]:
            yield f"    DOES NOT HOLD at offset {found.offset} ({found.check}): {found.text}"
        if chain.broken > 1:
            yield f"    and at {chain.broken - 1} places more: --format json lists them"
        for note in chain.notes:
            yield f"    note, offset {note.offset}: {note.text}"
    if not broken:
        yield "That nothing was cut from the end, an earlier summary shows (--earlier)."


def _span(chain: Chain) -> str:
    first, last = chain.first, chain.last
    if first is None or last is None:
        return FRONTS[chain.front].replace(" before them", "")
    return (
        f"entries {first.entry.number} to {last.entry.number}, {FRONTS[chain.front]}; the last one"
        f" at offset {last.offset}, {last.entry.at}, sha256 {last.entry.sha256}"
    )
