"""What others rely on at the command line (contract section 10)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner

from gateway.broker import BrokerInfo
from gateway.cli.main import app
from gateway.shell.topics import READ_TOPICS
from schemas.reasons import CATALOGUE
from simulator.year import generate
from tests.dsl import AGREEMENT, EXAMPLES, all_examples, example
from tests.kafka.agencies import Agencies, example_record
from tests.kafka.live import installation, wait_until
from tests.kafka.process import GATEWAY

PROMISED = {
    "broker start", "broker stop", "broker status", "topics create", "topics check", "gateway",
    "followup", "demo", "report", "check", "agreement show", "agreement check", "settings",
}  # fmt: skip
GATEWAY_COMMAND = (GATEWAY[0], "-m", "gateway.cli.main", "gateway")


def commands(
    group: click.Command | None = None, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Every command and group of the command line."""
    group = typer.main.get_command(app) if group is None else group
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", sorted(commands()), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*path, "--help"])
    assert shown.exit_code == 0
    assert "Usage:" in shown.output
    text = shown.output.split("Options:")[0].split("Usage:")[1].strip().splitlines()[1:]
    assert "".join(text).strip(), "it says what it does"


EXAMPLE = re.compile(r"^  Example: samverkan (.+)$", re.MULTILINE)
WIDTH = 80


def help_of(path: tuple[str, ...]) -> str:
    return CliRunner(env={"COLUMNS": str(WIDTH)}).invoke(app, [*path, "--help"]).output


def parse(words: list[str]) -> tuple[str, ...]:
    """Parse a command line without running it; the path of its command."""
    command: Any = typer.main.get_command(app)
    path: list[str] = []
    while hasattr(command, "commands"):
        path.append(words[0])
        command, words = command.commands[words[0]], words[1:]
    command.make_context("samverkan", words)
    return tuple(path)


@pytest.mark.parametrize("path", sorted(commands()), ids=" ".join)
def test_the_help_of_every_command_ends_with_an_example_that_parses(path: tuple[str, ...]) -> None:
    """The example is one of the command itself, or of a command of the group."""
    (example_line,) = EXAMPLE.findall(help_of(path))
    assert parse(shlex.split(example_line))[: len(path)] == path


@pytest.mark.parametrize("words", ["broker", "keys show --nonsense", "rules --lang de", "nothing"])
def test_an_example_that_does_not_parse_is_found(words: str) -> None:
    assert CliRunner().invoke(app, words.split()).exit_code == 2
    with pytest.raises(Exception, match=r"nonsense|'de'|index|nothing"):
        parse(words.split())


@pytest.mark.parametrize("path", sorted(commands()), ids=" ".join)
def test_no_line_of_a_help_text_is_wider_than_the_terminal(path: tuple[str, ...]) -> None:
    """What a command is for is whole in the list of its group, too."""
    lines = help_of(path).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert not any(line.endswith("...") for line in lines if not line.startswith("Usage:"))


#: Commands for case officers, which speak Swedish as well; all need no broker as they stand here.
IN_BOTH = (
    ("rules",), ("rules", "BR-08"), ("rules", "consent.reopened"), ("agreement", "show"),
)  # fmt: skip


def printed(words: tuple[str, ...], language: str, width: int = WIDTH) -> list[str]:
    runner = CliRunner(env={"COLUMNS": str(width)})
    shown = runner.invoke(app, [*words, "--lang", language])
    assert shown.exit_code == 0, shown.output
    return shown.output.splitlines()


@pytest.mark.parametrize("language", ["sv", "en", "both"])
@pytest.mark.parametrize("words", IN_BOTH, ids=" ".join)
def test_no_line_of_a_command_is_wider_than_the_terminal(
    words: tuple[str, ...], language: str
) -> None:
    assert max(map(len, printed(words, language))) <= WIDTH


@pytest.mark.parametrize("words", IN_BOTH, ids=" ".join)
def test_each_language_is_shown_alone_or_both_together(words: tuple[str, ...]) -> None:
    """Without --lang, both."""
    sv, en, both = (" ".join(printed(words, one)) for one in ("sv", "en", "both"))
    swedish, english = re.compile(r"\b(inte|och|från|på)\b"), re.compile(r"\b(the|is|from|of)\b")
    assert swedish.search(sv)
    assert english.search(en)
    assert not english.search(sv)
    assert swedish.search(both)
    assert english.search(both)
    default = CliRunner(env={"COLUMNS": str(WIDTH)}).invoke(app, list(words)).output
    assert " ".join(default.splitlines()) == both


def test_check_speaks_the_language_that_is_asked_for() -> None:
    """The reason in one language; the machine forms are the same in all."""
    refused = str(EXAMPLES / "refused" / "11-no-consent.json")
    shown = {}
    for language in ("sv", "en", "both"):
        for form in ("text", "json"):
            words = ["check", refused, "--lang", language, "--format", form]
            shown[language, form] = CliRunner().invoke(app, words).stdout
    row = CATALOGUE["consent.missing"]
    assert row.text_sv in shown["sv", "text"]
    assert row.text_en not in shown["sv", "text"]
    assert row.text_en in shown["en", "text"]
    assert row.text_sv not in shown["en", "text"]
    assert all(text in shown["both", "text"] for text in (row.text_sv, row.text_en))
    assert len({shown[language, "json"] for language in ("sv", "en", "both")}) == 1


