"""The page: one self-contained HTML file that a civil servant can read, print and keep.

Rules:
1. It loads nothing: no script, no font, no image, no address. Its drawings are in the file.
2. Order: what failed, the order of reading, the year in brief, the tables of the year's report with
   their figures, then all other tables, then how it was made. Menu and print have the same order.
3. Every figure's definition is one click away, and printed with the page.
4. Swedish, with landmarks, headings in order, captions, scopes, alternative texts, and contrast of
   WCAG 2.2 AA; it reads on a narrow screen and on paper.
5. The same extract gives the same bytes.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from string import Template
from typing import Final, NamedTuple

from gateway.followup.audience import AUDIENCE_SV
from gateway.followup.controls import Control
from gateway.followup.controls_facts import FACTS, QualityTable
from gateway.followup.extract import Extract
from gateway.followup.facts import STOCKHOLM
from gateway.followup.figures import Figure, figures_of
from gateway.followup.grid import DETAILS, Grid, grids
from gateway.followup.labels import definition_of, figure, is_small, title_of, whole
from gateway.followup.page_tables import (
    LEFT_OUT,
    definition_anchor,
    origin_box,
    plain_table,
    table_of,
)
from gateway.followup.report import Row

#: Tables of what no report has.
NEW: Final = ("N8", "N24", "N25", "flow")
REMARKS_MAX: Final = 4
READ_FIRST: Final = "Läs först"
READ_NEXT: Final = "Läs sedan"
LOOK_UP: Final = "Slå upp vid behov"
MONTHS: Final = (
    "januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
    "oktober", "november", "december",
)  # fmt: skip
#: Figures that the year is told by, where the rows hold them: measure, group, what it is called.
BRIEF: Final[tuple[tuple[str, dict[str, str], str], ...]] = (
    ("gk_count", {}, "gemensamma kartläggningar"),
    ("insats_share_after_gk", {}, "gick vidare till en insats"),
    ("outcome_share", {"outcome_h": "regained"}, "utvecklade eller återfick arbetsförmåga"),
    ("om_meetings_count", {}, "omställningsmöten (sjukpenning)"),
)


def render_html(extract: Extract) -> str:
    """The extract as one page."""
    shown = grids(extract.rows)
    found = chapters(shown, extract.period)
    resources = files("gateway.followup")
    template = Template((resources / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        style=(resources / "page.css").read_text(encoding="utf-8"),
        title=_title(shown, extract),
        lead=_lead(extract),
        facts=_facts(extract),
        origin=origin_box(extract.origin_sv),
        controls=_controls(extract),
        contents=_contents(found),
        brief=_order(found) + _brief(extract.rows),
        tables="\n".join(_chapter(chapter, extract) for chapter in found),
        method=_method(extract),
        skipped=_skipped(extract),
        id=extract.id,
    )


def _title(shown: Sequence[Grid], extract: Extract) -> str:
    if len(shown) == 1:
        return html.escape(f"{title_of(shown[0].table)} {extract.period}")
    return html.escape(f"Det förstärkta samarbetet {extract.period}")


def _lead(extract: Extract) -> str:
    return (
        "Tabeller ur Arbetsförmedlingens och Försäkringskassans gemensamma uppföljning, "
        f"{AUDIENCE_SV[extract.audience]}."
    )


def _facts(extract: Extract) -> str:
    stated = {
        "Period": extract.period,
        "Uttag per": f'<time datetime="{extract.as_of}">{_moment(extract.as_of)}</time>',
        "Underlag": f"{whole(extract.inputs.facts)} fakta",
        "Uttagets id": f"<code>{extract.id[:16]}</code>",
    }
    return "\n".join(
        f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in stated.items()
    )


def _moment(instant: str) -> str:
    """A point in time as it is written in Sweden: 2 april 2025 kl. 15.03."""
    at = datetime.fromisoformat(instant).astimezone(STOCKHOLM)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year} kl. {at:%H.%M}"


def _controls(extract: Extract) -> str:
    """The box at the top: what fails, or that nothing does; then what a reader has to know."""
    rules = [one for one in extract.controls if one.kind == "rule"]
    remarks = [one for one in extract.controls if one.kind == "note" and not one.holds]
    failed = extract.failed
    items = "".join(f"<li>{_control(one, extract)}</li>" for one in failed)
    first = [one for one in remarks if one.about in {FACTS, *NEW} or _is_own(one.about, extract)]
    first = first[:REMARKS_MAX]
    told = "".join(f"<li>{_control(one, extract)}</li>" for one in first)
    if more_of_them := len(remarks) - len(first):
        told += f'<li><a href="#kontroller">{more_of_them} till under kontroller</a></li>'
    if failed:
        heading = f"{len(failed)} av {len(rules)} kontroller stämmer inte"
        verdict = f"<ul>{items}</ul>"
    else:
        heading = f"Alla {len(rules)} kontroller stämmer"
        verdict = (
            "<p>Delar och totaler, bestånd och flöden, andelar och täckning har prövats: "
            '<a href="#kontroller">se varje kontroll</a>.</p>'
        )
    more = f"<p>Att veta vid läsningen:</p><ul>{told}</ul>" if told else ""
    kind = "failed" if failed else "sound"
    return (
        f'<section class="controls {kind}" aria-labelledby="kontroll-rubrik">'
        f'<h2 id="kontroll-rubrik">{heading}</h2>{verdict}{more}</section>'
    )


def _is_own(table: str, extract: Extract) -> bool:
    """Whether a table is of the report on the period's own year."""
    return table.startswith(f"{extract.period[:4]}-")


