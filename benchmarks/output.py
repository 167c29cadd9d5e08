"""How figures are shown and kept: the same for every measurement."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
from rich.console import Console
from rich.table import Table

R = TypeVar("R", bound=Mapping[str, Any])

#: Above this load per core other work takes processor time from what is measured.
_QUIET: Final = 0.3


def screen() -> Console:
    """Where figures are printed; in a pipe or a file as wide as the tables need."""
    return Console(width=None if sys.stdout.isatty() else 120)


def number(value: float | None) -> str:
    """A figure with three significant digits or whole thousands apart; a dash for none."""
    if value is None:
        return "–"
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def figures(title: str, rows: Iterable[tuple[str, str]]) -> Table:
    """A table of figures and their values, for people."""
    made = Table(title=title)
    made.add_column("figure")
    made.add_column("value", justify="right")
    for row in rows:
        made.add_row(*row)
    return made


def loaded(console: Console) -> float:
    """The load per core before a measurement; says so when it is no quiet machine."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    if load > _QUIET:
        console.print(
            f"The machine is busy with other work ({load:.1f} per core): absolute figures are too"
            " low, and ratios noisy.",
            style="yellow",
        )
    return round(load, 2)


def write_json(path: Path, result: Mapping[str, Any]) -> None:
    """Keep figures for machines, rounded to what they are worth."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(_rounded(result), option=orjson.OPT_INDENT_2) + b"\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}") if abs(value) < 1000 else round(value)
    if isinstance(value, Mapping):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def demand(what: str, wanted: float, reached: float, *, at_most: bool = False) -> dict[str, Any]:
    """A demand and whether it holds; by default the figure has to be at least what is wanted."""
    holds = reached <= wanted if at_most else reached >= wanted
    limit = "at most" if at_most else "at least"
    return {
        "demand": what, "limit": limit, "wanted": wanted, "reached": reached, "holds": holds,
    }  # fmt: skip


def print_demands(found: Sequence[Mapping[str, Any]], console: Console) -> None:
    """What is demanded, and whether it holds."""
    for one in found:
        holds = "holds" if one["holds"] else "DOES NOT HOLD"
        console.print(
            f"{number(one['reached'])} {one['demand']}, wanted {one['limit']} {one['wanted']:g}:"
            f" {holds}",
            style="green" if one["holds"] else "red",
        )


def tell(
    measure: Callable[[], R],
    table: Callable[[R], Table],
    out: Path | None,
    demands: Callable[[R], Sequence[Mapping[str, Any]]] | None = None,
) -> int:
    """Measure, print, and write JSON where wanted: what a measurement's command does."""
    console = screen()
    loaded(console)
    result = measure()
    console.print(table(result))
    if demands is not None:
        print_demands(demands(result), console)
    if out is not None:
        write_json(out, result)
    return 0


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the ordered values do not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
