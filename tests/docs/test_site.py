"""The documentation site builds, has no broken link, and loads nothing from another host."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from gateway.cli.docs import PAGES
from tests.browser import chromium

pytestmark = [pytest.mark.unmeasured, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
#: Elements of a page that a browser loads by itself, and the attribute that names what.
LOADED = {
    "script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src",
    "object": "data", "use": "href", "image": "href",
}  # fmt: skip
#: Links of the head that a browser follows only when asked.
FOLLOWED = {"canonical", "prev", "next", "edit", "alternate"}
STYLE_URL = re.compile(r"@import|url\(\s*['\"]?(?:https?:)?//")


class Loads(HTMLParser):
    """What a page loads, and its text outside of code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser with each element."""
        named = dict(attrs)
        url = named.get(LOADED.get(tag, ""))
        if url and named.get("rel") not in FOLLOWED:
            self.urls.append(url)


def built(to: Path, config: Path = ROOT / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    """A run of what `make site` runs, into a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-f", str(config), "--site-dir", str(to)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site."""
    to = tmp_path_factory.mktemp("site")
    done = built(to)
    assert done.returncode == 0, done.stderr
    return to


def test_the_site_has_every_page_of_the_documentation_and_every_generated_one(site):
    pages = [file.relative_to(ROOT / "docs") for file in (ROOT / "docs").rglob("*.md")]
    wanted = {page.with_suffix(".html").as_posix().replace("README", "index") for page in pages}
    wanted |= {"index.html", "contributing.html", "changelog.html"}
    wanted |= {name.removeprefix("docs/").replace(".md", ".html") for name in PAGES}
    assert {page for page in wanted if not (site / page).is_file()} == set()


def test_no_page_loads_anything_from_another_host(site):
    pages = {page: Loads(page.read_text(encoding="utf-8")).urls for page in site.rglob("*.html")}
    assert sum(len(urls) for urls in pages.values()) > len(pages)
    found = [
        f"{page.relative_to(site)}: {url}"
        for page, urls in pages.items()
        for url in urls
        if url.startswith("//") or re.match(r"[a-z]+:", url.removeprefix("data:"))
    ]
    assert found == []
    styles = [file for file in site.rglob("*.css") if STYLE_URL.search(file.read_text())]
    assert styles == []


def test_every_diagram_is_drawn(site):
    drawn = {
        page.name: text.count("```mermaid")
        for page in (ROOT / "docs").glob("*.md")
        if "```mermaid" in (text := page.read_text(encoding="utf-8"))
    }
    assert drawn
    for name, count in drawn.items():
        text = (site / name).with_suffix(".html").read_text(encoding="utf-8")
        assert text.count('<figure class="diagram"><svg') == count, name


def test_a_list_is_a_list_on_every_page(site):
    """Python-Markdown needs an empty line before a list, where others need none."""
    found = [
        f"{page.relative_to(site)}: {text[:80]}"
        for page in site.rglob("*.html")
        for text in re.findall(r"<p>([^<]*(?:<(?!/p>)[^<]*)*)</p>", page.read_text())
        if re.search(r"\n(?:[-*]|\d+\.) ", text)
    ]
    assert found == []


@pytest.mark.parametrize("link", ["no-such-page.md", "../no/such/file.py", "runbook.md#no-such"])
def test_a_broken_link_ends_the_build(tmp_path, link):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(f"# A page\n\n[broken]({link})\n")
    (tmp_path / "docs/runbook.md").write_text("# Runbook\n")
    own = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    own = re.sub(
        r"^(hooks|nav|not_in_nav|extra|extra_css):.*\n(?:[ \n#].*\n?)*", "", own, flags=re.MULTILINE
    )
    (tmp_path / "mkdocs.yml").write_text(own)
    done = built(tmp_path / "site", tmp_path / "mkdocs.yml")
    assert done.returncode != 0
    assert link.partition("#")[2] in done.stderr


def test_the_search_works_from_a_folder_and_asks_no_host(site):
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site / "architecture.html").as_uri())
        page.locator("input.md-search__input").press_sequentially("parked person")
        page.wait_for_selector(".md-search-result__item a", state="attached", timeout=30_000)
        found = page.eval_on_selector_all(
            ".md-search-result__item a", "links => links.map(link => link.href)"
        )
        browser.close()
    assert any("0018-parked-persons.html" in link for link in found), found
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []


def test_the_search_leaves_out_the_pages_of_source_files(site):
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    assert [row["location"] for row in index["docs"] if row["location"].startswith("source")] == []
