"""The container files make keys of their own at the first start, and production takes those."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.silence import EXIT_AWAY
from schemas.keys import KeyRing
from tests.kafka.process import ROOT, run_to_end

SAMVERKAN = (sys.executable, "-m", "gateway.cli.main")
FOLDER = "/var/lib/samverkan-keys"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


def test_the_container_files_name_no_published_key(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "Dockerfile").read_text()
    published = KeyRing.published_test_keys()
    assert "tests/examples" not in text
    for secret in (*published.exchange_keys.values(), *published.statistics_keys.values()):
        assert secret.decode() not in text
    assert "secrets" not in compose


def test_every_service_waits_for_the_keys_and_only_their_maker_can_write_them(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    mounts = {
        name: mount
        for name, service in services.items()
        for mount in service.get("volumes", [])
        if mount.startswith("keys:")
    }
    assert mounts.pop("keys") == f"keys:{FOLDER}"
    assert mounts == dict.fromkeys(("topics", "gateway-1", "gateway-2"), f"keys:{FOLDER}:ro")
    done = {"condition": "service_completed_successfully"}
    assert services["topics"]["depends_on"]["keys"] == done
    for name in ("gateway-1", "gateway-2", "followup"):
        assert services[name]["depends_on"] == {"topics": done}
    assert services["keys"]["network_mode"] == "none"
    image = (ROOT / "Dockerfile").read_text()
    assert f"chmod 700 {FOLDER}" in image


def test_the_keys_of_the_first_start_are_kept_and_taken_by_production(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    """The services' own commands and settings, with another folder and brokers that are away."""
    services = compose["services"]
    file = tmp_path / "keys.json"
    order = [part.replace(FOLDER, str(tmp_path)) for part in services["keys"]["command"]]
    first = run_to_end([*SAMVERKAN, *order], {})
    assert (first.returncode, first.stderr) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    made = file.read_bytes()
    assert run_to_end([*SAMVERKAN, *order], {}).returncode == 0
    assert file.read_bytes() == made

    settings = {
        name.removeprefix("SAMVERKAN_"): text.replace(FOLDER, str(tmp_path))
        for name, text in services["gateway-1"]["environment"].items()
    }
    settings["BOOTSTRAP_SERVERS"] = "127.0.0.1:1"
    started = run_to_end([*SAMVERKAN, *services["gateway-1"]["command"]], settings)
    assert started.returncode == EXIT_AWAY, started.stderr