def _control(one: Control, extract: Extract) -> str:
    """A control in a sentence; its sides could give back what is left out, so they stay inside."""
    return html.escape(one.told_sv(with_sides=extract.protected is None))


class Chapter(NamedTuple):
    """Tables that belong together, and when to read them.

    `folded`: for those who look for them, without figures.
    """

    key: str
    title: str
    when: str
    grids: list[Grid]
    folded: bool = False


def chapters(shown: Sequence[Grid], period: str) -> list[Chapter]:
    """The tables of the year's own report first, then what no report has, then all others."""
    found = [
        Chapter("rapporten", f"Rapportens tabeller för {period}", READ_FIRST, []),
        Chapter("nytt", "Det som inte har kunnat mätas förut", READ_NEXT, []),
        Chapter("fler", "Fler mått", LOOK_UP, []),
        Chapter("former", "Tabellformer från andra år", LOOK_UP, [], folded=True),
    ]
    for grid in shown:
        if grid.table.startswith(f"{period[:4]}-"):
            place = 0
        elif grid.table in NEW:
            place = 1
        else:
            place = 3 if grid.table[0].isdigit() else 2
        found[place].grids.append(grid)
    return [chapter for chapter in found if chapter.grids]


def _contents(found: Sequence[Chapter]) -> str:
    return "\n".join(
        f'<li><a href="#{chapter.key}">{chapter.title}</a>'
        + ("" if chapter.folded else f"<ol>{''.join(map(_entry, chapter.grids))}</ol>")
        + "</li>"
        for chapter in found
    )


def _order(found: Sequence[Chapter]) -> str:
    """The order of reading with a table of contents, on screen and paper; empty for one table."""
    if sum(len(chapter.grids) for chapter in found) < 2:
        return ""
    parts = "".join(
        f'<li><span class="when">{chapter.when}</span> '
        f'<a href="#{chapter.key}">{chapter.title}</a>, {_counted(len(chapter.grids))}'
        + ("" if chapter.when == LOOK_UP else f"<ol>{''.join(map(_entry, chapter.grids))}</ol>")
        + "</li>"
        for chapter in found
    )
    return (
        '<section class="order" aria-labelledby="lasordning">'
        f'<h2 id="lasordning">Innehåll och läsordning</h2><ol>{parts}'
        f'<li><span class="when">{LOOK_UP}</span> <a href="#kontroller">Kontroller och metod</a>'
        "</li></ol></section>"
    )


def _counted(tables: int) -> str:
    return "1 tabell" if tables == 1 else f"{tables} tabeller"


def _entry(grid: Grid) -> str:
    return f'<li><a href="#{grid.table}-{grid.period}">{html.escape(title_of(grid.table))}</a></li>'


def _chapter(chapter: Chapter, extract: Extract) -> str:
    inside = "\n".join(
        _section(grid, extract, with_figures=not chapter.folded) for grid in chapter.grids
    )
    if chapter.folded:
        count = len(chapter.grids)
        inside = f"<details><summary>Visa {_counted(count)}</summary>{inside}</details>"
    return (
        f'<section class="chapter" aria-labelledby="{chapter.key}">'
        f'<p class="when">{chapter.when}</p>'
        f'<h2 id="{chapter.key}">{chapter.title}</h2>\n{inside}</section>'
    )


