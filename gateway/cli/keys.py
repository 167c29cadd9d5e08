"""`samverkan keys`: make the keys of an installation, and show what identifies them."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from gateway.cli.lines import example
from gateway.shell.settings import UserError, load
from schemas.keys import KeyRing, fingerprint

app = typer.Typer(
    help="Make the keys of an installation, or show what identifies them.",
    epilog=example("keys new keys.json"),
    no_args_is_help=True,
)

_MODE: Final = 0o600
_SECRET_BYTES: Final = 32
File = Annotated[Path, typer.Argument(help="The key file, as SAMVERKAN_KEYS_FILE names it.")]


@app.command(epilog=example("keys new fk.json --for agency --of keys.json"))
def new(
    file: File,
    party: Annotated[
        Literal["installation", "agency"],
        typer.Option(
            "--for",
            help="installation: exchange and statistics key. agency: the exchange keys of the file"
            " that --of names, without a statistics key.",
        ),
    ] = "installation",
    of: Annotated[Path | None, typer.Option(help="The installation's key file.")] = None,
    if_missing: Annotated[
        bool, typer.Option("--if-missing", help="Succeed when the file is there already.")
    ] = False,
) -> None:
    """Write a new key file that only its owner can read.

    An existing file is never overwritten.
    """
    if (of is None) != (party == "installation"):
        raise typer.BadParameter("--for agency and --of FILE belong together")
    if if_missing and file.exists():
        _load(file)
        typer.echo(f"{file} is there already; nothing to do.")
        return
    document = _installation() if of is None else {"exchange_keys": _texts(_load(of))}
    _write(file, json.dumps(document, indent=1) + "\n")
    typer.echo(f"{file} was written; `samverkan keys show {file}` prints what identifies its keys.")


@app.command(epilog=example("keys show keys.json"))
def show(
    file: Annotated[
        Path | None, typer.Argument(help="A key file; else that of SAMVERKAN_KEYS_FILE.")
    ] = None,
) -> None:
    """Print kind, id and fingerprint of each key; secrets are never shown."""
    path = load().keys_file if file is None else file
    if path is None:
        raise UserError("No key file is named; give one, or set SAMVERKAN_KEYS_FILE.")
    keys = _load(path)
    for kind, own in (("exchange", keys.exchange_keys), ("statistics", keys.statistics_keys)):
        for name, secret in sorted(own.items()):
            typer.echo(f"{kind}  {name}  {fingerprint(secret)}")


def _installation() -> dict[str, dict[str, str]]:
    return {
        "exchange_keys": {"k1": secrets.token_urlsafe(_SECRET_BYTES)},
        "statistics_keys": {"s1": secrets.token_urlsafe(_SECRET_BYTES)},
    }


def _texts(keys: KeyRing) -> dict[str, str]:
    return {name: secret.decode() for name, secret in keys.exchange_keys.items()}


def _load(path: Path) -> KeyRing:
    try:
        return KeyRing.load(path)
    except ValueError as problem:
        raise UserError(f"{path} cannot be used: {problem}.") from None


def _write(path: Path, text: str) -> None:
    """All of the file or none of it: it gets its name when it is whole, and only a new name."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(part, path)
        finally:
            part.unlink()
    except FileExistsError:
        raise UserError(
            f"{path} is there already and is not overwritten: without its keys nobody can be found"
            " again; name another file."
        ) from None
    except OSError as problem:
        raise UserError(
            f"{path} cannot be written ({problem.strerror}); name a file in a folder of your own."
        ) from None
