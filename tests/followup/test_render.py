"""Text, JSON, CSV and page of an extract: labels, marks, controls first, nothing invented."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gateway.followup.audience import Audience
from gateway.followup.controls import control_sums
from gateway.followup.extract import Extract, take
from gateway.followup.render import FORMATS, render_html, render_text, said
from tests.followup.extract_dsl import extract, small_year
from tests.followup.followup_dsl import assessment, store_of


@pytest.fixture
def year(tmp_path: Path) -> Extract:
    return extract(small_year(tmp_path / "store"))


@pytest.fixture
def broken(year: Extract) -> Extract:
    """The same with a figure that does not add up."""
    rows = [{**row} for row in year.rows]
    next(row for row in rows if row["measure"] == "gk_count")["numerator"] = 700
    return replace(year, controls=tuple(control_sums(rows)))  # type: ignore[arg-type]  # rows


def test_json_is_the_list_of_rows_and_nothing_else(year: Extract) -> None:
    """As the contract has it."""
    assert json.loads(FORMATS["json"](year)) == list(year.rows)


def test_csv_has_a_line_per_row_and_names_the_extract(year: Extract) -> None:
    """RFC 4180: a program reads it and can still say which extract it holds."""
    shown = FORMATS["csv"](year)
    assert shown.count("\r\n") == shown.count("\n") == len(year.rows) + 1
    lines = list(csv.DictReader(io.StringIO(shown)))
    assert [line["value"] for line in lines] == [
        "" if row["value"] is None else str(row["value"]) for row in year.rows
    ]
    assert {line["extract"] for line in lines} == {year.id}


def test_each_member_of_a_group_has_a_csv_column_of_its_own(tmp_path: Path) -> None:
    """So that no cell has to be divided, and no spreadsheet program cuts one at a semicolon."""
    taken = take(small_year(tmp_path / "store"), ["2024-T1", "2024-T3"], "2024")
    lines = list(csv.DictReader(io.StringIO(FORMATS["csv"](taken))))
    assert "group" not in lines[0]
    for line, row in zip(lines, taken.rows, strict=True):
        members = {k.removeprefix("group_"): v for k, v in line.items() if k.startswith("group_")}
        assert {k: v for k, v in members.items() if v} == row["group"]
        assert not any(";" in cell for cell in line.values())


@pytest.mark.parametrize("render", [render_text, render_html])
def test_text_and_page_speak_swedish_and_mark_small_counts(year: Extract, render) -> None:
    """1-9 marked; time, definition and extract id named."""
    shown = render(year)
    for text in ("Aktivitetsersättning", "Kvinnor", "3*", "under 10", year.id, "gk_count/2024"):
        assert text in shown
    assert "11*" not in shown
    assert "2024-02-05T12:00:00.000Z" in shown


def test_unknown_sex_gets_a_column_only_when_it_occurs(tmp_path: Path) -> None:
    """The printed shape stays as printed otherwise."""
    with_unknown = store_of(tmp_path / "a", [assessment("a", sex="okant")])
    without = store_of(tmp_path / "b", [assessment("a")])
    assert "Uppgift saknas" in render_text(extract(with_unknown))
    assert "Uppgift saknas" not in render_text(extract(without))


@pytest.mark.parametrize("form", FORMATS)
def test_a_control_that_fails_stands_first(broken: Extract, form: str) -> None:
    """In every form, before any figure."""
    shown = FORMATS[form](broken)
    end = {"text": "┏", "json": '"gk_days', "csv": ",gk_days_", "html": "<table"}[form]
    said = {"text": "KONTROLL STÄMMER INTE", "html": "kontroller stämmer inte"}
    assert said.get(form, "control_failed") in shown[: shown.index(end)]


def test_what_is_left_out_stands_nowhere(tmp_path: Path) -> None:
    """Neither in a cell, nor in a control, a figure's text, or a note: 3 men of 15."""
    public = extract(small_year(tmp_path), audience="public")
    assert public.protected is not None
    assert public.protected.small > 0
    rows = json.loads(FORMATS["json"](public))
    hidden = [row for number, row in enumerate(rows) if number in public.protected.left_out]
    assert hidden
    assert all(row["value"] is None and row["numerator"] is None for row in hidden)
    for render in (render_text, render_html):
        shown = render(public)
        assert "··" in shown
        assert "uppgifter om färre än 10" in shown
        assert "3*" not in shown


class Walk(HTMLParser):
    """What a screen reader meets: tags with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.met: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps the tag."""
        self.met.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a kind."""
        return [attrs for met, attrs in self.met if met == tag]


def test_the_page_can_be_walked_through_by_a_screen_reader(year: Extract) -> None:
    """Language, one heading of the first level, landmarks, captions, scopes, alternative texts."""
    page = Walk(render_html(year))
    assert page.of("html") == [{"lang": "sv"}]
    assert len(page.of("h1")) == 1
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.of(landmark)) == 1
    assert len(page.of("table")) == len(page.of("caption"))
    assert all(head.get("scope") in {"col", "row", "colgroup"} for head in page.of("th"))
    assert all(one["role"] == "img" and one["aria-label"] for one in page.of("svg"))
    assert len(page.of("svg")) == 1


def test_every_link_of_the_page_leads_somewhere_on_it(year: Extract) -> None:
    """So every definition is one click away, and nothing is fetched."""
    page = Walk(render_html(year))
    places = {attrs["id"] for _, attrs in page.met if "id" in attrs}
    links = [str(attrs["href"]) for attrs in page.of("a")]
    assert {link.removeprefix("#") for link in links} <= places
    assert "#def-2024-T1-gk-count-2024" in links
    assert not page.of("script")
    assert not page.of("img")
    assert "http" not in render_html(year)
    ids = [attrs["id"] for _, attrs in page.met if "id" in attrs]
    assert len(ids) == len(set(ids))


@pytest.mark.unmeasured
@pytest.mark.parametrize("audience", ["internal", "public"])
def test_a_remark_never_states_an_equation_that_does_not_hold(
    tmp_path: Path, audience: Audience
) -> None:
    """A note whose sides differ is a true sentence, for the agencies and for the public."""
    taken = take(small_year(tmp_path / "store"), None, "2024", audience=audience)
    apart = [one for one in taken.controls if one.kind == "note" and not one.holds]
    notes = [one._replace(left=1, right=2) for one in taken.controls if one.kind == "note"]
    assert notes
    told = [said(one, taken) for one in [*notes, *apart]]
    assert [one for one in told if "=" in one or "gäller inte fullt ut" in one] == []
    assert all(one.apart and said(one, taken).startswith(one.apart.sentence) for one in notes)
