"""`samverkan rules`: the catalogue, one rule in full, and what the rules in shadow would change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.broker import BrokerInfo
from gateway.cli.main import app
from gateway.cli.rule_table import rule_table
from schemas.reasons import CATALOGUE, RULES
from tests.dsl import AGREEMENT, all_examples, example
from tests.kafka.agencies import example_record
from tests.kafka.live import installation

SHADOW = """
[shadow]
version = "2027.1-draft"
[shadow.dates]
revised_way_of_working = 2030-01-01
[shadow.limits]
late_days = 5
sgi_days = 3
"""


@pytest.fixture
def shadowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An agreement with rules in shadow, in force."""
    from gateway.agreement import DEFAULT_FILE  # noqa: PLC0415 - beside its only use

    file = tmp_path / "agreement.toml"
    file.write_text(DEFAULT_FILE.read_text(encoding="utf-8") + SHADOW, encoding="utf-8")
    monkeypatch.setenv("SAMVERKAN_AGREEMENT", str(file))
    return file


def said(*arguments: str) -> list[str]:
    shown = CliRunner(env={"COLUMNS": "1000"}).invoke(app, ["rules", *arguments])
    assert shown.exit_code == 0, shown.output
    return shown.output.splitlines()


def files_of(folder: Path) -> list[str]:
    made = []
    for number, name in enumerate(all_examples()):
        file = folder / f"{number:02}.json"
        file.write_text(json.dumps(example(name)))
        made.append(str(file))
    return made


def test_diff_counts_and_lists_what_the_shadow_would_answer_otherwise(
    shadowed: Path, tmp_path: Path
) -> None:
    lines = said("diff", *files_of(tmp_path))
    assert lines[0].endswith(" med annat svar / answered apart")
    counted = {line.split(":")[0].strip() for line in lines if line.startswith("  BR-")}
    assert "BR-22" in counted
    binding = [line for line in lines if line.startswith("    bindande / binding: ")]
    shadow = [line for line in lines if line.startswith("    i skugga / in shadow: ")]
    assert len(binding) == len(shadow) == int(lines[0].split(" messages, ")[1].split()[0])


def test_diff_needs_rules_in_shadow() -> None:
    assert AGREEMENT.shadow is None
    shown = CliRunner().invoke(app, ["rules", "diff", "x.json"])
    assert "no rules in shadow" in str(shown.exception)


@pytest.mark.parametrize("arguments", [["diff"], ["diff", "--topic", "x.json"]])
def test_diff_needs_either_files_or_the_topics(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["rules", *arguments]).exit_code == 2


@pytest.mark.kafka
@pytest.mark.xdist_group("topics")
def test_diff_of_the_topics_says_the_same_as_of_the_files(
    shadowed: Path, kafka: BrokerInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while no gateway runs, and without a consumer group."""
    of_files = said("diff", *files_of(tmp_path))
    with installation(kafka, tmp_path) as live:
        live.prefill([example_record(name) for name in all_examples()])
        monkeypatch.setenv("SAMVERKAN_BOOTSTRAP_SERVERS", live.bootstrap)
        assert sorted(said("diff", "--topic")) == sorted(of_files)


def test_the_catalogue_names_every_rule_with_its_dates_and_source() -> None:
    text = "\n".join(said())
    assert AGREEMENT.rules_version in text
    for rule in RULES:
        assert rule in text
    assert "2019-05-15" in text


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_shown_with_its_texts_source_and_lines(rule: str) -> None:
    text = "\n".join(said(rule.lower()))
    row = CATALOGUE[rule]
    for part in (row.text_sv, row.text_en, *row.source):
        assert part in text
    for line in rule_table().of(rule):
        assert line.sv in text
        assert line.answer in text


def test_a_rule_that_is_none_is_an_error_that_says_which_there_are() -> None:
    shown = CliRunner().invoke(app, ["rules", "BR-99"])
    assert "`samverkan rules` lists them" in str(shown.exception)
