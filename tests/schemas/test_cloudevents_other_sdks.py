"""What the official CloudEvents SDKs for Java and JavaScript write is accepted, in both modes.

The real SDK writes it: it is fetched once into the cache of the broker's jars, under the hash of
what is asked for, and gets every type of message at its input. Both move `partitionkey` into the
record's key by themselves (Java by the interceptor that comes with it).
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from gateway.broker import BrokerError
from gateway.broker.java import cache_dir, find_java
from schemas.headers import delivered, is_binary
from tests.schemas.make import ALL_TYPES, CODEC, golden, record

pytestmark = pytest.mark.timeout(400)

SDKS = Path(__file__).parent / "sdks"
FETCH_LIMIT_S = 300
JAVA_FETCH = ("-q", "-B", "-C", "dependency:copy-dependencies", "-DincludeScope=runtime")
NPM_FETCH = ("install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock")


def events():
    """One of every type; the last says nothing that could be left out."""
    least = golden()
    del least["datacontenttype"]
    return [*(golden(ce_type) for ce_type in ALL_TYPES), least]


def fetched(name, program, *arguments):
    """The folder of an SDK's program with all that it needs; what is missing is fetched."""
    sources = SDKS / name
    digest = hashlib.sha256()
    for file in sorted(sources.iterdir()):
        digest.update(file.read_bytes())
    target = cache_dir().parent / f"cloudevents-{name}-{digest.hexdigest()[:16]}"
    if target.is_dir():
        return target
    command = shutil.which(program)
    if command is None:
        pytest.skip(f"the SDK for {name} is fetched with {program}, which is not here")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="sdk-") as side:
        work = Path(side) / "work"
        shutil.copytree(sources, work)
        done = subprocess.run(
            [command, *arguments],
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=FETCH_LIMIT_S,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        # In one step: a cut line leaves no half of it.
        work.rename(target)
    return target


def problems_of(command, folder):
    """What is wrong with each record that the program writes of the events."""
    said = "\n".join(map(json.dumps, events()))
    done = subprocess.run(
        command, cwd=folder, input=said, capture_output=True, text=True, check=False, timeout=90
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    pairs = [(event, mode) for event in events() for mode in ("binary", "structured")]
    for (event, mode), line in zip(pairs, lines, strict=True):
        headers = tuple((name, base64.b64decode(text)) for name, text in line["headers"])
        value = base64.b64decode(line["value"])
        key = line["key"].encode()
        decoded = CODEC.decode(record(value, like=event, key=key, headers=headers))
        assert (line["mode"], key) == (mode, event["partitionkey"].encode())
        assert is_binary(delivered(headers)) == (mode == "binary")
        for problem in decoded.problems:
            yield event["type"], mode, problem.code, problem.path, problem.detail


def test_the_java_sdk_is_accepted():
    try:
        java = find_java()
    except BrokerError as missing:
        pytest.skip(f"the SDK for Java needs Java: {missing}")
    if shutil.which("javac") is None:
        pytest.skip("the program that uses the SDK for Java is compiled with javac, not here")
    folder = fetched("java", "mvn", *JAVA_FETCH, "-DoutputDirectory=jars")
    command = [java, "-XX:TieredStopAtLevel=1", "-cp", "jars/*", "WriteEvents.java"]
    assert list(problems_of(command, folder)) == []


def test_the_javascript_sdk_is_accepted():
    node = shutil.which("node")
    if node is None:
        pytest.skip("the SDK for JavaScript needs node, which is not here")
    folder = fetched("javascript", "npm", *NPM_FETCH)
    assert list(problems_of([node, "write-events.mjs"], folder)) == []
