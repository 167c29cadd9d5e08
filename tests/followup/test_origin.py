"""A store that declares what its facts are made of: every report on it tells the reader."""

from __future__ import annotations

import io
from pathlib import Path

import orjson
import pytest
from openpyxl import load_workbook

from gateway.cli.demo import begin_store
from gateway.followup.errors import StoreError
from gateway.followup.render import render_html, render_text
from gateway.followup.restatement import restate
from gateway.followup.restatement_render import RESTATED
from gateway.followup.store import MANIFEST, FactStore, read_manifest
from gateway.followup.workbook import render_xlsx
from tests.followup.extract_dsl import SMALL_YEAR, extract, small_year
from tests.followup.followup_dsl import TOPIC, store_of, stored

SENTENCE = "Siffrorna är rekonstruerade"


@pytest.fixture
def reconstructed(tmp_path: Path) -> Path:
    """A small year in a store that was declared before its first fact, as the demo does."""
    FactStore.open(tmp_path / "made", TOPIC, "reconstructed")
    return store_of(tmp_path / "made", SMALL_YEAR)


def test_every_form_for_people_says_first_that_figures_are_reconstructed(
    reconstructed: Path,
) -> None:
    """Text, page and workbook; on the page it stands above the controls and the tables."""
    taken = extract(reconstructed)
    assert render_text(taken).startswith(SENTENCE)
    page = render_html(taken)
    assert page.index(SENTENCE) < page.index('id="kontroll-rubrik"') < page.index("<table")
    first = load_workbook(io.BytesIO(render_xlsx(taken))).worksheets[0]["A1"].value
    assert str(first).startswith(SENTENCE)


def test_a_restatement_says_that_figures_are_reconstructed(reconstructed: Path) -> None:
    """In text and on its page."""
    found = restate(reconstructed, ["2024-T1"], "2024", "2024-06-30", "2024-12-31")
    assert RESTATED["text"](found).startswith(SENTENCE)
    assert SENTENCE in RESTATED["html"](found)


def test_figures_of_real_messages_are_not_called_reconstructed(
    reconstructed: Path, tmp_path: Path
) -> None:
    """The same facts have the same extract id: the origin is no input of a figure."""
    real = extract(small_year(tmp_path / "real"))
    assert SENTENCE not in render_text(real) + render_html(real)
    assert real.id == extract(reconstructed).id


def test_an_unknown_origin_is_refused(reconstructed: Path) -> None:
    """No report shows figures of an unknown origin as if they were real."""
    manifest = reconstructed / MANIFEST
    manifest.write_bytes(orjson.dumps({**orjson.loads(manifest.read_bytes()), "origin": "other"}))
    with pytest.raises(StoreError, match="cannot be read"):
        extract(reconstructed)


def test_the_demo_declares_its_store_reconstructed_and_drops_the_facts_of_the_last_run(
    tmp_path: Path,
) -> None:
    """The demo's sink then opens that store and keeps the declaration."""
    begin_store(small_year(tmp_path / "store"))
    store_of(tmp_path / "store", SMALL_YEAR[:2])
    assert len(stored(tmp_path / "store")) == 2
    assert read_manifest(tmp_path / "store")["origin"] == "reconstructed"
