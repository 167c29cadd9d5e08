"""What the demo tells at its end, made of nothing but what stands on the topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from rich.console import Console
from rich.table import Table

from gateway.followup.extract import Extract
from gateway.followup.labels import label_of, title_of
from gateway.followup.printed_values import PrintedCell
from gateway.followup.report import Row
from schemas.codec import Record
from schemas.reasons import CATALOGUE

_SEXES: Final = {"women": "Kvinnor", "men": "Män", "total": "Totalt"}


class Outcome(NamedTuple):
    """What came of the facts: the extract, its cells beside the printed ones, and the page."""

    extract: Extract
    cells: Sequence[PrintedCell]
    page: Path

    @property
    def sound(self) -> bool:
        """Whether every cell is accepted and every control holds."""
        return all(cell.accepted for cell in self.cells) and not self.extract.failed


@dataclass
class Story:
    """Counts of what the gateway wrote."""

    messages: int
    seconds: float
    gateways: int
    statuses: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    released: int = 0
    held: int = 0

    @classmethod
    def of(cls, records: Iterable[Record], messages: int, seconds: float, gateways: int) -> Story:
        """Count receipts, deliveries and notices."""
        story = cls(messages, seconds, gateways)
        waiting: set[tuple[str, int, int]] = set()
        for record in sorted(records, key=lambda r: (r.topic, r.partition, r.offset)):
            if record.topic.endswith(".notice"):
                event = orjson.loads(record.value or b"{}")
                story.notices[event["type"].split(".")[3]] += 1
            elif ".in." in record.topic:
                story.deliveries[record.topic] += 1
            elif ("gw-duplicate", b"true") in record.headers:
                story.duplicates += 1
            else:
                story._receipt(orjson.loads(record.value or b"{}")["data"], waiting)
        return story

    def _receipt(self, data: dict[str, Any], waiting: set[tuple[str, int, int]]) -> None:
        status = data["status"]
        self.statuses[status] += 1
        place = (data["topic"], data["partition"], data["offset"])
        if status == "HELD":
            self.held += 1
            waiting.add(place)
        elif place in waiting:
            waiting.discard(place)
            self.released += status.startswith("ACCEPTED")
        if status == "REJECTED":
            self.refusals.update({reason["code"] for reason in data["reasons"]})


def tell(story: Story, outcome: Outcome, folder: Path, console: Console, *, kept: bool) -> int:
    """Print the story; 1 when a figure differs from the printed one or a control fails."""
    console.rule("Vad som hände / What happened")
    console.print(_receipts(story))
    console.print(
        f"Messages in {story.messages}, delivered {sum(story.deliveries.values())}, duplicates"
        f" answered again {story.duplicates}, held {story.held} of which released and accepted"
        f" {story.released}, notices {dict(sorted(story.notices.items()))}.",
        highlight=False,
    )
    console.print(_refusals(story))
    console.print(
        f"{story.messages / story.seconds:,.0f} messages a second through {story.gateways} gateway"
        f" processes ({story.seconds:.1f} s).",
        highlight=False,
    )
    _report(outcome, console)
    _next_steps(folder, console, kept=kept)
    return 0 if outcome.sound else 1


def _report(outcome: Outcome, console: Console) -> None:
    """The tables beside the printed ones, totals for each, controls, and where the page is."""
    console.rule("Rapporten för 2024 / The report on 2024")
    by_table: dict[str, list[PrintedCell]] = {}
    for cell in outcome.cells:
        by_table.setdefault(cell.table, []).append(cell)
    labels = _labels(outcome.extract.rows)
    for table, cells in by_table.items():
        console.print(_printed(table, cells, labels))
        mark = "[green]=[/]" if all(cell.equal for cell in cells) else _worst(cells)
        console.print(f"{table}: {_as_printed(cells)} {mark}\n", highlight=False)
    if outcome.cells:
        accepted = all(cell.accepted for cell in outcome.cells)
        console.print(
            f"The facts give {_as_printed(outcome.cells)}, in {len(by_table)} tables.",
            style="green" if accepted else "red",
        )
    rules = [one for one in outcome.extract.controls if one.kind == "rule"]
    failed = outcome.extract.failed
    console.print(f"{len(rules) - len(failed)} of {len(rules)} controls hold.", highlight=False)
    for control in failed:
        console.print(f"  {control.name}: {control.left} / {control.right}", style="red")
    console.print(f"Extract {outcome.extract.id}", highlight=False, soft_wrap=True)
    console.print(f"The page to read and print: {outcome.page}", highlight=False, soft_wrap=True)


def _as_printed(cells: Sequence[PrintedCell]) -> str:
    """How many cells are as printed, and how many are accepted for another reason."""
    near = [cell for cell in cells if cell.accepted and not cell.equal]
    rounded = sum(cell.rounded for cell in near)
    counts = {
        "where the printed figure is rounded": rounded,
        "where printed figures contradict each other": len(near) - rounded,
    }
    told = [f"{sum(cell.equal for cell in cells)} of {len(cells)} cells as printed"]
    return ", ".join(told + [f"{count} {why}" for why, count in counts.items() if count])


def _worst(cells: Sequence[PrintedCell]) -> str:
    return "[green]≈[/]" if all(cell.accepted for cell in cells) else "[red]≠[/]"


_Place = tuple[str, str, str | None, frozenset[tuple[str, str]]]


def _labels(rows: Sequence[Row]) -> dict[_Place, str]:
    """What each line is called as printed."""
    return {
        (row["table"], row["measure"], row["benefit"], frozenset(row["group"].items())): label_of(
            row
        )
        for row in rows
    }


def _receipts(story: Story) -> Table:
    table = Table(title="Kvittenser / Receipts by status", title_justify="left")
    table.add_column("status")
    table.add_column("count", justify="right")
    for status, count in story.statuses.most_common():
        table.add_row(status, f"{count:,}")
    return table


def _refusals(story: Story) -> Table:
    table = Table(title="Avvisade och varför / Refused and why", title_justify="left")
    table.add_column("code", no_wrap=True)
    table.add_column("count", justify="right")
    table.add_column("på svenska", overflow="fold")
    for code, count in sorted(story.refusals.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(code, f"{count:,}", CATALOGUE[code].text_sv)
    return table


def _printed(table: str, cells: Sequence[PrintedCell], labels: Mapping[_Place, str]) -> Table:
    """Computed, mark, printed: a line for each measure, benefit and outcome."""
    shown = Table(title=f"{table} {title_of(table)}: computed, printed", title_justify="left")
    shown.add_column("")
    for label in _SEXES.values():
        shown.add_column(label, justify="right")
    lines: dict[_Place, dict[str, PrintedCell]] = {}
    for cell in cells:
        place: _Place = (cell.table, cell.measure, cell.benefit, frozenset(cell.group))
        lines.setdefault(place, {})[cell.sex] = cell
    for place, by_sex in lines.items():
        name = labels.get(place, f"{place[1]} {place[2]}")
        shown.add_row(name, *(_compared(by_sex.get(sex)) for sex in _SEXES))
    return shown


def _compared(cell: PrintedCell | None) -> str:
    if cell is None:
        return ""
    mark = "[green]=[/]" if cell.equal else _worst([cell])
    note = " (rounded)" if cell.rounded else ""
    computed = "–" if cell.computed is None else f"{cell.computed:,}"
    return f"{computed} {mark} {cell.printed:,}{note}"


def _next_steps(folder: Path, console: Console, *, kept: bool) -> None:
    console.rule("Vidare / Next")
    store = f"SAMVERKAN_STORE={folder / 'store'}"
    for line in (
        f"{store} .venv/bin/samverkan report --table 2024-T1 --period 2024 --as-of 2024-07-01",
        f"{store} .venv/bin/samverkan report --all --restatement 2025-01-05 2025-04-01",
        f"{store} .venv/bin/samverkan report --all --audience public --format html > public.html",
        ".venv/bin/samverkan check tests/examples/refused/*.json",
        ".venv/bin/samverkan agreement show",
        "make test",
    ):
        console.print(f"  {line}", highlight=False, soft_wrap=True)
    console.print(f"Logs of the processes: {folder / 'logs'}", highlight=False)
    if kept:
        console.print(f"Kafka goes on; its data and logs: {folder / 'kafka'}", highlight=False)
