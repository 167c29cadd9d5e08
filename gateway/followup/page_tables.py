"""The tables of the page: Great Tables makes them, with scopes and headers for screen readers.

What it does not give is put in afterwards: a `<caption>` for the heading, the link from a measure
to its definition, and a second line in a cell. Its style sheet, which goes into every table, is
left out; the page has one for all of them.
"""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from gateway.followup.extract import Extract
from gateway.followup.grid import Grid, Line
from gateway.followup.labels import SEX_SV, behind, figure, is_small
from gateway.followup.report import Row

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the library warns of what it imports itself
    from great_tables import GT

LEFT_OUT: Final = "··"
#: Private characters: the library escapes what it is given, and these mark where a part begins.
_PART, _END = "\ue000", "\ue001"
_STYLE: Final = re.compile(r"<style>.*?</style>", re.DOTALL)
_TABLE: Final = re.compile(r"<table.*</table>", re.DOTALL)
_HEADING: Final = re.compile(r'\s*<tr class="gt_heading">.*?</tr>', re.DOTALL)
_NEEDLESS: Final = re.compile(
    r' (?:(?:data-quarto-[a-z-]+|aria-labelledby|aria-describedby)="[^"]*"|(?:row|col)span="1")'
)


def definition_anchor(table: str, definition: str) -> str:
    """The place of a definition on the page; each table has its own."""
    return re.sub(r"[^A-Za-z0-9]+", "-", f"def-{table}-{definition}")


def origin_box(sentence: str | None) -> str:
    """What a store declares of its facts, above everything else on the page; empty if nothing."""
    return "" if sentence is None else f'<p class="origin">{html.escape(sentence)}</p>'


def table_of(grid: Grid, caption: str, extract: Extract, name: str = "") -> str:
    """The table of a grid as an HTML element; its measures are links to their definitions."""
    columns: dict[str, list[str]] = {
        "measure": [line.title for line in grid.lines],
        "line": [line.short for line in grid.lines],
    }
    for sex in grid.sexes:
        columns[SEX_SV[sex]] = [_cell(line.cells.get(sex), extract) for line in grid.lines]
    made = _great_table(f"t-{grid.table}-{grid.period}-{name}", columns, "Förmån")
    for line in {line.definition: line for line in grid.lines}.values():
        made = _linked(made, line, grid.table)
    return _captioned(made, caption)


def plain_table(
    name: str, caption: str, head: Sequence[str], lines: Sequence[Sequence[str]]
) -> str:
    """A table without measures: its first column names the lines."""
    columns = {
        title: [line[place] for line in lines] for place, title in enumerate(head) if place > 0
    }
    made = _great_table(name, {"line": [line[0] for line in lines], **columns}, head[0])
    return _captioned(made, caption)


def _great_table(name: str, columns: dict[str, list[str]], stub_head: str) -> str:
    names = [title for title in columns if title not in {"measure", "line"}]
    figures = [title for title in names if any(map(_is_figure, columns[title]))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library calls its reading of Arrow experimental
        made = GT(
            pa.table(columns),
            id=re.sub(r"[^A-Za-z0-9]+", "-", name),
            rowname_col="line",
            groupname_col="measure" if "measure" in columns else None,
        )
        shown: str = made.tab_stubhead(stub_head).cols_align("right", figures).as_raw_html()
    table = _TABLE.findall(_STYLE.sub("", shown))[0]
    return _NEEDLESS.sub("", _HEADING.sub("", table))


def _is_figure(text: str) -> bool:
    return text[:1].isdigit()


def _linked(made: str, line: Line, table: str) -> str:
    title = html.escape(line.title)
    link = (
        f'<a href="#{definition_anchor(table, line.definition)}">{title}'
        '<span class="hint"> – så räknas det</span></a>'
    )
    return made.replace(f">{title}</th>", f">{link}</th>", 1)


def _captioned(made: str, caption: str) -> str:
    opened = made.index(">") + 1
    named = f"<caption>{html.escape(caption)}</caption>"
    return (made[:opened] + named + made[opened:]).replace(_PART, _OPEN).replace(_END, "</span>")


_OPEN: Final = '<span class="behind">'


def _cell(row: Row | None, extract: Extract) -> str:
    if row is None:
        return ""
    if row["value"] is None and extract.protected is not None:
        return LEFT_OUT
    mark = "*" if is_small(row, extract.limit) else ""
    rest = behind(row)
    return figure(row) + mark + (f"{_PART}{rest}{_END}" if rest else "")
