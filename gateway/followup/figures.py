"""Figures of an extract as SVG: Altair says what is drawn, vl-convert draws it without a browser.

Rules:
1. A figure shows what its table shows and nothing else, so disclosure control holds for it too.
2. Its alternative text says every value that it draws; colour is never the only sign.
3. The same rows give the same bytes; no script, no font and no image comes from anywhere.
4. No text is cut whatever font the reader has: room is made for wide ones (`text_width.py`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import altair as alt
import vl_convert

from gateway.followup.grid import Grid, Line
from gateway.followup.labels import SEX_SV, definition_of, figure, short_label_of
from gateway.followup.report import Row
from gateway.followup.text_width import widest, width, wrapped

#: Both have at least 4.5 : 1 against white and differ in lightness, for those who see no colours.
COLOURS: Final = {"women": "#0b4f6c", "men": "#b4530b", "total": "#4a4a4a", "unknown": "#6b6b6b"}
INK: Final = "#1d2733"
FONT: Final = "Arial, Helvetica, sans-serif"
WIDTH: Final = 660
BAR: Final = 19
LABEL: Final = 13
NUMBER: Final = 12
LABEL_ROOM: Final = 270
LABEL_GAP: Final = 10
NUMBER_GAP: Final = 6
SYMBOL: Final = 30
#: Around all of a figure: what a slanted label or a number of an axis needs more in a wide font.
PADDING: Final = {"left": 16, "right": 8, "top": 6, "bottom": 14}
#: A label of several lines is one text with line feeds, and Vega draws a list as lines.
LINES: Final = "split(datum.label, '\\n')"
LINES_MAX: Final = 10
#: What was lost, what was kept, and what is not known yet, in that order.
STATES: Final = ("#b4530b", "#0b4f6c", "#6b6b6b", "#8a6d1d")
_NAMESPACES: Final = re.compile(r' xmlns(?::xlink)?="[^"]*"')
_INNER_ROLES: Final = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_IDS: Final = re.compile(r"\b(?:clip|gradient)[0-9_]+\b")


class Figure(NamedTuple):
    """A drawing: what it shows, all of it in words, and the SVG element."""

    title: str
    alt: str
    svg: str


def figures_of(grid: Grid) -> list[Figure]:
    """A bar chart for each measure that has few enough lines to be read, and one of the months.

    Where a measure has too many lines, those of all benefits together are drawn.
    """
    drawn = []
    measures = dict.fromkeys(line.measure for line in grid.lines)
    for measure in measures:
        if measure.replace("_count", "_share") in measures and measure.endswith("_count"):
            continue  # the share says it, and the table has both
        own = [line for line in grid.lines if line.measure == measure and not line.is_control]
        lines = [line for line in own if line.detail is None]
        if len(lines) > LINES_MAX:
            lines = [line for line in lines if line.benefit in {None, "total"}]
        if lines and len(lines) <= LINES_MAX and (made := _bars(grid, lines)) is not None:
            drawn.append(made)
    monthly = _months(grid)
    return drawn if monthly is None else [*drawn, monthly]


def _months(grid: Grid) -> Figure | None:
    """The counts of each month by their state, one upon the other."""
    found = [
        line.cells["total"]
        for line in grid.lines
        if line.cells.keys() >= {"total"} and set(line.any_row["group"]) == {"month", "state"}
    ]
    rows = [row for row in found if row["unit"] == "count" and row["value"] is not None]
    if len({row["group"]["month"] for row in rows}) < 2:
        return None
    states = {row["group"]["state"]: short_label_of(row).partition(", ")[2] for row in rows}
    title = f"{definition_of(rows[0]).title_sv}, per månad"
    told = "; ".join(
        f"{row['group']['month']} {states[row['group']['state']].lower()} {figure(row)}"
        for row in rows
    )
    told = f"{title}. Stapeldiagram. {told}."
    values = [
        {"month": row["group"]["month"], "state": states[row["group"]["state"]],
         "value": row["value"]}
        for row in rows
    ]  # fmt: skip
    chart = alt.Chart(alt.InlineData(values=values)).mark_bar().encode(
        x=alt.X("month:N", title=None, axis=alt.Axis(labelAngle=-45, labelLimit=0)),
        y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=5)),
        color=alt.Color(
            "state:N",
            scale=alt.Scale(domain=list(states.values()), range=list(STATES)[: len(states)]),
            legend=_legend(list(states.values()), WIDTH),
        ),
        order=alt.Order("state:N"),
    )  # fmt: skip
    drawn = _styled(chart.properties(width=WIDTH - 60, height=220))
    return Figure(title, told, _svg(drawn, told, f"f-{grid.table}-{grid.period}-months"))


def _bars(grid: Grid, lines: Sequence[Line]) -> Figure | None:
    there = {sex for line in lines for sex in line.cells}
    sexes = tuple(sex for sex in ("women", "men") if sex in there) or ("total",)
    points = [
        (line.short, sex, line.cells[sex])
        for line in lines
        for sex in sexes
        if sex in line.cells and line.cells[sex]["value"] is not None
    ]
    if len(points) < 2 or any((row["value"] or 0) < 0 for _, _, row in points):
        return None
    title = lines[0].title
    name = f"f-{grid.table}-{grid.period}-{lines[0].measure}".replace("/", "-")
    said: dict[str, list[str]] = {}
    for label, sex, row in points:
        said.setdefault(label, []).append(f"{SEX_SV[sex].lower()} {figure(row)}")
    values = "; ".join(f"{label}: {', '.join(parts)}" for label, parts in said.items())
    told = f"{title}. Stapeldiagram. {values}."
    return Figure(title, told, _svg(_chart(points, sexes), told, name))


def _chart(points: Sequence[tuple[str, str, Row]], sexes: Sequence[str]) -> Any:
    is_share = points[0][2]["unit"] == "percent"
    values = [
        {"rad": wrapped(label, LABEL, LABEL_ROOM), "sex": SEX_SV[sex], "value": row["value"],
         "figure": figure(row)}
        for label, sex, row in points
    ]  # fmt: skip
    labels = [str(value["rad"]) for value in values]
    room = widest(labels, LABEL) + LABEL_GAP
    plot = WIDTH - room
    numbers_room = NUMBER_GAP + widest((str(value["figure"]) for value in values), NUMBER)
    names = [SEX_SV[sex] for sex in sexes]
    # A scale needs a length: where all values are 0, its end is 1.
    end = 100.0 if is_share else 1.0
    greatest = max(end, *(float(row["value"] or 0) for _, _, row in points))
    axis = alt.Axis(labelLimit=0, labelPadding=8, labelExpr=LINES, minExtent=room, maxExtent=room)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("rad:N", title=None, sort=None, axis=axis),
        yOffset=alt.YOffset("sex:N", sort=names, scale=alt.Scale(paddingInner=0.12)),
        x=alt.X(
            "value:Q",
            title=None,
            scale=alt.Scale(domain=[0, greatest * plot / (plot - numbers_room)], nice=False),
            axis=alt.Axis(grid=True, tickCount=5, labels=False, ticks=False, domain=False),
        ),
    )
    colour = alt.Color(
        "sex:N",
        sort=names,
        scale=alt.Scale(domain=names, range=[COLOURS[sex] for sex in sexes]),
        legend=_legend(names, plot, symbolType="square", offset=6),
    )
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=colour)
    numbers = base.mark_text(align="left", dx=NUMBER_GAP, fontSize=NUMBER, color=INK).encode(
        text="figure:N"
    )
    rows = len({label for label, _, _ in points})
    lines = max(label.count("\n") + 1 for label in labels)
    height = rows * max(BAR * len(sexes) + 14, lines * (LABEL + 5) + 6)
    return _styled(alt.layer(bars, numbers).properties(width=plot, height=height))


def _legend(names: Sequence[str], room: float, **other: Any) -> alt.Legend:
    """A legend above the chart: in one row if its names fit into `room` px, else one below another.

    Its columns are laid out by the font of the machine that draws; the padding is for a wide one.
    """
    needed = [width(name, LABEL) + SYMBOL for name in names]
    in_a_row = len(names) if len(names) * max(needed, default=0) <= room else 1
    padding = SYMBOL / 2 + max(needed, default=0) / 3
    return alt.Legend(
        orient="top", title=None, labelLimit=0, columns=in_a_row, columnPadding=padding, **other
    )


def _styled(chart: Any) -> Any:
    return (
        chart.properties(padding=PADDING)
        .configure(font=FONT, background="#ffffff")
        .configure_axis(
            labelFontSize=LABEL, labelColor=INK, gridColor="#e3e7eb", domainColor="#8a949e",
            tickColor="#8a949e",
        )
        .configure_legend(labelFontSize=LABEL, labelColor=INK)
        .configure_view(stroke=None)
    )  # fmt: skip


def _svg(chart: Any, told: str, name: str) -> str:
    """The chart as one image for screen readers, without anything that names an address.

    The library counts its own ids on and on; here they are the figure's name and their order.
    """
    drawn = vl_convert.vegalite_to_svg(chart.to_dict())
    drawn = _INNER_ROLES.sub("", _NAMESPACES.sub("", drawn))
    found = dict.fromkeys(_IDS.findall(drawn))
    order = {one: f"{name}-{number}" for number, one in enumerate(found)}
    drawn = _IDS.sub(lambda match: order[match[0]], drawn)
    named = f'<svg role="img" aria-label="{html.escape(told)}" '
    return drawn.replace("<svg ", named, 1)
