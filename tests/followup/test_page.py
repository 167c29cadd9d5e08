"""The page in a real browser: it reads, narrow and printed too, and fetches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from gateway.followup.controls import Control
from gateway.followup.extract import Extract, take
from gateway.followup.page import render_html
from gateway.followup.text_width import width
from tests.browser import chromium
from tests.followup.extract_dsl import small_year

#: WCAG 2.2 AA: 4.5 for text, 3 for large text (24 px, or 18.66 px bold).
CONTRASTS = """() => {
  const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3)
      .map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const opaque = (colour) => { const p = parts(colour); return p.length < 4 || p[3] === 1; };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const colour = element.closest("svg") ? style.fill : style.color;
    let behind = element;
    const seen = (e) => opaque(getComputedStyle(e).backgroundColor);
    while (behind && !seen(behind)) behind = behind.parentElement;
    const ground = behind ? getComputedStyle(behind).backgroundColor : "rgb(255, 255, 255)";
    const [a, b] = [light(colour), light(ground)];
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const needed = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([walker.currentNode.textContent.trim().slice(0, 40), ratio, needed]);
  }
  return found;
}"""
HEADINGS = "() => [...document.querySelectorAll('h1,h2,h3,h4')].map((h) => Number(h.tagName[1]))"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: Texts that leave their figure, are shortened, or lie upon another; slanted ones only leave.
FAULTY_TEXTS = """(font) => {
  const style = document.createElement("style");
  style.textContent = `svg text { font-family: ${font} !important; }`;
  document.head.append(style);
  const found = [];
  for (const svg of document.querySelectorAll("figure svg")) {
    const frame = svg.getBoundingClientRect();
    const level = [];
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      if (box.left < frame.left || box.right > frame.right || box.top < frame.top
        || box.bottom > frame.bottom || text.textContent.includes("…"))
        found.push(["cut", text.textContent]);
      if ((text.getAttribute("transform") || "").includes("rotate(-")) continue;
      for (const [other, its] of level)
        if (Math.min(box.right, its.right) - Math.max(box.left, its.left) > 1
          && Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top) > 4)
          found.push(["covered", text.textContent, other.textContent]);
      level.push([text, box]);
    }
  }
  return found;
}"""
WIDTHS = """(signs) => {
  const drawing = document.createElement("canvas").getContext("2d");
  drawing.font = "100px 'DejaVu Sans'";
  return Object.fromEntries(signs.map((one) => [one, drawing.measureText(one).width]));
}"""
HASHES = "all => all.map((one) => one.hash)"
TOO_SMALL = """() => [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()
  && e.childNodes.length && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())
  && parseFloat(getComputedStyle(e).fontSize) < 12).map((e) => e.textContent.slice(0, 40))"""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Extract:
    """Tables of each kind of a small year, with a control that fails and one that is a note."""
    tables = ["2024-T1", "2024-T3", "N25", "2018-D1"]
    extract = take(small_year(tmp_path_factory.mktemp("page") / "store"), tables, "2024")
    told = Control("a", 3, 4, "andelarna utgör tillsammans hela nämnaren", "2024-T3", "note")
    failed = Control("b", 3, 4, "beståndet stämmer inte med flödet", "facts")
    return replace(extract, controls=(*extract.controls, told, failed))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium())
        yield launched
        launched.close()


class Opened:
    """The page in the browser, and all that it said and asked for."""

    def __init__(self, browser: Browser, file: Path, width: int = 1280) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())

    def asks(self, script: str) -> Any:
        """What a script in the page answers."""
        return self.page.evaluate(script)


@pytest.fixture(scope="module")
def file(taken: Extract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(render_html(taken), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def all_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with every table that the year has."""
    folder = tmp_path_factory.mktemp("all")
    taken = take(small_year(folder / "store"), None, "2024")
    (folder / "page.html").write_text(render_html(taken), encoding="utf-8")
    return folder / "page.html"


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Opened]:
    shown = Opened(browser, file)
    yield shown
    shown.page.close()


def test_it_opens_without_a_word_and_without_asking_for_anything(
    opened: Opened, file: Path, tmp_path: Path
) -> None:
    """No console message, no request but for the file itself; a picture is taken of it."""
    picture = opened.page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert len(picture) > 20_000
    assert opened.said == []
    assert opened.asked == [file.as_uri()]
    assert opened.page.title()


