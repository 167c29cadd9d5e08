"""What the demo tells at its end, made of nothing but what stands on the topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from gateway.followup.printed_values import PrintedCell
from schemas.codec import Record
from schemas.reasons import CATALOGUE

_BENEFITS: Final = {
    "sjukpenning": "Sjukpenning",
    "aktivitetsersattning": "Aktivitetsersättning",
    "total": "Totalt",
}
_SEXES: Final = {"women": "Kvinnor", "men": "Män", "total": "Totalt"}


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


def tell(
    story: Story, cells: Sequence[PrintedCell], folder: Path, console: Console, *, kept: bool
) -> int:
    """Print the story; 1 when a computed figure differs from the printed one."""
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
    equal = True
    if cells:
        console.print(_printed(cells))
        equal = all(cell.equal for cell in cells)
        console.print(
            "Every computed figure equals the printed one."
            if equal
            else "A computed figure differs from the printed one: see the mark."
        )
    _next_steps(folder, console, kept=kept)
    return 0 if equal else 1


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


def _printed(cells: Sequence[PrintedCell]) -> Table:
    table = Table(
        title="2024-T1 Gemensamma kartläggningar 2024: computed = printed", title_justify="left"
    )
    table.add_column("förmån")
    for label in _SEXES.values():
        table.add_column(label, justify="right")
    found = {(cell.benefit, cell.sex): cell for cell in cells}
    for benefit, label in _BENEFITS.items():
        shown = []
        for sex in _SEXES:
            cell = found[benefit, sex]
            mark = "[green]=[/]" if cell.equal else "[red]≠[/]"
            shown.append(f"{cell.computed:,} {mark} {cell.printed:,}")
        table.add_row(label, *shown)
    return table


def _next_steps(folder: Path, console: Console, *, kept: bool) -> None:
    console.rule("Vidare / Next")
    store = f"SAMVERKAN_STORE={folder / 'store'}"
    for line in (
        f"{store} .venv/bin/samverkan report --table 2024-T1 --period 2024",
        f"{store} .venv/bin/samverkan report --table 2024-T1 --period 2024 --as-of 2024-07-01",
        ".venv/bin/samverkan check tests/examples/refused/*.json",
        ".venv/bin/samverkan agreement show",
        "make test",
    ):
        console.print(f"  {line}", highlight=False, soft_wrap=True)
    console.print(f"Logs of the processes: {folder / 'logs'}", highlight=False)
    if kept:
        console.print(f"Kafka goes on; its data and logs: {folder / 'kafka'}", highlight=False)
