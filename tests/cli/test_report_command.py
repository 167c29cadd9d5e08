"""`samverkan report` as others rely on it (contract section 10)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.followup.extract_dsl import extract, small_year


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = small_year(tmp_path / "store")
    monkeypatch.setenv("SAMVERKAN_STORE", str(root))
    return root


@pytest.mark.parametrize(
    ("form", "said"), [("text", "Tabell 1"), ("html", '<html lang="sv">'), ("csv", "table,measure")]
)
def test_one_table_in_every_form(store: Path, form: str, said: str) -> None:
    shown = CliRunner().invoke(app, ["report", "--table", "2024-T1", "--format", form])
    assert shown.exit_code == 0
    assert said in shown.stdout
    assert extract(store).id in shown.stdout


def test_json_is_the_rows_of_the_contract(store: Path) -> None:
    shown = CliRunner().invoke(app, ["report", "--as-of", "2024-06-30", "--format", "json"])
    assert json.loads(shown.stdout) == list(extract(store, "2024-06-30").rows)


def test_the_public_form_and_the_limit_come_from_option_and_setting(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--audience public` leaves out small counts; a limit of 0 leaves out nothing."""
    command = ["report", "--audience", "public"]
    assert "··" in CliRunner().invoke(app, command).stdout
    monkeypatch.setenv("SAMVERKAN_SMALL_NUMBER_LIMIT", "0")
    assert "··" not in CliRunner().invoke(app, command).stdout
    monkeypatch.setenv("SAMVERKAN_SMALL_NUMBER_LIMIT", "10")
    monkeypatch.setenv("SAMVERKAN_DISCLOSURE", "on")
    assert "··" in CliRunner().invoke(app, ["report"]).stdout
