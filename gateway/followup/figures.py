"""Figures of an extract as SVG: Altair says what is drawn, vl-convert draws it without a browser.

Rules:
1. A figure shows what its table shows and nothing else, so disclosure control holds for it too.
2. Its alternative text says every value that it draws; colour is never the only sign.
3. The same rows give the same bytes; no script, no font and no image comes from anywhere.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import altair as alt
import vl_convert

from gateway.followup.grid import Grid, Line
from gateway.followup.labels import SEX_SV, figure
from gateway.followup.report import Row

#: Both have at least 4.5 : 1 against white and differ in lightness, for those who see no colours.
COLOURS: Final = {"women": "#0b4f6c", "men": "#b4530b", "total": "#4a4a4a", "unknown": "#6b6b6b"}
INK: Final = "#1d2733"
FONT: Final = "Arial, Helvetica, sans-serif"
WIDTH: Final = 660
BAR: Final = 19
LINES_MAX: Final = 8
_NAMESPACES: Final = re.compile(r' xmlns(?::xlink)?="[^"]*"')
_INNER_ROLES: Final = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_IDS: Final = re.compile(r"\b(?:clip|gradient)[0-9_]+\b")


class Figure(NamedTuple):
    """A drawing: what it shows, all of it in words, and the SVG element."""

    title: str
    alt: str
    svg: str


def figures_of(grid: Grid) -> list[Figure]:
    """A bar chart for each measure of a table that has few enough lines to be read."""
    drawn = []
    measures = dict.fromkeys(line.measure for line in grid.lines)
    for measure in measures:
        if measure.replace("_count", "_share") in measures and measure.endswith("_count"):
            continue  # the share says it, and the table has both
        lines = [line for line in grid.lines if line.measure == measure and not line.is_control]
        if lines and len(lines) <= LINES_MAX and (made := _bars(grid, lines)) is not None:
            drawn.append(made)
    return drawn


def _bars(grid: Grid, lines: Sequence[Line]) -> Figure | None:
    sexes = tuple(sex for sex in ("women", "men") if sex in grid.sexes) or ("total",)
    points = [
        (line.short, sex, line.cells[sex])
        for line in lines
        for sex in sexes
        if sex in line.cells and line.cells[sex]["value"] is not None
    ]
    if len(points) < 2:
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
        {"rad": label, "sex": SEX_SV[sex], "value": row["value"], "figure": figure(row)}
        for label, sex, row in points
    ]
    names = [SEX_SV[sex] for sex in sexes]
    greatest = max(100.0 if is_share else 0.0, *(float(row["value"] or 0) for _, _, row in points))
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("rad:N", title=None, sort=None, axis=alt.Axis(labelLimit=300, labelPadding=8)),
        yOffset=alt.YOffset("sex:N", sort=names, scale=alt.Scale(paddingInner=0.12)),
        x=alt.X(
            "value:Q",
            title=None,
            scale=alt.Scale(domain=[0, greatest * 1.12], nice=False),
            axis=alt.Axis(grid=True, tickCount=5, labels=False, ticks=False, domain=False),
        ),
    )
    colour = alt.Color(
        "sex:N",
        sort=names,
        scale=alt.Scale(domain=names, range=[COLOURS[sex] for sex in sexes]),
        legend=alt.Legend(orient="top", title=None, symbolType="square", offset=6),
    )
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=colour)
    numbers = base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(text="figure:N")
    rows = len({label for label, _, _ in points})
    return (
        alt.layer(bars, numbers)
        .properties(width=WIDTH - 250, height=rows * (BAR * len(sexes) + 14))
        .configure(font=FONT, background="#ffffff")
        .configure_axis(
            labelFontSize=13, labelColor=INK, gridColor="#e3e7eb", domainColor="#8a949e",
            tickColor="#8a949e",
        )
        .configure_legend(labelFontSize=13, labelColor=INK)
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
