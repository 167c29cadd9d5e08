"""`samverkan keys` makes key files that nobody else can read, and shows no secret."""

from __future__ import annotations

import json
import re
import stat
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.shell.settings import UserError
from schemas.keys import KeyRing, fingerprint
from tests.dsl import EXAMPLES
from tests.kafka.process import run_to_end

SAMVERKAN = (sys.executable, "-m", "gateway.cli.main")


def keys(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["keys", *(str(one) for one in arguments)])


def sentence(done: Result) -> str:
    """The one sentence with which the command is refused."""
    assert isinstance(done.exception, UserError)
    text = str(done.exception)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def made(file: Path, *options: str | Path) -> KeyRing:
    """Keys that the command has just made."""
    done = keys("new", file, *options)
    assert (done.exit_code, done.stderr) == (0, "")
    assert file.name in done.stdout
    return KeyRing.load(file)


def test_new_keys_are_each_their_own_and_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    one, two = made(tmp_path / "one.json"), made(tmp_path / "two.json")
    secrets = [
        secret
        for ring in (one, two)
        for secret in (*ring.exchange_keys.values(), *ring.statistics_keys.values())
    ]
    assert len(set(secrets)) == 4
    assert all(len(secret) == 43 for secret in secrets)
    assert stat.S_IMODE((tmp_path / "one.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.json", "two.json"]


def test_an_agencys_file_has_the_installations_exchange_keys_and_no_statistics_key(
    tmp_path: Path,
) -> None:
    own = made(tmp_path / "keys.json")
    of_agency = made(tmp_path / "fk.json", "--for", "agency", "--of", tmp_path / "keys.json")
    assert of_agency.exchange_keys == own.exchange_keys
    assert "statistics" not in (tmp_path / "fk.json").read_text()
    assert stat.S_IMODE((tmp_path / "fk.json").stat().st_mode) == 0o600


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    made(file)
    before = file.read_bytes()
    assert "is not overwritten" in sentence(keys("new", file))
    kept = keys("new", "--if-missing", file)
    assert (kept.exit_code, kept.stderr) == (0, "")
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.json"]


def test_a_wrong_order_writes_no_file(tmp_path: Path) -> None:
    """Half of the options, a folder that is not there, a broken file that is already there."""
    file = tmp_path / "keys.json"
    assert keys("new", file, "--for", "agency").exit_code == 2
    assert keys("new", file, "--of", file).exit_code == 2
    assert "cannot be written" in sentence(keys("new", tmp_path / "none" / "keys.json"))
    assert not file.exists()
    file.write_text("{")
    assert "is not JSON" in sentence(keys("new", "--if-missing", file))
    assert file.read_text() == "{"


def test_show_prints_ids_and_fingerprints_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.json"
    ring = made(file)
    monkeypatch.delenv("SAMVERKAN_KEYS_FILE", raising=False)
    assert "No key file is named" in sentence(keys("show"))
    named = keys("show", file)
    monkeypatch.setenv("SAMVERKAN_KEYS_FILE", str(file))
    for done in (named, keys("show")):
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.splitlines() == [
            f"exchange  k1  {fingerprint(ring.exchange_keys['k1'])}",
            f"statistics  s1  {fingerprint(ring.statistics_keys['s1'])}",
        ]
        assert not any(text in done.stdout for text in secrets_of(file))


def secrets_of(file: Path) -> list[str]:
    """Every secret, and each of its halves."""
    sections = json.loads(file.read_text()).values()
    found = [secret for section in sections for secret in section.values()]
    return [half for secret in found for half in re.findall(".{21}", secret)]


def test_an_agency_without_a_statistics_key_gets_the_same_verdicts_offline(tmp_path: Path) -> None:
    made(tmp_path / "fk.json", "--for", "agency", "--of", EXAMPLES / "keys.json")
    messages = [str(file) for file in sorted((EXAMPLES / "accepted").glob("0*.json"))]
    verdicts = [
        CliRunner().invoke(app, ["check", *messages], env={"SAMVERKAN_KEYS_FILE": str(file)})
        for file in (EXAMPLES / "keys.json", tmp_path / "fk.json")
    ]
    assert "accepted" in verdicts[0].stdout
    assert verdicts[0].stdout == verdicts[1].stdout


def test_a_gateway_does_not_start_with_an_agencys_file(tmp_path: Path) -> None:
    made(tmp_path / "keys.json")
    made(tmp_path / "fk.json", "--for", "agency", "--of", tmp_path / "keys.json")
    done = run_to_end([*SAMVERKAN, "gateway"], {"KEYS_FILE": str(tmp_path / "fk.json")})
    assert done.returncode == 1
    assert done.stderr.startswith("The gateway needs a statistics key, and SAMVERKAN_KEYS_FILE has")
    assert done.stderr.count("\n") == 1
