"""A process with other keys or another agreement refuses to join; the running one goes on.

On real processes and a real Kafka: beside a running process, on a state that was left behind,
beside a process that has decided nothing yet, and through a planned change of the agreement.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.agreement import DEFAULT_FILE, load
from gateway.broker import BrokerInfo
from tests.kafka.agencies import example_record
from tests.kafka.live import PARTITIONS, Installation, installation, shared_out, wait_until
from tests.kafka.process import Process

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics"), pytest.mark.unmeasured]

SECRETS = {
    "k1": "test-exchange-key-k1-not-secret!",
    "s1": "test-statistics-key-s1-no-secret",
    "k2": "test-exchange-key-k2-not-secret!",
    "other": "another-secret-that-is-not-secret",
}
#: The same process without the look at `gateway.state` before it joins the group.
HASTY = (
    sys.executable,
    "-c",
    """import sys
from consumers import gateway
gateway.check_installation = lambda *_: None
sys.exit(gateway.run())""",
)
_LIMIT_S = 30.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def live(kafka: BrokerInfo, folder: Path) -> Iterator[Installation]:
    """Topics and a group of the test's own, so that tests can come in any order."""
    with installation(kafka, folder) as made:
        yield made


@pytest.fixture
def decided(live: Installation) -> Process:
    """A process that has decided one message of one person."""
    (process,) = live.start_ready()
    live.prefill([example_record("accepted/01-consent-recorded")])
    live.wait_drained()
    return process


def keys(folder: Path, exchange: dict[str, str], statistics: str = "s1") -> str:
    named = {key_id: SECRETS[secret] for key_id, secret in exchange.items()}
    file = folder / f"keys-{'-'.join(f'{k}{v}' for k, v in exchange.items())}-{statistics}.json"
    document = {"exchange_keys": named, "statistics_keys": {"s1": SECRETS[statistics]}}
    file.write_text(json.dumps(document))
    file.chmod(0o600)
    return str(file)


def agreement(folder: Path, old: str, new: str) -> str:
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file = folder / "agreement.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return str(file)


def others(folder: Path) -> dict[str, dict[str, str]]:
    """What a process may have otherwise, by the words that name it."""
    return {
        "another exchange key k1 (here ": {"KEYS_FILE": keys(folder, {"k1": "other"})},
        "another exchange key k2 (here ": {"KEYS_FILE": keys(folder, {"k1": "k1", "k2": "k2"})},
        "another statistics key (here ": {"KEYS_FILE": keys(folder, {"k1": "k1"}, "other")},
        "another agreement (here 2026.1+": {
            "AGREEMENT": agreement(folder, "hold_days = 14", "hold_days = 15")
        },
    }


def refused(process: Process) -> str:
    """The one sentence with which a process has refused to take part."""
    assert process.wait(_LIMIT_S) == 1, process.said()
    lines = process.err_path.read_text().splitlines()
    said = [line for line in lines if not line.startswith("{")]
    assert len(said) == 1, lines
    assert said[0].endswith("(runbook: installation).")
    assert not any(secret in process.said() for secret in SECRETS.values())
    return said[0]


def decides_all(process: Process) -> bool:
    ready: dict[str, Any] = process.ready() or {}
    return bool(ready.get("ready")) and ready["partitions"] == list(range(PARTITIONS))


def test_a_process_with_other_keys_or_another_agreement_refuses_and_the_running_one_goes_on(
    live: Installation, decided: Process, folder: Path
) -> None:
    """Only one partition has decided anything; all others are as new."""
    started = {what: live.start(**env) for what, env in others(folder).items()}
    for what, process in started.items():
        assert what in refused(process)
        assert process.events("revoked") == [], "it has not even joined"
    assert decides_all(decided)
    assert len(decided.events("assigned")) == 1, "nothing was rebalanced"


def test_a_second_process_with_the_same_keys_and_agreement_joins(
    live: Installation, decided: Process, folder: Path
) -> None:
    """From a key file, and an agreement that only says the same in other words."""
    same = {
        "KEYS_FILE": keys(folder, {"k1": "k1"}),
        "AGREEMENT": agreement(folder, "hold_days = 14 ", "hold_days=14 # the same, "),
    }
    second = live.start(**same)
    wait_until(lambda: shared_out([decided, second]), "sharing the partitions")
    bodies = [process.ready() or {} for process in (decided, second)]
    assert {body["rules_version"] for body in bodies} == {load().rules_version}
    assert len({body["installation"] for body in bodies}) == 1
    second.terminate()
    assert second.wait(20) == 0


def test_the_agreement_changes_only_when_the_operator_names_what_is_replaced(
    live: Installation, decided: Process, folder: Path
) -> None:
    before = (decided.ready() or {})["installation"]
    new = {"AGREEMENT": agreement(folder, "hold_days = 14", "hold_days = 15")}
    beside = live.start(**new, REPLACES=before)
    assert "stop every process before a planned change" in refused(beside)
    assert decides_all(decided) or wait_until(lambda: decides_all(decided), "going on")
    live.stop()

    hasty = live.start(HASTY, **new)
    assert "another agreement (here 2026.1+" in refused(hasty)
    assert hasty.events("restored"), "it was found in the restored state"
    wrong = live.start(KEYS_FILE=keys(folder, {"k1": "other"}), REPLACES=before)
    assert "another exchange key k1" in refused(wrong), "a secret is never replaced"
    (changed,) = live.start_ready(**new, REPLACES=before)
    live.prefill([example_record("accepted/02-status-benefit-decided")])
    live.wait_drained()
    assert "another agreement" in refused(live.start())
    assert decides_all(changed)
    live.stop()


def test_beside_a_process_that_has_decided_nothing_yet_another_one_refuses_too(
    live: Installation, folder: Path
) -> None:
    """Nothing is recorded in `gateway.state`; the leader of the group says whose it is."""
    (first,) = live.start_ready()
    second = live.start(KEYS_FILE=keys(folder, {"k1": "other"}))
    assert re.search(r"led by .* another exchange key k1 \(here", refused(second))
    wait_until(lambda: decides_all(first), "going on")
