"""A restatement for people and programs: text, JSON, CSV, a page; facts by id, persons never."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Mapping
from importlib.resources import files
from string import Template

import orjson
from rich.console import Console
from rich.table import Table as TextTable

from gateway.followup.labels import NOTHING, SEX_SV, behind, figure, label_of, title_of
from gateway.followup.page_tables import origin_box, plain_table
from gateway.followup.render import csv_text, group_cells, group_members
from gateway.followup.report import Row
from gateway.followup.restatement import WHY_SV, CellChange, FactChange, Restatement

TEXT_WIDTH = 80
HEAD = ("Rad", "Kön", "Före", "Efter", "Orsakat av")


def _document(found: Restatement) -> dict[str, object]:
    return {
        "id": found.id,
        "period": found.after.period,
        "from": {"as_of": found.before.as_of, "extract": found.before.id},
        "to": {"as_of": found.after.as_of, "extract": found.after.id},
        "changes": [
            {
                **{key: change.row[key] for key in _KEYS},  # type: ignore[literal-required]  # keys of a row
                "before": _cell(change.before),
                "after": _cell(change.after),
                "facts": change.facts,
            }
            for change in found.changes
        ],
        "facts": [one._asdict() for one in found.facts.values()],
        "unmoved": [
            {"fact": fact, "why": why, "count": count}
            for (fact, why), count in found.unmoved.items()
        ],
    }


_KEYS = ("table", "measure", "benefit", "sex", "period", "group", "unit", "definition")


def _cell(row: Row | None) -> dict[str, int | float | None] | None:
    if row is None:
        return None
    return {key: row[key] for key in ("value", "numerator", "denominator")}


def restated_json(found: Restatement) -> str:
    """One object: the two extracts, the cells that differ, their facts, and what moved nothing."""
    return orjson.dumps(_document(found), option=orjson.OPT_INDENT_2).decode() + "\n"


def restated_csv(found: Restatement) -> str:
    """A line for each cell and fact behind it."""
    members = group_members(change.row for change in found.changes)
    columns = [key for key in _KEYS if key != "group"]
    grouped = [f"group_{member}" for member in members]
    lines = []
    for change in found.changes:
        row = change.row
        keys = [*(row[key] for key in columns), *group_cells(row, members)]  # type: ignore[literal-required]  # keys of a row
        sides = [None if side is None else side["value"] for side in (change.before, change.after)]
        lines += [[*keys, *sides, *found.facts[one], found.id] for one in change.facts]
    head = [*columns, *grouped, "before", "after", *FactChange._fields, "restatement"]
    return csv_text(head, lines)


def restated_text(found: Restatement) -> str:
    """For the terminal: the cells that differ with their causes in short, then every fact."""
    out = io.StringIO()
    console = Console(file=out, width=TEXT_WIDTH, color_system=None, legacy_windows=False)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    if found.after.origin_sv:
        say(found.after.origin_sv)
    say(_title(found))
    if not found.changes:
        say("Ingen siffra skiljer sig.")
    for table in dict.fromkeys(change.row["table"] for change in found.changes):
        shown = TextTable(title=title_of(table), title_justify="left")
        for name in HEAD:
            shown.add_column(
                name, justify="left" if name in {"Rad", "Kön", "Orsakat av"} else "right"
            )
        for change in found.changes:
            if change.row["table"] == table:
                shown.add_row(*_line(change, found))
        console.print(shown)
    for one in found.facts.values():
        say(f"{one.fact_id}  {one.fact}, {WHY_SV[one.why]}, {_dates(one)}")
    for line in _unmoved(found):
        say(line)
    say(f"Uttag före: {found.before.id}")
    say(f"Uttag efter: {found.after.id}")
    return out.getvalue()


def _title(found: Restatement) -> str:
    return (
        f"Vad som ändrats i tabellerna för {found.after.period} mellan uttagen"
        f" {found.before.as_of} och {found.after.as_of}: {len(found.changes)} siffror,"
        f" {len(found.facts)} fakta."
    )


def _line(change: CellChange, found: Restatement) -> tuple[str, ...]:
    row = change.row
    return (
        label_of(row),
        SEX_SV[row["sex"]],
        _shown(change.before),
        _shown(change.after),
        causes(change, found),
    )


def _shown(row: Row | None) -> str:
    if row is None:
        return NOTHING
    rest = behind(row)
    return figure(row) + (f" ({rest})" if rest else "")


def causes(change: CellChange, found: Restatement) -> str:
    """How many facts of each kind are behind a change: `3 sent registrerade, 1 makulerat`."""
    kinds: dict[str, int] = {}
    for one in change.facts:
        why = WHY_SV[found.facts[one].why].partition(":")[0]
        kinds[why] = kinds.get(why, 0) + 1
    return ", ".join(f"{count} {why}" for why, count in sorted(kinds.items()))


def _dates(one: FactChange) -> str:
    happened = f"hände {one.event_day}" if one.event_day else "utan dag"
    return f"{happened}, registrerat {one.registered_at}"


def _unmoved(found: Restatement) -> list[str]:
    return [
        f"Ändrade ingen siffra: {count} {fact}, {WHY_SV[why]}"
        for (fact, why), count in found.unmoved.items()
    ]


def restated_html(found: Restatement) -> str:
    """The restatement as a page of the same make as the report's."""
    resources = files("gateway.followup")
    parts = []
    for table in dict.fromkeys(change.row["table"] for change in found.changes):
        lines = [_line(one, found) for one in found.changes if one.row["table"] == table]
        anchor = f"r-{table}"
        parts.append(
            f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">'
            f"{html.escape(title_of(table))}</h2>"
            + _scrolled(plain_table(f"rt-{table}", f"{title_of(table)}: ändringar", HEAD, lines))
            + "</section>"
        )
    head = ("Faktum", "Typ", "Varför", "Hände", "Registrerat")
    lines = [
        (one.fact_id, one.fact, WHY_SV[one.why], one.event_day or NOTHING, one.registered_at)
        for one in found.facts.values()
    ]
    if lines:
        parts.append(
            '<section aria-labelledby="fakta"><h2 id="fakta">Fakta bakom ändringarna</h2>'
            + _scrolled(plain_table("facts", "Fakta bakom ändringarna", head, lines))
            + "</section>"
        )
    told = "".join(f"<li>{html.escape(line)}</li>" for line in _unmoved(found))
    template = Template((resources / "page.html").read_text(encoding="utf-8"))
    tables = list(dict.fromkeys(change.row["table"] for change in found.changes))
    return template.substitute(
        style=(resources / "page.css").read_text(encoding="utf-8"),
        title=f"Omräkning av {html.escape(found.after.period)}",
        lead=html.escape(_title(found)),
        facts=(
            f"<div><dt>Från uttaget</dt><dd>{found.before.as_of}</dd></div>"
            f"<div><dt>Till uttaget</dt><dd>{found.after.as_of}</dd></div>"
        ),
        origin=origin_box(found.after.origin_sv),
        controls="",
        contents="".join(
            f'<li><a href="#r-{table}">{html.escape(title_of(table))}</a></li>' for table in tables
        ),
        brief="",
        tables="\n".join(parts),
        method=f"<details><summary>Fakta som inte ändrade någon siffra</summary><ul>{told}</ul>"
        "</details>",
        skipped="",
        id=found.id,
    )


def _scrolled(table: str) -> str:
    return f'<div class="scroll" role="region" tabindex="0" aria-label="tabell">{table}</div>'


RESTATED: Mapping[str, Callable[[Restatement], str]] = {
    "text": restated_text,
    "json": restated_json,
    "html": restated_html,
    "csv": restated_csv,
}
