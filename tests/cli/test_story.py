"""The end of the demo: every cell beside the printed one, totals, controls, and the page."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from gateway.cli.story import Outcome, Story, tell
from gateway.followup.controls import Control
from gateway.followup.extract import Extract
from gateway.followup.printed_values import PrintedCell, compare_with_printed
from gateway.languages import Language, Speech
from schemas.reasons import CATALOGUE
from tests.followup.extract_dsl import extract, small_year

FOLDER = Path("demo")
PAGE = FOLDER / "report-2024.html"


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Extract:
    return extract(small_year(tmp_path_factory.mktemp("story") / "store"))


def told(taken: Extract, cells: list[PrintedCell]) -> tuple[int, str]:
    """Exit code and text."""
    console = Console(width=120, file=io.StringIO())
    code = tell(Story(1, 1.0, 1), Outcome(taken, cells, PAGE), FOLDER, console, kept=False)
    return code, console.file.getvalue()  # type: ignore[attr-defined]  # the file given above


def counted_story() -> Story:
    story = Story(2_000, 2.0, 2)
    story.statuses.update({"ACCEPTED": 1_900, "REJECTED": 100})
    story.refusals.update({"consent.missing": 90, "BR-08": 10})
    story.notices.update({"sgi_reminder": 7})
    return story


@pytest.mark.parametrize("language", ["sv", "en", "both"])
def test_the_story_is_told_in_tables_that_fit_80_columns(
    taken: Extract, language: Language
) -> None:
    """No dictionary of Python, and no line wider than the terminal but ids, paths and commands."""
    console = Console(width=80, file=io.StringIO())
    outcome = Outcome(taken, compare_with_printed(taken.rows), PAGE)
    tell(counted_story(), outcome, FOLDER, console, kept=True, speech=Speech(language))
    text = console.file.getvalue()  # type: ignore[attr-defined]  # the file given above
    assert not re.search(r"[{}]|Counter", text)
    wide = [line for line in text.splitlines() if len(line) > 80]
    assert all(line.lstrip().startswith(("SAMVERKAN_STORE=", "Extract", "Uttag")) for line in wide)
    row = CATALOGUE["BR-08"]
    shown = " ".join(re.sub("[│┃]", " ", text).split())
    assert ("sgi_reminder 7" in shown, "1,900" in shown) == (True, True)
    assert (row.text_sv[:12] in shown) == (language != "en")
    assert (row.text_en[:12] in shown) == (language != "sv")
    assert ("What happened" in text) == (language != "sv")
    assert ("Vad som hände" in text) == (language != "en")


def test_every_printed_cell_has_a_mark(taken: Extract) -> None:
    """Here none is as printed, and the demo says so and fails."""
    cells = compare_with_printed(taken.rows)
    code, text = told(taken, cells)
    assert code == 1
    assert text.count("≠") == len(cells) + 1
    assert f"2024-T1: 0 of {len(cells)} cells as printed" in text
    assert "15 ≠ 8,886" in text
    assert "Totalt, antal genomförda kartläggningar" in text


def test_all_as_printed_is_success(taken: Extract) -> None:
    """Totals of the table and of all of them, controls, the extract's id, the page's path."""
    cells = compare_with_printed(taken.rows)
    cells = [
        cell._replace(printed=cell.computed or 0, computed=cell.computed or 0) for cell in cells
    ]
    code, text = told(taken, cells)
    assert code == 0
    assert f"The facts give {len(cells)} of {len(cells)} cells as printed, in 1 tables." in text
    assert "controls hold" in text
    assert taken.id in text
    assert str(PAGE) in text


def test_a_rounded_printed_figure_is_called_rounded_and_not_as_printed(taken: Extract) -> None:
    """77.9 beside a printed 78.0: no sign of equality, and the demo succeeds."""
    same = [one._replace(computed=one.printed) for one in compare_with_printed(taken.rows)]
    rounded = same[0]._replace(computed=77.9, printed=78.0, tolerance=0.1, unit="percent")
    code, text = told(taken, [rounded, *same[1:]])
    assert code == 0
    assert "77.9 ≈ 78.0 (rounded)" in text
    assert "77.9 =" not in text
    as_printed = f"{len(same) - 1} of {len(same)} cells as printed"
    assert f"2024-T1: {as_printed}, 1 where the printed figure is rounded ≈" in text


def test_printed_figures_that_contradict_each_other_are_told_apart(taken: Extract) -> None:
    """A count within its tolerance is neither as printed nor rounded."""
    same = [one._replace(computed=one.printed) for one in compare_with_printed(taken.rows)]
    code, text = told(
        taken, [same[0]._replace(computed=7046, printed=7045, tolerance=1), *same[1:]]
    )
    assert code == 0
    assert "7,046 ≈ 7,045" in text
    assert "1 where printed figures contradict each other" in text


def test_a_control_that_fails_fails_the_demo(taken: Extract) -> None:
    """Also when every figure is as printed."""
    broken = replace(taken, controls=(Control("stock = flow", 3, 4),))
    code, text = told(broken, [])
    assert code == 1
    assert "stock = flow: 3 / 4" in text