def _brief(rows: Sequence[Row]) -> str:
    cards = []
    for measure, group, name in BRIEF:
        for row in rows:
            whole_group = {**group, **row["group"]} == row["group"]
            benefit = "sjukpenning" if measure.startswith("om_") else "total"
            place = row["measure"], row["benefit"], row["sex"]
            if place == (measure, benefit, "total") and whole_group and row["value"] is not None:
                anchor = definition_anchor(row["table"], row["definition"])
                cards.append(
                    f'<li><a href="#{anchor}"><strong>{figure(row)}</strong> '
                    f"<span>{name}</span></a></li>"
                )
                break
    if not cards:
        return ""
    return (
        '<section aria-labelledby="korthet"><h2 id="korthet">I korthet</h2>'
        f'<ul class="cards">{"".join(cards)}</ul></section>'
    )


def _section(grid: Grid, extract: Extract, *, with_figures: bool) -> str:
    anchor = f"{grid.table}-{grid.period}"
    title = html.escape(title_of(grid.table))
    main = grid.without_details()
    if not _is_own(grid.table, extract) and extract.protected is None:
        main = main.without_empty()  # what the report itself prints stays as printed
    table = table_of(main, f"{title_of(grid.table)}, {grid.period}", extract)
    pictures = "\n".join(_figure(one) for one in (figures_of(grid) if with_figures else ()))
    details = "\n".join(_detail(key, part, extract) for key, part in grid.details().items())
    return (
        f'<section class="table" aria-labelledby="{anchor}">\n<h3 id="{anchor}">{title}</h3>\n'
        f"{pictures}\n{_scrolled(table, title)}\n{_legend(grid, extract)}\n{details}"
        f"{_definitions(grid)}\n</section>"
    )


def _scrolled(table: str, name: str) -> str:
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}, tabell">{table}</div>'
    )


def _detail(key: str, part: Grid, extract: Extract) -> str:
    name = f"{title_of(part.table)}, {DETAILS[key]}"
    table = table_of(part, f"{name}, {part.period}", extract, key)
    return (
        f"<details><summary>{DETAILS[key].capitalize()}</summary>"
        f"{_scrolled(table, html.escape(name))}</details>"
    )


def _figure(one: Figure) -> str:
    name = html.escape(one.title)
    return (
        f"<figure><figcaption>{name}</figcaption>"
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}, diagram">'
        f"{one.svg}</div></figure>"
    )


def _legend(grid: Grid, extract: Extract) -> str:
    rows = [row for line in grid.lines for row in line.cells.values()]
    if extract.protected is not None and any(row["value"] is None for row in rows):
        return (
            f'<p class="legend">{LEFT_OUT} visas inte, för att uppgifter om färre än '
            f"{extract.limit} personer inte ska röjas.</p>"
        )
    if any(is_small(row, extract.limit) for row in rows):
        return f'<p class="legend">* litet antal (under {extract.limit}): inte för publicering.</p>'
    return ""


def _definitions(grid: Grid) -> str:
    parts = [
        f'<dt id="{definition_anchor(grid.table, one.id)}">{html.escape(one.title_sv)}</dt>'
        f"<dd><p>{html.escape(one.formula_sv)}</p>"
        f'<p class="source">Definition <code>{html.escape(one.id)}</code> · '
        f"Källa: {html.escape(one.source)}</p>"
        f'<p class="source" lang="en">{html.escape(one.formula_en)}</p></dd>'
        for one in dict.fromkeys(definition_of(line.any_row) for line in grid.lines)
    ]
    return f"<details><summary>Så räknas siffrorna</summary><dl>{''.join(parts)}</dl></details>"


def _method(extract: Extract) -> str:
    listed = "".join(
        f'<li class="{"holds" if one.holds else "differs"}">'
        f"<span>{'stämmer' if one.holds else 'stämmer inte' if one.fails else 'att veta'}</span> "
        f"{_control(one, extract)}</li>"
        for one in extract.controls
    )
    heading = f"Alla {len(extract.controls)} kontroller"
    told = "".join(_quality(one) for one in extract.quality)
    return f"<details><summary>{heading}</summary><ul>{listed}</ul></details>{told}"


def _quality(one: QualityTable) -> str:
    if not one.lines:
        return ""
    name = html.escape(one.title_sv)
    table = plain_table(f"q-{one.key}", one.title_sv, one.head, one.lines)
    return (
        f'<details><summary>{name}</summary><p class="source">{html.escape(one.note_sv)}</p>'
        f"{_scrolled(table, name)}</details>"
    )


def _skipped(extract: Extract) -> str:
    if not extract.skipped:
        return ""
    listed = "".join(
        f'<li><code>{table}</code> <span lang="en">{html.escape(why)}</span></li>'
        for table, why in extract.skipped
    )
    heading = f"{len(extract.skipped)} tabeller kan inte tas fram för perioden"
    return f"<details><summary>{heading}</summary><ul>{listed}</ul></details>"
