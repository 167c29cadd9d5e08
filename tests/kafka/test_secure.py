"""TLS, passwords and certificates on a real Kafka: who gets in, and who is told why not."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.sdk import AgencyClient
from schemas.keys import KeyRing
from schemas.topics import FOLLOWUP
from tests.faults.checker import violations
from tests.kafka.live import PARTITIONS, Installation, installation
from tests.kafka.process import GATEWAY, ROOT, clean_environment
from tests.kafka.secure import PASSWORD, USER, Secure, secure_kafka
from tests.kafka.test_lost_records import Case

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("secure"), pytest.mark.timeout(300)]

SAMVERKAN = (sys.executable, "-m", "gateway.cli.main")
SINK = (sys.executable, "-m", "consumers.followup", "--idle-exit", "1")
MORNING = datetime(2024, 2, 5, 9, tzinfo=UTC)
WAYS = ["SCRAM-SHA-512", "PLAIN", "certificate"]


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    with secure_kafka(tmp_path_factory.mktemp("secure")) as made:
        yield made


@pytest.fixture
def live(secure: Secure, tmp_path: Path) -> Iterator[Installation]:
    with installation(secure.info, tmp_path) as made:
        yield made


def settings_of(secure: Secure, way: str) -> dict[str, str]:
    chosen = secure.by_certificate() if way == "certificate" else secure.by_password(way)
    return dict(chosen)


def run(command: tuple[str, ...], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    settings = {f"SAMVERKAN_{name}": text for name, text in env.items()}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**clean_environment(), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_gateway_the_sink_and_every_command_work_over_a_protected_connection(
    secure: Secure, live: Installation, tmp_path: Path, way: str
) -> None:
    case = Case()
    live.prefill(case.story.records)
    env = settings_of(secure, way)
    live.start_ready(**env)
    live.wait_drained()
    assert live.stop() == [0]
    log = live.log()
    assert violations(log) == []
    store = {"STORE": str(tmp_path / "store"), "GROUP": live.group}
    said = []
    for command in (
        SINK,
        (*SAMVERKAN, "topics", "check"),
        (*SAMVERKAN, "parked", "list"),
        (*SAMVERKAN, "case", case.writer.case_id),
    ):
        done = run(command, env | store)
        assert (done.returncode, PASSWORD in done.stdout + done.stderr) == (0, False), done.stderr
        said.append(done.stdout + done.stderr)
    facts = sum(len(log[FOLLOWUP, n]) for n in range(PARTITIONS))
    assert facts > 0
    assert f"stored {facts} facts" in said[0]
    assert case.writer.case_id in said[-1]


async def test_an_agencys_client_sends_and_is_answered_over_a_protected_connection(
    secure: Secure, live: Installation
) -> None:
    live.start_ready(**settings_of(secure, "SCRAM-SHA-512"))
    security = {
        "security_protocol": "SASL_SSL",
        "ssl_context": ssl.create_default_context(cafile=secure.authority),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": USER,
        "sasl_plain_password": PASSWORD,
    }
    keys = KeyRing.published_test_keys()
    async with AgencyClient(secure.signed, "fk", keys, security=security) as client:
        data = json.loads(Case().story.records[0].value or b"")["data"]
        at = round(MORNING.timestamp() * 1000)
        sent = await client.send(
            "consent.recorded", data, time=MORNING, name="consent", timestamp_ms=at
        )
        assert (await client.receipt(sent)).status == "ACCEPTED"


WRONG_PASSWORD = {"SASL_PASSWORD_FILE": "wrong_password"}
CHECK = (*SAMVERKAN, "topics", "check")


@pytest.mark.parametrize(
    ("command", "wrong", "why"),
    [
        (GATEWAY, WRONG_PASSWORD, "SaslAuthenticationFailed"),
        (GATEWAY, {"TLS_CA_FILE": "strangers"}, "TLS: CERTIFICATE_VERIFY_FAILED"),
        (GATEWAY, {"BOOTSTRAP_SERVERS": "mutual"}, "it ends the connection"),
        (SINK, WRONG_PASSWORD, "SaslAuthenticationFailed"),
        (CHECK, WRONG_PASSWORD, "SaslAuthenticationFailed"),
    ],
)
def test_who_is_not_let_in_is_told_why_in_one_sentence(
    secure: Secure, command: tuple[str, ...], wrong: Mapping[str, str], why: str
) -> None:
    changed = {name: str(getattr(secure, field)) for name, field in wrong.items()}
    done = run(command, settings_of(secure, "SCRAM-SHA-512") | changed)
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()[-1]
    assert f"does not let this process in ({why})" in said
    assert "correct SAMVERKAN_SECURITY_PROTOCOL or the settings that belong to it" in said
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