def test_what_the_contract_promises_is_there() -> None:
    assert {" ".join(path) for path in commands()} >= PROMISED


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["check"], ["topics", "create", "--partitions", "x"]]
)
def test_wrong_use_exits_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def _written(folder: Path) -> list[Path]:
    """The example files, with what the sender fills in filled in."""
    files = []
    for number, name in enumerate(all_examples()):
        file = folder / f"{number:02}-{name.replace('/', '-')}.json"
        file.write_text(json.dumps(example(name)))
        files.append(file)
    return files


def test_check_says_of_every_example_what_the_gateway_would(tmp_path: Path) -> None:
    """All in order: the status of each, the codes with both languages, exit 1 for the refused."""
    files = _written(tmp_path)
    shown = CliRunner().invoke(app, ["check", *map(str, files)])
    assert shown.exit_code == 1
    lines = shown.output.splitlines()
    for file, name in zip(files, all_examples(), strict=True):
        expected = example(name)["expect"]
        at = next(i for i, line in enumerate(lines) if line.endswith(f" {file.name}"))
        assert lines[at].split()[0] == expected["status"], name
        answer = lines[at + 1 :]
        own = answer[: next((i for i, line in enumerate(answer) if line[0] != " "), None)]
        for code in expected["codes"]:
            assert any(line.strip().split(" at ")[0] == code for line in own), (name, code)
        if expected["codes"]:
            assert any(line.strip().startswith("sv: ") for line in own)
            assert any(line.strip().startswith("en: ") for line in own)


def test_check_exits_with_0_when_nothing_is_refused() -> None:
    files = sorted((EXAMPLES / "accepted").glob("*.json"))
    shown = CliRunner().invoke(app, ["check", *map(str, files)])
    assert shown.exit_code == 0, shown.output
    assert "REJECTED" not in shown.output


def test_check_shows_no_personal_number(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["check", *map(str, _written(tmp_path))])
    for name in all_examples():
        data = example(name).get("value", {}).get("data", {})
        number = data.get("person", {}).get("personal_number") if isinstance(data, dict) else None
        assert number is None or number not in shown.output, name


def test_the_shipped_agreement_is_shown_and_valid() -> None:
    shown = CliRunner().invoke(app, ["agreement", "show"])
    assert shown.exit_code == 0
    assert "referral" in shown.output
    assert AGREEMENT.rules_version in shown.output
    checked = CliRunner().invoke(app, ["agreement", "check"])
    assert checked.exit_code == 0
    assert AGREEMENT.rules_version in checked.output


@pytest.mark.kafka
@pytest.mark.xdist_group("topics")
def test_a_gateway_ends_with_0_when_it_is_told_to_or_has_nothing_to_do(
    kafka: BrokerInfo, tmp_path: Path
) -> None:
    """SIGTERM in mid-work commits and leaves the group; --idle-exit waits until all is decided."""
    with installation(kafka, tmp_path) as live:
        (told,) = live.start_ready(1)
        agencies = Agencies(live.bootstrap)
        for name in all_examples():
            agencies.post(example_record(name))
        agencies.flush()
        agencies.close()
        told.terminate()
        assert told.wait(20) == 0
        assert [event["event"] for event in told.events("stopped")] == ["stopped"]
        assert told.events("fault") == []
        idle = live.start((*GATEWAY_COMMAND, "--idle-exit", "0.5"))
        assert idle.wait(60) == 0, idle.said()
        live.wait_drained(10)  # Kafka answers a commit before it shows everywhere


@pytest.mark.kafka
@pytest.mark.xdist_group("topics")
def test_idle_exit_waits_for_the_share_of_a_gateway_that_died(
    kafka: BrokerInfo, tmp_path: Path
) -> None:
    """It was given a part of the partitions only; the group does not know yet who is dead."""
    with installation(kafka, tmp_path) as live:
        live.prefill(generate(seed=1, scale=0.002).records)
        named = (kafka.bootstrap, live.group, "2000", *READ_TOPICS)
        ghost = live.start((GATEWAY[0], "-m", "tests.kafka.ghost", *named))
        wait_until(lambda: "alone" in ghost.said(), "joining alone")
        idle = live.start((*GATEWAY_COMMAND, "--idle-exit", "0.2"), SESSION_TIMEOUT_MS="2000")
        assert idle.wait(60) == 0, idle.said()
        assert ghost.wait(1) == -9
        assert [len(event["partitions"]) for event in idle.events("assigned")] == [3, 6]
        live.wait_drained(10)  # Kafka answers a commit before it shows everywhere


@pytest.mark.kafka
@pytest.mark.xdist_group("topics")
def test_a_stopped_gateway_hands_over_at_once(kafka: BrokerInfo, tmp_path: Path) -> None:
    """It leaves the group: nobody waits for its session (here a minute) to end."""
    with installation(kafka, tmp_path) as live:
        first, second = live.start_ready(2, SESSION_TIMEOUT_MS="60000")
        first.terminate()
        assert first.wait(20) == 0
        wait_until(lambda: second.partitions == [*range(6)], "taking over", 20)
