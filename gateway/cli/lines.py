"""How commands print lines: folded at blanks to the width of the terminal, never at a column.

A text that is not sent to a terminal is folded to the width in COLUMNS, or to 80 columns.
"""

from __future__ import annotations

import textwrap
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from gateway.languages import Language

_STEP: Final = 2

Lang = Annotated[
    Language,
    typer.Option("--lang", help="sv: Swedish, for case officers; en: English, for engineers."),
]


def say(console: Console, depth: int, line: str) -> None:
    """Print a line, folded at blanks; what follows the fold is one step deeper."""
    indent = " " * (depth * _STEP)
    parts = textwrap.wrap(
        line,
        console.width,
        initial_indent=indent,
        subsequent_indent=indent + " " * _STEP,
        break_on_hyphens=False,
    )
    for part in parts or [""]:
        console.print(Text(part), soft_wrap=True, highlight=False)


def example(command: str) -> str:
    """Return the example that ends a command's help text."""
    return f"Example: samverkan {command}"
