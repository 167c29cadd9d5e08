"""What others rely on at the command line (contract section 10)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from gateway.broker import BrokerInfo
from gateway.cli.main import app
from gateway.shell.topics import READ_TOPICS
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
