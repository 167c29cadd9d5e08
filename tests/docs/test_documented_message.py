"""The message that the documentation sends with kcat is one that the gateway accepts."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.dsl import Gateway

ROOT = Path(__file__).parents[2]
#: Writes down how it was called; as a consumer it gives back what it was given as a producer.
KCAT = """#!/bin/sh
here=$(dirname "$0")
if [ "$1" = -C ]; then cat "$here/value"; exit; fi
printf '%s\\n' "$@" > "$here/arguments"
cat > "$here/value"
"""


@pytest.fixture
def called(tmp_path):
    """The arguments and the value that the script gave to kcat."""
    kcat = tmp_path / "kcat"
    kcat.write_text(KCAT)
    kcat.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    script = ROOT / "docs/examples/send-with-kcat.sh"
    subprocess.run(["sh", script], env={**os.environ, "PATH": path}, check=True, timeout=30)
    return (tmp_path / "arguments").read_text().splitlines(), (tmp_path / "value").read_bytes()


def after(arguments: list[str], option: str) -> list[str]:
    return [arguments[n + 1] for n, argument in enumerate(arguments) if argument == option]


def test_the_message_of_the_kcat_example_is_accepted(called):
    arguments, value = called
    gateway = Gateway(now=int(time.time() * 1000))
    headers = [header.partition("=") for header in after(arguments, "-H")]
    answer = gateway.take(
        after(arguments, "-t")[0],
        value,
        after(arguments, "-k")[0].encode(),
        tuple((name, text.encode()) for name, _, text in headers),
    )
    assert [receipt["status"] for receipt in answer.receipts] == ["ACCEPTED"]


def test_the_kcat_example_is_one_line_with_the_partitioner_of_the_contract(called):
    arguments, value = called
    assert "partitioner=murmur2_random" in after(arguments, "-X")
    assert value.count(b"\n") == 0
    assert json.loads(value)["partitionkey"] == after(arguments, "-k")[0]
