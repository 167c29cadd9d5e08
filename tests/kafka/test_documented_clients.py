"""The programs in the documentation, run as they stand against a gateway on a real Kafka."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.broker.java import find_runtime
from gateway.cli import keys
from tests.kafka.live import installation
from tests.kafka.process import ROOT, clean_environment

pytestmark = [pytest.mark.unmeasured, pytest.mark.kafka, pytest.mark.xdist_group("topics")]
EXAMPLES = ROOT / "docs/examples"
KCAT = Path(__file__).with_name("kcat.py")


@pytest.fixture(scope="module")
def running(kafka, tmp_path_factory):
    """An installation of one gateway with keys of its own; each agency has the exchange key."""
    folder = tmp_path_factory.mktemp("documented")
    keys.new(folder / "keys.json")
    keys.new(folder / "agency.json", party="agency", of=folder / "keys.json")
    with installation(kafka, folder) as made:
        made.start_ready(KEYS_FILE=str(folder / "keys.json"))
        yield made


def run(command, made, **more: str) -> str:
    """What a program of an agency prints."""
    own = {
        "SAMVERKAN_BOOTSTRAP_SERVERS": made.bootstrap,
        "SAMVERKAN_KEYS_FILE": str(made.folder / "agency.json"),
    }
    env = {**clean_environment(), **own, **more}
    done = subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=90
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_python_example_is_answered_and_the_other_agency_gets_the_message(running):
    said = run([sys.executable, EXAMPLES / "send_message.py"], running).split()
    assert said[0] == "ACCEPTED"
    assert said[2] == "af.in.consent"
    received = run([sys.executable, EXAMPLES / "receive_messages.py"], running).split()
    assert received[1:] == ["se.samverkan.consent.recorded.v1", "none"]


def test_the_java_example_is_answered(running):
    if shutil.which("javac") is None:
        pytest.skip("the Java example needs a JDK; the gateway itself does not")
    runtime = find_runtime()
    command = [runtime.java, "-cp", f"{runtime.libs}/*", EXAMPLES / "SendMessage.java"]
    assert '"status":"ACCEPTED"' in run(command, running)


def test_the_kcat_example_is_answered_to_a_client_of_the_same_library(running, tmp_path):
    """Kcat is librdkafka with a command line; the stand-in is librdkafka with the same options."""
    kcat = tmp_path / "kcat"
    kcat.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{KCAT}" "$@"\n')
    kcat.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    said = run(["sh", EXAMPLES / "send-with-kcat.sh"], running, PATH=path)
    assert '"status":"ACCEPTED"' in said
