"""`samverkan topics rights`: lines for a shell, one for each right, and nothing beyond."""

from __future__ import annotations

import shlex
from typing import get_args

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.shell.rights import Party, rights_of
from gateway.shell.settings import Settings
from schemas.topics import INPUT_TOPICS


@pytest.mark.parametrize("party", get_args(Party))
def test_each_right_is_a_command_of_kafkas_own_tool(party: Party) -> None:
    done = CliRunner().invoke(app, ["topics", "rights", party, "--principal", "User:CN=a b"])
    assert done.exit_code == 0
    commands = [shlex.split(line) for line in done.stdout.splitlines()]
    assert len(commands) == len(rights_of(party, Settings()))
    for words in commands:
        assert words[0] == "kafka-acls.sh"
        assert words[words.index("--allow-principal") + 1] == "User:CN=a b"
        assert "--operation" in words


def test_the_principal_is_named_as_the_party_if_nobody_says_otherwise() -> None:
    assert (
        "--allow-principal User:fk " in CliRunner().invoke(app, ["topics", "rights", "fk"]).stdout
    )


def test_groups_and_transactions_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMVERKAN_GROUP", "g-1")
    said = CliRunner().invoke(app, ["topics", "rights", "gateway"]).stdout
    assert "--group g-1" in said
    assert "--transactional-id g-1- --resource-pattern-type prefixed" in said


def test_nobody_but_an_agency_may_write_what_an_agency_sends() -> None:
    for party in set(get_args(Party)) - {"fk", "af"}:
        for right in rights_of(party, Settings()):
            reaches = [
                topic
                for topic in INPUT_TOPICS
                if topic == right.name or (right.prefixed and topic.startswith(right.name))
            ]
            assert not (reaches and "Write" in right.operations)


def test_an_unknown_party_is_wrong_use() -> None:
    assert CliRunner().invoke(app, ["topics", "rights", "nobody"]).exit_code == 2
