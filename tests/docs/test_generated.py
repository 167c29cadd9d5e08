"""The generator of the documentation: deterministic, complete, and honest about what is stale."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import docs, pages, rule_pages
from gateway.cli.message_pages import messages
from gateway.cli.rule_table import rule_table
from gateway.cli.state_pages import states
from gateway.domain.transitions import REHABILITATION, STATES, TRANSITION_MEETINGS
from schemas import codes
from schemas.reasons import CATALOGUE, RULES
from schemas.reasons.sources import REPORTS
from schemas.registry import REGISTRY

pytestmark = pytest.mark.unmeasured

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path):
    """A project with one page that shows a program."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# Name\n")
    (tmp_path / "program.sh").write_text("echo one\n")
    page = "before\n<!-- include: program.sh -->\nold\n<!-- included -->\nafter\n"
    (tmp_path / "docs/page.md").write_text(page)
    return tmp_path


def test_pages_do_not_depend_on_the_order_of_sets():
    program = "import sys; from gateway.cli import docs; sys.stdout.write(docs.asyncapi())"
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_a_shown_program_is_as_it_stands_in_its_file(tree):
    docs.write(tree)
    page = (tree / "docs/page.md").read_text()
    assert "```sh\necho one\n```\n<!-- included -->\nafter\n" in page
    assert "old" not in page


def test_what_is_stale_is_named_and_writing_mends_it(tree, capsys):
    assert docs.main(["--check"], tree) == 1
    assert "docs/page.md is stale" in capsys.readouterr().err
    assert docs.main(["--write"], tree) == 0
    assert docs.main(["--check"], tree) == 0
    (tree / "program.sh").write_text("echo two\n")
    assert docs.stale(tree) == ["docs/page.md"]


def test_a_page_that_shows_a_missing_program_is_an_error(tree):
    (tree / "program.sh").unlink()
    with pytest.raises(FileNotFoundError):
        docs.stale(tree)


def test_every_type_and_every_code_list_has_its_place():
    page = messages()
    for row in REGISTRY.values():
        assert f"### {row.name}\n" in page
        assert f"`{row.ce_type}`" in page
    assert "### benefit\n" in page
    assert all(f"`{code}`" in page for code in codes.values(codes.Outcome))


def test_every_reason_stands_there_in_both_languages():
    page = pages.reasons()
    for row in CATALOGUE.values():
        assert f"## {row.code}\n" in page
        assert row.text_sv in page
        assert row.text_en in page


def test_every_rule_says_where_it_is():
    page = rule_pages.rules()
    assert "| BR-30 | judged | [gateway/domain/rules/closing.py]" in page
    assert all(f"| {rule} | " in page for rule in RULES)
    assert "not named" not in page


def test_every_rule_stands_with_its_dates_actions_texts_and_source():
    page = rule_pages.rules()
    for rule in RULES:
        row = CATALOGUE[rule]
        assert (
            f"| {', '.join(row.does)} | {row.text_sv} / {row.text_en} | {row.source.en} |" in page
        )


@pytest.mark.parametrize("name", ["indicators", "reasons", "rule-table", "rules"])
def test_no_page_cites_a_line_of_a_text_file(name: str):
    """A reader has the reports, not the files that they were read from."""
    page = docs.PAGES[f"docs/{name}.md"]()
    assert re.findall(r"\bL\d{2,}|\d:L\d", page) == []
    assert "report on 2024, section " in page


def test_every_report_is_listed_where_the_rules_cite_it():
    page = rule_pages.rules()
    for year, report in REPORTS.items():
        assert f"| {year} | {report.title} | {report.dated} |" in page


def test_every_line_of_the_table_of_rules_is_shown():
    page = rule_pages.by_example()
    for line in rule_table().lines:
        assert f"| {line.sv} / {line.en} | {line.answer}" in page


def test_the_diagrams_show_every_state_and_every_step_or_say_it_in_words():
    page = states()
    for state in STATES:
        assert f" as {state}\n" in page or f"No step leads to {state} " in page
    for table in (REHABILITATION, TRANSITION_MEETINGS):
        for (state, word), following in table.items():
            drawn = rf"{state} --> {following}: .*\b{word}\b"
            said = rf"`{word}` leads from .*\b{state}\b.* to {following}\."
            assert state == following or re.search(f"{drawn}|{said}", page)


def test_the_metrics_of_the_sink_are_those_that_it_gives():
    source = (ROOT / "gateway/followup/ops.py").read_text()
    for name in pages.SINK_METRICS:
        ending = name.removeprefix("samverkan_followup_").removesuffix("_total")
        assert ending in source
