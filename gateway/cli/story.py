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

from gateway.cli.lines import say
from gateway.followup.extract import Extract
from gateway.followup.labels import label_of, title_of
from gateway.followup.printed_values import PrintedCell
from gateway.followup.report import Row
from gateway.languages import BOTH, Speech
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


def tell(
    story: Story,
    outcome: Outcome,
    folder: Path,
    console: Console,
    *,
    kept: bool,
    speech: Speech = BOTH,
) -> int:
    """Print the story; 1 when a figure differs from the printed one or a control fails."""
    console.rule(speech.short("Vad som hände", "What happened"))
    for table in (_messages(story, speech), _receipts(story, speech), _notices(story, speech)):
        console.print(table)
    console.print(_refusals(story, speech))
    rate, seconds = f"{story.messages / story.seconds:,.0f}", f"{story.seconds:.1f} s"
    for line in speech.lines(
        f"{rate} meddelanden i sekunden genom {story.gateways} gatewayprocesser ({seconds}).",
        f"{rate} messages a second through {story.gateways} gateway processes ({seconds}).",
    ):
        say(console, 0, line)
    _report(outcome, speech, console)
    _next_steps(folder, speech, console, kept=kept)
    return 0 if outcome.sound else 1


def _report(outcome: Outcome, speech: Speech, console: Console) -> None:
    """The tables beside the printed ones, totals for each, controls, and where the page is."""
    console.rule(speech.short("Rapporten för 2024", "The report on 2024"))
    by_table: dict[str, list[PrintedCell]] = {}
    for cell in outcome.cells:
        by_table.setdefault(cell.table, []).append(cell)
    labels = _labels(outcome.extract.rows)
    for table, cells in by_table.items():
        console.print(_printed(table, cells, labels, speech))
        mark = "[green]=[/]" if all(cell.equal for cell in cells) else _worst(cells)
        console.print(f"{table}: {_as_printed(cells, speech)} {mark}\n", highlight=False)
    if outcome.cells:
        accepted = all(cell.accepted for cell in outcome.cells)
        console.print(
            speech.one(
                f"Fakta ger {_as_printed(outcome.cells, speech)}, i {len(by_table)} tabeller.",
                f"The facts give {_as_printed(outcome.cells, speech)}, in {len(by_table)} tables.",
            ),
            style="green" if accepted else "red",
        )
    rules = [one for one in outcome.extract.controls if one.kind == "rule"]
    failed = outcome.extract.failed
    held = f"{len(rules) - len(failed)}"
    say(
        console,
        0,
        speech.one(
            f"{held} av {len(rules)} kontroller stämmer.", f"{held} of {len(rules)} controls hold."
        ),
    )
    for control in failed:
        console.print(f"  {control.name}: {control.left} / {control.right}", style="red")
    extract = f"{speech.one('Uttag', 'Extract')} {outcome.extract.id}"
    page = speech.one("Sidan att läsa och skriva ut", "The page to read and print")
    for line in (extract, f"{page}: {outcome.page}"):
        console.print(line, highlight=False, soft_wrap=True)


def _as_printed(cells: Sequence[PrintedCell], speech: Speech) -> str:
    """How many cells are as printed, and how many are accepted for another reason."""
    near = [cell for cell in cells if cell.accepted and not cell.equal]
    rounded = sum(cell.rounded for cell in near)
    counts = {
        speech.one(
            "där det tryckta talet är avrundat", "where the printed figure is rounded"
        ): rounded,
        speech.one(
            "där tryckta tal motsäger varandra", "where printed figures contradict each other"
        ): len(near) - rounded,
    }
    equal = sum(cell.equal for cell in cells)
    told = [
        speech.one(
            f"{equal} av {len(cells)} celler som tryckta",
            f"{equal} of {len(cells)} cells as printed",
        )
    ]
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


def counted(title: str, names: str, counts: Iterable[tuple[str, int]], speech: Speech) -> Table:
    """A table of names and how many there are of each."""
    table = Table(title=title, title_justify="left")
    table.add_column(names, overflow="fold")
    table.add_column(speech.short("antal", "count"), justify="right")
    for name, count in counts:
        table.add_row(name, f"{count:,}")
    return table


def _messages(story: Story, speech: Speech) -> Table:
    counts = (
        (speech.short("skickade", "sent"), story.messages),
        (speech.short("levererade", "delivered"), sum(story.deliveries.values())),
        (speech.short("upprepade, besvarade igen", "repeated, answered again"), story.duplicates),
        (speech.short("väntade", "held"), story.held),
        (speech.short("väntade och godtogs", "held, then accepted"), story.released),
    )
    title = speech.short("Meddelanden", "Messages")
    return counted(title, "", counts, speech)


def _receipts(story: Story, speech: Speech) -> Table:
    title = speech.short("Kvittenser efter status", "Receipts by status")
    return counted(title, "status", story.statuses.most_common(), speech)


def _notices(story: Story, speech: Speech) -> Table:
    title = speech.short("Notiser till myndigheterna", "Notices to the agencies")
    kind = speech.short("slag", "kind")
    return counted(title, kind, sorted(story.notices.items()), speech)


def _refusals(story: Story, speech: Speech) -> Table:
    title = speech.short("Avvisade och varför", "Refused and why")
    table = Table(title=title, title_justify="left")
    table.add_column(speech.short("kod", "code"), no_wrap=True)
    table.add_column(speech.short("antal", "count"), justify="right")
    table.add_column(speech.short("vad som är fel", "what is wrong"), overflow="fold")
    for code, count in sorted(story.refusals.items(), key=lambda item: (-item[1], item[0])):
        row = CATALOGUE[code]
        table.add_row(code, f"{count:,}", "\n".join(speech.lines(row.text_sv, row.text_en)))
    return table


def _printed(
    table: str, cells: Sequence[PrintedCell], labels: Mapping[_Place, str], speech: Speech
) -> Table:
    """Computed, mark, printed: a line for each measure, benefit and outcome."""
    sides = speech.one("uträknat, tryckt", "computed, printed")
    shown = Table(title=f"{table} {title_of(table)}: {sides}", title_justify="left")
    shown.add_column("")
    for label in _SEXES.values():
        shown.add_column(label, justify="right")
    lines: dict[_Place, dict[str, PrintedCell]] = {}
    for cell in cells:
        place: _Place = (cell.table, cell.measure, cell.benefit, frozenset(cell.group))
        lines.setdefault(place, {})[cell.sex] = cell
    for place, by_sex in lines.items():
        name = labels.get(place, f"{place[1]} {place[2]}")
        shown.add_row(name, *(_compared(by_sex.get(sex), speech) for sex in _SEXES))
    return shown


def _compared(cell: PrintedCell | None, speech: Speech) -> str:
    if cell is None:
        return ""
    mark = "[green]=[/]" if cell.equal else _worst([cell])
    note = f" ({speech.one('avrundat', 'rounded')})" if cell.rounded else ""
    computed = "–" if cell.computed is None else f"{cell.computed:,}"
    return f"{computed} {mark} {cell.printed:,}{note}"


def _next_steps(folder: Path, speech: Speech, console: Console, *, kept: bool) -> None:
    console.rule(speech.short("Vidare", "Next"))
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
    logs = speech.one("Processernas loggar", "Logs of the processes")
    console.print(f"{logs}: {folder / 'logs'}", highlight=False)
    if kept:
        kafka = speech.one("Kafka fortsätter; data och loggar", "Kafka goes on; its data and logs")
        console.print(f"{kafka}: {folder / 'kafka'}", highlight=False)
