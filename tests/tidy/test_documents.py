"""What is written for people is true: pages are fresh, links lead somewhere, commands exist."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.broker.info import KAFKA_VERSION
from gateway.cli import docs
from gateway.cli.main import app
from gateway.followup.tables import TABLES
from gateway.shell.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests/examples/README.md"]
)
DECISIONS = sorted((ROOT / "docs/decisions").glob("0*.md"))
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
FENCED = re.compile(r"```sh\n(.*?)```", re.DOTALL)
INCLUDED = re.compile(r"<!-- include: .*?<!-- included -->", re.DOTALL)
INLINE = re.compile(r"`((?:make|(?:\.venv/bin/)?samverkan) [^`]+)`")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> list[str]:
    """Every command of a page: lines of shell blocks, and what stands inline as one."""
    text = INCLUDED.sub("", page.read_text(encoding="utf-8"))
    lines = [line for block in FENCED.findall(text) for line in block.splitlines()]
    return [*lines, *INLINE.findall(text)]


def problem_of(words: list[str]) -> str | None:
    """What is wrong with a call of `samverkan`, or None."""
    here: Any = typer.main.get_command(app)
    while hasattr(here, "commands") and words and not words[0].startswith("-"):
        name, *words = words
        if name not in here.commands:
            return f"{name} is no command"
        here = here.commands[name]
    known = {option for parameter in here.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word not in known]
    return f"{unknown[0]} is no option" if unknown else None


def test_generated_pages_are_fresh():
    assert docs.stale() == [], "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    found = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in found if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    problems = []
    for line in commands(page):
        words = shlex.split(line.partition("  #")[0], comments=True)
        words = words[sum("=" in word and word[0].isupper() for word in words[:2]) :]
        if words[:1] == ["make"] and words[1] not in targets:
            problems.append(f"{line}: no such target")
        elif words and words[0].rpartition("/")[2] == "samverkan":
            problem = problem_of(words[1:])
            problems += [f"{line}: {problem}"] if problem else []
        elif words and words[0].startswith("docs/") and not (ROOT / words[0]).is_file():
            problems.append(f"{line}: no such program")
    assert problems == []


def test_the_readme_begins_with_the_two_commands():
    first = commands(ROOT / "README.md")[:2]
    assert [line.split()[:2] for line in first] == [["make", "demo"], ["make", "test"]]


def test_the_readme_says_which_tables_can_be_computed():
    limits = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Limits")[2]
    assert [table for table in TABLES if table not in limits] == []


def test_every_decision_is_listed_and_has_its_parts():
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    parts = ["## Context", "## Decision", "## Consequences", "## What was measured"]
    for page in DECISIONS:
        lines = page.read_text(encoding="utf-8").splitlines()
        assert f"({page.name})" in index
        assert [line for line in lines if line.startswith("## ")] == parts, page.name


def test_every_target_explains_itself():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z-]+):(.*)$", makefile, re.MULTILINE)
    assert [name for name, rest in targets if " ## " not in rest] == []
    declared = makefile.partition(".PHONY:")[2].partition("\n\n")[0].replace("\\", " ").split()
    assert sorted(declared) == sorted(name for name, _ in targets)


def test_ci_runs_the_test_command_and_nothing_of_its_own():
    script = ROOT / ".ci/run"
    lines = [line for line in script.read_text().splitlines() if line and line[0] != "#"]
    assert os.access(script, os.X_OK)
    assert lines[0] == "set -euo pipefail"
    assert lines[-1] == "exec make test < /dev/null"
    assert len(lines) == 3


def test_the_container_files_name_what_exists():
    compose = (ROOT / "docker-compose.yml").read_text()
    image = (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"apache/kafka:(\S+)", compose)) == {KAFKA_VERSION}
    calls = [
        call.replace('"', "").split(", ") for call in re.findall(r"command: \[(.*)\]", compose)
    ]
    assert [words[0] for words in calls] == ["keys", "topics", "gateway", "gateway", "followup"]
    assert [problem for words in calls if (problem := problem_of(words))] == []
    named = {name.lower() for name in re.findall(r"^  SAMVERKAN_(\w+):", compose, re.MULTILINE)}
    assert named <= Settings.model_fields.keys()
    copied = re.findall(r"^COPY (\w+) \w+$", image, re.MULTILINE)
    assert sorted(copied) == ["consumers", "express", "gateway", "schemas", "simulator"]
    makefile = (ROOT / "Makefile").read_text()
    assert re.findall(r"uv==(\S+)", image) == re.findall(r"UV_VERSION := (\S+)", makefile)
