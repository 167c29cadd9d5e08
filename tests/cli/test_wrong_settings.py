"""A wrong setting is one sentence on stderr that says what to do, exit 1, and never a traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic

from gateway.broker import BrokerInfo
from gateway.domain.days import DAY_MS
from gateway.silence import EXIT_AWAY
from schemas.topics import ALL_TOPICS
from tests.kafka.live import PARTITIONS, Installation, installation, wait_until
from tests.kafka.process import run_to_end

pytestmark = pytest.mark.unmeasured

SAMVERKAN = (sys.executable, "-m", "gateway.cli.main")
NOBODY = "127.0.0.1:1"
#: One of each kind.
KEPT_OTHERWISE = {
    "af.in.notice", "af.in.plan", "af.out.consent", "fk.receipts", "followup.events",
    "gateway.audit", "gateway.commands", "gateway.quarantine",
}  # fmt: skip


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command with these settings and no others."""
    return run_to_end([*SAMVERKAN, *arguments], settings)


def sentence(done: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """The one sentence of a refusal; JSON lines of the log may stand before it."""
    assert done.returncode == code, done
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(said) == 1, done.stderr
    assert said[0].endswith("."), said[0]
    assert "Traceback" not in done.stderr
    return said[0]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with every kind of broken file."""
    (tmp_path / "no.json").write_text("{")
    (tmp_path / "other.json").write_text('{"exchange_keys": {"k1": 7}}')
    (tmp_path / "no.toml").write_text("x = = 1")
    (tmp_path / "short.toml").write_text('version = "2026.9"')
    (tmp_path / "unknown.toml").write_text('colour = "blue"')
    (tmp_path / "port.toml").write_text("ops_port = 123456")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("PROFILE", "test", "SAMVERKAN_PROFILE is 'test' but must be 'local' or 'production'"),
        ("OPS_PORT", "many", "SAMVERKAN_OPS_PORT is 'many' but must be a whole number"),
        ("SESSION_TIMEOUT_MS", "1", "SAMVERKAN_SESSION_TIMEOUT_MS is '1' but must be at least 500"),
        ("GROUP", "a b", "SAMVERKAN_GROUP is 'a b' but must be of the form"),
        ("KEYS_FILE", "{}/none.json", "SAMVERKAN_KEYS_FILE cannot be used"),
        ("KEYS_FILE", "{}", "SAMVERKAN_KEYS_FILE cannot be used"),
        ("KEYS_FILE", "{}/no.json", "is not JSON: give"),
        ("KEYS_FILE", "{}/other.json", "exchange_keys"),
        (
            "AGREEMENT",
            "{}/none.toml",
            "does not exist; name an existing one in SAMVERKAN",
        ),
        ("AGREEMENT", "{}/no.toml", "cannot be read: "),
        ("AGREEMENT", "{}/short.toml", "is not valid at title: Field required"),
        ("SETTINGS", "{}/none.toml", "which is not a file; correct or unset it"),
        ("SETTINGS", "{}/no.toml", "which is no TOML"),
        ("SETTINGS", "{}/unknown.toml", "There is no setting SAMVERKAN_COLOUR"),
        ("SETTINGS", "{}/port.toml", "must be at most 65535; correct or unset it in"),
    ],
)
def test_a_wrong_setting_stops_the_start(files: Path, name: str, text: str, told: str) -> None:
    given = text.replace("{}", str(files))
    assert told in sentence(run("check", "tests/examples/keys.json", **{name: given}))


GOOD = "qD7vN0cXyW3mZk5RtB9uLh2sFj8gPa6eQoIiTnUxMEw"
OTHER = "0f9Kd_2-bVxTq7Ls4WmYzRc8NgHu1JpEoAa6XiBtQkU"
FIT = f'{{"exchange_keys": {{"k1": "{GOOD}"}}, "statistics_keys": {{"s1": "{OTHER}"}}}}'


def production(file: Path, text: str = FIT, mode: int = 0o600, **changed: str) -> dict[str, str]:
    """Settings of production that are right, but for what a case changes."""
    file.write_text(text)
    file.chmod(mode)
    right = {"PROFILE": "production", "ALLOW_PLAINTEXT": "yes", "KEYS_FILE": str(file)}
    return {name: text for name, text in (right | changed).items() if text}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (GOOD, "test-exchange-key-k1-not-secret!", "exchange key k1 is a published test key"),
        (OTHER, "test-statistics-key-s1-no-secret", "statistics key s1 is a published test key"),
        (OTHER, GOOD, "exchange key k1 and the statistics key s1 have the same secret"),
        (f'"{GOOD}"', f'"{GOOD}", "k2": "{GOOD}"', "exchange key k1 and the exchange key k2 have"),
        (f'"{GOOD}"', f'"{GOOD}", "k1": "{OTHER}x"', "has a name twice, a key id or a section"),
        ("s1", "k1", "The key id k1 is used twice (exchange key k1, statistics key k1)"),
        (GOOD, GOOD[:31], "exchange key k1 has 31 bytes, but production needs at least 32"),
        (GOOD, "abcdefghijklmnopqrstuvwxyz012345", "exchange key k1 has too little variety"),
        (OTHER, "changeme" * 4, "statistics key s1 has too little variety"),
        (GOOD, "".join(chr(n) for n in range(35, 67)), "exchange key k1 has too little variety"),
    ],
)
def test_production_does_not_start_with_unfit_keys(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = FIT.replace(old, new)
    said = sentence(run("gateway", **production(tmp_path / "keys.json", text)))
    assert told in said
    assert not any(secret in said for secret in (GOOD, OTHER))


@pytest.mark.parametrize(
    ("mode", "changed", "told"),
    [
        (0o600, {"KEYS_FILE": ""}, "The production profile needs SAMVERKAN_KEYS_FILE"),
        (0o640, {}, "has mode 0640, so that others can read or change it; run `chmod 600 "),
        (0o604, {}, "has mode 0604, so that others can read or change it; run `chmod 600 "),
        (0o600, {"ALLOW_PLAINTEXT": ""}, "or SAMVERKAN_ALLOW_PLAINTEXT=yes where the network"),
        (0o600, {"ALLOW_PLAINTEXT": "1"}, "SAMVERKAN_ALLOW_PLAINTEXT is '1' but must be 'no' or"),
    ],
)
def test_production_does_not_start_unprotected(
    tmp_path: Path, mode: int, changed: dict[str, str], told: str
) -> None:
    settings = production(tmp_path / "keys.json", mode=mode, **changed)
    assert told in sentence(run("gateway", **settings))


@pytest.mark.parametrize("command", ["gateway", "followup"])
def test_no_process_of_production_starts_without_asserts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    told = sentence(run(command, **production(tmp_path / "keys.json")))
    assert told.startswith("The production profile runs with asserts only; unset PYTHONOPTIMIZE")


def test_the_follow_up_sink_of_production_does_not_start_in_plain_text() -> None:
    told = sentence(run("followup", PROFILE="production"))
    assert told.startswith("SAMVERKAN_SECURITY_PROTOCOL is PLAINTEXT, which sends")


def test_right_settings_of_production_lead_as_far_as_the_brokers(tmp_path: Path) -> None:
    settings = production(tmp_path / "keys.json", BOOTSTRAP_SERVERS=NOBODY)
    assert "SAMVERKAN_BOOTSTRAP_SERVERS" in sentence(run("gateway", **settings), EXIT_AWAY)


@pytest.mark.parametrize(
    "command", [("gateway",), ("topics", "check"), ("topics", "create"), ("case", "S-1")]
)
def test_no_broker(command: tuple[str, ...]) -> None:
    told = sentence(run(*command, BOOTSTRAP_SERVERS=NOBODY), EXIT_AWAY)
    assert "SAMVERKAN_BOOTSTRAP_SERVERS" in told
    assert "samverkan broker" in told


@pytest.mark.kafka
@pytest.mark.xdist_group("topics")
def test_topics_that_are_not_as_they_must_be(kafka: BrokerInfo, tmp_path: Path) -> None:
    """Missing, of unequal partitions, too weak for production; and a taken port."""
    with installation(kafka, tmp_path) as live, socket.socket() as taken:
        here = {"BOOTSTRAP_SERVERS": live.bootstrap, "GROUP": live.group}
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told = sentence(run("gateway", **here, OPS_PORT=port))
        assert told.startswith(f"The port {port} on 127.0.0.1 cannot be used")
        assert "SAMVERKAN_OPS_PORT" in told

        told = sentence(run("gateway", **here, **production(tmp_path / "keys.json")))
        assert "production" in told
        assert told.endswith("more: `samverkan topics check` prints them all.")

        assert run("topics", "check", **here).returncode == 0
        keep_otherwise(live)
        checked = run("topics", "check", **here)
        assert checked.returncode == 1
        told_of = [line.split()[2] for line in checked.stdout.splitlines()]
        assert told_of == sorted(KEPT_OTHERWISE)

        alter(live, "af.receipts", "cleanup.policy", "compact")
        told = sentence(run("gateway", **here))
        assert told == "The topic af.receipts must not be compacted; set cleanup.policy=delete."

        live.admin.delete_topics(["af.receipts"])["af.receipts"].result()
        wait_until(lambda: "af.receipts" not in live.admin.list_topics(timeout=5).topics, "gone")
        told = sentence(run("gateway", **here))
        assert told.startswith("The topic af.receipts is missing; create it with")

        new = NewTopic("af.receipts", PARTITIONS + 1, 1)
        live.admin.create_topics([new])["af.receipts"].result()
        told = sentence(run("gateway", **here))
        assert told.startswith("The topic af.receipts has 7 partitions, but af.out.consent has 6")
        checked = run("topics", "check", **here)
        assert checked.returncode == 1
        first, second = (line for line in checked.stdout.splitlines() if "af.receipts" in line)
        assert first == told
        assert second.startswith("The topic af.receipts is kept for 7 days, but is declared to")
        live.admin.delete_topics(list(ALL_TOPICS))["af.receipts"].result()


def keep_otherwise(live: Installation) -> None:
    """Let a topic of each kind be kept for another time than it is declared."""
    for topic in KEPT_OTHERWISE:
        alter(live, topic, "retention.ms", str(400 * DAY_MS))


def alter(live: Installation, topic: str, name: str, value: str) -> None:
    """Change a setting of a topic as an operator would."""
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    for done in live.admin.incremental_alter_configs([resource]).values():
        done.result()
