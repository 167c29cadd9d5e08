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
from tests.kafka.process import ROOT, run_to_end

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


def test_production_does_not_start_with_the_published_keys() -> None:
    told = sentence(run("gateway", PROFILE="production"))
    assert told.startswith("The production profile needs SAMVERKAN_KEYS_FILE")


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

        keys = str(ROOT / "tests" / "examples" / "keys.json")
        told = sentence(run("gateway", **here, PROFILE="production", KEYS_FILE=keys))
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