def test_headings_go_down_one_level_at_a_time(opened: Opened) -> None:
    levels = opened.asks(HEADINGS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_figure_has_a_text_that_says_its_values(opened: Opened, taken: Extract) -> None:
    """By what the browser tells a screen reader, not by what the file says."""
    images = opened.page.get_by_role("img").all()
    assert images
    assert all("Stapeldiagram" in (one.get_attribute("aria-label") or "") for one in images)
    assert opened.page.locator("table").count() == opened.page.locator("caption").count()


def test_all_text_stands_out_from_its_ground(opened: Opened) -> None:
    """Contrast of WCAG AA, computed from what the browser draws, with everything unfolded."""
    opened.page.locator("details").evaluate_all("all => all.forEach((one) => one.open = true)")
    found = opened.asks(CONTRASTS)
    assert len(found) > 50
    assert [(text, round(ratio, 2)) for text, ratio, needed in found if ratio < needed] == []
    assert opened.asks(TOO_SMALL) == []


@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1280, 1920])
def test_nothing_goes_over_the_edge(browser: Browser, file: Path, width: int) -> None:
    """Down to 320 px (WCAG 1.4.10): tables and figures scroll in their own frames."""
    shown = Opened(browser, file, width)
    assert shown.asks(OVERFLOW) == 0
    shown.page.close()


def test_a_definition_is_one_click_away(opened: Opened) -> None:
    """A click on a measure unfolds and shows what it means."""
    meaning = opened.page.locator("#def-2024-T1-gk-count-2024")
    assert not meaning.is_visible()
    opened.page.locator("table a[href='#def-2024-T1-gk-count-2024']").first.click()
    meaning.wait_for(state="visible")


def test_every_link_leads_to_one_place(opened: Opened) -> None:
    """Ids are given once, over all tables, figures and definitions."""
    places = opened.asks("() => [...document.querySelectorAll('[id]')].map((one) => one.id)")
    links = opened.asks("() => [...document.links].map((one) => one.hash.slice(1))")
    assert len(places) == len(set(places))
    assert set(links) <= set(places)


def test_the_first_tab_leads_past_the_head(opened: Opened) -> None:
    """A skip link, seen when it has the focus."""
    opened.page.keyboard.press("Tab")
    link = opened.page.locator(".skip")
    assert link.evaluate("(one) => one === document.activeElement")
    opened.page.keyboard.press("Enter")
    assert opened.asks("() => document.activeElement.id") == "innehall"


def test_what_fails_is_seen_before_any_figure(opened: Opened) -> None:
    """The control that does not hold, and the note, above the first table."""
    box = opened.page.locator(".controls.failed").bounding_box()
    table = opened.page.locator("table").first.bounding_box()
    assert box is not None
    assert table is not None
    assert box["y"] < table["y"]
    assert "beståndet stämmer inte med flödet" in opened.page.locator(".controls").inner_text()


@pytest.mark.parametrize("font", ["Arial", "'DejaVu Sans'"])
def test_no_text_of_a_figure_is_cut_or_covered_whatever_the_font(
    browser: Browser, all_tables: Path, font: str
) -> None:
    """Of every figure of the year, also in a font a fifth wider than Arial."""
    shown = Opened(browser, all_tables)
    assert shown.page.locator("figure svg text").count() > 30
    assert shown.page.evaluate(FAULTY_TEXTS, font) == []
    shown.page.close()


def test_room_for_a_text_is_at_least_what_a_wide_font_needs(opened: Opened) -> None:
    """Each printable character of Latin-1, and the signs that figures use."""
    signs = [chr(code) for code in (*range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))]
    drawn = opened.page.evaluate(WIDTHS, [*signs, "\u2013", "\u2212"])
    assert len(drawn) > 180
    assert [(one, px) for one, px in drawn.items() if px > width(one, 100)] == []


def test_the_order_of_reading_is_that_of_the_page_and_starts_with_the_report(
    browser: Browser, all_tables: Path
) -> None:
    """The year's own tables before all others, on screen and on paper; what to look up is last."""
    shown = Opened(browser, all_tables)
    for media in ("screen", "print"):
        shown.page.emulate_media(media=media)  # type: ignore[arg-type]  # one of the two
        assert shown.page.locator(".order").is_visible()
        listed = shown.page.locator(".order > ol > li > a").evaluate_all(HASHES)
        tops = [shown.page.locator(one).bounding_box() for one in ("#lasordning", *listed)]
        heights = [box["y"] for box in tops if box is not None]
        assert len(heights) == len(tops)
        assert heights == sorted(heights)
        assert listed[0] == "#rapporten"
        assert listed[-1] == "#kontroller"
    when = shown.page.locator(".order > ol > li > .when").all_inner_texts()
    assert when == ["Läs först", "Läs sedan", *["Slå upp vid behov"] * (len(when) - 2)]
    first = shown.page.locator(".order > ol > li").first.locator("ol a").evaluate_all(HASHES)
    assert first == [f"#2024-T{number}-2024" for number in range(1, 6)]
    shown.page.close()


def test_paper_shows_the_definitions_and_leaves_out_the_menu(
    opened: Opened, tmp_path: Path
) -> None:
    """Print CSS: nothing to click on paper, so what is folded stands there."""
    opened.page.emulate_media(media="print")
    assert not opened.page.locator("nav").is_visible()
    assert opened.page.locator("#def-2024-T1-gk-count-2024").is_visible()
    assert len(opened.page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)) > 10_000
